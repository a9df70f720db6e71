//! The permit document, `ApprovalRequestGetPermitApplicationById`: the one call that a request's facts come from.
//!
//! What a decision moves (status, decider, notes, counts and tiers) is no fact; what is sent back verbatim is
//! one, or is covered by `json-digest`.

use serde_json::{Map, Value, json};

use super::capability::{self, is_nil};
use super::obstacles::obstacles;
use super::status::status;
use crate::model::{Decided, Facts, Request, RequestId, VendorText, sha256_hex};

/// One permit document, read.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// As the vendor wrote it.
    pub(super) whole: Map<String, Value>,
    /// What it says of the request.
    pub(super) request: Request,
}

impl Document {
    /// Reads a document. `organization` is the one it was asked for.
    ///
    /// # Errors
    /// What is wrong with it, in our words.
    pub(super) fn read(value: Value, id: &RequestId, organization: &str) -> Result<Self, String> {
        let Value::Object(whole) = value else {
            return Err("the answer is not a permit document".to_owned());
        };
        let request = request(&whole, id, organization)?;
        Ok(Self { whole, request })
    }

    /// A flag at the top or one object down; missing is no.
    pub(super) fn flag(&self, path: &[&str]) -> bool {
        at(&self.whole, path).and_then(Value::as_bool) == Some(true)
    }

    /// A text; missing is empty.
    pub(super) fn text(&self, path: &[&str]) -> String {
        let found = at(&self.whole, path).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    }

    /// The vendor's number of the operating system.
    pub(super) fn os(&self) -> i64 {
        let found = at(&self.whole, &["osType"]).and_then(Value::as_i64);
        found.unwrap_or_default()
    }

    /// What stands in the document beside the request, such as the file's certificates.
    pub(super) fn list(&self, path: &[&str]) -> Vec<Value> {
        let found = at(&self.whole, path).and_then(Value::as_array);
        found.cloned().unwrap_or_default()
    }
}

/// A value at a path of objects.
pub(super) fn at<'a>(whole: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let begin = whole.get(*first)?;
    rest.iter().try_fold(begin, |value, name| value.get(*name))
}

fn request(
    whole: &Map<String, Value>,
    id: &RequestId,
    organization: &str,
) -> Result<Request, String> {
    let shown = text(whole, &["approvalRequest", "approvalRequestId"])?;
    if capability::canonical_id(&shown).as_ref() != Ok(id) {
        return Err("the answer is about another request, or about none".to_owned());
    }
    let organizations = [
        text(whole, &["organizationId"])?,
        text(whole, &["approvalRequest", "organizationId"])?,
    ];
    let mut shown = organizations.iter().filter(|one| !is_nil(one));
    if organizations.iter().all(|one| is_nil(one))
        || !shown.all(|one| one.eq_ignore_ascii_case(organization))
    {
        return Err(format!(
            "the answer is about another organization than {organization}, which was asked for"
        ));
    }
    Ok(Request {
        id: id.clone(),
        status: status(at(whole, &["approvalRequest", "statusId"])),
        facts: facts(whole, organization)?,
        decided: Decided {
            by: kept(text(whole, &["approvalRequest", "approvedBy"])?),
            note: note(whole)?,
        },
        votes: None,
        ticket: kept(text(whole, &["approvalRequest", "ticketId"])?),
        link: None,
        beyond: beyond(whole)?,
        obstacles: obstacles(whole),
        lasts: Vec::new(),
    })
}

