//! Whatever a vendor sends, a draft is one undecided block that says exactly that.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::desired::bench::terms;
use crate::desired::decisions::{Keep, parse};
use crate::desired::fmt::format;
use crate::model::{Decided, Facts, QueueName, RequestId, Status};

const PRINT: &str = "v1:sha256:1f2e000000000000000000000000000000000000000000000000000000000000";

fn request(facts: Facts) -> Request {
    Request {
        id: RequestId::canonical("65430027"),
        status: Status::Pending,
        facts,
        decided: Decided::default(),
        ticket: Some("INC1\n[x]\u{1b}[2J".into()),
        link: Some("https://portal.example/65430027".into()),
        votes: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
    }
}

fn anna() -> Request {
    request(Facts::from([
        ("user", r"AZUREAD\ANNA".into()),
        ("email", "anna@example.com".into()),
        ("computer", "FIN-LT-22".into()),
        ("file", "dbgview\u{202E}exe.txt".into()),
        ("reason", "Please\n::add-mask::x \u{1b}[2J".into()),
    ]))
}

#[test]
fn a_draft_shows_what_was_asked() {
    let options = Options {
        ticket: Some("CHG1"),
        expires: Some("2026-12-01T00:00:00.5Z".parse().unwrap()),
    };
    insta::assert_snapshot!(draft(
        &anna(),
        &terms("helpdesk", "https://one.example"),
        PRINT,
        &options
    ));
}

/// A draft that nobody has touched is known as one, and a single letter more in any of its lines is a person's.
#[test]
fn whoever_has_written_in_a_draft_is_noticed() {
    let terms = terms("helpdesk", "https://one.example");
    let expires = "2026-12-01T00:00:00.5Z".parse().ok();
    for options in [
        Options::default(),
        Options {
            ticket: Some("CHG1"),
            expires,
        },
    ] {
        let text = draft(&anna(), &terms, PRINT, &options);
        for same in [
            text.replace('\n', "\r\n"),
            format!("\n{text}\n"),
            text.clone(),
        ] {
            assert!(is_untouched(&same, &terms), "{same}");
        }
        let lines: Vec<&str> = text.lines().collect();
        for place in 0..lines.len() {
            // What these say stands in no guard; they are known by their labels alone.
            if ["#   ticket ", "#   link "]
                .iter()
                .any(|label| lines[place].starts_with(label))
            {
                continue;
            }
            let mut written: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
            written[place].push_str(" # mine");
            assert!(
                !is_untouched(&written.join("\n"), &terms),
                "{}",
                written[place]
            );
            written.remove(place);
            let is_blank = lines[place].is_empty();
            assert!(
                !is_untouched(&written.join("\n"), &terms),
                "{is_blank} without {}",
                lines[place]
            );
        }
        for (from, to) in [
            ("\"undecided\"", "\"deny\""),
            ("reason  = \"\"", "reason  = \"no\""),
        ] {
            let touched = text.replace(from, to);
            assert!(
                touched != text && !is_untouched(&touched, &terms),
                "{touched}"
            );
        }
    }
}

#[test]
fn a_refreshed_guard_keeps_comments_and_verdict() {
    let terms = terms("helpdesk", "https://one.example");
    let text = "# story\n[[decision]]\nqueue = \"helpdesk\"\nrequest = \"065430027\" # id\nverdict = \"approve\"\n\n# what I saw\n[decision.guard]\n# the user\nuser = \"OLD\" # was\nsize = \"1\"\n\n# next\n[[decision]]\nqueue = \"helpdesk\"\nrequest = \"2\"\nverdict = \"undecided\"\n";
    let fresh = refresh_guard("d.toml", text, &anna(), &terms, PRINT)
        .unwrap()
        .unwrap();
    insta::assert_snapshot!(fresh);
    let without = text.replace("[decision.guard]", "[decision.other]");
    let fresh = refresh_guard("d.toml", &without, &anna(), &terms, PRINT)
        .unwrap()
        .unwrap();
    assert!(fresh.contains("[decision.guard]\nfingerprint"));
    assert_eq!(
        refresh_guard("d.toml", "", &anna(), &terms, PRINT),
        Ok(None)
    );
    assert!(refresh_guard("d.toml", "[", &anna(), &terms, PRINT).is_err());
}

