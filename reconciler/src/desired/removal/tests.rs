//! Blocks move byte for byte; interrupted anywhere, a block is in one place or in both, and the next call ends right.

use super::*;

const FILE: &str = "decisions/q/two.toml";

fn block(id: &str) -> String {
    format!("# about {id}\n[[decision]]\nrequest = \"{id}\" # so\n")
}

fn world(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("decisions/q")).unwrap();
    fs::write(folder.path().join(FILE), text).unwrap();
    folder
}

fn at(line: u32) -> Place {
    Place {
        file: FILE.into(),
        line,
        column: 1,
    }
}

fn archive(root: &Path, blocks: &[Place]) -> Result<Left, Mistake> {
    let source = Source::read(root, FILE)?;
    source.add_to(root, &format!("archive/{FILE}"), blocks)?;
    source.leave(blocks, true)
}

fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap()
}

#[test]
fn a_block_moves_with_its_comments_and_the_last_one_takes_the_file_along() {
    let text = format!("# the file\n\n{}\n{}", block("1"), block("2"));
    let folder = world(&text);
    let root = folder.path();
    assert_eq!(archive(root, &[at(8)]), Ok(Left::Others));
    assert_eq!(read(root, FILE), format!("# the file\n\n{}", block("1")));
    let archived = format!("archive/{FILE}");
    assert_eq!(read(root, &archived), block("2"));
    assert_eq!(archive(root, &[at(4)]), Ok(Left::Removed));
    assert!(!root.join(FILE).exists());
    assert_eq!(
        read(root, &archived),
        format!("{}\n# the file\n\n{}", block("2"), block("1"))
    );
}

#[test]
fn line_ends_and_a_mark_survive() {
    let text = format!("\u{feff}{}\n{}", block("1"), block("2")).replace('\n', "\r\n");
    let folder = world(&text);
    let root = folder.path();
    assert_eq!(archive(root, &[at(2)]), Ok(Left::Others));
    assert_eq!(
        read(root, FILE),
        format!("\u{feff}{}", block("2").replace('\n', "\r\n"))
    );
    let archived = read(root, &format!("archive/{FILE}"));
    assert_eq!(archived, block("1").replace('\n', "\r\n"));
}

/// Every state that an interruption can leave: the destination written, or not; the source as before.
#[test]
fn interrupted_between_the_two_nothing_is_lost_and_nothing_is_doubled() {
    let text = format!("{}\n{}", block("1"), block("2"));
    let folder = world(&text);
    let root = folder.path();
    let archived = format!("archive/{FILE}");
    let source = Source::read(root, FILE).unwrap();
    source.add_to(root, &archived, &[at(2)]).unwrap();
    let once = read(root, &archived);
    assert_eq!(read(root, FILE), text, "in both places");
    assert_eq!(archive(root, &[at(2)]), Ok(Left::Others));
    assert_eq!(read(root, &archived), once);
    assert_eq!(read(root, FILE), block("2"));
}

#[test]
fn no_link_is_followed() {
    let folder = world(&block("1"));
    let root = folder.path();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), root.join("archive")).unwrap();
    assert!(archive(root, &[at(2)]).is_err());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    fs::remove_file(root.join("archive")).unwrap();
    fs::create_dir_all(root.join("archive/decisions/q")).unwrap();
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, "x").unwrap();
    std::os::unix::fs::symlink(&victim, root.join(format!("archive/{FILE}"))).unwrap();
    assert!(archive(root, &[at(2)]).is_err());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "x");
    assert_eq!(read(root, FILE), block("1"));
    let linked = root.join("decisions/q/link.toml");
    std::os::unix::fs::symlink(root.join(FILE), &linked).unwrap();
    assert!(Source::read(root, "decisions/q/link.toml").is_err());
}

#[test]
fn an_archive_that_is_named_by_a_glob_is_none() {
    let globs = |glob: &str| [glob.to_owned()];
    for glob in [
        "**/*.toml",
        "*/decisions/**/*.toml",
        "archive/**/*.toml",
        "{decisions,archive}/**/*.toml",
    ] {
        assert!(archive_name(FILE, &globs(glob)).is_err(), "{glob}");
    }
    let name = archive_name(FILE, &globs("decisions/**/*.toml"));
    assert_eq!(name.as_deref(), Ok("archive/decisions/q/two.toml"));
}
