//! Git, asked through its own program: no name becomes an option, and the environment's Git settings do not reach it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::Context;

/// All of the environment that is handed on: where programs are, and where a person says which folders are safe.
/// No secret, and none of Git's own variables: in a hook they point to another repository.
const HANDED_ON: [&str; 3] = ["PATH", "HOME", "XDG_CONFIG_HOME"];

/// Nothing is run, asked or fetched for a question, and what is asked about is what was committed.
const QUIET: [(&str, &str); 5] = [
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("LC_ALL", "C"),
];

/// A repository inside of another one's files is not asked, and its settings run no program.
const SETTINGS: [&str; 4] = [
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showSignature=false",
];

/// The repository that a folder is in, if it is in one.
#[derive(Clone, Debug)]
pub(super) struct Git {
    folder: PathBuf,
    env: Vec<(&'static str, String)>,
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Below the folder, with `/` between its parts.
    pub(super) name: String,
    /// The object that holds its bytes.
    pub(super) object: String,
}

impl Git {
    /// Of the folder that the decision files are in.
    pub(super) fn of(context: &Context) -> Self {
        let handed_on = |name| context.env(name).map(|value| (name, value.to_owned()));
        Self {
            folder: context.global.chdir.clone(),
            env: HANDED_ON.into_iter().filter_map(handed_on).collect(),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.env_clear().envs(self.env.iter().cloned());
        command.envs(QUIET).arg("-C").arg(&self.folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What it answers.
    ///
    /// # Errors
    /// What it said where it did not do it; empty where it said nothing.
    pub(super) fn ask(&self, words: &[&str]) -> Result<String, String> {
        let output = self.command(words).output();
        let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
        if output.status.success() {
            // A name that is not UTF-8 may stand beside those that matter.
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// A file as it stands in the folder, whatever Git knows of it.
    pub(super) fn working_text(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(file)).ok()
    }

    /// The commit that a name stands for, where Git knows one.
    pub(super) fn commit(&self, name: &str) -> Option<String> {
        let name = format!("{name}^{{commit}}");
        let words = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let answer = self.ask(&[&words[..], &[&name]].concat()).ok()?;
        let commit = answer.trim();
        let is_hash = !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| commit.to_owned())
    }

    /// The names of files below the folder that Git knows and that are not as they were committed.
    ///
    /// # Errors
    /// What Git said.
    pub(super) fn edited(&self) -> Result<BTreeSet<String>, String> {
        let words = [
            "diff",
            "--name-only",
            "-z",
            "--no-ext-diff",
            "--relative",
            "HEAD",
        ];
        Ok(self.ask(&words)?.split('\0').map(str::to_owned).collect())
    }

    /// The commits behind which this clone has no history.
    pub(super) fn shallow(&self) -> BTreeSet<String> {
        let file = self.ask(&["rev-parse", "--git-path", "shallow"]);
        let file = file.map(|file| self.folder.join(file.trim()));
        let text = file
            .ok()
            .and_then(|file| std::fs::read_to_string(file).ok());
        let commits = text.unwrap_or_default();
        commits.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// The files below the folder as a commit has them, without links and other repositories.
    ///
    /// # Errors
    /// What Git said.
    pub(super) fn files(&self, commit: &str) -> Result<Vec<Entry>, String> {
        let listed = self.ask(&["ls-tree", "-r", "-z", "--end-of-options", commit])?;
        Ok(listed.split('\0').filter_map(Entry::of).collect())
    }

    /// The texts of files, in their order, without those that are not UTF-8.
    ///
    /// # Errors
    /// What went wrong between Git and us; where the contents of a file are not here, that.
    pub(super) fn texts(&self, files: &[Entry]) -> Result<Vec<(Arc<str>, String)>, String> {
        let objects: Vec<&str> = files.iter().map(|file| file.object.as_str()).collect();
        let contents = self.contents(&objects)?;
        let mut texts = Vec::with_capacity(files.len());
        for (file, bytes) in files.iter().zip(contents) {
            let bytes = bytes.ok_or_else(|| format!("{} is not in this clone", file.object))?;
            if let Ok(text) = String::from_utf8(bytes) {
                texts.push((file.name.as_str().into(), text));
            }
        }
        Ok(texts)
    }

    /// The bytes of objects, in their order; nothing for one that is not here, as in a partial clone.
    fn contents(&self, objects: &[&str]) -> Result<Vec<Option<Vec<u8>>>, String> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = self.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        let failed = |error: std::io::Error| format!("git cat-file: {error}");
        let mut child = command.spawn().map_err(failed)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let read = std::thread::scope(|scope| {
            // On a thread of its own: Git answers while it is still being asked.
            scope.spawn(move || {
                let mut stdin = stdin?;
                objects
                    .iter()
                    .try_for_each(|object| writeln!(stdin, "{object}").ok())
            });
            let mut answers = BufReader::new(stdout?);
            objects.iter().map(|_| one_content(&mut answers)).collect()
        });
        let ended = child.wait().map_err(failed)?;
        match read {
            Some(contents) if ended.success() => Ok(contents),
            Some(_) | None => Err("git cat-file broke off".to_owned()),
        }
    }
}

/// One answer of `cat-file --batch`: `OBJECT TYPE SIZE`, the bytes, a line feed; or `OBJECT missing`.
fn one_content(answers: &mut impl std::io::BufRead) -> Option<Option<Vec<u8>>> {
    let mut head = String::new();
    answers.by_ref().take(200).read_line(&mut head).ok()?;
    let mut words = head.trim_end_matches('\n').split(' ').skip(1);
    match (words.next()?, words.next()) {
        ("missing", None) => Some(None),
        (_, size) => {
            let mut bytes = vec![0; size?.parse().ok()?];
            answers.read_exact(&mut bytes).ok()?;
            let mut line_feed = [0; 1];
            answers.read_exact(&mut line_feed).ok()?;
            Some(Some(bytes))
        }
    }
}

impl Entry {
    /// One line of `ls-tree`: `MODE TYPE OBJECT<TAB>NAME`. A link's content is a name, and says nothing here.
    fn of(line: &str) -> Option<Self> {
        let (about, name) = line.split_once('\t')?;
        let mut about = about.split(' ');
        let is_file = about.next()?.starts_with("100") && about.next()? == "blob";
        let object = about.next()?.to_owned();
        is_file.then(|| Self {
            name: name.to_owned(),
            object,
        })
    }
}
