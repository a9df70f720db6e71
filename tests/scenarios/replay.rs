//! The command behind a red cell plays that world and no other, from a shell, wherever the story and the client lie.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::{CLIENT, found_out};

/// One trial for people, one for programs.
pub(crate) fn trials() -> Vec<Trial> {
    let text = |ran: &Output| {
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("replay  "));
        line.map(str::to_owned)
    };
    let json = |ran: &Output| {
        let document: Value = serde_json::from_slice(&ran.stdout).ok()?;
        let replay = &document["scenarios"][0]["cells"][0]["replay"];
        replay.as_str().map(|line| format!("{line} --json"))
    };
    vec![
        Trial::test("replay/text", move || {
            let again = replayed(&[], text)?;
            let again = String::from_utf8_lossy(&again.stdout).into_owned();
            let wanted = [
                "# apply [it]/admin-by-request.requests.approve:",
                "no secret shows:",
                "Explored 1 worlds",
            ];
            match wanted.iter().find(|wanted| !again.contains(**wanted)) {
                None => Ok(()),
                Some(wanted) => Err(format!("{wanted:?} is not in\n{again}").into()),
            }
        }),
        Trial::test("replay/json", move || {
            let again = replayed(&["--json"], json)?;
            let document: Value = serde_json::from_slice(&again.stdout)?;
            let cells = document["scenarios"][0]["cells"].as_array();
            let cells = cells.map(Vec::as_slice).unwrap_or_default();
            match cells {
                [cell] if cell["broken"][0]["law"] == "no secret shows" => Ok(()),
                _ => Err(format!("not that one cell:\n{document:#}").into()),
            }
        }),
    ]
}

// Explores two worlds of a story in a folder with a blank and a quote in its name, with a client in another such one
// that shows its key; then does what the report of the first red cell says.
fn replayed(options: &[&str], line: fn(&Output) -> Option<String>) -> Result<Output, Failed> {
    let folder = tempfile::tempdir()?;
    let stories = folder.path().join("it's ours");
    let client = folder.path().join("the client's").join("a client");
    std::fs::create_dir_all(&stories)?;
    std::fs::create_dir_all(client.parent().unwrap())?;
    let text = found_out::story(&found_out::CLASSES[0]);
    let text = text.replace("name   = \"apply\"", "name   = \"apply [it]\"");
    std::fs::write(stories.join("ignored.scenario.toml"), text)?;
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = apply ]; then cat .secrets/admin-by-request.api-key; fi\nexec '{CLIENT}' \"$@\"\n"
    );
    std::fs::write(&client, script)?;
    std::fs::set_permissions(&client, std::fs::Permissions::from_mode(0o755))?;
    let first = Command::new(CLIENT)
        .args(["scenario", "explore", "it's ours", "--cli"])
        .arg(&client)
        .args(["--only", "apply*/*.approve:*/{ack-lost,ack-reset}"])
        .args(options)
        .current_dir(folder.path())
        .output()?;
    let told = String::from_utf8_lossy(&first.stdout).into_owned();
    if first.status.code() != Some(1) {
        let told = format!("{told}{}", String::from_utf8_lossy(&first.stderr));
        return Err(format!("{}: no cell is red:\n{told}", first.status).into());
    }
    let line = line(&first).ok_or_else(|| format!("no command to replay:\n{told}"))?;
    let program = Path::new(CLIENT).parent().unwrap().display();
    let path = std::env::var("PATH").unwrap_or_default();
    let again = Command::new("sh")
        .args(["-c", &line])
        .env("PATH", format!("{program}:{path}"))
        .current_dir(folder.path())
        .output()?;
    if again.status.code() != Some(1) {
        let told = String::from_utf8_lossy(&again.stderr).into_owned();
        return Err(format!("{line}\n{}: {told}", again.status).into());
    }
    Ok(again)
}
