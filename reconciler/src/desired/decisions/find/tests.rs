//! Files below the root are found, and nothing else.

use std::fs;

use super::{check_glob, covers};
use crate::desired::bench::queues;
use crate::desired::decisions::tests::{told, with};
use crate::desired::decisions::{Keep, read};

#[test]
fn files_are_found_in_order_and_only_below_the_root() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put(
        "decisions/b/2.toml",
        with("request", "request = \"2\"").as_bytes(),
    );
    put(
        "decisions/a/1.toml",
        with("request", "request = \"1\"").as_bytes(),
    );
    put("decisions/z.toml", b"\xff\xfe");
    put("decisions/notes.md", b"# not ours");
    put("elsewhere/3.toml", b"not read");
    fs::create_dir_all(root.path().join("decisions/dir.toml")).unwrap();
    fs::write(outside.path().join("x.toml"), with("", "")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(outside.path(), root.path().join("decisions/out")).unwrap();
        symlink(
            outside.path().join("x.toml"),
            root.path().join("decisions/out.toml"),
        )
        .unwrap();
        symlink(
            root.path().join("decisions"),
            root.path().join("decisions/a/loop"),
        )
        .unwrap();
        symlink(
            root.path().join("decisions/a/1.toml"),
            root.path().join("decisions/again.toml"),
        )
        .unwrap();
        symlink(
            root.path().join("nowhere"),
            root.path().join("decisions/gone.toml"),
        )
        .unwrap();
    }
    let written = read(
        root.path(),
        &["decisions/**/*.toml".to_owned()],
        &queues(),
        Keep::Nothing,
    );
    let files: Vec<&str> = written.files.iter().map(AsRef::as_ref).collect();
    assert_eq!(
        files,
        [
            "decisions/a/1.toml",
            "decisions/b/2.toml",
            "decisions/z.toml"
        ]
    );
    assert_eq!(written.desired.decisions.len(), 2);
    #[cfg(unix)]
    insta::assert_snapshot!(told(&written));
}

#[test]
fn a_glob_stays_below_the_root() {
    for wrong in [
        "",
        "/etc/*.toml",
        "../*.toml",
        "a/../b.toml",
        "{..,a}/x.toml",
        "~/x.toml",
        "C:/x.toml",
        "decisions/**",
        "decisions/[.toml",
    ] {
        assert!(check_glob(wrong).is_err(), "{wrong}");
    }
    for right in ["decisions/**/*.toml", "./d/*.jsonl", "a..b/{c,d}/*.toml"] {
        assert_eq!(check_glob(right), Ok(()), "{right}");
    }
    assert!(covers(
        &["./decisions/**/*.toml".to_owned()],
        "decisions/q/1.toml"
    ));
    assert!(!covers(
        &["decisions/*.toml".to_owned()],
        "decisions/q/1.toml"
    ));
}

/// A pull request can hold links; a dozen folders that link to each other must not take for ever.
#[cfg(unix)]
#[test]
fn folders_that_link_to_each_other_are_searched_in_bounded_time() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let folder = |number: usize| root.path().join(format!("decisions/d{number}"));
    for number in 0..12 {
        std::fs::create_dir_all(folder(number)).unwrap();
        std::fs::write(folder(number).join("one.toml"), "").unwrap();
    }
    for from in 0..12 {
        for to in (0..12).filter(|to| *to != from) {
            symlink(folder(to), folder(from).join(format!("to{to}"))).unwrap();
        }
    }
    let (found, mistakes) = super::files(root.path(), &["decisions/**/*.toml".to_owned()]);
    assert_eq!(found.len(), 12);
    // Said, not passed over: a decision there would not be read.
    assert!(
        mistakes
            .iter()
            .all(|mistake| mistake.message.contains("is not followed"))
    );
    assert_eq!(mistakes.len(), 12 * 11 * 10);
}

#[test]
fn a_file_of_more_than_four_gigabytes_is_refused_before_it_is_read() {
    let root = tempfile::tempdir().unwrap();
    let large = fs::File::create(root.path().join("large.toml")).unwrap();
    // A hole: no disk is needed for it.
    large.set_len(u64::from(u32::MAX) + 1).unwrap();
    let written = read(
        root.path(),
        &["*.toml".to_owned()],
        &queues(),
        Keep::Nothing,
    );
    let told = told(&written);
    assert_eq!(
        told,
        "large.toml:1:1: this is larger than 4 GiB | split it into several files"
    );
}
