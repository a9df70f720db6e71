//! What a row says, and what an odd one costs.

use super::super::wire::{self, Batch};
use super::*;
use crate::model::{Request, Status, VendorText};

/// The document's own example.
const EXAMPLE: &str = r#"{
  "afterId": null,
  "requests": [
    {
      "id": 1,
      "requestedAt": "2023-02-08T13:26:37.763",
      "userName": "windev2210eval\\user",
      "sessionDuration": "00:40:34.4150000",
      "sessionProductiveDuration": "00:28:02.8690000",
      "status": "Approved",
      "remoteIp": "172.31.240.1",
      "statusChangedAt": "2023-02-08T13:32:34.437",
      "statusChangedBy": "admin",
      "statusChangeComment": "approve message"
    }
  ]
}"#;

fn read(row: &str) -> (Option<u64>, Result<Box<Request>, String>) {
    let text = format!(r#"{{"afterId":null,"requests":[{row}]}}"#);
    let Batch { rows, .. } = wire::batch(&text).expect("a batch");
    let mut rows = rows.into_iter();
    let wire::Read { id, request } = rows.next().expect("a row");
    (id, request)
}

#[test]
fn the_example_of_the_document_is_read() {
    let mut batch = wire::batch(EXAMPLE).expect("a batch");
    assert_eq!(batch.after, None);
    let request = batch.rows.remove(0).request.expect("a request");
    assert_eq!(request.id.as_str(), "1");
    assert_eq!(request.status, Status::Approved);
    let facts = [
        ("user", "windev2210eval\\user"),
        ("requested-at", "2023-02-08T13:26:37.763"),
        ("remote-ip", "172.31.240.1"),
    ];
    let facts = facts.map(|(key, value)| (key, VendorText::new(value)));
    assert_eq!(request.facts, facts.into());
    assert_eq!(request.decided.by, Some("admin".into()));
    assert_eq!(request.decided.note, Some("approve message".into()));
    // A mark at the beginning is no part of it.
    assert!(wire::batch(&format!("\u{feff}{EXAMPLE}")).is_ok());
}

#[test]
fn the_three_words_are_known_and_no_others() {
    let status = |word: &str| {
        let row = row(5).replace(r#""status":"Approved""#, word);
        read(&row).1.expect("a request").status
    };
    for (word, known) in [
        ("Approved", Status::Approved),
        ("Denied", Status::Denied),
        ("Expired", Status::Expired),
    ] {
        assert_eq!(status(&format!(r#""status":"{word}""#)), known);
    }
    for (written, raw) in [
        (r#""status":"approved""#, "approved"),
        (r#""status":"Approved ""#, "Approved "),
        (r#""status":"Pending""#, "Pending"),
        (r#""status":1"#, "1"),
        (r#""status":null"#, ""),
        (r#""status":true"#, ""),
        (r#""other":1"#, ""),
    ] {
        assert_eq!(status(written), Status::Unknown(raw.into()), "{written}");
    }
}

/// Times and durations are text: nothing is computed from them, so none of them spoils a row.
#[test]
fn times_stay_as_they_are_written_and_durations_are_not_read() {
    for at in [
        "2023-02-08T13:26:37.7630000",
        "0001-01-01T00:00:00",
        "2023-02-08T13:26:37Z",
        "yesterday",
    ] {
        let row = row(5).replace("2023-02-08T13:26:05.763", at);
        let request = read(&row).1.expect("a request");
        assert_eq!(request.facts.get("requested-at"), Some(&at.into()));
    }
    for duration in [r#""10675199.02:48:05.4775807""#, "null", "7", "{}"] {
        let row = row(5).replace(r#""00:40:34.4150000""#, duration);
        assert!(read(&row).1.is_ok(), "{duration}");
    }
}

#[test]
fn what_is_left_out_is_empty_where_it_may_be() {
    for left_out in [
        r#""remoteIp":"172.31.240.1","#,
        r#""statusChangedBy":"admin","#,
        r#""statusChangedAt":"2023-02-08T13:32:34.437","#,
    ] {
        let row = row(5);
        assert!(row.contains(left_out));
        assert!(read(&row.replace(left_out, "")).1.is_ok(), "{left_out}");
    }
    let bare = r#"{"id":5,"userName":"a","requestedAt":"b","status":"Expired","statusChangedBy":"","more":[1]}"#;
    let request = read(bare).1.expect("a request");
    assert_eq!(request.decided.by, None);
    assert!(request.facts.get("remote-ip").expect("shown").is_empty());
}

#[test]
fn an_odd_row_is_told_with_its_id_where_that_can_be_read() {
    for (from, to) in [
        (r#""userName":"windev\\user5""#, r#""userName":5"#),
        (r#""userName":"windev\\user5""#, r#""userName":"""#),
        (r#""userName":"windev\\user5""#, r#""user":"x""#),
        (
            r#""requestedAt":"2023-02-08T13:26:05.763""#,
            r#""requestedAt":null"#,
        ),
        (
            r#""requestedAt":"2023-02-08T13:26:05.763""#,
            r#""requestedAt":1675862797763"#,
        ),
        (
            r#""remoteIp":"172.31.240.1""#,
            r#""remoteIp":["172.31.240.1"]"#,
        ),
        (r#""statusChangedBy":"admin""#, r#""statusChangedBy":{}"#),
        (
            r#""status":"Approved""#,
            r#""status":"Approved","status":"Denied""#,
        ),
    ] {
        let row = row(5);
        assert!(row.contains(from), "{from}");
        let (id, request) = read(&row.replace(from, to));
        assert_eq!(id, Some(5), "{to}");
        let why = request.expect_err(to);
        assert!(!why.contains("172") && !why.contains("Denied"), "{why}");
    }
    for id in [
        "\"5\"",
        "5.0",
        "-5",
        "null",
        "true",
        "12345678901234567890",
        "[5]",
        "5,\"id\":6",
    ] {
        let (read_id, request) = read(&row(5).replace(r#""id":5"#, &format!(r#""id":{id}"#)));
        assert_eq!(read_id, None, "{id}");
        assert!(request.is_err(), "{id}");
    }
    for row in ["null", "7", "[]", "\"x\"", "{}"] {
        assert!(read(row).1.is_err(), "{row}");
    }
    let largest = read(&row(9_999_999_999_999_999_999)).1.expect("a request");
    assert_eq!(largest.id.as_str(), "9999999999999999999");
}

#[tokio::test]
async fn odd_rows_are_counted_and_hide_what_is_not_there() {
    let rows = [
        row(1),
        row(2).replace("windev", "\\u001b[2J"),
        "{}".to_owned(),
        row(4),
    ];
    let server = Server::start([batch_of("null", &rows)]).await;
    let (rows, end) = list(&queue(&server), Whole::All).await;
    assert_eq!(ids(&rows), ["1", "2", "? odd", "4"]);
    let Ok(Unlisted::Unknown(why)) = end else {
        panic!("a row without an id may be any")
    };
    assert_eq!(why.kind, ReadErrorKind::Malformed);
    // One that can be told by its id hides nothing else.
    let odd = [row(1), row(2).replace("userName", "user")];
    let server = Server::start([batch_of("null", &odd)]).await;
    let (rows, end) = list(&queue(&server), Whole::All).await;
    assert_eq!(
        (ids(&rows), end),
        (
            vec!["1".to_owned(), "2 odd".to_owned()],
            Ok(Unlisted::Absent)
        )
    );
}

#[tokio::test]
async fn an_id_that_stands_twice_in_a_batch_is_neither_of_the_two() {
    let twice = [row(1), row(2), row(2).replace("Approved", "Denied"), row(3)];
    let server = Server::start([batch_of("null", &twice)]).await;
    let (rows, _) = list(&queue(&server), Whole::All).await;
    assert_eq!(ids(&rows), ["1", "2 odd", "3"]);
}

#[tokio::test]
async fn a_batch_of_rows_without_ids_is_walked_past() {
    let odd = ["{}".to_owned()];
    let server = Server::start([
        batch_of("2", &[row(1), "{}".to_owned()]),
        batch_of("4", &odd),
        batch("null", &[5]),
    ])
    .await;
    let (rows, _) = list(&queue(&server), Whole::All).await;
    assert_eq!(ids(&rows), ["1", "? odd", "? odd", "5"]);
    assert_eq!(lines(&server).len(), 3);
}
