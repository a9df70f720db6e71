//! A drafted file on disk: whole or not at all, never over another, never outside of its folder.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::desired::mistake::Mistake;
use crate::model::{QueueName, RequestId, sha256_hex};

const FOLDER: &str = "decisions";

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was written; the name is relative to the working directory.
    New(String),
    /// A file of that name was there and is untouched.
    AlreadyThere(String),
}

/// The file in which a request is drafted, relative to the working directory: `decisions/QUEUE/ID.toml`.
#[must_use]
pub fn file_name(queue: &QueueName, id: &RequestId) -> String {
    let id = id.as_str();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (1..=100).contains(&id.len()) && id.bytes().all(plain) {
        return format!("{FOLDER}/{queue}/{id}.toml");
    }
    // No vendor has such ids today. Two that differ must not share a file, and none may leave the folder.
    let digest = sha256_hex(id.as_bytes());
    format!("{FOLDER}/{queue}/id-{}.toml", &digest[..32])
}

/// Writes a drafted file below `root`, the working directory, making its folders.
///
/// # Errors
/// When it cannot be written, or a link would lead it out of the decisions folder.
pub fn create(
    root: &Path,
    queue: &QueueName,
    id: &RequestId,
    text: &str,
) -> Result<Created, Mistake> {
    let name = file_name(queue, id);
    let cannot = |error: std::io::Error| {
        let message = format!("this cannot be written ({})", error.kind());
        Mistake::of_file(
            &name,
            message,
            "check the folder's permissions and the free space",
        )
    };
    let outside = || {
        let message = "a link leads out of the decisions folder; nothing was written";
        Mistake::of_file(&name, message, "replace the link by a folder")
    };
    let root = root.canonicalize().map_err(cannot)?;
    let decisions = folder(&root, FOLDER).map_err(cannot)?.ok_or_else(outside)?;
    let folder = folder(&decisions, queue.as_str())
        .map_err(cannot)?
        .ok_or_else(outside)?;
    let path = folder.join(name.rsplit('/').next().unwrap_or_default());
    let mut file = beginning(&folder).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(Created::New(name)),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            Ok(Created::AlreadyThere(name))
        }
        Err(error) => Err(cannot(error.error)),
    }
}

/// A folder inside another, made where it is missing; nothing where a link puts it elsewhere.
fn folder(around: &Path, name: &str) -> std::io::Result<Option<PathBuf>> {
    let path = around.join(name);
    match fs::create_dir(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let real = path.canonicalize()?;
    Ok(real.starts_with(around).then_some(real))
}

/// The file while it is being written, under a name that no glob of decision files matches.
fn beginning(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".draft-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // It is committed and read by others; the umask takes away what it should not have.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
