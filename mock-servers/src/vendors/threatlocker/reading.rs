//! The operations that change nothing: lists, counts, applications, organizations, groups.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::body::{self, flag, list as items, said, text};
use super::estate::{Application, Marks};
use super::guid::{ZERO, canonical};
use super::list::{Order, Reading};
use super::people::{ADD, COMPUTERS, LIST, MAINTENANCE, MATCH, Permission as P, RESEARCH};
use super::refusal::Refusal;
use super::request::{Os, Request};
use super::routes::ok;
use super::state::{Caller, State};
use super::templates::{ACROBAT, copy};
use super::wire::{self, Place};
use crate::vendors::{Answer, Call};

/// The rows of a page when none is said.
///
/// From: the interface description, ApprovalRequestParametersDto.
const PAGE: u64 = 25;

/// `ApprovalRequestGetByParameters`.
pub(super) fn list(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    state.needs(caller, LIST)?;
    let shape = "ApprovalRequestParametersDto";
    let body = body::read(call, shape, &state.dialects, strange)?;
    // Seen live: the description gives a default of 1, the server none.
    let status = body["statusId"]
        .as_i64()
        .ok_or_else(Refusal::null_reference)?;
    let order = match said(&body, "orderBy") {
        None => Order::DateTime,
        Some(name) => match Order::named(&name) {
            Some(order) => order,
            None => unknown_order(state, &name, strange)?,
        },
    };
    let number = |name: &str, default: u64| match body[name].as_i64() {
        None => Ok(default),
        Some(number) => match u64::try_from(number) {
            Ok(number) if number > 0 => Ok(number),
            Ok(_) | Err(_) if state.dialects.is("threatlocker.page-zero", "417") => {
                Err(Refusal::invalid(&format!("The {name} is not valid.")))
            }
            Ok(_) | Err(_) => Ok(default),
        },
    };
    let tier = body["userApprovalTierLevel"].as_i64().unwrap_or_default();
    let reading = Reading {
        organizations: organizations(state, caller, flag(&body, "showChildOrganizations")),
        status,
        search: said(&body, "searchText").map(|text| text.to_lowercase()),
        wide: state.dialects.is("threatlocker.search-fields", "wide"),
        tier: flag(&body, "showCurrentTierOnly").then_some(tier),
        actions: body::texts(&body, "actionType"),
        order,
        ascending: flag(&body, "isAscending"),
        page: number("pageNumber", 1)? - 1,
        size: number("pageSize", PAGE)?,
    };
    let (rows, total) = state.page(&reading);
    let header = wire::pagination(&reading, rows.len() as u64, total);
    let answer = match state.dialects.chosen("threatlocker.empty-list") {
        "empty" if rows.is_empty() => Answer::empty(200),
        "null" if rows.is_empty() => ok(&Value::Null),
        _ => {
            let rows = rows.iter().map(|row| wire::row(state, row, Place::List));
            ok(&rows.collect())
        }
    };
    Ok(answer.with("pagination", header))
}

fn unknown_order(state: &State, name: &str, strange: &mut Vec<String>) -> Result<Order, Refusal> {
    strange.push(format!("orderBy: {name:?} is no known order"));
    match state.dialects.chosen("threatlocker.unknown-order") {
        "datetime" => Ok(Order::DateTime),
        status => Err(Refusal::named(status, "The orderBy is not valid.")),
    }
}

// The managed organization and, where asked for, all below it.
fn organizations(state: &State, caller: &Caller, children: bool) -> BTreeSet<String> {
    let below = state.estate.below(&caller.managed).into_iter();
    let below = below.filter(|_| children).map(|own| own.id.clone());
    below.chain([caller.managed.clone()]).collect()
}

/// `ApprovalRequestGetCount`.
pub(super) fn count(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    if state.as_siblings() {
        state.needs(caller, LIST)?;
    }
    let children = boolean(state, call, "includeChildOrganizations", true, strange)?;
    let reading = Reading::all(organizations(state, caller, children), 1);
    Ok(ok(&json!(state.total(&reading))))
}

impl State {
    /// Whether an application matches a request's file.
    pub(super) fn has_match(&self, own: &Request) -> bool {
        let marks = Marks {
            hash: &own.hash,
            sha256: &own.sha256,
            path: &own.path,
            certificates: own.certificate.iter().map(String::as_str).collect(),
        };
        let found = self.matching_marks(&own.organization, own.os.id(), &marks);
        !found.is_empty()
    }

    fn matching_marks(&self, organization: &str, os: i64, marks: &Marks<'_>) -> Vec<&Application> {
        let usable = self.estate.usable(organization).into_iter();
        usable
            .filter(|own| own.os.id() == os && own.rules.iter().any(|rule| marks.fit(rule)))
            .collect()
    }
}

/// `ApplicationGetMatchingList`.
pub(super) fn matching_list(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    state.needs(caller, MATCH)?;
    let shape = "ApplicationMatchParameterDto";
    let body = body::read(call, shape, &state.dialects, strange)?;
    let marks = Marks {
        hash: text(&body, "hash"),
        sha256: text(&body, "sha256"),
        path: text(&body, "path"),
        certificates: items(&body, "certs")
            .iter()
            .map(|certificate| text(certificate, "subject"))
            .collect(),
    };
    let os = body["osType"].as_i64().unwrap_or(1);
    let found = state.matching_marks(&caller.managed, os, &marks);
    let shown = |own: &&Application| wire::application(state, own, &caller.managed);
    let found: Vec<Value> = found.iter().map(shown).collect();
    let any = !found.is_empty();
    Ok(ok(
        &json!({ "matchingApplications": found, "hasMatching": any }),
    ))
}

