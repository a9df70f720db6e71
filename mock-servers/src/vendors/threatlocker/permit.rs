//! The body of a permit, member by member: what shall be written, for whom, and what makes it no permit at all.

use jiff::Timestamp;
use serde_json::Value;

use super::body::{flag, list, moment, said, text, texts};
use super::estate::{Mode, Rule};
use super::guid::ZERO;
use super::refusal::{NEW_NAME, Refusal};
use super::request::AdminNotes;
use crate::dialect::Dialects;

/// Which application a permit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// One that matches, by id.
    Matching(String),
    /// One that is there already, by id.
    Existing(String),
    /// A new one of this name.
    New(String),
}

/// Whom the policy is for, before it is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The computer of the body, else the request's.
    Computer,
    /// This group.
    Group(String),
    /// The request's organization.
    Organization,
}

/// A permit, read.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    pub(crate) request: String,
    pub(crate) json: Option<String>,
    pub(crate) computer: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) target: Target,
    pub(crate) scope: Scope,
    pub(crate) rules: Vec<Rule>,
    pub(crate) mode: Mode,
    pub(crate) existing_policy: bool,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) elevation: bool,
    pub(crate) elevation_until: Option<Timestamp>,
    pub(crate) ringfenced: bool,
    pub(crate) ringfence_action: i64,
    pub(crate) disable_protection: bool,
    pub(crate) created_by: Vec<String>,
    pub(crate) certificates: Vec<String>,
    pub(crate) additional_files: usize,
    pub(crate) network_exclusions: usize,
    pub(crate) notes: AdminNotes,
    pub(crate) response_reason: Option<String>,
    pub(crate) notify: bool,
}

impl Permit {
    /// The narrowest permit of a request: a new application of this name with this rule, for its computer alone.
    pub(crate) fn narrowest(request: &str, name: String, rule: Rule) -> Self {
        Self {
            request: request.to_owned(),
            json: None,
            computer: None,
            organization: None,
            target: Target::New(name),
            scope: Scope::Computer,
            rules: vec![rule],
            mode: Mode::Rules,
            existing_policy: false,
            expires_at: None,
            elevation: false,
            elevation_until: None,
            ringfenced: false,
            ringfence_action: 0,
            disable_protection: false,
            created_by: Vec::new(),
            certificates: Vec::new(),
            additional_files: 0,
            network_exclusions: 0,
            notes: AdminNotes::default(),
            response_reason: None,
            notify: false,
        }
    }
}

/// Reads a permit from a body with the vendor's spelling.
///
/// From: ApprovalRequestPermitApplication, request bodies; public clients, seen live.
pub(super) fn permit(body: &Value, dialects: &Dialects) -> Result<Permit, Refusal> {
    if dialects.is("threatlocker.omitted-members", "500") {
        every_member(body)?;
    }
    let asked = &body["approvalRequest"];
    let request = id(asked, "approvalRequestId")
        .ok_or_else(|| Refusal::invalid("The approvalRequestId is missing."))?;
    let conditions = &body["policyConditions"];
    let number = |name: &str| body[name].as_i64().unwrap_or_default();
    let date = |name: &str| moment(text(body, name));
    let mode = Mode::of(conditions["ruleId"].as_i64().unwrap_or_default())
        .ok_or_else(|| Refusal::invalid("The ruleId is not valid."))?;
    let notes = &body["adminNotes"];
    let ringfences = dialects.is("threatlocker.ringfence-members", "ringfences");
    Ok(Permit {
        request,
        json: said(asked, "json"),
        computer: id(body, "computerId"),
        organization: id(body, "organizationId"),
        target: target(&body["matchingApplications"])?,
        scope: scope(&body["policyLevel"], dialects)?,
        rules: list(conditions, "manualOptions")
            .iter()
            .filter_map(rule)
            .collect(),
        mode,
        existing_policy: flag(conditions, "useExistingPolicy"),
        expires_at: date("policyExpirationDate"),
        elevation: number("elevationStatus") != 0
            && dialects.is("threatlocker.elevation-status", "elevates"),
        elevation_until: date("elevationExpirationDate"),
        ringfenced: ringfences && flag(body, "isRingfenced"),
        ringfence_action: number("ringfenceActionId") * i64::from(ringfences),
        disable_protection: flag(conditions, "disableProtection"),
        created_by: texts(conditions, "createdByProcesses"),
        certificates: texts(conditions, "certSubjects"),
        additional_files: list(conditions, "includedAdditionalFiles").len(),
        network_exclusions: list(body, "networkExclusions").len(),
        notes: AdminNotes {
            ticket: text(notes, "ticket").to_owned(),
            requestor_email: text(notes, "requestorEmail").to_owned(),
            comments: text(notes, "comments").to_owned(),
        },
        response_reason: said(body, "responseReason"),
        notify: flag(body, "notifyOnResponse"),
    })
}

