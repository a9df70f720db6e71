//! What holds for any bytes: the bodies of the fuzz targets. Only in tests and in fuzzing builds.
//!
//! Each target takes what a stranger may have written, reads it as the program does, and panics where a promise is
//! broken. `fuzz/` runs them under libFuzzer; the tests here replay its corpora, cut and mutated.

#![allow(clippy::panic, reason = "a broken promise is told by panicking")]

use std::num::NonZeroUsize;
use std::path::Path;

use jiff::Timestamp;

use crate::desired::decisions::{self, Keep};
use crate::desired::draft::{self, Options};
use crate::desired::{Mistake, Written, config, fmt};
use crate::model::{Deciding, QueueName, Request, Terms, Vendor};
use crate::plan::{SavedPlan, fingerprint};
use crate::render::escape::{self, Hostile};
use crate::vendors::{self, admin_by_request, beyondtrust, ekran, fudo, threatlocker};

#[cfg(test)]
mod tests;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: [(&str, Target); 12] = [
    ("admin_by_request", fuzz_admin_by_request),
    ("beyondtrust", fuzz_beyondtrust),
    ("threatlocker", fuzz_threatlocker),
    ("fudo", fuzz_fudo),
    ("ekran", fuzz_ekran),
    ("decisions", fuzz_decisions),
    ("configuration", fuzz_configuration),
    ("plan", fuzz_plan),
    ("ledger", fuzz_ledger),
    ("headers", fuzz_headers),
    ("markdown", fuzz_markdown),
    ("terminal", fuzz_terminal),
];

/// A page or an object of Admin By Request.
pub fn fuzz_admin_by_request(data: &[u8]) {
    drafted(Vendor::AdminByRequest, admin_by_request::requests_in(data));
}

/// A list of Password Safe.
pub fn fuzz_beyondtrust(data: &[u8]) {
    drafted(Vendor::Beyondtrust, beyondtrust::requests_in(data));
}

/// A permit document of ThreatLocker.
pub fn fuzz_threatlocker(data: &[u8]) {
    drafted(Vendor::Threatlocker, threatlocker::requests_in(data));
}

/// A list or an object of Fudo.
pub fn fuzz_fudo(data: &[u8]) {
    drafted(Vendor::Fudo, fudo::requests_in(data));
}

/// A batch of Ekran.
pub fn fuzz_ekran(data: &[u8]) {
    drafted(Vendor::Ekran, ekran::requests_in(data));
}

/// Whatever a vendor sent, its draft is one undecided block, shows nothing that is not seen, and is read back as it was.
fn drafted(vendor: Vendor, requests: Vec<Request>) {
    let terms = terms(vendor);
    for request in requests {
        let canonical = (terms.can.canonical_id)(request.id.as_str());
        assert_eq!(
            canonical.as_ref(),
            Ok(&request.id),
            "an id off the wire is canonical"
        );
        let print = fingerprint(&terms, &request.id, &request.facts);
        let text = draft::draft(&request, &terms, &print, &Options::default());
        seen(&text, "a draft");
        let written =
            decisions::parse("d.toml", &text, std::slice::from_ref(&terms), Keep::Nothing);
        assert_eq!(written.mistakes, [], "{text}");
        let desired = written.desired;
        assert_eq!(
            (desired.undecided.len(), desired.decisions.len()),
            (1, 0),
            "{text}"
        );
        let again = draft::refresh_guard("d.toml", &text, &request, &terms, &print);
        assert_eq!(
            again,
            Ok(Some(text.clone())),
            "a fresh guard is the one of the draft"
        );
        assert_eq!(
            fmt::format("d.toml", &text),
            Ok(text),
            "a draft is laid out as fmt would"
        );
    }
}

/// A decision file. As the first byte says, it is read as TOML or as JSON Lines.
pub fn fuzz_decisions(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let queues: Vec<Terms> = Vendor::ALL.into_iter().map(terms).collect();
    let lines = decisions::parse("d.jsonl", &text, &queues, Keep::Digests);
    mistakes(&lines.mistakes);
    let written = decisions::parse("d.toml", &text, &queues, Keep::Digests);
    mistakes(&written.mistakes);
    for block in decisions::blocks(&text) {
        assert!(text.get(block.bytes).is_some(), "a block lies in its file");
    }
    match fmt::format("d.toml", &text) {
        Err(mistake) => mistakes(&[mistake]),
        Ok(once) => {
            assert_eq!(
                fmt::format("d.toml", &once).as_ref(),
                Ok(&once),
                "twice is once"
            );
            let again = decisions::parse("d.toml", &once, &queues, Keep::Digests);
            assert_eq!(
                meaning(again),
                meaning(written),
                "fmt changes no meaning:\n{once}"
            );
        }
    }
}

/// What decisions say, wherever they stand.
fn meaning(written: Written) -> (String, usize) {
    let desired = written.desired;
    let mut said = String::new();
    for one in desired.decisions {
        said.push_str(&format!(
            "{} {:?} {:?} {:?} {} {:?} {:?} {:?}\n",
            one.address,
            one.verdict,
            one.ticket,
            one.reason,
            one.expires,
            one.decided_by,
            one.guard,
            one.permit
        ));
    }
    said.push_str(&format!("{} undecided", desired.undecided.len()));
    (said, written.mistakes.len())
}

