//! `init`: a sample configuration, a decision, a ledger, CI workflows, and schemas for editors. Never overwrites.

use std::path::Path;

use super::{Context, schema};
use crate::apply::ledger;
use crate::cli::{Init as Args, SchemaOf};
use crate::desired::config::sample;
use crate::error::Failure;
use crate::exit::Exit;

/// Everything that is written, by its place below the folder.
const FILES: [(&str, &str); 8] = [
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
    (
        "ci/countersign-apply.gitlab-ci.yml",
        include_str!("init/gitlab-apply.yml"),
    ),
    ("ci/countersign.sh", include_str!("init/countersign.sh")),
    (".gitignore", include_str!("init/gitignore")),
    // Which schema belongs to which file, for editors.
    (".taplo.toml", include_str!("init/taplo.toml")),
];

/// What editors complete and check with, as `.taplo.toml` names it.
const SCHEMAS: [(&str, SchemaOf); 2] = [
    ("schemas/decisions.schema.json", SchemaOf::Decisions),
    ("schemas/config.schema.json", SchemaOf::Config),
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
        put(&root.join(name), text, context)?;
    }
    for (name, of) in SCHEMAS {
        put(&root.join(name), &schema::text(of), context)?;
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

/// Writes a file where none is.
fn put(path: &Path, text: &str, context: &Context) -> Result<(), Failure> {
    if path.exists() {
        let left = format!("{} is there already; left alone", path.display());
        context.ui.warning(&left);
        return Ok(());
    }
    write(path, text).map_err(|error| Failure::io("cannot write", path, &error))?;
    context.ui.line(&format!("wrote {}", path.display()));
    Ok(())
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
