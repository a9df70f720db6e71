//! Filing requests and giving them back: the calls of the document's "POST Requests", "POST
//! Aliases/{aliasId}/Requests" and "PUT Requests/{id}/Checkin".

use serde_json::{Map, Value, json};

use crate::model::{
    Call, FiledField, Filing, Mark, Method, OnConflict, ReleaseRequest, RequestId, Target, Verdict,
};

/// How Password Safe files requests.
pub(super) static FILING: Filing = Filing {
    access_types: &["View", "RDP", "SSH", "App"],
    // "Required when AccessType=App", and the call for an alias names no application.
    for_application: "App",
    // "Required: 1-525600".
    most_minutes: 525_600,
    // "TicketNumber: … Max string length is 20."
    ticket_limit: 20,
    says: &[
        FiledField::new("SystemID", "system"),
        FiledField::new("AccountID", "account"),
        FiledField::new("ApplicationID", "application"),
        FiledField::new("AccessType", "access-type"),
        FiledField::new("DurationMinutes", "duration in minutes"),
        FiledField::new("TicketSystemID", "ticket-system"),
        FiledField::new("AccessPolicyScheduleID", "schedule"),
        // "Optional, default: true"; no answer and no list shows it.
        FiledField {
            left_out: "true",
            is_kept: true,
            ..FiledField::new("RotateOnCheckin", "rotate-on-check-in")
        },
    ],
    file,
    check_in,
    cannot_verify: &[
        "whether another user has asked for the account in that time: then it is refused (409)",
        "whether an access policy approves it at once",
        "whether the credentials will be rotated: the list does not show it, and it can only ever be turned on",
    ],
    undo: "give it back with state = \"checked-in\" once it is approved; before that an approver denies it",
};

/// `POST Requests`, or `POST Aliases/{aliasId}/Requests`.
fn file(release: &ReleaseRequest, mark: &Mark) -> Call {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("AccessType", json!(release.access_type));
    put("DurationMinutes", json!(release.minutes));
    put("Reason", json!(mark.text(&release.decision(Verdict::File))));
    put("TicketNumber", json!(release.ticket));
    let numbers = [
        ("ApplicationID", release.application),
        ("TicketSystemID", release.ticket_system),
        ("AccessPolicyScheduleID", release.schedule),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            put(name, json!(number));
        }
    }
    match release.on_conflict {
        // "If omitted and a conflicting request is found, returns a 409 code."
        OnConflict::Refuse => {}
        OnConflict::Reuse | OnConflict::Renew => {
            put("ConflictOption", json!(release.on_conflict.word()));
        }
    }
    if let Some(rotate) = release.rotate_on_check_in {
        put("RotateOnCheckin", json!(rotate));
    }
    let path = match release.target {
        Target::Account { system, account } => {
            put("SystemID", json!(system));
            put("AccountID", json!(account));
            "/Requests".to_owned()
        }
        Target::Alias(alias) => format!("/Aliases/{alias}/Requests"),
    };
    Call {
        method: Method::Post,
        path,
        query: Vec::new(),
        body: Some(Value::Object(body)),
        organization: None,
        over: None,
    }
}

/// `PUT Requests/{id}/Checkin`.
fn check_in(release: &ReleaseRequest, mark: &Mark, id: &RequestId) -> Call {
    let reason = mark.text(&release.decision(Verdict::CheckIn));
    Call {
        method: Method::Put,
        path: format!("/Requests/{id}/Checkin"),
        query: Vec::new(),
        body: Some(json!({ "Reason": reason })),
        organization: None,
        over: None,
    }
}
