//! A queue of Ekran: its key, its one path, and since when.

use super::*;

fn queue(more: &str) -> String {
    format!(
        "schema = 1\n[queues.endpoints]\nvendor = \"ekran\"\nurl = \"https://ekran.example.com/ekranapi\"\ncredentials = {{ api-key = {{ env = \"K\" }} }}\n{more}\n"
    )
}

fn since(written: &str) -> Option<String> {
    let config = loaded(&queue(&format!("since = {written}"))).ok()?;
    config.queues.into_values().next()?.since
}

#[test]
fn since_is_sent_as_it_is_written() {
    for form in ["2026-11-01", "2026-11-01T08:00", "2026-11-01T08:00:30"] {
        assert_eq!(since(&format!("\"{form}\"")).as_deref(), Some(form));
    }
    assert_eq!(since("2026-11-01").as_deref(), Some("2026-11-01"));
    let local = since("2026-11-01T08:00:30");
    assert_eq!(local.as_deref(), Some("2026-11-01T08:00:30"));
    for odd in [
        "\"\"",
        "\"yesterday\"",
        "\"2026-11-31\"",
        "\"2026-13-01\"",
        "\"2026-11-01T25:00\"",
        "\"2026-11-01 08:00\"",
        "\"2026-11-01T08:00:30.5\"",
        "\"2026-11-01T08:00:00Z\"",
        "\"2026-11-01T08:00+01:00\"",
        "\" 2026-11-01\"",
        "\"2026-11-01&end=2026-11-02\"",
        "2026-11-01T08:00:30Z",
        "20261101",
        "[\"2026-11-01\"]",
    ] {
        assert_eq!(since(odd), None, "{odd}");
    }
    let told = told(&queue("since = \"2026-11-01T08:00:00Z\""));
    assert!(told.contains("countersign.toml:6:9"), "{told}");
    assert!(told.contains("without a zone"), "{told}");
}

#[test]
fn it_is_required_there_and_unknown_elsewhere() {
    let missing = told(&queue(""));
    assert!(missing.contains("`since` is missing"), "{missing}");
    let elsewhere = told(&with("since = \"2026-11-01\""));
    assert!(elsewhere.contains("`since`"), "{elsewhere}");
}

#[test]
fn nobody_decides_through_it() {
    let good = "since = \"2026-11-01\"";
    for key in ["acting-as = \"a\"", "deciders = [\"a\"]", "voter = \"a\""] {
        assert!(loaded(&queue(&format!("{good}\n{key}"))).is_err(), "{key}");
    }
    let other_path = queue(good).replace("/ekranapi", "/api");
    assert!(told(&other_path).contains("/ekranapi"));
    let read = loaded(&queue(good)).unwrap().queues.pop_first().unwrap().1;
    assert_eq!(read.origin, "https://ekran.example.com");
    assert_eq!((read.rate_limit, read.organizations.len()), (None, 0));
}

/// Nothing tells two of them apart: nobody decides through either.
#[test]
fn one_server_is_one_queue() {
    let one = queue("since = \"2026-11-01\"");
    let body = one.split_once('\n').unwrap().1;
    let again = body.replace("queues.endpoints", "queues.again");
    let twice = format!("{one}{again}");
    assert!(
        told(&twice).contains("is the same as queue"),
        "{}",
        told(&twice)
    );
    let other = twice.replacen("ekran.example.com", "other.example.com", 1);
    assert_eq!(told(&other), "");
}
