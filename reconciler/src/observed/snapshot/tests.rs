//! A snapshot tells what the queue told; one that was cut, changed or mixed up is refused.

use std::io::Cursor;

use super::super::tests::fake::{Fake, id, ids, name, request, trouble};
use super::super::{Ask, observe};
use super::*;
use crate::model::{Observed, QueueView, Reading, Way};

const MOMENT: &str = "2026-11-22T12:00:00Z";

type Queues = BTreeMap<QueueName, Box<dyn Queue>>;

fn queues(fake: Fake) -> Queues {
    [(name("helpdesk"), Box::new(fake) as Box<dyn Queue>)].into()
}

/// A queue with every sort of request: seen, hidden from lists, failed, unreadable, of unknown status.
fn lively() -> Fake {
    let mut fake = Fake::new(400, None);
    let hidden = Sighting::Seen(Box::new(request(9_000, Status::Approved)));
    let failed = Sighting::Failed(trouble(ReadErrorKind::Malformed));
    fake.hidden = [(id(9_000), hidden), (id(9_001), failed)].into();
    let mut unknown = request(5, Status::Unknown("Postponed\u{1b}[2J".into()));
    unknown.obstacles = vec!["the vendor asks for a second factor".to_owned()];
    fake.rows[4] = Row::Whole(Box::new(unknown));
    fake.rows[6] = Row::Unreadable {
        id: Some(id(7)),
        why: trouble(ReadErrorKind::Malformed),
    };
    fake.rows[8] = Row::Unreadable {
        id: None,
        why: trouble(ReadErrorKind::Malformed),
    };
    fake
}

fn named() -> BTreeSet<RequestId> {
    ids((1..=150)
        .chain([9_000, 9_001, 9_002])
        .filter(|number| *number != 9))
}

async fn written(queues: &Queues, named: BTreeSet<RequestId>) -> Vec<u8> {
    let named = [(name("helpdesk"), named)].into();
    let mut out = Vec::new();
    let moment = MOMENT.parse().expect("a moment");
    observe_all_into(
        queues,
        &named,
        "countersign 0.1.0",
        moment,
        &mut out,
        &|_| {},
    )
    .await
    .expect("written");
    out
}

fn read_back(
    bytes: &[u8],
    terms: &Terms,
    named: &BTreeSet<RequestId>,
) -> Result<Snapshot, SnapshotError> {
    let asks = [(name("helpdesk"), Wanted { terms, named })].into();
    read(&mut Cursor::new(bytes), "queue.snapshot", &asks)
}

fn only(observed: Observed) -> QueueView {
    match observed.queues.into_values().next() {
        Some(Reading::Read(view)) => view,
        other => panic!("not read: {other:?}"),
    }
}

#[tokio::test]
async fn observed_from_a_queue_equals_observed_from_its_snapshot() {
    let live = queues(lively());
    let asks = [(
        name("helpdesk"),
        Ask {
            own: false,
            permits: BTreeMap::new(),
            named: named(),
            likely_settled: 0,
        },
    )]
    .into();
    let direct = only(observe(&live, &asks, Some(Way::Scan), &|_| {}).await);

    let bytes = written(&queues(lively()), named()).await;
    let snapshot = read_back(&bytes, &lively().terms, &named()).expect("a snapshot");
    assert_eq!(snapshot.tool, "countersign 0.1.0");
    assert_eq!(snapshot.taken_at.to_string(), MOMENT);
    let saved = only(snapshot.observed);
    assert_eq!(saved.way, Way::Snapshot);
    assert_eq!(
        QueueView {
            way: Way::Scan,
            effort: direct.effort.clone(),
            ..saved
        },
        direct
    );
}

