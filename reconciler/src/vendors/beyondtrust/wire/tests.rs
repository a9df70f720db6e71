//! The wire format: the document's shapes, and rows that no honest vendor sends.

use super::*;
use crate::vendors::http::Reply;

/// The document's sample of `GET Requests`, with values.
const ROW: &str = r#"{"RequestID": 4711, "SystemID": 12, "SystemName": "db01", "AccountID": 34, "AccountName": "svc-etl",
 "DomainName": "corp.example.com", "AliasID": 56, "ApplicationID": 78, "RequestReleaseDate": "2026-11-22T09:00:00",
 "ApprovedDate": null, "ExpiresDate": "2026-11-22T11:00:00", "Status": "Pending", "AccessType": "App"}"#;

fn facts(row: &str) -> Vec<(&'static str, String)> {
    let request = request(row, Status::Pending).expect("a request");
    let facts = request.facts.iter();
    facts
        .map(|(key, value)| (*key, value.raw().to_owned()))
        .collect()
}

/// The rows of a list whose bytes come in chunks of so many.
fn cut(bytes: &[u8], chunk: usize) -> Result<Vec<String>, String> {
    let mut rows = Rows::of_at_most(1 << 20);
    let mut all = Vec::new();
    for bytes in bytes.chunks(chunk.max(1)) {
        rows.take(bytes, &mut |row| all.extend(row.map(str::to_owned)))?;
    }
    rows.end().map(|()| all)
}

fn collected(text: &str) -> Result<Vec<String>, String> {
    cut(text.as_bytes(), usize::MAX)
}

fn answer(status: u16, media: Option<&str>, body: &str) -> Reply {
    Reply {
        status,
        media: media.map(str::to_owned),
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    }
}

#[test]
fn the_sample_of_the_document_is_read_whole() {
    let request = request(ROW, Status::Pending).expect("a request");
    assert_eq!(request.id, RequestId::canonical("4711"));
    assert_eq!(request.status, Status::Pending);
    assert_eq!((request.ticket, request.decided.by), (None, None));
    let expected = [
        ("access-type", "App"),
        ("account", "svc-etl"),
        ("account-id", "34"),
        ("alias-id", "56"),
        ("application", "78"),
        ("application-id", "78"),
        ("domain", "corp.example.com"),
        ("release-at", "2026-11-22T09:00:00"),
        ("system", "db01"),
        ("system-id", "12"),
    ]
    .map(|(key, value)| (key, value.to_owned()));
    assert_eq!(facts(ROW), expected);
    assert_eq!(id(ROW), Ok(4711));
}

#[test]
fn what_a_decision_moves_is_no_fact() {
    let active = ROW.replace("null", "\"2026-11-22T09:30:00\"").replace(
        "11:00:00\", \"Status\": \"Pending",
        "11:30:00\", \"Status\": \"Active",
    );
    assert_ne!(active, ROW);
    assert_eq!(facts(&active), facts(ROW));
}

/// From when the duration counts is not documented: each way to read the dates is one.
#[test]
fn how_long_one_s_own_is_asked_for_is_read_from_its_dates() {
    let lasts = |row: &str, status| own_request(row, status).map(|request| request.lasts);
    assert_eq!(lasts(ROW, Status::Pending), Ok(vec![120]));
    let approved = ROW.replace("null", "\"2026-11-22T09:30:00\"");
    assert_eq!(lasts(&approved, Status::Approved), Ok(vec![120, 90]));
    // One that is granted and does not say when may count from a moment that is not shown.
    assert_eq!(lasts(ROW, Status::Approved), Ok(vec![]));
    for odd in ["null", "\"soon\"", "7", "[]", "\"2026-11-22T08:00:00\""] {
        let row = ROW.replace("\"2026-11-22T11:00:00\"", odd);
        assert_eq!(lasts(&row, Status::Pending), Ok(vec![]), "{odd}");
    }
    let twice = ROW.replace("\"Status\"", "\"ExpiresDate\": null, \"Status\"");
    let why = "field `ExpiresDate` is given twice".to_owned();
    assert_eq!(lasts(&twice, Status::Pending), Err(why));
    // Whoever decides reads none of them.
    assert_eq!(
        request(ROW, Status::Pending).map(|request| request.lasts),
        Ok(vec![])
    );
}

#[test]
fn a_status_that_contradicts_its_list_makes_the_request_unknown() {
    let read = |said: &str, list: Status| {
        let row = ROW.replace("\"Pending\"", said);
        request(&row, list).expect("a request").status
    };
    let unknown = |said: &str| Status::Unknown(VendorText::new(said));
    for said in [
        "Denied",
        "CANCELLED",
        "canceled",
        "Expired",
        "Checked In",
        "checkedin",
        "checked-in",
    ] {
        for list in [Status::Pending, Status::Approved] {
            assert_eq!(read(&format!("\"{said}\""), list), unknown(said));
        }
    }
    for said in ["Active", "approved"] {
        let word = format!("\"{said}\"");
        assert_eq!(read(&word, Status::Pending), unknown(said));
        assert_eq!(read(&word, Status::Approved), Status::Approved);
    }
    assert_eq!(read("\"pending\"", Status::Approved), unknown("pending"));
    for said in [
        "null",
        "\"\"",
        "\"Pending\"",
        "\"Not denied\"",
        "\"New\"",
        "1",
    ] {
        assert_eq!(read(said, Status::Pending), Status::Pending, "{said}");
    }
}

