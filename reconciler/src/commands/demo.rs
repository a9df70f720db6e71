//! `demo`: the whole story in a screenful, with this very program against a mock vendor on this machine.

use std::path::Path;
use std::process::Command;

use mock_servers::{ClockMode, Mocks, Options};

use super::{Context, mock};
use crate::error::Failure;
use crate::exit::Exit;

/// `countersign demo`.
pub(super) async fn run(context: &Context) -> Result<Exit, Failure> {
    let folder = tempfile::tempdir().map_err(|error| {
        Failure::io(
            "cannot make a folder",
            Path::new("the temporary folder"),
            &error,
        )
    })?;
    let mut options = Options::new(context.real_now);
    options.clock = ClockMode::Real;
    let mocks = Mocks::start(options)
        .await
        .map_err(|error| Failure::error(error.to_string()))?;
    mock::write_config(&mocks, folder.path(), context)?;
    let told = tell(&mocks, folder.path(), context).await;
    mocks.shutdown().await;
    told.map(|()| Exit::Done)
}

async fn tell(mocks: &Mocks, folder: &Path, context: &Context) -> Result<(), Failure> {
    let stage = Stage { folder, context };
    stage.say("Some people wait for somebody to press Approve. A mock Admin By Request runs on this machine.");
    stage
        .run(&["draft", "--max", "3", "--expires", "7d", "-q"])
        .await?;
    stage.say(
        "A reviewer reads the drafts, approves one and denies one. In real life: a pull request.",
    );
    stage.decide(mocks)?;
    stage.run(&["plan", "--out", "tonight.plan"]).await?;
    stage.say("Exactly that is applied, once, and read back.");
    stage.run(&["apply", "tonight.plan", "-q"]).await?;
    stage.run(&["plan"]).await?;
    stage.run(&["ledger", "verify"]).await?;
    stage.say("Your turn: countersign mock serve --write-config try, and in another shell: cd try && countersign draft");
    Ok(())
}

struct Stage<'a> {
    folder: &'a Path,
    context: &'a Context,
}

impl Stage<'_> {
    fn say(&self, text: &str) {
        self.context.ui.result("\n");
        self.context.ui.line(&format!("# {text}"));
    }

    /// Shows the command, runs it, and shows what it says.
    async fn run(&self, words: &[&str]) -> Result<(), Failure> {
        self.context.ui.result("\n");
        self.context
            .ui
            .line(&format!("$ countersign {}", words.join(" ")));
        let mut command = Command::new(&self.context.program);
        command
            .args(words)
            .current_dir(self.folder)
            .env_remove("COUNTERSIGN_ORIGINS")
            .env_remove("COUNTERSIGN_FREEZE");
        let ran = tokio::task::spawn_blocking(move || command.output()).await;
        let output = ran
            .map_err(|error| Failure::error("the demo's command ended badly").because(error))?
            .map_err(|error| Failure::io("cannot start", &self.context.program, &error))?;
        // Rendered by that process, every foreign text in it made visible there.
        let text = String::from_utf8_lossy(&output.stdout);
        self.context.ui.result(&text);
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::error(format!("`countersign {}` failed", words.join(" "))).because(said))
    }

    /// What a person would type into the drafted files.
    fn decide(&self, mocks: &Mocks) -> Result<(), Failure> {
        let queue = "admin-by-request";
        let pending = mocks
            .queues()
            .get(queue)
            .map(|queue| queue.pending.clone())
            .unwrap_or_default();
        let verdicts = [
            ("approve", "CHG0031337", "Driver fault, vendor case 5512"),
            ("deny", "INC0091204", "Not on the list of allowed tools"),
        ];
        for (id, (verdict, ticket, reason)) in pending.iter().zip(verdicts) {
            let path = self.folder.join(format!("decisions/{queue}/{id}.toml"));
            let failed = |error| Failure::io("cannot edit", &path, &error);
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            let text = text
                .replace(
                    "verdict = \"undecided\"",
                    &format!("verdict = \"{verdict}\""),
                )
                .replace("ticket  = \"\"", &format!("ticket  = \"{ticket}\""))
                .replace("reason  = \"\"", &format!("reason  = \"{reason}\""));
            std::fs::write(&path, text).map_err(failed)?;
            self.context.ui.line(&format!("decisions/{queue}/{id}.toml: verdict = \"{verdict}\", ticket = \"{ticket}\", reason = \"{reason}\""));
        }
        Ok(())
    }
}
