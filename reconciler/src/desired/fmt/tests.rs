//! Formatting twice is formatting once, and never changes what a file says.

use proptest::prelude::*;

use super::format;
use crate::desired::bench::queues;
use crate::desired::decisions::{Keep, parse};

#[test]
fn keys_are_ordered_and_aligned_and_comments_stay() {
    let text = "\u{feff}\r\n\r\n# story\r\n\r\n\r\n# goes on\r\n[[decision]]\r\nverdict=\"approve\" # sure\r\n  # the queue\r\nqueue = 'helpdesk'\r\ndecided-by= \"boss@example.com\"\r\nrequest=\"1\"\r\n[decision.guard] # seen\r\nuser=\"A\"\r\nfingerprint   =   \"v1\"\r\n[[resolve]]\r\nas=\"applied\"\r\nqueue=\"helpdesk\"\r\n\r\n\r\n[[decision]]\r\nqueue=\"other\"\r\n\r\n# the end\r\n\r\n";
    insta::assert_snapshot!(format("d.toml", text).unwrap());
}

#[test]
fn nothing_stays_nothing_and_a_broken_file_is_told() {
    assert_eq!(format("d.toml", ""), Ok(String::new()));
    assert_eq!(
        format("d.toml", "\n\n# only this"),
        Ok("# only this\n".to_owned())
    );
    let broken = format("d.toml", "# x\n[[decision]\n").unwrap_err();
    assert_eq!(broken.place.line, 2);
}

fn line() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("[[decision]]"),
        Just("  [[decision]] # c"),
        Just("[decision.guard]"),
        Just("[[resolve]]"),
        Just("[other]"),
        Just("verdict=\"approve\""),
        Just("queue = \"helpdesk\""),
        Just("request=\"1\" # id"),
        Just("request = '2'"),
        Just("\"ticket\"=\"C\""),
        Just("reason = \"\"\"a\nb\"\"\""),
        Just("expires=2026-12-01T00:00:00Z"),
        Just("guard.user='x'"),
        Just("guard . email = 'y'"),
        Just("guard={user=\"z\"}"),
        Just("fingerprint='f'"),
        Just("user = \"U\"   "),
        Just("x=[\n  1, # one\n\n2]"),
        Just("# c"),
        Just("  # d"),
        Just(""),
        Just("\r"),
        Just("x = nan"),
    ]
}

proptest! {
    #[test]
    fn twice_is_once(lines in proptest::collection::vec(line(), 0..16), ending in prop_oneof![Just("\n"), Just("\r\n")]) {
        let text = lines.join(ending);
        if let Ok(once) = format("d.toml", &text) {
            prop_assert_eq!(format("d.toml", &once), Ok(once.clone()), "{:?}", text);
            let comments = |text: &str| text.matches('#').count();
            prop_assert_eq!(comments(&once), comments(&text));
            let read = |text: &str| {
                let written = parse("d.toml", text, &queues(), Keep::Nothing);
                let named = written.desired.decisions.iter().map(|d| (d.address.clone(), d.ticket.clone(), d.guard.clone()));
                (named.collect::<Vec<_>>(), written.mistakes.len())
            };
            prop_assert_eq!(read(&once), read(&text));
        }
    }

    #[test]
    fn nothing_makes_it_panic(noise in ".*") {
        let _ = format("d.toml", &noise);
    }
}