#[tokio::test]
async fn every_line_is_json_of_its_own_and_the_last_counts_them() {
    let bytes = written(&queues(lively()), named()).await;
    let text = String::from_utf8(bytes).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with(r#"{"snapshot":{"schema":2,"tool":"countersign 0.1.0""#),
        "{}",
        lines[0]
    );
    let last = lines[lines.len() - 1];
    assert!(
        last.starts_with(&format!(r#"{{"end":{{"lines":{},"#, lines.len() - 1)),
        "{last}"
    );
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
}

#[tokio::test]
async fn a_snapshot_that_was_cut_or_changed_is_refused() {
    let bytes = written(&queues(Fake::new(3, None)), BTreeSet::new()).await;
    let terms = Fake::new(0, None).terms;
    for end in 0..bytes.len() {
        let why = read_back(&bytes[..end], &terms, &ids([1])).expect_err("cut off");
        assert!(why.to_string().starts_with("queue.snapshot:"), "{why}");
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let without: Vec<u8> = [lines[0], lines[2], lines[3], lines[4]].concat();
    let twice: Vec<u8> = [lines[0], lines[1], lines[1], lines[2], lines[3], lines[4]].concat();
    let longer: Vec<u8> = [&bytes, lines[1]].concat();
    let changed = String::from_utf8(bytes.clone())
        .expect("text")
        .replace("\"denied\"", "\"pending\"");
    for (flaw, line) in [
        (without, 4),
        (twice, 3),
        (longer, 5),
        (changed.into_bytes(), 5),
    ] {
        assert_eq!(
            read_back(&flaw, &terms, &ids([1]))
                .expect_err("refused")
                .line,
            line
        );
    }
    assert!(read_back(&bytes, &terms, &ids([1])).is_ok());
}

#[tokio::test]
async fn a_snapshot_of_another_instance_tells_nothing() {
    let bytes = written(&queues(Fake::new(3, None)), BTreeSet::new()).await;
    let unread = |terms: &Terms| {
        let snapshot = read_back(&bytes, terms, &ids([1])).expect("a snapshot");
        matches!(
            snapshot.observed.queues[&name("helpdesk")],
            Reading::Unread(_)
        )
    };
    let mut terms = Fake::new(0, None).terms;
    assert!(!unread(&terms));
    terms.origin = "https://other.example.com".to_owned();
    assert!(unread(&terms));
    terms.origin = Fake::new(0, None).terms.origin;
    terms.organization = Some("x".to_owned());
    assert!(unread(&terms));

    let terms = Fake::new(0, None).terms;
    let named = ids([1]);
    let asks = [(
        name("new"),
        Wanted {
            terms: &terms,
            named: &named,
        },
    )]
    .into();
    let snapshot = read(&mut Cursor::new(&bytes), "s", &asks).expect("a snapshot");
    assert!(matches!(
        snapshot.observed.queues[&name("new")],
        Reading::Unread(_)
    ));
}

#[tokio::test]
async fn a_queue_that_failed_halfway_is_unread_in_the_snapshot_too() {
    let mut fake = Fake::new(30, None);
    fake.breaks = Some((20, trouble(ReadErrorKind::Unreachable)));
    let bytes = written(&queues(fake), BTreeSet::new()).await;
    let snapshot = read_back(&bytes, &Fake::new(0, None).terms, &ids([1])).expect("a snapshot");
    let expected = Reading::Unread(trouble(ReadErrorKind::Unreachable));
    assert_eq!(snapshot.observed.queues[&name("helpdesk")], expected);
}

#[test]
fn lines_of_another_form_are_refused_with_their_place() {
    let terms = Fake::new(0, None).terms;
    let header = r#"{"snapshot":{"schema":2,"tool":"t","taken-at":"2026-11-22T12:00:00Z","queues":{"helpdesk":{"vendor":"admin-by-request","origin":"https://abr.example.com","organization":null}}}}"#;
    let row = |facts: &str| {
        format!(
            r#"{{"request":{{"queue":"helpdesk","id":"1","status":"pending","facts":{facts},"decided-by":null,"note":null,"ticket":null,"link":null}}}}"#
        )
    };
    let line = |text: &str| read_back(text.as_bytes(), &terms, &ids([1])).expect_err(text);
    assert_eq!(line("").line, 1);
    assert_eq!(line("evil\n").line, 1);
    assert!(
        line(&format!(
            "{}\n",
            header.replace("\"schema\":2", "\"schema\":1")
        ))
        .what
        .contains("schema 1")
    );
    for facts in [
        r#"{"user":"a","user":"b"}"#,
        r#"{"colour":"a"}"#,
        r#"{"user":1}"#,
        "[]",
    ] {
        let why = line(&format!("{header}\n{}\n", row(facts)));
        assert_eq!(why.line, 2, "{facts}");
        assert!(!why.what.contains("colour"));
    }
    for other in [
        "{}",
        "[]",
        r#"{"end":{}}"#,
        &row("{}").replace("\"note\"", "\"extra\""),
        &row("{}").replace("helpdesk", "vault"),
        header,
    ] {
        assert_eq!(line(&format!("{header}\n{other}\n")).line, 2, "{other}");
    }
}
