//! The accounts of one file in one document: which of them a permit goes by is written nowhere.

use super::*;

const JSON: &str = "/approvalRequest/json";

fn said(value: Value) -> String {
    read(value).expect("one").request.obstacles.join("; ")
}

#[test]
fn accounts_of_one_file_that_differ_hold_a_permit_and_no_deny() {
    for (path, value, name) in [
        ("/approvalRequest/path", r"c:\evil\other.exe", "path"),
        (
            "/approvalRequest/threatLockerActionDto/fullPath",
            "*",
            "path",
        ),
        (
            "/approvalRequest/threatLockerActionDto/hash",
            "CD34",
            "hash",
        ),
        ("/fileDetails/sha256", "71FD", "sha256"),
        ("/fileDetails/username", r"CORP\eve", "user"),
        (
            "/approvalRequest/threatLockerActionDto/username",
            "eve",
            "user",
        ),
        ("/fileDetails/hostname", "FIN-LT-23", "computer"),
        (
            "/approvalRequest/threatLockerActionDto/computerId",
            "0f0f0f0f-0000-4000-8000-00000000000f",
            "the computer's id",
        ),
        (
            "/approvalRequest/threatLockerActionDto/organizationId",
            "0f0f0f0f-0000-4000-8000-00000000000f",
            "the organization",
        ),
    ] {
        let found = said(with(path, json!(value)));
        assert!(
            found.contains(&format!("two different values of {name}")),
            "{path}: {found}"
        );
    }
    // As the vendor may write the same thing twice.
    for (path, value) in [
        ("/approvalRequest/path", json!(r"c:\tools\DBGVIEW.exe")),
        ("/approvalRequest/path", json!("c:/tools/dbgview.exe")),
        ("/fileDetails/username", json!("anna")),
        ("/fileDetails/username", json!("corp/Anna")),
        ("/fileDetails/hostname", json!("fin-lt-22.corp.example.com")),
        ("/fileDetails/sha256", Value::Null),
        (
            "/approvalRequest/threatLockerActionDto/computerId",
            json!("00000000-0000-0000-0000-000000000000"),
        ),
        ("/fileDetails/username", json!("")),
    ] {
        assert_eq!(said(with(path, value.clone())), "", "{path} {value}");
    }
}

#[test]
fn the_account_that_is_sent_is_compared_with_what_was_reviewed() {
    let sent = |text: &str| said(with(JSON, json!(text)));
    for (text, name) in [
        (r#"{"fullpath":"c:\\evil\\other.exe"}"#, "path"),
        (r#"{"FullPath":"c:\\evil\\other.exe"}"#, "path"),
        (r#"{"hash":"CD34"}"#, "hash"),
        (r#"{"hash":34}"#, "hash"),
        (r#"{"sha256":"71FD"}"#, "sha256"),
        (r#"{"username":"CORP\\eve"}"#, "user"),
        (r#"{"hash":"ab12","Hash":"CD34"}"#, "hash"),
    ] {
        let found = sent(text);
        assert!(
            found.contains(&format!("two different values of {name}")),
            "{text}: {found}"
        );
    }
    let twice = sent(r#"{"hash":"CD34","hash":"AB12"}"#);
    assert!(twice.contains("`json` names something twice"), "{twice}");
    for text in [
        r#"{"fullpath":"C:\\Tools\\dbgview.exe","hash":"ab12","sha256":"61b4","username":"corp\\ANNA"}"#,
        r#"{"hash":null,"sha256":""}"#,
        "[]",
        "not JSON",
    ] {
        assert_eq!(sent(text), "", "{text}");
    }
}

#[test]
fn what_is_no_program_by_the_document_s_own_word_is_left_to_the_portal() {
    let beyond = |whole: Value| read(whole).expect("one").request.beyond.unwrap_or_default();
    let mut silent = with("/actionType", json!("network"));
    silent["approvalRequest"]["threatLockerActionDto"]["actionType"] = json!("network");
    silent
        .as_object_mut()
        .expect("an object")
        .remove("isExecutionRequest");
    assert!(beyond(silent.clone()).contains("other than to run"));
    for (action, says) in [("execute", ""), ("install", ""), ("Execute", "")] {
        silent["actionType"] = json!(action);
        assert_eq!(beyond(silent.clone()), says, "{action}");
    }
}

/// The article's ordinary row has 1 there and names no request of several levels; its document has 0.
#[test]
fn an_ordinary_request_is_of_one_level_by_either_number() {
    let beyond = |value: Value| {
        let whole = with("/approvalRequest/multiLevelApprovalStatusId", value);
        read(whole).expect("one").request.beyond.unwrap_or_default()
    };
    for ordinary in [json!(0), json!(1), Value::Null] {
        assert_eq!(beyond(ordinary.clone()), "", "{ordinary}");
    }
    for other in [json!(2), json!(-1), json!("1"), json!(true)] {
        assert!(beyond(other.clone()).starts_with("multi-level"), "{other}");
    }
    let mut named = with("/approvalRequest/multiLevelApprovalStatusId", json!(1));
    named["approvalRequest"]["multiLevelApprovalRequestId"] = json!(ID);
    let beyond = read(named).expect("one").request.beyond.unwrap_or_default();
    assert!(beyond.starts_with("multi-level"), "{beyond}");
}
