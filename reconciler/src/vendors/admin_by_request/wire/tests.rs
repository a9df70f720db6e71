//! The document's own answers, every shape that vendors send beside them, and what nobody should send.

mod properties;

use std::collections::BTreeSet;

use super::*;
use crate::model::Status;

/// The list of the document, "Getting requests", verbatim but for the line break its page put into a url.
const SAMPLE: &str = r#"[
  {
    "scanResults": [],
    "id": "65430027",
    "traceNo": "46142793",
    "settingsName": "Global",
    "type": "Run As Admin",
    "typeCode": 0,
    "status": "Pending approval",
    "statusCode": 4,
    "application": {
      "file": "cmd.exe",
      "name": "Windows Command Processor",
      "vendor": "Microsoft Corporation",
      "version": "10.0.21390.1 (WinBuild.160101.0800)",
      "sha256": "61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD",
      "scanResult": "Clean",
      "scanResultCode": 0,
      "threat": null,
      "virustotalLink": "https://www.virustotal.com/latest-scan/61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD"
    },
    "user": {
      "account": "AZUREAD\\FASTTRACKSOFTWARESUP",
      "fullName": "FastTrack Software Support",
      "email": "support@fasttracksoftware.com",
      "phone": "333.333.3333"
    }
  }
]"#;

fn named(ids: &[u64]) -> Wanted {
    Wanted::Named(ids.iter().copied().collect())
}

fn all(body: &str) -> Result<Page, Spoiled> {
    page(body.as_bytes(), None, &Wanted::All)
}

fn only(row: &str) -> Row {
    // A page without a single readable id is an error of its own: let another row follow.
    let alone = all(&format!("[{row}]"));
    let page = alone
        .or_else(|_| all(&format!("[{row},{{\"id\":4242}}]")))
        .expect("a page");
    page.rows.into_iter().next().expect("a row")
}

fn request(row: &str) -> Request {
    match only(row) {
        Row::Whole(request) => *request,
        other @ (Row::Brief { .. } | Row::Unreadable { .. }) => panic!("not whole: {other:?}"),
    }
}

fn why(row: &str) -> String {
    match only(row) {
        Row::Unreadable { why, .. } => why.what,
        other @ (Row::Whole(_) | Row::Brief { .. }) => panic!("readable: {other:?}"),
    }
}

#[test]
fn the_documents_sample_reads_the_same_in_a_list_and_by_id() {
    let one = SAMPLE.trim().trim_start_matches('[').trim_end_matches(']');
    let listed = request(one);
    assert_eq!(object(one), Ok(listed.clone()));
    assert_eq!(listed.id.as_str(), "65430027");
    assert_eq!(listed.status, Status::Pending);
    let facts: Vec<(&str, &str)> = listed
        .facts
        .iter()
        .map(|(key, text)| (*key, text.raw()))
        .collect();
    assert_eq!(
        facts,
        [
            ("computer", ""),
            ("email", "support@fasttracksoftware.com"),
            ("file", "cmd.exe"),
            ("scan", "Clean"),
            ("settings", "Global"),
            (
                "sha256",
                "61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD"
            ),
            ("type", "Run As Admin"),
            ("user", r"AZUREAD\FASTTRACKSOFTWARESUP"),
            ("vendor", "Microsoft Corporation"),
            ("version", "10.0.21390.1 (WinBuild.160101.0800)"),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect::<Vec<_>>()
    );
    assert_eq!(
        all(SAMPLE).map(|page| (page.received, page.last)),
        Ok((1, Some(65430027)))
    );
}

#[test]
fn every_fact_is_a_guard_key_and_every_guard_key_can_be_a_fact() {
    let full = r#"{"id":7,"settingsName":"a","type":"b","status":"Denied","statusCode":3,"reason":"c",
        "requestTime":"2026-11-20T08:00:00","application":{"file":"d","vendor":"e","version":"f","sha256":"0A",
        "scanResult":"g","threat":"h"},"user":{"account":"i","email":"j"},"computer":{"name":"k"}}"#;
    let shown: BTreeSet<&str> = request(full).facts.keys().copied().collect();
    let keys: BTreeSet<&str> = super::super::CAPABILITIES
        .facts
        .iter()
        .map(|fact| fact.key)
        .collect();
    assert_eq!(shown, keys);
}

