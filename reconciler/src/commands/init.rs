//! `init`: a sample configuration, a decision, a ledger and CI workflows. Never overwrites.

use std::path::Path;

use super::Context;
use crate::apply::ledger;
use crate::cli::Init as Args;
use crate::desired::config::sample;
use crate::error::Failure;
use crate::exit::Exit;

/// Everything that is written, by its place below the folder.
const FILES: [(&str, &str); 6] = [
    ("countersign.toml", sample::CONFIGURATION),
    ("decisions/helpdesk/65430027.toml", sample::DECISION),
    (
        ".github/workflows/countersign.yml",
        include_str!("init/github.yml"),
    ),
    (
        "ci/countersign.gitlab-ci.yml",
        include_str!("init/gitlab.yml"),
    ),
    ("ci/countersign.sh", include_str!("init/countersign.sh")),
    (".gitignore", include_str!("init/gitignore")),
];

/// `countersign init [DIR]`.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let root = &args.dir;
    if root.join("countersign.toml").exists() {
        return Err(
            Failure::error("there is a configuration already; nothing was written")
                .at(root.join("countersign.toml").display().to_string())
                .hint("give another folder: `countersign init DIR`"),
        );
    }
    for (name, text) in FILES {
        let path = root.join(name);
        if path.exists() {
            context
                .ui
                .warning(&format!("{} is there already; left alone", path.display()));
            continue;
        }
        write(&path, text).map_err(|error| Failure::io("cannot write", &path, &error))?;
        context.ui.line(&format!("wrote {}", path.display()));
    }
    let path = root.join(".countersign/ledger.jsonl");
    match ledger::init(&path, context.now()) {
        Ok((seq, hash)) => {
            context.ui.line(&format!("wrote {}", path.display()));
            context.ui.line(&format!("Ledger: {seq} {hash}"));
        }
        Err(error @ ledger::LedgerError::Exists { .. }) => context.ui.warning(&error.to_string()),
        Err(error) => return Err(super::setup::ledger_failure(&error)),
    }
    context.ui.hint("edit countersign.toml, set the credential it names, then `countersign doctor` and `countersign draft`");
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)?;
    #[cfg(unix)]
    if path.extension().is_some_and(|extension| extension == "sh") {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