fn facts(whole: &Map<String, Value>, organization: &str) -> Result<Facts, String> {
    let computer_id = computer_id(whole)?;
    let either = |paths: &[&[&str]]| -> Result<String, String> {
        for path in paths {
            let found = text(whole, path)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(String::new())
    };
    let action = &["approvalRequest", "threatLockerActionDto"][..];
    let in_action = |name| [action, &[name][..]].concat();
    let elevation = match at(whole, &["isElevationRequest"]) {
        Some(Value::Bool(true)) => "yes",
        Some(Value::Bool(false)) => "no",
        Some(_) | None => return Err("isElevationRequest is missing or no flag".to_owned()),
    };
    let facts = [
        ("organization", organization.to_owned()),
        (
            "computer",
            either(&[
                &["approvalRequest", "hostname"],
                &["fileDetails", "hostname"],
            ])?,
        ),
        (
            "user",
            either(&[
                &["approvalRequest", "username"],
                &["fileDetails", "username"],
            ])?,
        ),
        (
            "path",
            either(&[&["fileDetails", "fullPath"], &["approvalRequest", "path"]])?,
        ),
        (
            "hash",
            either(&[&["fileDetails", "hash"], &["approvalRequest", "hash"]])?,
        ),
        (
            "sha256",
            either(&[&["fileDetails", "sha256"], &in_action("sha256")])?,
        ),
        ("certificate", certificates(whole)?),
        ("computer-id", computer_id),
        ("os", os(whole)?),
        (
            "action",
            either(&[&["actionType"], &in_action("actionType")])?,
        ),
        ("elevation", elevation.to_owned()),
        (
            "requestor",
            either(&[
                &["approvalRequest", "requestor"],
                &["approvalRequest", "requestorEmailAddress"],
            ])?,
        ),
        ("reason", reason(whole)?),
        ("json-digest", verbatim(whole)),
    ];
    let there = facts.into_iter().filter(|(_, value)| !value.is_empty());
    Ok(there
        .map(|(key, value)| (key, VendorText::new(value)))
        .collect())
}

/// Over all that a permit sends back as it is and no other fact holds; `json` the first.
fn verbatim(whole: &Map<String, Value>) -> String {
    const PARTS: [&[&str]; 18] = [
        &["approvalRequest", "json"],
        &["approvalRequest", "path"],
        &["approvalRequest", "hash"],
        &["approvalRequest", "username"],
        &["approvalRequest", "hostname"],
        &["approvalRequest", "requestorEmailAddress"],
        &["approvalRequest", "threatLockerActionDto"],
        &["approvalRequest", "masterOrganizationId"],
        &["userInstance"],
        &["computerGroupId"],
        &["organizationIds"],
        &["osType"],
        &["fileDetails", "fullPath"],
        &["fileDetails", "processPath"],
        &["fileDetails", "hash"],
        &["fileDetails", "certificates"],
        &["fileDetails", "createdByProcesses"],
        &["fileDetails", "filename"],
    ];
    let parts: Vec<Value> = PARTS
        .iter()
        .map(|path| at(whole, path).cloned().unwrap_or(Value::Null))
        .collect();
    sha256_hex(json!(parts).to_string().as_bytes())
}

/// Each certificate of the file: its subject, its hash, and whether it is not valid.
fn certificates(whole: &Map<String, Value>) -> Result<String, String> {
    let list = match at(whole, &["fileDetails", "certificates"]) {
        None | Some(Value::Null) => return Ok(String::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err("fileDetails.certificates is not a list".to_owned()),
    };
    let mut words = Vec::new();
    for one in list {
        let Value::Object(one) = one else {
            return Err("a certificate is not an object".to_owned());
        };
        let (subject, sha) = (text(one, &["subject"])?, text(one, &["sha"])?);
        if subject.is_empty() && sha.is_empty() {
            continue;
        }
        let mut word = subject;
        if !sha.is_empty() {
            word.push_str(&format!(" [{sha}]"));
        }
        if one.get("validCert").and_then(Value::as_bool) != Some(true) {
            word.push_str(" (not valid)");
        }
        words.push(word);
    }
    Ok(words.join("; "))
}

/// The document's table: Windows 1, MAC 2, Linux 3, Windows XP 5.
fn os(whole: &Map<String, Value>) -> Result<String, String> {
    let number = match at(whole, &["osType"]) {
        Some(Value::Number(number)) => number,
        Some(_) | None => return Err("osType is missing or no number".to_owned()),
    };
    Ok(match number.as_i64() {
        Some(1) => "Windows".to_owned(),
        Some(2) => "MAC".to_owned(),
        Some(3) => "Linux".to_owned(),
        Some(5) => "Windows XP".to_owned(),
        Some(_) | None => number.to_string(),
    })
}

/// Plain in `fileDetails`, in base64 beside `requestor` (vendor-facts section 3, "Fields that trap").
fn reason(whole: &Map<String, Value>) -> Result<String, String> {
    let plain = text(whole, &["fileDetails", "requestorReason"])?;
    if !plain.is_empty() {
        return Ok(plain);
    }
    let coded = text(whole, &["approvalRequest", "requestorReason"])?;
    Ok(super::base64::text(&coded).unwrap_or(coded))
}

/// What people wrote who decided: our mark stands in one of these, wherever the vendor shows it.
fn note(whole: &Map<String, Value>) -> Result<Option<VendorText>, String> {
    let mut notes: Vec<String> = Vec::new();
    for path in [
        &["approvalRequest", "comments"][..],
        &["adminNotes", "comments"],
        &["responseReason"],
    ] {
        let found = text(whole, path)?;
        if !found.is_empty() && !notes.contains(&found) {
            notes.push(found);
        }
    }
    Ok(kept(notes.join(" | ")))
}

/// Sorts of requests that this operation does not serve, by what marks them in the document.
fn beyond(whole: &Map<String, Value>) -> Result<Option<String>, String> {
    let level = text(whole, &["approvalRequest", "multiLevelApprovalRequestId"])?;
    // The article's ordinary row has status 1 and names no such request, its ordinary document has 0.
    let tiers: [(&str, &[i64]); 3] = [
        ("multiLevelApprovalStatusId", &[0, 1]),
        ("pendingTierLevel", &[0]),
        ("initialApprovalTierLevel", &[0]),
    ];
    let is_of_one = |(name, ordinary): (&str, &[i64])| match at(whole, &["approvalRequest", name]) {
        None | Some(Value::Null) => true,
        Some(shown) => shown.as_i64().is_some_and(|one| ordinary.contains(&one)),
    };
    if !is_nil(&level) || !tiers.into_iter().all(is_of_one) {
        return Ok(Some(
            "multi-level requests are decided in the portal only".to_owned(),
        ));
    }
    let flag = |name: &str| at(whole, &[name]).and_then(Value::as_bool);
    if flag("isExtensionRequest") == Some(true) {
        return Ok(Some(
            "requests for browser extensions are decided in the portal only".to_owned(),
        ));
    }
    let action = text(whole, &["actionType"])?.to_ascii_lowercase();
    let inner = text(
        whole,
        &["approvalRequest", "threatLockerActionDto", "actionType"],
    )?;
    let stores = |word: &str| {
        word.contains("storage") || ["read", "write", "move", "delete"].contains(&word)
    };
    let said = if action.is_empty() { &inner } else { &action };
    let is_execution = flag("isExecutionRequest").unwrap_or(said.eq_ignore_ascii_case("execute"));
    let is_elevation = flag("isElevationRequest") == Some(true);
    if stores(&action) || stores(&inner.to_ascii_lowercase()) {
        return Ok(Some(
            "storage requests are decided in the portal only".to_owned(),
        ));
    }
    // What a permit of anything else would allow is written nowhere.
    let is_of_a_program = is_execution || is_elevation || action == "install";
    Ok((!is_of_a_program).then(|| {
        "requests other than to run, install or elevate a program are decided in the portal only"
            .to_owned()
    }))
}

/// The computer that `scope` means: both places that name one name the same. Zeros are how the vendor writes *none*.
fn computer_id(whole: &Map<String, Value>) -> Result<String, String> {
    let mut found = String::new();
    for path in [&["computerId"][..], &["approvalRequest", "computerId"]] {
        let one = text(whole, path)?;
        if is_nil(&one) {
            continue;
        }
        if !found.is_empty() && !one.eq_ignore_ascii_case(&found) {
            return Err("the document names two different values of computerId".to_owned());
        }
        if found.is_empty() {
            found = one;
        }
    }
    Ok(found)
}

/// A text; missing and null are empty, anything else is no text.
fn text(whole: &Map<String, Value>, path: &[&str]) -> Result<String, String> {
    match at(whole, path) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("{} is not text", path.join(".")))
        }
    }
}

fn kept(text: String) -> Option<VendorText> {
    (!text.is_empty()).then(|| VendorText::new(text))
}
