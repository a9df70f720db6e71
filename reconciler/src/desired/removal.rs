//! Blocks that leave their decision file: into the archive, or, drafts whose request is gone, for good.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::decisions::{Piece, Pieces, covers};
use super::mistake::Mistake;
use super::source::without_mark;
use crate::model::Place;

/// The folder that settled and inert blocks are moved to, beside the decision files' own.
const FOLDER: &str = "archive";

/// Where the blocks of a decision file are archived, relative to the working directory: `archive/FILE`.
///
/// # Errors
/// Where one of the configuration's globs names that file too: its blocks would be decisions again.
pub fn archive_name(file: &str, globs: &[String]) -> Result<String, Mistake> {
    let name = format!("{FOLDER}/{file}");
    if covers(globs, &name) {
        let message = format!(
            "`decisions` in the configuration names the files of `{FOLDER}/` too: what is moved there would be a decision again"
        );
        let hint =
            "narrow `decisions` to the folder of the decision files, as in \"decisions/**/*.toml\"";
        return Err(Mistake::of_file(&name, message, hint));
    }
    Ok(name)
}

/// A decision file, read in order to take blocks out of it.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    path: PathBuf,
    /// As it stands.
    pub text: String,
}

impl Source {
    /// Reads a file below `root`; `name` is relative to it.
    ///
    /// # Errors
    /// Where it cannot be read, or a link leads to it: what would be emptied is another file than the one named.
    pub fn read(root: &Path, name: &str) -> Result<Self, Mistake> {
        let root = root.canonicalize().map_err(cannot(name, "read"))?;
        let path = root.join(name);
        if path.canonicalize().map_err(cannot(name, "read"))? != path {
            let message = "a link leads to this file; nothing is moved through links";
            let hint = "move what the link leads to by hand, or replace the link by a copy";
            return Err(Mistake::of_file(name, message, hint));
        }
        let text = fs::read_to_string(&path).map_err(cannot(name, "read"))?;
        Ok(Self {
            name: name.to_owned(),
            path,
            text,
        })
    }

    /// Its blocks.
    ///
    /// # Errors
    /// Where one by itself would not say what it says in the file.
    pub fn pieces(&self) -> Result<Pieces<'_>, Mistake> {
        Pieces::of(&self.text).ok_or_else(|| {
            let message = "the blocks of this file cannot be taken apart";
            let hint = "write each block by itself: its header, its keys, its own tables";
            Mistake::of_file(&self.name, message, hint)
        })
    }

    /// Writes the file without these blocks, or removes it where nothing is left; durable when this returns. With the
    /// last block the comments at its beginning go too, where they have been archived.
    ///
    /// # Errors
    /// Where it cannot be written; it is whole then, and as before.
    pub fn leave(&self, blocks: &[Place], archived: bool) -> Result<Left, Mistake> {
        let pieces = self.pieces()?;
        let stays = |piece: &&Piece<'_>| !blocks.iter().any(|at| piece.is_at(at));
        let kept: Vec<&str> = pieces
            .blocks
            .iter()
            .filter(stays)
            .map(|piece| piece.text)
            .collect();
        let rest = match (kept.as_slice(), archived) {
            ([], true) => String::new(),
            (kept, _) => format!("{}{}", pieces.head, kept.concat()),
        };
        let failed = cannot(&self.name, "rewritten");
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        if without_mark(&rest).trim().is_empty() {
            fs::remove_file(&self.path).map_err(failed)?;
            sync(folder).map_err(cannot(&self.name, "removed"))?;
            return Ok(Left::Removed);
        }
        let rest = ended(&rest);
        let permissions = fs::metadata(&self.path).map_err(&failed)?.permissions();
        replace(&self.path, &rest, Some(permissions)).map_err(failed)?;
        Ok(Left::Others)
    }

    /// Adds these blocks to the end of an archive file, byte for byte, but none that stands there already; durable when
    /// this returns. Where they are all that the file has, the comments at its beginning go with them.
    ///
    /// # Errors
    /// Where it cannot be written, or a link leads out of the archive; it is whole then, and as before.
    pub fn add_to(&self, root: &Path, archive: &str, blocks: &[Place]) -> Result<(), Mistake> {
        let pieces = self.pieces()?;
        let goes = |piece: &&Piece<'_>| blocks.iter().any(|at| piece.is_at(at));
        let moved: Vec<&str> = pieces
            .blocks
            .iter()
            .filter(goes)
            .map(|piece| piece.text)
            .collect();
        let path = place(root, archive)?;
        let failed = cannot(archive, "written");
        let before = match fs::symlink_metadata(&path) {
            Ok(about) if about.is_file() => fs::read_to_string(&path).map_err(&failed)?,
            Ok(_) => return Err(outside(archive)),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let there: Vec<String> = Pieces::of(&before).map_or_else(Vec::new, |pieces| {
            let texts = pieces
                .blocks
                .iter()
                .map(|piece| piece.text.trim().to_owned());
            texts.collect()
        });
        let mut text = before.clone();
        let head = without_mark(pieces.head);
        if moved.len() == pieces.blocks.len() && !before.contains(head.trim()) {
            append(&mut text, head);
        }
        let is_new = |piece: &&&str| !there.iter().any(|known| *known == piece.trim());
        for piece in moved.iter().filter(is_new) {
            append(&mut text, piece);
        }
        if text == before {
            return Ok(());
        }
        replace(&path, &ended(&text), None).map_err(failed)
    }
}

/// What became of a file that blocks have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Something still stands in it.
    Others,
    /// Nothing was left, and it is gone.
    Removed,
}

/// A text with one line end at its end, of the kind that it has.
fn ended(text: &str) -> String {
    let end = if text.trim_end().contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    format!("{}{end}", text.trim_end())
}

/// One blank line between what is there and what is added.
fn append(text: &mut String, piece: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let apart = text.is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n");
    if !apart {
        text.push('\n');
    }
    text.push_str(piece);
}

fn cannot(name: &str, done: &str) -> impl Fn(std::io::Error) -> Mistake {
    let (name, done) = (name.to_owned(), done.to_owned());
    move |error| {
        let message = format!("this cannot be {done} ({})", error.kind());
        let hint =
            "check the permissions and the free space; run the command again: nothing is lost";
        Mistake::of_file(&name, message, hint)
    }
}

fn outside(name: &str) -> Mistake {
    let message = "a link leads out of the archive; nothing was moved";
    Mistake::of_file(name, message, "replace the link by a folder or a file")
}

/// The path of an archive file, its folders made; none of them is a link.
fn place(root: &Path, archive: &str) -> Result<PathBuf, Mistake> {
    let failed = cannot(archive, "written");
    let mut path = root.canonicalize().map_err(&failed)?;
    let (folders, file) = archive.rsplit_once('/').unwrap_or(("", archive));
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        let around = path.clone();
        path.push(part);
        match fs::create_dir(&path) {
            Ok(()) => sync(&around).map_err(&failed)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        if path.canonicalize().map_err(&failed)? != path {
            return Err(outside(archive));
        }
    }
    Ok(path.join(file))
}

/// Replaces a file whole; durable when this returns.
fn replace(path: &Path, text: &str, permissions: Option<fs::Permissions>) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut builder = tempfile::Builder::new();
    // A name that no glob of decision files matches.
    builder.prefix(".countersign-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // It is committed and read by others; the umask takes away what it should not have.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync(folder)
}

/// A name is durable only once its folder is.
fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
