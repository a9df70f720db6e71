//! Every mistake with its place, message and hint; and all that must not be one.

mod naming;
mod permit;
mod release;
mod schema;

use proptest::prelude::*;

use super::{Keep, Written, blocks, parse};
use crate::desired::bench::queues;
use crate::model::Verdict;

fn parsed(text: &str) -> Written {
    schema::checked(text, parse("d.toml", text, &queues(), Keep::Digests))
}

pub(super) fn told(written: &Written) -> String {
    let line = |m: &crate::desired::Mistake| {
        format!(
            "{}: {} | {}",
            m.place,
            m.message,
            m.hint.as_deref().unwrap_or_default()
        )
    };
    written
        .mistakes
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A good block with one line replaced (`""` removes it) or added.
pub(super) fn with(key: &str, line: &str) -> String {
    let good = [
        ("queue", "queue = \"helpdesk\""),
        ("request", "request = \"65430027\""),
        ("ticket", "ticket = \"CHG0031337\""),
        ("verdict", "verdict = \"approve\""),
        ("reason", "reason = \"Driver fault\""),
        ("expires", "expires = 2026-12-01T00:00:00Z"),
    ];
    let mut out = String::from("[[decision]]\n");
    for (name, value) in good {
        out.push_str(if name == key { line } else { value });
        out.push('\n');
    }
    if good.iter().all(|(name, _)| *name != key) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[test]
fn a_whole_block_is_read() {
    let text = with(
        "more",
        "decided-by = \"boss@example.com\"\n[decision.guard]\nfingerprint = \"v1:sha256:1f2e000000000000000000000000000000000000000000000000000000000000\"\nuser = 'AZUREAD\\ANNA'",
    );
    let written = parsed(&text);
    assert_eq!(told(&written), "");
    let decision = written.desired.decisions.first().unwrap();
    assert_eq!(decision.address.to_string(), "helpdesk/65430027");
    assert_eq!(decision.verdict, Verdict::Approve);
    assert_eq!(decision.expires.to_string(), "2026-12-01T00:00:00Z");
    assert_eq!(decision.guard.facts.get("user"), Some("AZUREAD\\ANNA"));
    assert_eq!(decision.from.to_string(), "d.toml:1:1");
    assert!(written.blocks.contains_key(&decision.from));
}

#[test]
fn every_mistake_has_its_place_and_a_hint() {
    let corpus: &[(&str, &str)] = &[
        ("queue", "queue = \"helpdeks\""),
        ("queue", "queue = \"vault\""),
        ("queue", ""),
        ("queue", "queue = 7"),
        ("request", ""),
        ("request", "request = 65430027"),
        ("request", "request = \"../65430027\""),
        ("request", "request = \"6543\\u200B0027\""),
        ("ticket", ""),
        ("ticket", "ticket = \"\""),
        ("ticket", "ticket = \"CHG\\u202E1\""),
        ("ticket", "ticket = [\"CHG1\"]"),
        ("verdict", ""),
        ("verdict", "verdict = \"aprove\""),
        ("verdict", "verdict = \"maybe\""),
        ("verdict", "verdict = true"),
        ("reason", ""),
        ("reason", "reason = \"  \""),
        ("reason", "reason = \"one\\ntwo\""),
        ("expires", ""),
        ("expires", "expires = \"\""),
        ("expires", "expires = 2026-12-01"),
        ("expires", "expires = 2026-12-01T00:00:00"),
        ("expires", "expires = 9999-12-31T23:59:59Z"),
        ("expires", "expires = 1796083200"),
        ("expires", "expires = \"soon\""),
        ("expires", "expires = \"2026-12-01T00:00:00\""),
        ("expires", "expires = 2026-13-01T00:00:00Z"),
        ("more", "tikcet = \"CHG1\""),
        ("more", "decided_by = \"boss@example.com\""),
        ("more", "\"q\\u202Eueue\" = 1"),
        ("more", "guard = 1"),
        ("more", "[decision.guard]\nusr = \"ANNA\""),
        ("more", "[decision.guard]\nserver = \"db1\""),
        ("more", "[decision.guard]\nuser = 5"),
        ("more", "[decision.guard]\nfingerprint = \"v1:sha256:1F2E\""),
        ("more", "ticket = \"CHG2\""),
        ("more", "# \u{202E}nothing to see"),
        ("more", "x = 'unclosed"),
        ("more", "[decisions]"),
        ("more", "[[release-request]]"),
        (
            "more",
            "[[resolve]]\nqueue = \"helpdesk\"\nrequest = \"1\"\nintent = -1\nas = \"aplied\"\nbecause = \"\"",
        ),
        ("more", "[[resolve]]"),
    ];
    let mut shown = String::new();
    for (key, line) in corpus {
        let written = parsed(&with(key, line));
        assert!(!written.mistakes.is_empty(), "{line}");
        assert!(written.mistakes.iter().all(|m| m.hint.is_some()), "{line}");
        shown.push_str(&format!("{:?}\n{}\n", line, told(&written)));
    }
    for whole in [
        "decision = [{ queue = \"helpdesk\" }]",
        "decision = []",
        "[decision]\nqueue = \"helpdesk\"",
        "queue = \"helpdesk\"",
        "not toml at all",
        "[[decision]",
    ] {
        shown.push_str(&format!("{whole:?}\n{}\n", told(&parsed(whole))));
    }
    insta::assert_snapshot!(shown);
}

/// It concerns its own request, so it is a hold of the plan and does not stop the run.
#[test]
fn somebody_who_is_no_decider_is_read_and_no_mistake() {
    let written = parsed(&with("more", "decided-by = \"bos@example.com\""));
    assert_eq!(told(&written), "");
    let decision = written.desired.decisions.first().unwrap();
    assert_eq!(decision.decided_by.as_deref(), Some("bos@example.com"));
}

#[test]
fn json_lines_are_as_strict() {
    let good = r#"{"queue":"helpdesk","request":"1","ticket":"C","verdict":"deny","reason":"r","expires":"2026-12-01T00:00:00+02:00","guard":{"user":"A\\B"}}"#;
    let text = [
        good,
        "",
        r#"{"queue":"helpdesk","request":2,"ticket":null,"verdict":"deny","reason":"r","expires":"2026-12-01T00:00:00"}"#,
        r#"{"queue":"helpdesk","queue":"helpdesk", "guard" : {"usr":"x","a":{"b":{}}}}"#,
        r#"["queue"]"#,
        r#"{"queue":"#,
        r#"  {"queue":"helpdesk"} trailing"#,
    ]
    .join("\r\n");
    let written = parse("d.jsonl", &text, &queues(), Keep::Digests);
    assert_eq!(written.desired.decisions.len(), 1);
    assert_eq!(written.blocks.len(), 1);
    insta::assert_snapshot!(told(&written));
}

#[test]
fn the_same_request_twice_is_a_duplicate_and_no_mistake() {
    let twice =
        with("", "") + &with("queue", "queue = \"mirror\"") + &with("queue", "queue = \"other\"");
    let written = parsed(&twice);
    assert_eq!(told(&written), "");
    let duplicate = written.desired.duplicates.first().unwrap();
    let places: Vec<_> = duplicate.places.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["d.toml:1:1", "d.toml:9:1"]);
    assert_eq!(written.desired.decisions.len(), 1);
}

#[test]
fn an_undecided_block_may_be_unfinished_but_not_wrong() {
    let open = "[[decision]]\nqueue = \"helpdesk\"\nrequest = \"007\"\nverdict = \"undecided\"\nexpires = \"\"\nticket = \"\"\n";
    let written = parsed(open);
    assert_eq!(told(&written), "");
    assert_eq!(
        written
            .desired
            .undecided
            .first()
            .unwrap()
            .address
            .to_string(),
        "helpdesk/7"
    );
    assert_eq!(parsed(&open.replace("\"\"", "1")).mistakes.len(), 2);
}

#[test]
fn odd_but_honest_texts_are_no_mistakes() {
    let good = with("", "");
    for text in ["", "\u{feff}", "# nothing\n", "\n\n"] {
        assert_eq!(
            parsed(text),
            Written {
                files: vec!["d.toml".into()],
                ..Written::default()
            }
        );
    }
    for text in [
        format!("\u{feff}{good}"),
        good.replace('\n', "\r\n"),
        good.replace("[[decision]]", "  [[ 'decision' ]]  # x"),
    ] {
        let written = parsed(&text);
        assert_eq!(told(&written), "");
        assert_eq!(written.desired.decisions.len(), 1);
        assert!(
            written
                .blocks
                .contains_key(&written.desired.decisions.first().unwrap().from)
        );
    }
}

#[test]
fn a_broken_block_does_not_take_its_neighbours_away() {
    let text = format!(
        "{}{}{}",
        with("request", "request = \"1\""),
        with("request", "request = \"2"),
        with("request", "request = \"3\"")
    );
    let written = parsed(&text);
    let left: Vec<_> = written
        .desired
        .decisions
        .iter()
        .map(|d| d.address.to_string())
        .collect();
    assert_eq!(left, ["helpdesk/1", "helpdesk/3"]);
    assert_eq!(written.mistakes.first().unwrap().place.line, 10);
}

#[test]
fn chunks_change_nothing() {
    let mut text = String::from("# head\n");
    for id in 0..2500 {
        text.push_str(&with("request", &format!("request = \"{}\"", id + 1)));
    }
    let text = text.replacen("request = \"1700\"", "request = \"x\"", 1);
    let whole = format!("{text}# '''\n");
    let (chunked, whole) = (parsed(&text), parsed(&whole));
    assert_eq!(chunked, whole);
    assert_eq!(chunked.desired.decisions.len(), 2499);
    assert_eq!(
        told(&chunked),
        "d.toml:11897:11: `x` cannot be a request of Admin By Request | an id has digits only, as in 65430027"
    );
}

#[test]
fn a_block_is_its_own_bytes() {
    let one = "[[decision]]\nqueue = \"a\" # why\n\n# inside\n[decision.guard]\nx = [\n  1, # ]\n]\ny = \"\"\"\n[[decision]]\n\"\"\"";
    let digest = |text: &str, index: usize| blocks(text).get(index).map(|b| b.digest.clone());
    let alone = digest(one, 0);
    assert!(alone.is_some());
    assert_eq!(blocks(one).len(), 1);
    let beside = format!(
        "# head\n[[decision]]\nqueue = \"b\"\n\n# about the next\n{one}\n\n# after\n[[resolve]]\na = 1\n"
    );
    assert_eq!(digest(&beside, 1), alone);
    assert_eq!(blocks(&beside).get(1).unwrap().line, 6);
    assert_ne!(digest(&beside.replace("# why", "# Why"), 1), alone);
    assert_ne!(digest(&beside.replace('\n', "\r\n"), 1), alone);
}

/// Text that gets further into the parser than noise does.
fn toml_like() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("[[decision]]"),
        Just("[decision.guard]"),
        Just("[[resolve]]"),
        Just("queue = \"helpdesk\""),
        Just("request = \"1\""),
        Just("verdict = \"deny\""),
        Just("expires = 2026-12-01T00:00:00Z"),
        Just("="),
        Just("\"\"\""),
        Just("'''"),
        Just("'"),
        Just("["),
        Just("{"),
        Just("\\"),
        Just("#"),
        Just("\r"),
        Just("\u{202e}"),
        Just("ä"),
        Just("\n"),
    ];
    let words =
        proptest::collection::vec((word, prop_oneof![Just(""), Just("\n"), Just(" ")]), 0..24);
    words.prop_map(|words| {
        words
            .into_iter()
            .map(|(word, end)| format!("{word}{end}"))
            .collect()
    })
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(noise in ".*", like in toml_like()) {
        for text in [&noise, &like] {
            let _ = parsed(text);
            let _ = parse("d.jsonl", text, &queues(), Keep::Digests);
            for block in blocks(text) {
                prop_assert!(text.get(block.bytes).is_some());
            }
        }
    }

    #[test]
    fn blocks_are_where_decisions_are(like in toml_like()) {
        if like.parse::<toml::Table>().is_ok() {
            let written = parsed(&like);
            for decision in &written.desired.decisions {
                prop_assert!(written.blocks.contains_key(&decision.from), "{:?}", decision.from);
            }
        }
    }
}