/// A configuration.
pub fn fuzz_configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(wrong) = config::load(Path::new("countersign.toml"), &text) {
        assert!(!wrong.is_empty(), "refused, and nothing is wrong");
        mistakes(&wrong);
    }
}

/// A saved plan: what is accepted is what was written, byte for byte.
pub fn fuzz_plan(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match SavedPlan::parse(&text) {
        Ok(plan) => assert_eq!(plan.to_text(), text, "another plan was accepted"),
        Err(why) => seen(
            &Hostile::prose(&why.to_string()).terminal(),
            "why a plan is refused",
        ),
    }
}

/// A ledger. What is accepted can be told of, and what is not is refused in words that can be shown.
pub fn fuzz_ledger(data: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let path = folder.path().join("ledger.jsonl");
    if std::fs::write(&path, data).is_err() {
        return;
    }
    match crate::apply::ledger::read(&path) {
        Ok(history) => {
            let _ = history.past();
            if let Some((_, head)) = history.head() {
                assert!(history.contains(head), "a ledger contains its head");
            }
        }
        Err(why) => {
            let shown = Hostile::prose(&why.to_string()).terminal();
            seen(&shown, "why a ledger is refused");
        }
    }
}

/// A header of an answer: how long to wait, and cookies.
pub fn fuzz_headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (asked, cookies) = vendors::http::read_header(&text, Timestamp::UNIX_EPOCH);
    // A year 9999 is the farthest date there is.
    assert!(
        asked.is_none_or(|asked| asked.as_secs() < 400_000_000_000),
        "{asked:?}"
    );
    assert!(cookies <= 1, "one header sets one cookie at most");
}

/// Text in a cell of a pull-request comment.
pub fn fuzz_markdown(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let span = Hostile::from(&*text).markdown();
    seen(&span, "Markdown");
    assert!(!span.contains('|'), "a cell ends: {span}");
    let fence = span.chars().take_while(|c| *c == '`').count();
    if fence > 0 {
        let inside = span.trim_matches('`');
        let runs = inside.split(|c| c != '`').map(str::len);
        assert!(
            runs.max() < Some(fence),
            "a span ends before its end: {span}"
        );
        assert!(
            span.ends_with(&"`".repeat(fence)),
            "a span has no end: {span}"
        );
    } else {
        assert_eq!(
            (&*text, &*span),
            ("", "(empty)"),
            "text stands outside of code"
        );
    }
    let prose = escape::markdown_prose(&text);
    seen(&prose, "Markdown prose");
    let code = prose.starts_with('`');
    let harmless = |c: char| c.is_ascii_alphanumeric() || " ,.;:()/'%-".contains(c);
    assert!(code || prose.chars().all(harmless), "{prose}");
}

/// Text on a terminal, in CSV and in JSON.
pub fn fuzz_terminal(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let hostile = Hostile::from(&*text);
    for (what, shown) in [
        ("a terminal", hostile.terminal()),
        ("a comment", hostile.comment()),
        ("CSV", hostile.csv()),
        ("prose", Hostile::prose(&text).terminal()),
        ("a bounded text", hostile.at_most(40).terminal()),
    ] {
        seen(&shown, what);
        assert!(!shown.contains('\n'), "{what} has one line: {shown}");
    }
    let cell = hostile.csv();
    let computes = cell
        .trim_start_matches('"')
        .starts_with(['=', '+', '-', '@']);
    assert!(!computes, "a cell is computed: {cell}");
    if let Some(why) = escape::lookalike(&text) {
        seen(&why, "a lookalike");
    }
    let json = serde_json::Value::from(&*text).to_string();
    for written in [escape::json(&json), crate::model::visible_json(&json)] {
        let read = serde_json::from_str::<String>(&written);
        assert_eq!(
            read.ok().as_deref(),
            Some(&*text),
            "JSON says something else"
        );
        seen(&written, "JSON");
    }
}

/// Nothing that acts on a terminal or a CI log, or that hides: said here once more, apart from the code.
fn seen(text: &str, what: &str) {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || u32::from(c) & 0xfffe == 0xfffe
            || matches!(c,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{fff9}'..='\u{fffc}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' | '\u{a0}')
    };
    if let Some(c) = text.chars().find(|c| hidden(*c)) {
        panic!("{what} holds U+{:04X}: {text:?}", u32::from(c));
    }
    for line in text.lines() {
        assert!(
            !line.trim_start().starts_with("::"),
            "{what} speaks to a runner: {line}"
        );
        assert!(!line.contains("##["), "{what} speaks to a runner: {line}");
    }
}

fn mistakes(mistakes: &[Mistake]) {
    for mistake in mistakes {
        // What they quote goes through `render::mistakes` on its way out; hidden characters they never hold.
        seen(&Hostile::prose(&mistake.message).terminal(), "a mistake");
        let hint = mistake.hint.as_deref().unwrap_or_default();
        seen(&Hostile::prose(hint).terminal(), "a hint");
    }
}

/// A queue of this vendor.
fn terms(vendor: Vendor) -> Terms {
    let name = vendor.slug();
    Terms {
        queue: QueueName::new(name).unwrap_or_else(|_| panic!("{name} names a queue")),
        origin: "https://vendor.example.com".to_owned(),
        organization: None,
        deciding: Deciding {
            credential: "env KEY".to_owned(),
            acting_as: None,
            run_as: None,
            client: None,
        },
        deciders: Vec::new(),
        can: vendors::capabilities(vendor),
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}