#[test]
fn what_the_vendor_leaves_out_is_empty_and_newer_fields_are_skipped() {
    let row = r#"{"requestid":"7","SystemName":null,"DomainName":"","ApplicationID":null,"AliasID":0,
        "CanceledDate":null,"RequestorName":"anna","TotpParameters":{"a":[1]},"APIOnlyAccess":false,"Reason":"why"}"#;
    assert_eq!(facts(row), [("alias-id", "0".to_owned())]);
    assert_eq!(id(row), Ok(7));
    let named = ROW.replace(
        "\"ApplicationID\"",
        "\"ApplicationName\": \"PuTTY\", \"ApplicationID\"",
    );
    assert!(facts(&named).contains(&("application", "PuTTY".to_owned())));
}

#[test]
fn odd_rows_say_what_is_wrong_without_quoting_it() {
    let why = |row: &str| request(row, Status::Pending).expect_err(row);
    for (row, expected) in [
        ("{}", "field `RequestID` is missing or not 1 to 19 digits"),
        (
            r#"{"RequestID":-1}"#,
            "field `RequestID` is missing or not 1 to 19 digits",
        ),
        (
            r#"{"RequestID":1.0}"#,
            "field `RequestID` is missing or not 1 to 19 digits",
        ),
        (
            r#"{"RequestID":"١"}"#,
            "field `RequestID` is missing or not 1 to 19 digits",
        ),
        (
            r#"{"RequestID":18446744073709551615}"#,
            "field `RequestID` is missing or not 1 to 19 digits",
        ),
        (
            r#"{"RequestID":1,"requestID":2}"#,
            "field `RequestID` is given twice",
        ),
        (
            r#"{"RequestID":1,"SystemName":"evil","systemname":"good"}"#,
            "field `SystemName` is given twice",
        ),
        (
            r#"{"RequestID":1,"AccountID":1e3}"#,
            "field `AccountID` is not text or a whole number",
        ),
        (
            r#"{"RequestID":1,"AccessType":["View"]}"#,
            "field `AccessType` is not text or a whole number",
        ),
        (
            r#"{"RequestID":1,"AliasID":true}"#,
            "field `AliasID` is not text or a whole number",
        ),
        (
            "5",
            "it has another shape than a request at line 1, column 1",
        ),
        (
            "[\"canary\"]",
            "it has another shape than a request at line 1, column 0",
        ),
    ] {
        assert_eq!(why(row), expected, "{row}");
    }
    assert_eq!(
        id(r#"{"RequestID":1,"RequestID":1}"#),
        Err("field `RequestID` is given twice".to_owned())
    );
    // The id alone does not care about the rest.
    assert_eq!(
        id(r#"{"SystemName":1.5,"SystemName":2,"RequestID":1}"#),
        Ok(1)
    );
}

#[test]
fn a_list_is_cut_into_rows_and_one_odd_row_spoils_no_other() {
    assert_eq!(collected("[]"), Ok(vec![]));
    assert_eq!(collected("\u{feff} [ ] \n"), Ok(vec![]));
    let rows = collected(r#"[ {"a":"]"} ,5,{"b":[1,{}]}]"#).expect("rows");
    assert_eq!(rows, [r#"{"a":"]"}"#, "5", r#"{"b":[1,{}]}"#]);
    for (text, why) in [
        ("", "the answer is not an array of requests"),
        ("{}", "the answer is not an array of requests"),
        ("null", "the answer is not an array of requests"),
        ("[", "the array of requests is cut off"),
        ("[{}", "the array of requests is cut off"),
        ("[{},", "the array of requests is cut off"),
        ("[{", "it is cut off"),
        ("[{} {}]", "the array of requests is cut off"),
        ("[{}]]", "something follows the array of requests"),
        ("[,]", "it is not JSON at line 1, column 1"),
        ("[{},]", "it is not JSON at line 1, column 1"),
        ("[{\"a\":tru}]", "it is not JSON at line 1, column 9"),
    ] {
        assert_eq!(collected(text), Err(why.to_owned()), "{text}");
    }
}

#[test]
fn no_more_is_held_of_a_list_than_the_row_that_has_not_ended() {
    let row = r#"{"RequestID":4711,"SystemName":"db[0]{\"1\"}"}"#;
    let mut rows = Rows::of_at_most(row.len());
    let (mut held, mut told) = (0, 0);
    for nth in 0..10_000 {
        let text = format!("{}{row}", if nth == 0 { "[" } else { " ,\r\n" });
        for bytes in text.as_bytes().chunks(7) {
            rows.take(bytes, &mut |_| told += 1).expect("a list");
            held = held.max(rows.held());
        }
    }
    assert!(held < row.len() && told == 10_000, "{held} {told}");
}

#[test]
fn a_row_that_is_too_long_spoils_no_other_and_nothing_of_it_is_held() {
    let long = format!(r#"{{"RequestID":1,"Reason":"{}]}}\""}}"#, "x".repeat(4096));
    let text = format!(r#"[{{"RequestID":7}}, {long},{{"RequestID":8}}]"#);
    for chunk in [1, 7, 1500, usize::MAX] {
        let mut rows = Rows::of_at_most(2048);
        let (mut told, mut held) = (Vec::new(), 0);
        for bytes in text.as_bytes().chunks(chunk.min(text.len())) {
            let mut seen = |row: Result<&str, String>| told.push(row.map(str::to_owned));
            rows.take(bytes, &mut seen).expect("a list");
            held = held.max(rows.held());
        }
        assert_eq!(rows.end(), Ok(()));
        let too_long = Err("it is larger than 2 KiB".to_owned());
        let [first, last] = [7, 8].map(|id| Ok(format!(r#"{{"RequestID":{id}}}"#)));
        assert_eq!(told, [first, too_long, last], "{chunk}");
        assert!(held <= 2048, "{held}");
    }
}

#[test]
fn bytes_that_are_no_text_are_no_list() {
    for bytes in [&b"[{\"a\":\"\xff\"}]"[..], b"[\"\xc3\"]"] {
        assert_eq!(cut(bytes, 1), Err("the answer is not UTF-8".to_owned()));
    }
    let text = "\"ä\u{feff}\"";
    assert_eq!(
        cut(format!("\u{feff} [{text}]").as_bytes(), 1),
        Ok(vec![text.to_owned()])
    );
    for mark in ["\u{feff}\u{feff}[]", " \u{feff}[]", "[\u{feff}]"] {
        cut(mark.as_bytes(), 1).expect_err(mark);
    }
}

#[test]
fn the_vendor_s_words_are_bounded_and_a_web_page_has_none() {
    let said =
        |media, body: &str| said(&answer(403, media, body)).map(|text| text.raw().to_owned());
    let json = Some("application/json");
    assert_eq!(said(json, "\"no rights\""), Some("no rights".to_owned()));
    assert_eq!(said(json, "4033"), Some("4033".to_owned()));
    assert_eq!(said(json, r#"{"message":"no"}"#), Some("no".to_owned()));
    assert_eq!(said(Some("text/html"), "4033"), Some("4033".to_owned()));
    assert_eq!(said(Some("text/html"), "  <html>4033"), None);
    assert_eq!(said(Some("application/octet-stream"), "4033"), None);
    assert_eq!(said(None, ""), None);
    assert_eq!(
        said(None, &"ä".repeat(500)).map(|text| text.chars().count()),
        Some(300)
    );
    assert!(!is_vendors(&Reply {
        body: vec![0xff, 0xfe],
        ..Reply::default()
    }));
}

#[test]
fn a_token_is_one_word_of_a_bearer() {
    use secrecy::ExposeSecret as _;
    let token =
        |body: &str| token(&answer(200, None, body)).map(|token| token.expose_secret().to_owned());
    let whole = r#"{"access_token":"abc.def","expires_in":3600,"token_type":"bearer","scope":"x"}"#;
    assert_eq!(token(whole), Some("Bearer abc.def".to_owned()));
    assert_eq!(
        token(r#"{"access_token":"abc"}"#),
        Some("Bearer abc".to_owned())
    );
    for body in [
        r#"{"access_token":""}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"a\r\nx: y"}"#,
        r#"{"access_token":"a","token_type":"mac"}"#,
        r#"{"access_token":5}"#,
        "[]",
        "<html>",
    ] {
        assert_eq!(token(body), None, "{body}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(noise in ".*", key in "RequestID|SystemName|x", value in ".*") {
        let _ = collected(&noise);
        let _ = collected(&format!("[{noise}]"));
        let row = format!("{{\"RequestID\":7,\"{key}\":{value}}}");
        let _ = (id(&row), request(&row, Status::Approved));
        let _ = said(&answer(403, None, &noise));
    }

    #[test]
    fn rows_do_not_depend_on_how_their_bytes_come(
        rows in proptest::collection::vec(
            r#"\{"a":"([a-zä{}, ]|\[|\]|\\\\|\\")*","b":\[[0-9]?,?\]\}|[0-9]{1,3}|"[a-z]*"|null|\[\]|x"#,
            0..6,
        ),
        glue in "[ ,\n]{1,2}",
        end in "\\]? ?",
        chunk in 1_usize..9,
    ) {
        let text = format!("[{}{end}", rows.join(&glue));
        proptest::prop_assert_eq!(cut(text.as_bytes(), chunk), collected(&text));
    }

    #[test]
    fn what_is_read_briefly_and_whole_has_one_id(n in 0_u64..10_000_000_000_000_000_000, text in "[a-z]{0,5}") {
        let row = format!("{{\"SystemName\":\"{text}\",\"RequestID\":{n}}}");
        let whole = request(&row, Status::Pending).map(|request| request.id);
        proptest::prop_assert_eq!(id(&row).map(canonical), whole);
    }
}