#[test]
fn a_draft_never_overwrites_and_never_leaves_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let queue = QueueName::new("helpdesk").unwrap();
    let id = RequestId::canonical("1");
    let name = "decisions/helpdesk/1.toml".to_owned();
    assert_eq!(
        create(root.path(), &queue, &id, "a"),
        Ok(Created::New(name.clone()))
    );
    assert_eq!(
        create(root.path(), &queue, &id, "b"),
        Ok(Created::AlreadyThere(name.clone()))
    );
    assert_eq!(fs::read_to_string(root.path().join(&name)).unwrap(), "a");
    assert_eq!(
        fs::read_dir(root.path().join("decisions/helpdesk"))
            .unwrap()
            .count(),
        1
    );
    let odd = file_name(&queue, &RequestId::canonical("../../etc/passwd"));
    assert!(odd.starts_with("decisions/helpdesk/id-") && !odd.contains(".."));
    #[cfg(unix)]
    {
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("decisions/vault")).unwrap();
        let vault = QueueName::new("vault").unwrap();
        assert!(create(root.path(), &vault, &id, "a").is_err());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop_oneof![
        Just("'''"),
        Just("\"\"\""),
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("\n[[decision]]\nverdict = \"approve\"\n"),
        Just("\r"),
        Just("\u{202E}"),
        Just("\u{200B}"),
        Just("\u{1b}[2J"),
        Just("\0"),
        Just("#"),
        Just("\u{FEFF}"),
        Just("\u{E0041}"),
        Just("\u{a0}"),
        Just("\u{2028}"),
    ];
    let piece = prop_oneof![
        nasty.prop_map(str::to_owned),
        ".{0,8}",
        any::<char>().prop_map(String::from)
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_a_vendor_sends_survives(texts in proptest::collection::vec(hostile(), 7), link in hostile(), ticket in "[A-Z0-9-]{0,12}") {
        let terms = terms("helpdesk", "https://one.example");
        let keys = terms.can.facts.iter().map(|fact| fact.key);
        let mut request = request(keys.zip(texts).map(|(key, text)| (key, VendorText::new(text))).collect());
        request.link = Some(VendorText::new(link));
        let options = Options { ticket: Some(&ticket), expires: None };
        let text = draft(&request, &terms, PRINT, &options);

        let queues = [terms.clone()];
        let written = parse("d.toml", &text, &queues, Keep::Nothing);
        prop_assert_eq!(&written.mistakes, &vec![]);
        prop_assert_eq!(written.desired.undecided.len(), 1);
        prop_assert_eq!(written.desired.decisions.len(), 0);
        prop_assert_eq!(format("d.toml", &text), Ok(text.clone()), "a draft is laid out as fmt would");
        prop_assert!(is_untouched(&text, &terms));

        let decided = text.replace("\"undecided\"", "\"deny\"").replacen("= \"\"", "= \"T\"", 1);
        let table: toml::Table = decided.parse().unwrap();
        let guard = table.get("decision").and_then(|d| d.get(0)).and_then(|d| d.get("guard")).unwrap();
        for (key, value) in request.facts.iter() {
            prop_assert_eq!(guard.get(key).and_then(|v| v.as_str()), Some(value.raw()));
        }
        let again = refresh_guard("d.toml", &text, &request, &terms, PRINT).unwrap();
        prop_assert_eq!(again, Some(text));
    }
}

#[test]
fn a_link_of_blanks_is_no_line_and_the_draft_is_still_known_as_untouched() {
    let terms = terms("helpdesk", "https://one.example");
    for blank in [" ", "\u{a0}", "\t", "\n"] {
        let mut request = request(Facts::default());
        request.link = Some(VendorText::new(blank));
        let text = draft(&request, &terms, PRINT, &Options::default());
        assert!(is_untouched(&text, &terms), "{blank:?}:\n{text}");
    }
}

/// A queue whose decisions ratify, and a request that its console has processed.
fn processed() -> (Request, crate::model::Terms) {
    let can = crate::vendors::capabilities(crate::model::Vendor::Ekran);
    let facts = Facts::from([
        ("user", r"windev\user".into()),
        ("requested-at", "2023-02-08T13:26:37.763".into()),
        ("remote-ip", "172.31.240.1".into()),
    ]);
    let request = Request {
        status: Status::Denied,
        decided: Decided {
            by: Some("admin\u{202E}".into()),
            note: Some("no\n[[decision]]".into()),
        },
        link: None,
        ..request(facts)
    };
    let terms = terms("endpoints", "https://ekran.example.com");
    (request, crate::model::Terms { can, ..terms })
}

#[test]
fn what_the_console_decided_stands_in_a_comment_and_the_verdict_stays_open() {
    let (request, terms) = processed();
    let text = draft(&request, &terms, PRINT, &Options::default());
    insta::assert_snapshot!(text);
    let name = "d.toml";
    assert_eq!(format(name, &text).as_deref(), Ok(text.as_str()));
    let written = parse(name, &text, &[terms], Keep::Nothing);
    assert_eq!(written.mistakes, []);
    assert_eq!(written.desired.undecided.len(), 1);
}

#[test]
fn a_guard_without_an_id_beside_it_is_refreshed_where_it_means_this_request() {
    let (request, terms) = processed();
    let block = |at: &str| {
        format!(
            "[[decision]]\nqueue = \"endpoints\"\nverdict = \"deny\"\n\n[decision.guard]\nuser = 'windev\\user'\nrequested-at = \"{at}\"\n"
        )
    };
    let text = block("2023-02-08T13:26:37.763") + "\n" + &block("2023-02-08T13:26:37");
    let fresh = refresh_guard("d.toml", &text, &request, &terms, PRINT)
        .unwrap()
        .unwrap();
    assert_eq!(fresh.matches("remote-ip").count(), 1, "{fresh}");
    assert_eq!(fresh.matches(PRINT).count(), 1, "{fresh}");
    assert!(!fresh.contains("request ="), "{fresh}");
    let other = block("2023-02-08T13:26:37");
    assert_eq!(
        refresh_guard("d.toml", &other, &request, &terms, PRINT),
        Ok(None)
    );
}
