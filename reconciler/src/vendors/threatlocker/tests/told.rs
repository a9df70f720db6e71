//! Whom a permit tells: an address of the guarded request, never what the permit document pre-fills.

use super::*;

/// The address that is sent for a request whose requestor and address are these, where the reviewer saw `reviewed`.
fn told(notify: bool, (requestor, address): (&str, &str), reviewed: &str) -> Value {
    let mut whole = with("/adminNotes/requestorEmail", json!("eve@example.com"));
    whole["approvalRequest"]["requestor"] = json!(requestor);
    whole["approvalRequest"]["requestorEmailAddress"] = json!(address);
    let document = read(whole).expect("a document");
    let permit = Permit { notify, ..narrow() };
    let mut decision = decision(Verdict::Approve, Some(permit));
    decision.guard.facts = [("requestor".to_owned(), reviewed.to_owned())]
        .into_iter()
        .collect();
    let call = composed(&decision, &document.request.facts, &Grounds::default());
    let body = permit::laid_over(&document.whole, &call.body.expect("a body"));
    assert_eq!(body["notifyOnResponse"], notify);
    body["adminNotes"]["requestorEmail"].clone()
}

#[test]
fn a_pre_filled_address_is_never_told() {
    let anna = "anna@example.com";
    assert_eq!(told(false, (anna, anna), anna), "");
    // What was reviewed, where that is an address.
    assert_eq!(told(true, (anna, ""), anna), anna);
    assert_eq!(told(true, ("", anna), anna), anna);
    // Else the request's own, which `json-digest` covers.
    assert_eq!(told(true, ("Anna Berg", anna), "Anna Berg"), anna);
    assert_eq!(told(true, ("Anna Berg", ""), "Anna Berg"), "");
}

#[test]
fn another_address_of_the_request_is_another_request() {
    let of = |address: &str| {
        let path = "/approvalRequest/requestorEmailAddress";
        permit::expects(&facts(with(path, json!(address))))
    };
    assert_ne!(of("anna@example.com"), of("eve@example.com"));
}
