//! What stands in the way of any permit that is laid over a document, whatever the permit says.

use serde_json::{Map, Value};

use super::capability::is_nil;
use super::document::at;
use super::{accounts, fields};

/// What an action log says of a file, or of a policy's reach. In the document of a request it is empty: the sample has
/// names and zeros only.
const LOGGED: [&str; 20] = [
    "computerId",
    "organizationId",
    "fullPath",
    "hash",
    "sha256Hash",
    "cert",
    "certs",
    "certificates",
    "certText",
    "createdByProcess",
    "actionLogCreatedByProcesses",
    "organizationParents",
    "applicationId",
    "applicationOrganizationId",
    "applicationName",
    "learningModeEndDate",
    "monitorMode",
    "threatLockerItem",
    "engineRatings",
    "data",
];

/// Why no permit may be laid over a document.
pub(super) fn obstacles(whole: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    let unknown = fields::unknown(whole);
    if !unknown.is_empty() {
        found.push(format!(
            "the permit document holds fields that this version does not know, and they could widen it: {}",
            unknown.join(", ")
        ));
    }
    for name in ["showMfaChallenge", "showMfaRegistration"] {
        // Whatever is not a plain no is not known to be one.
        let shown = at(whole, &["approvalRequest", name]);
        if !matches!(shown, None | Some(Value::Null | Value::Bool(false))) {
            found.push(format!(
                "the vendor asks for a second factor ({name}), which only its portal can take"
            ));
        }
    }
    found.extend(action_log(whole).map(|names| {
        format!(
            "the permit document comes with an action log of its own, which could widen it: {names}"
        )
    }));
    found.extend(accounts::differences(whole));
    let text = |path: &[&str]| at(whole, path).and_then(Value::as_str).unwrap_or_default();
    if is_nil(text(&["computerId"])) && is_nil(text(&["approvalRequest", "computerId"])) {
        found.push(
            "the permit document names no computer, so `scope` has nothing to hold for".to_owned(),
        );
    }
    if text(&["approvalRequest", "json"]).is_empty() {
        found.push(
            "the permit document has no `json`, without which the vendor fails silently".to_owned(),
        );
    }
    found
}

/// What stands in its action log that a request's document does not have; nothing where that is empty.
fn action_log(whole: &Map<String, Value>) -> Option<String> {
    let is_set = |name: &&str| match at(whole, &["actionLog", name]) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !is_nil(text),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Bool(true) | Value::Number(_) | Value::Object(_)) => true,
    };
    let mut found: Vec<&str> = LOGGED.into_iter().filter(is_set).collect();
    let is_other = |name| at(whole, &[name]).and_then(Value::as_bool) == Some(true);
    found.extend(
        ["isFromActionLog"]
            .into_iter()
            .filter(|name| is_other(name)),
    );
    (!found.is_empty()).then(|| found.join(", "))
}
