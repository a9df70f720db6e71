//! Secrets are found, or said to be missing without a byte of them.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;

fn environment() -> Environment {
    let mut all = Environment::new();
    all.insert("KEY".to_owned(), "canary".to_owned());
    all.insert("EMPTY".to_owned(), String::new());
    all.insert("LINES".to_owned(), "canary\nsecond".to_owned());
    all.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    all
}

fn found(source: &SecretSource) -> String {
    match resolve(source, &environment()) {
        Ok(secret) => format!("ok {}", secret.expose_secret()),
        Err(error) => {
            assert!(!format!("{error:?}").contains("canary"));
            format!("{error} | {}", error.hint)
        }
    }
}

fn file(path: &Path) -> SecretSource {
    SecretSource::File {
        written: "key".to_owned(),
        path: path.to_owned(),
    }
}

#[test]
fn the_environment_is_the_one_handed_in() {
    let env = |name: &str| found(&SecretSource::Env(name.to_owned()));
    assert_eq!(env("KEY"), "ok canary");
    assert_eq!(
        env("NONE"),
        "env NONE: is not set | set the environment variable NONE"
    );
    assert_eq!(env("EMPTY"), "env EMPTY: is empty | store the secret there");
    assert!(env("LINES").starts_with("env LINES: holds line ends"));
}

#[test]
fn one_line_end_of_a_file_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for (bytes, wanted) in [
        (&b"canary\n"[..], "ok canary"),
        (b"canary\r\n", "ok canary"),
        (b"canary", "ok canary"),
        (b"", "file key: is empty | store the secret there"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(found(&file(&path)), wanted);
    }
    for bytes in [&b"canary\n\n"[..], b"\xff", &[b'a'; 70_000]] {
        std::fs::write(&path, bytes).unwrap();
        assert!(found(&file(&path)).starts_with("file key: "));
    }
    assert!(found(&file(folder.path())).starts_with("file key: is not a file"));
    assert!(found(&file(&folder.path().join("none"))).starts_with("file key: cannot be read"));
}

#[cfg(unix)]
#[test]
fn a_command_is_run_without_a_shell_and_not_for_long() {
    let run = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        found(&SecretSource::Command(words))
    };
    assert_eq!(run(&["printf", "%s\\n", "canary"]), "ok canary");
    assert_eq!(run(&["printenv", "KEY"]), "ok canary");
    assert!(run(&["sh", "-c", "echo canary >&2; exit 3"]).starts_with("command sh: failed"));
    assert!(
        run(&["no-such-program-here"])
            .starts_with("command no-such-program-here: cannot be started")
    );
    let slow = ["sleep".to_owned(), "30".to_owned()];
    let late = from_command(&slow, &environment(), Duration::from_millis(50));
    assert!(late.is_err_and(|wrong| wrong.what.starts_with("did not end")));
}

#[test]
fn a_secret_is_named_without_its_arguments() {
    let command = SecretSource::Command(vec![
        "op".to_owned(),
        "read".to_owned(),
        "canary".to_owned(),
    ]);
    assert_eq!(command.to_string(), "command op");
}
