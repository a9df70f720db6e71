//! `demo`: the whole story in a screenful, with this very program against the mock vendors on this machine.

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
    let titles: Vec<&str> = mock_servers::Vendor::ALL
        .iter()
        .map(|one| one.title())
        .collect();
    stage.say(&format!(
        "Some people wait for somebody to press Approve. Mocks run on this machine: {}.",
        titles.join(", ")
    ));
    for vendor in mock_servers::Vendor::ALL {
        let words = [
            "draft",
            vendor.slug(),
            "--max",
            "2",
            "--expires",
            "7d",
            "-q",
        ];
        stage.run(&words).await?;
    }
    stage.say("A reviewer reads the drafts and decides. In real life: a pull request.");
    stage.decide(mocks)?;
    stage.run(&["plan", "--out", "tonight.plan"]).await?;
    stage.say("Exactly that is applied, once, and read back.");
    stage.run(&["apply", "tonight.plan", "-q"]).await?;
    stage.run(&["plan"]).await?;
    stage.run(&["ledger", "verify"]).await?;
    stage.say("Your turn: countersign mock serve --write-config try, and in another shell: cd try && countersign draft");
    Ok(())
}

/// A verdict, its ticket, its reason.
type Verdict = (&'static str, &'static str, &'static str);

/// For the first requests of each queue, by the queues' names.
const VERDICTS: [[Verdict; 2]; 5] = [
    // Admin By Request.
    [
        ("approve", "CHG0031337", "Driver fault, vendor case 5512"),
        ("deny", "INC0091204", "Not on the list of allowed tools"),
    ],
    // BeyondTrust Password Safe.
    [
        ("approve", "CHG0031402", "Planned maintenance, window 14"),
        ("deny", "INC0091377", "No change is planned on this system"),
    ],
    // Ekran: what its console has decided is ratified.
    [
        ("approve", "CHG0031511", "Vendor on site, announced"),
        ("approve", "CHG0031512", "Vendor on site, announced"),
    ],
    // Fudo: the second one needs a vote more than ours.
    [
        ("approve", "CHG0031533", "nginx does not reload, runbook 12"),
        ("approve", "CHG0031534", "Quarter-end close"),
    ],
    // ThreatLocker.
    [
        ("approve", "CHG0031460", "Vendor's tool, this file alone"),
        ("deny", "INC0091398", "Comes with the software centre"),
    ],
];

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
        let style = self.context.ui.style();
        let mut command = Command::new(&self.context.program);
        command
            .args(words)
            .current_dir(self.folder)
            // It writes into a pipe, and is read on our reader's screen.
            .env("COLUMNS", style.width.to_string())
            .args(["--color", if style.colour { "always" } else { "never" }])
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
        for (queue, verdicts) in mocks.queues().into_iter().zip(VERDICTS) {
            let (slug, queue) = queue;
            for (id, verdict) in queue.pending.iter().zip(verdicts) {
                self.write(&format!("decisions/{slug}/{id}.toml"), &verdict)?;
            }
        }
        Ok(())
    }

    fn write(&self, name: &str, verdict: &Verdict) -> Result<(), Failure> {
        let (verdict, ticket, reason) = verdict;
        let path = self.folder.join(name);
        let failed = |error| Failure::io("cannot edit", &path, &error);
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let filled = [
            ("verdict", verdict),
            ("ticket ", ticket),
            ("reason ", reason),
        ]
        .iter()
        .fold(text, |text, (key, value)| {
            let empty = if *key == "verdict" { "undecided" } else { "" };
            text.replace(
                &format!("{key} = \"{empty}\""),
                &format!("{key} = \"{value}\""),
            )
        });
        let filled = if *verdict == "approve" {
            with_permit(&filled)
        } else {
            filled
        };
        std::fs::write(&path, filled).map_err(failed)?;
        self.context.ui.line(&format!(
            "{name}: verdict = \"{verdict}\", ticket = \"{ticket}\", reason = \"{reason}\""
        ));
        Ok(())
    }
}

/// The draft with its narrowest permit taken out of the comments, and named; without one, as it is.
fn with_permit(draft: &str) -> String {
    let Some((before, permit)) = draft.split_once("\n# [decision.permit]") else {
        return draft.to_owned();
    };
    let lines = permit.lines().map(|line| line.trim_start_matches("# "));
    let permit: Vec<&str> = lines.collect();
    let permit = permit
        .join("\n")
        .replace("new = \"\"", "new = \"Reviewed tool\"");
    format!("{before}\n[decision.permit]{permit}\n")
}
