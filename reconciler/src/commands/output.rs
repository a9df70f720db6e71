//! Files that a command makes for its caller: whole or not at all, for their owner's eyes only.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file in the making. Dropped before `finish`, it leaves what was there before.
pub(super) struct Output(Kind);

enum Kind {
    /// A file beside its final name (0600, as tempfile makes it), moved there at the end.
    Whole(BufWriter<NamedTempFile>, PathBuf),
    /// A pipe or a device, as `/dev/stdout`: written through, for replacing it would destroy it.
    Through(BufWriter<File>),
}

impl Output {
    /// Begins a file. A link to a file stays a link: the file behind it is replaced.
    pub(super) fn begin(path: &Path) -> io::Result<Self> {
        let there = std::fs::metadata(path).ok();
        if there
            .as_ref()
            .is_some_and(|there| !there.is_file() && !there.is_dir())
        {
            let file = File::options().write(true).open(path)?;
            return Ok(Self(Kind::Through(BufWriter::new(file))));
        }
        let path = match there {
            Some(_) => path.canonicalize()?,
            None => path.to_owned(),
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::metadata(folder)?;
        // What it says names a file that nobody has chosen.
        let file = NamedTempFile::new_in(folder).map_err(|error| error.kind())?;
        Ok(Self(Kind::Whole(BufWriter::new(file), path)))
    }

    /// Makes it durable and puts it where it belongs.
    pub(super) fn finish(self) -> io::Result<()> {
        match self.0 {
            Kind::Through(mut stream) => stream.flush(),
            Kind::Whole(file, path) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(path).map(drop).map_err(|error| error.error)
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Whole(file, _) => file.write(bytes),
            Kind::Through(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Whole(file, _) => file.flush(),
            Kind::Through(stream) => stream.flush(),
        }
    }
}

/// Whether a file could be made there, as far as can be told without making one.
///
/// # Errors
/// Where it certainly could not.
pub(super) fn check(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // Opening a pipe would wait for its reader.
        Ok(there) if !there.is_file() => Ok(()),
        Ok(_) | Err(_) => Output::begin(path).map(drop),
    }
}

/// Writes a text at once.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut output = Output::begin(path)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found when a report was sent to a device, and the device was gone afterwards.
    #[test]
    fn a_pipe_is_written_through_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read_to_string(pipe).unwrap()
        });
        write(&pipe, "report").unwrap();
        assert_eq!(reader.join().unwrap(), "report");
        assert!(!std::fs::metadata(&pipe).unwrap().is_file());
    }

    #[test]
    fn a_link_stays_a_link_and_a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "before").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, "after").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "after");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(write(folder.path(), "x").is_err());
    }

    #[test]
    fn trouble_does_not_name_a_file_that_nobody_chose() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("none").join("file"), "x").unwrap_err();
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
    }

    #[test]
    fn what_is_not_finished_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "before").unwrap();
        let mut output = Output::begin(&file).unwrap();
        output.write_all(b"half").unwrap();
        drop(output);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