/// A GUID that is there and stands for something.
pub(super) fn id(object: &Value, name: &str) -> Option<String> {
    let id = object[name].as_str()?;
    (id != ZERO).then(|| id.to_owned())
}

// Members that clients saw missed when they were not sent at all.
fn every_member(body: &Value) -> Result<(), Refusal> {
    let needed: [(&str, &[&str]); 5] = [
        (
            "",
            &[
                "actionLog",
                "ringfencingOptions",
                "networkExclusions",
                "policyExpirationDate",
                "elevationExpirationDate",
                "applicationList",
                "systemAudits",
            ],
        ),
        (
            "/matchingApplications",
            &[
                "matchingApplication",
                "existingApplication",
                "newApplicationName",
            ],
        ),
        (
            "/policyConditions",
            &["manualOptions", "certSubjects", "createdByProcesses"],
        ),
        ("/policyLevel", &["selectedComputerGroup"]),
        ("/adminNotes", &["ticket", "requestorEmail", "comments"]),
    ];
    for (place, names) in needed {
        let object = body.pointer(place).and_then(Value::as_object);
        let object = object.ok_or_else(Refusal::null_reference)?;
        if !names.iter().all(|name| object.contains_key(*name)) {
            return Err(Refusal::null_reference());
        }
    }
    Ok(())
}

fn target(given: &Value) -> Result<Target, Refusal> {
    let chosen = |name: &str, object: &str| {
        flag(given, name)
            .then(|| id(&given[object], "applicationId").ok_or_else(Refusal::null_reference))
    };
    let matching = chosen("useMatchingApplication", "matchingApplication");
    let existing = chosen("useExistingApplication", "existingApplication");
    let new = flag(given, "useNewApplication");
    match (matching, existing, new) {
        (Some(id), None, false) => Ok(Target::Matching(id?)),
        (None, Some(id), false) => Ok(Target::Existing(id?)),
        (None, None, true) => match said(given, "newApplicationName") {
            Some(name) => Ok(Target::New(name)),
            None => Err(Refusal::invalid(NEW_NAME)),
        },
        (None, None, false) => Err(Refusal::invalid("Must select an application")),
        (_, _, _) => Err(Refusal::invalid("Must select only one application")),
    }
}

// No flag at all means this computer.
fn scope(given: &Value, dialects: &Dialects) -> Result<Scope, Refusal> {
    let (computer, group, organization) = (
        flag(given, "toComputer"),
        flag(given, "toComputerGroup"),
        flag(given, "toEntireOrganization"),
    );
    if computer && dialects.is("threatlocker.to-computer", "417") {
        return Err(Refusal::invalid("The policy level is not valid."));
    }
    let set = [computer, group, organization]
        .iter()
        .filter(|one| **one)
        .count();
    if set > 1 && dialects.is("threatlocker.two-levels", "417") {
        return Err(Refusal::invalid("Must select only one policy level"));
    }
    if organization {
        return Ok(Scope::Organization);
    }
    if group {
        let chosen = id(&given["selectedComputerGroup"], "computerGroupId");
        let missing = || Refusal::invalid("Must select a computer group");
        return chosen.map(Scope::Group).ok_or_else(missing);
    }
    Ok(Scope::Computer)
}

// An option that says nothing is no rule.
fn rule(given: &Value) -> Option<Rule> {
    let rule = Rule {
        path: said(given, "fullPath"),
        process: said(given, "processPath"),
        certificate: said(given, "cert"),
        hash: said(given, "hash"),
        sha256: None,
        created_by: said(given, "createdBy"),
    };
    (rule != Rule::default()).then_some(rule)
}