#[test]
fn ids_are_numbers_or_digits_and_nothing_else() {
    for (id, canonical) in [
        ("7", "7"),
        (r#""7""#, "7"),
        (r#""007""#, "7"),
        ("0", "0"),
        ("9999999999999999999", "9999999999999999999"),
        (r#""9999999999999999999""#, "9999999999999999999"),
    ] {
        assert_eq!(request(&format!(r#"{{"id":{id}}}"#)).id.as_str(), canonical);
    }
    for id in [
        "7.0",
        "7e0",
        "-7",
        "1e400",
        "null",
        "true",
        "[]",
        "{}",
        r#""""#,
        r#"" 7""#,
        r#""7a""#,
        r#""+7""#,
        "10000000000000000000",
        "18446744073709551616",
        r#""99999999999999999999""#,
        r#""٣""#,
    ] {
        let row = format!(r#"{{"id":{id}}}"#);
        // A number that no double can hold is no JSON that serde_json reads at all.
        if let Ok(page) = page(
            format!("[{row},{{\"id\":8}}]").as_bytes(),
            None,
            &Wanted::All,
        ) {
            assert!(
                matches!(page.rows[0], Row::Unreadable { id: None, .. }),
                "{id}"
            );
            assert_eq!(page.rows.len(), 2, "{id}: the row after it is still read");
        }
        assert!(object(&row).is_err(), "{id}");
    }
    assert!(why("{}").contains("`id` is missing"));
}

#[test]
fn keys_given_twice_are_refused_whatever_their_case() {
    for twice in [
        r#"{"id":1,"ID":1}"#,
        r#"{"id":1,"status":"Denied","Status":"Denied"}"#,
        r#"{"id":1,"statusCode":3,"statuscode":3}"#,
        r#"{"id":1,"reason":"a","reason":"b"}"#,
        r#"{"id":1,"auditlogLink":"a","auditLogLink":"b"}"#,
        r#"{"id":1,"user":{"account":"a","account":"b"}}"#,
        r#"{"id":1,"unknown":1,"Unknown":2}"#,
        "{\"id\":1,\"reason\":\"a\",\"rea\\u0073on\":\"b\"}",
    ] {
        assert!(why(twice).contains("given twice"), "{twice}");
        assert!(
            object(twice).expect_err(twice).contains("given twice"),
            "{twice}"
        );
    }
    let brief = |row: &str| {
        page(
            format!("[{row},{{\"id\":4242}}]").as_bytes(),
            None,
            &named(&[]),
        )
        .expect("a page")
        .rows
        .remove(0)
    };
    assert!(matches!(
        brief(r#"{"id":1,"Id":2}"#),
        Row::Unreadable { id: None, .. }
    ));
    assert!(matches!(
        brief(r#"{"id":1,"status":"a","STATUS":"a"}"#),
        Row::Unreadable { id: Some(_), .. }
    ));
}

#[test]
fn no_message_holds_a_word_of_the_vendors() {
    for row in [
        r#"{"id":1,"reason":["::add-mask::evil"]}"#,
        r#"{"id":1,"evil":1,"evil":2}"#,
        r#"{"id":"evil"}"#,
        r#""evil""#,
        r#"{"id":1,"user":"evil"}"#,
    ] {
        let why = why(row);
        assert!(!why.contains("evil"), "{why}");
    }
    let (_, what) = all(r#"[{"id":1,"reason":"evil"} evil"#).expect_err("not JSON");
    assert!(!what.contains("evil"), "{what}");
}

#[test]
fn an_older_generation_writes_its_keys_otherwise() {
    let old = r#"{"ScanResults":[],"ID":51134241,"Type":"Run As Admin","TypeCode":0,"Status":"Finished","StatusCode":2,
        "AuditLogLink":"https://x.example.com/1","ApprovedBy":"Boss","ApprovedByEmail":null,
        "Application":{"File":"TOTALCMD64.EXE","SHA256":"60003BF7","ScanResult":null,"ScanResultCode":1,"Preapproved":false},
        "User":{"Account":"X\\Y"},"Computer":{"Name":"FIN-LT-22"}}"#;
    let read = request(old);
    assert_eq!(
        (read.id.as_str(), &read.status),
        ("51134241", &Status::Finished)
    );
    assert_eq!(read.facts.get("scan"), Some(&"code 1".into()));
    assert_eq!(read.facts.get("sha256"), Some(&"60003BF7".into()));
    assert_eq!(read.facts.get("computer"), Some(&"FIN-LT-22".into()));
    assert_eq!(read.decided.by, Some("Boss".into()));
    assert_eq!(read.link, Some("https://x.example.com/1".into()));
}

#[test]
fn a_session_request_has_an_application_with_nothing_in_it() {
    let null = r#"{"id":2,"type":"Session","typeCode":1,"status":"Pending approval","statusCode":4,"reason":"",
        "application":{"file":null,"name":null,"vendor":null,"version":null,"sha256":null,"scanResult":null,
        "scanResultCode":null,"threat":null,"virustotalLink":null},"user":{"account":"A"},"computer":null}"#;
    let gone = r#"{"id":2,"type":"Session","status":"Pending approval","statusCode":4,"application":null,"user":{"account":"A"}}"#;
    let bare = r#"{"id":2,"type":"Session","status":"Pending approval","statusCode":4,"user":{"account":"A"}}"#;
    let read = request(null);
    assert_eq!(
        read.facts.keys().copied().collect::<Vec<_>>(),
        ["type", "user"]
    );
    assert_eq!(read, request(gone));
    assert_eq!(read, request(bare));
}

#[test]
fn who_decided_is_the_address_where_shown_and_follows_the_status() {
    let denied = request(
        r#"{"id":3,"status":"Denied","statusCode":3,"approvedBy":"A","deniedBy":"D","deniedByEmail":"d@example.com","deniedReason":"CHG1: no [cs:1]"}"#,
    );
    assert_eq!(denied.decided.by, Some("d@example.com".into()));
    assert_eq!(denied.decided.note, Some("CHG1: no [cs:1]".into()));
    let approved = request(
        r#"{"id":3,"status":"Approved","statusCode":0,"approvedBy":"A","approvedByEmail":"a@example.com","deniedBy":""}"#,
    );
    assert_eq!(approved.decided.by, Some("a@example.com".into()));
    assert_eq!(
        request(r#"{"id":3,"status":"Pending approval"}"#).decided,
        crate::model::Decided::default()
    );
}

#[test]
fn a_page_that_does_not_grow_is_an_error_and_a_repeated_last_row_is_not_told_again() {
    let ids = |ids: &[u64]| {
        let rows: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":{id}}}"#)).collect();
        format!("[{}]", rows.join(","))
    };
    let read = |list: &[u64], after| page(ids(list).as_bytes(), after, &named(&[]));
    let told = |list: &[u64], after| {
        read(list, after).map(|page| (page.rows.len(), page.received, page.last))
    };
    assert_eq!(told(&[1, 2, 9], None), Ok((3, 3, Some(9))));
    assert_eq!(told(&[9, 10], Some(9)), Ok((1, 2, Some(10))));
    for (list, after) in [
        (&[1, 1][..], None),
        (&[2, 1], None),
        (&[9], Some(9)),
        (&[9, 9, 10], Some(9)),
        (&[8, 10], Some(9)),
        (&[10, 9], Some(9)),
    ] {
        let (kind, _) = read(list, after).expect_err("does not grow");
        assert_eq!(kind, ReadErrorKind::Paging, "{list:?} after {after:?}");
    }
    assert_eq!(
        read(&[], Some(9)),
        Ok(Page {
            rows: Vec::new(),
            received: 0,
            last: Some(9)
        })
    );
    let stuck = page(br#"[{"x":1}]"#, Some(9), &named(&[])).expect("told");
    assert_eq!((stuck.rows.len(), stuck.last), (1, Some(9)));
}

#[test]
fn what_is_no_array_of_requests_is_malformed() {
    for body in [
        "",
        " ",
        "{}",
        "null",
        "[",
        "[{\"id\":1}",
        "[{\"id\":1},",
        "[{\"id\":1},]",
        "[,{\"id\":1}]",
        "[{\"id\":1}]x",
        "[{\"id\":1}][]",
        "[{\"id\":1} {\"id\":2}]",
        "[{\"id\":1,}]",
        "<html>",
        "{\"Message\":\"no\"}",
        "[{\"id\":1,\"a\":}]",
        "[\"\u{1}\"]",
    ] {
        let (kind, _) = all(body).expect_err(body);
        assert_eq!(kind, ReadErrorKind::Malformed, "{body}");
    }
    assert!(page(b"[{\"id\":1,\"a\":\"\xff\"}]", None, &named(&[])).is_err());
    assert_eq!(
        all("\u{feff} [ { \"id\" : 1 } ]\r\n").map(|page| page.received),
        Ok(1)
    );
    let mixed = all(r#"[1,"a",null,[],{"id":1}]"#).expect("a page");
    assert_eq!((mixed.rows.len(), mixed.last), (5, Some(1)));
}

#[test]
fn deep_nesting_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let row = format!(r#"{{"id":1,"scanResults":{deep},"reason":"r"}}"#);
    assert_eq!(request(&row).facts.get("reason"), Some(&"r".into()));
    let page = all(&deep).expect("one odd row");
    assert_eq!((page.rows.len(), page.last), (1, None));
    assert!(object(&deep).is_err());
    let inside = format!(r#"{{"id":1,"reason":{deep}}}"#);
    assert!(object(&inside).is_err());
}

#[test]
fn the_tail_of_a_page_hints_at_its_last_id() {
    for (body, hint) in [
        (r#"[{"id":5},{"id":"6","x":1}]"#, Some(6)),
        (r#"[{"ID": "77" }]"#, Some(77)),
        ("[]", None),
        (r#"[{"id":null}]"#, None),
        (r#"[{"id":5,"scanResults":[{"id":99}]}]"#, Some(99)),
        (
            r#"[{"id":99999999999999999999999}]"#,
            Some(9_999_999_999_999_999_999),
        ),
    ] {
        // The last one has too many digits for an id: the hint is wrong then, and the page says so.
        if hint == Some(9_999_999_999_999_999_999) {
            assert!(tail_id(body.as_bytes()).is_none_or(|id| id > 0));
        } else {
            assert_eq!(tail_id(body.as_bytes()), hint, "{body}");
        }
    }
}