/// `ApplicationGetListForAddToApplication`: custom applications, a parent's too.
pub(super) fn list_for_add(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    state.needs(caller, ADD)?;
    let os = integer(state, call, "osType", 1, strange)?;
    let search = parameter(call, "searchText")
        .unwrap_or_default()
        .to_lowercase();
    let usable = state.estate.usable(&caller.managed).into_iter();
    let custom = usable.filter(|own| {
        !own.is_built_in() && own.os.id() == os && own.name.to_lowercase().contains(&search)
    });
    let shown = custom.map(|own| wire::application(state, own, &caller.managed));
    Ok(ok(&shown.collect()))
}

/// `ApplicationGetForMaintenanceMode`.
pub(super) fn for_maintenance_mode(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    state.needs(caller, &[&[P::EditApplications]])?;
    state.needs(caller, COMPUTERS)?;
    state.needs(caller, MAINTENANCE)?;
    let os = integer(state, call, "osType", 1, strange)?;
    let usable = state.estate.usable(&caller.managed).into_iter();
    let custom = usable.filter(|own| !own.is_built_in() && own.os.id() == os);
    let shown = custom.map(|own| {
        let label = wire::shown_name(state, own, &caller.managed);
        wire::choice(&label, &own.id)
    });
    Ok(ok(&shown.collect()))
}

/// `ApplicationGetResearchDetailsById`: of the application of the document in full, of other built-in ones in short.
pub(super) fn research_details(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    state.needs(caller, RESEARCH)?;
    let id = guid(state, call, "applicationId", strange)?;
    let built_in = state.estate.applications.get(&id);
    let Some(own) = built_in.filter(|own| own.is_built_in()) else {
        return match state.dialects.chosen("threatlocker.unknown-research") {
            "null" => Ok(ok(&Value::Null)),
            "empty" => Ok(Answer::empty(200)),
            _ => Err(Refusal::new(404, "The application was not found.")),
        };
    };
    let mut details = copy(&ACROBAT);
    if own.id != super::ACROBAT_ID {
        let product = own.name.trim_end_matches(" (Built-In)");
        let research = super::guid::guid(state.seed, &format!("threatlocker/research/{id}"), 0);
        wire::set(
            &mut details,
            vec![
                ("researchApplicationId", json!(research)),
                ("productName", json!(product)),
                ("clientApplicationName", json!(own.name)),
                ("productDescription", json!(format!("{product}."))),
                ("osType", json!(own.os.id())),
                ("remediationText", json!("")),
                ("potentialRiskStrategyText", json!("")),
                ("countriesWhereCodeCompiled", json!([])),
                ("categories", json!([])),
                ("accessLevels", json!([])),
            ],
        );
    }
    Ok(ok(&details))
}

/// `OrganizationGetChildrenIdsAndName`.
pub(super) fn children(state: &State, caller: &Caller) -> Answer {
    let own = state.estate.organizations.get(&caller.managed);
    let own = own.filter(|_| state.dialects.is("threatlocker.children-self", "yes"));
    let below = state.estate.below(&caller.managed);
    let all = own.into_iter().chain(below);
    ok(&all.map(|one| wire::child(state, one)).collect())
}

/// `ComputerGroupGetDropdownByOrganizationId`.
pub(super) fn dropdown(
    state: &State,
    caller: &Caller,
    call: &Call,
    strange: &mut Vec<String>,
) -> Result<Answer, Refusal> {
    let os = integer(state, call, "computerGroupOSTypeId", 0, strange)?;
    let hide = boolean(state, call, "hideGlobals", false, strange)?;
    let by_name = state.dialects.is("threatlocker.dropdown-system", "name");
    let system = parameter(call, "computerOSType").unwrap_or("windows");
    let fits = |group: Os| match by_name {
        true => group.family().eq_ignore_ascii_case(system),
        false => os == 0 || group.id() == os,
    };
    let groups = state.estate.groups.values().filter(|group| {
        group.organization == caller.managed && fits(group.os) && !(hide && group.global)
    });
    let items = state
        .dialects
        .is("threatlocker.dropdown-shape", "group-items");
    let shown = groups.map(|group| {
        if !items {
            return wire::choice(&group.name, &group.id);
        }
        json!({
            "computerGroupId": group.id, "name": group.name, "organizationId": group.organization,
            "organizationName": state.estate.organization_name(&group.organization),
            "default": null, "osType": group.os.id(), "isGlobal": group.global
        })
    });
    Ok(ok(&shown.collect()))
}

fn parameter<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let mut named = call
        .query
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named
        .next()
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

fn wrong(state: &State, name: &str, given: &str, strange: &mut Vec<String>) -> Refusal {
    strange.push(format!("{name}: {given:?} is no valid value"));
    let status = state.dialects.chosen("threatlocker.wrong-type");
    Refusal::named(status, &format!("The value of {name} is not valid."))
}

/// A GUID of the query; none at all is the one that nothing has.
pub(super) fn guid(
    state: &State,
    call: &Call,
    name: &str,
    strange: &mut Vec<String>,
) -> Result<String, Refusal> {
    match parameter(call, name) {
        None => Ok(ZERO.to_owned()),
        Some(text) => canonical(text).ok_or_else(|| wrong(state, name, text, strange)),
    }
}

fn integer(
    state: &State,
    call: &Call,
    name: &str,
    default: i64,
    strange: &mut Vec<String>,
) -> Result<i64, Refusal> {
    match parameter(call, name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| wrong(state, name, text, strange)),
    }
}

fn boolean(
    state: &State,
    call: &Call,
    name: &str,
    default: bool,
    strange: &mut Vec<String>,
) -> Result<bool, Refusal> {
    match parameter(call, name).map(str::to_lowercase).as_deref() {
        None => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(text) => Err(wrong(state, name, text, strange)),
    }
}
