//! From a decision that is to be acted on to its change: the call, and all that its line says beside it. Pure.

use std::borrow::Cow;
use std::sync::Arc;

use super::checks::Case;
use super::digest::line_digest;
use super::fingerprint::mismatches;
use crate::model::{
    Alarm, Asked, Change, Decision, Grounds, Live, Mark, MarkPlace, Operation, Permit, PermitMode,
    PermitScope, Request, Terms, VendorText, Verdict,
};

pub(super) fn change(case: &Case<'_>, request: &Request) -> Option<Change> {
    let Case {
        decision, terms, ..
    } = case;
    let operation = terms.can.operation(decision.verdict)?;
    let identity = terms.identity(&decision.address.id);
    let mark = Mark::of(&identity, decision.verdict);
    let grounds = case.grounds().and_then(|found| found.as_ref().ok());
    let live = Live {
        facts: &request.facts,
        grounds,
    };
    let call = (operation.compose)(terms, decision, &mark, &live);
    let permit = decision
        .permit
        .as_deref()
        .filter(|_| operation_permits(terms, decision));
    let not_looked_up = Grounds::default();
    let organization = terms.organization.as_deref().unwrap_or_default();
    let organization = request
        .facts
        .get("organization")
        .map_or(organization, VendorText::raw);
    let permits = permit.map(|permit| {
        permit.words(&Asked {
            reviewed: &decision.guard,
            facts: &request.facts,
            grounds: grounds.unwrap_or(&not_looked_up),
            organization,
        })
    });
    let research = permit.and(grounds).map(|grounds| grounds.research.clone());
    let mut cannot_verify = cannot_verify(terms, operation);
    if let Some(permit) = permit {
        cannot_verify.extend(unproven(terms, permit, grounds));
    }
    let content_changed = mismatches(terms, decision, request)
        .into_iter()
        .map(|mismatch| mismatch.key)
        .collect();
    let digest = line_digest(&identity, decision, &call, &terms.deciding, None);
    Some(Change {
        decision: Arc::clone(decision),
        identity,
        expects: Some(request.status.clone()),
        call,
        permits: permits.unwrap_or_default(),
        research: research.unwrap_or_default(),
        lasts: operation.lasts.map(|lasts| lasts(&request.facts)),
        deciding: terms.deciding.clone(),
        release: None,
        repeat: operation.repeat,
        mark,
        content_changed,
        alarms: alarms(terms, request),
        cannot_verify,
        notifies: notifies(decision, operation.notifies),
        undo: operation.undo.into(),
        digest,
    })
}

/// What is not known of this very permit: what is taken for granted, and what was not looked up.
fn unproven(terms: &Terms, permit: &Permit, grounds: Option<&Grounds>) -> Vec<Cow<'static, str>> {
    let assumptions = terms.can.assumptions.iter();
    let assumed = assumptions.filter(|assumption| (assumption.of)(permit));
    let mut words: Vec<Cow<'_, _>> = assumed.map(|assumption| assumption.what.into()).collect();
    let Some(grounds) = grounds else {
        if permit.names_something() {
            words
                .push("what the permit names: the snapshot was taken without a look for it".into());
        }
        if asks_for_more(permit) {
            words.push(
                "what the user and the organization may permit: the snapshot does not hold it"
                    .into(),
            );
        }
        return words;
    };
    words.extend(grounds.unproven.iter().cloned().map(Cow::from));
    words
}

/// Whether it asks for something that not every user, or not every organization, may permit.
fn asks_for_more(permit: &Permit) -> bool {
    permit.scope == PermitScope::Organization
        || permit.mode != PermitMode::Rules
        || permit.elevation
        || permit.ringfence.is_some()
}

/// Whether the call writes a rule.
pub(super) fn operation_permits(terms: &Terms, decision: &Decision) -> bool {
    terms.can.needs_permit && decision.verdict == Verdict::Approve
}

/// Whether the user is told, where the permit has a say in it.
fn notifies(decision: &Decision, otherwise: &'static str) -> Cow<'static, str> {
    match &decision.permit {
        Some(permit) if permit.notify && decision.verdict == Verdict::Approve => {
            "the user: the permit asks for it".into()
        }
        Some(_) if decision.verdict == Verdict::Approve => {
            "nobody: the permit does not ask for it".into()
        }
        Some(_) | None => otherwise.into(),
    }
}

fn alarms(terms: &Terms, request: &Request) -> Vec<String> {
    let says_so = |alarm: &&Alarm| {
        let value = request.facts.get(alarm.key).map_or("", VendorText::raw);
        !value.is_empty() && !alarm.harmless.contains(&value)
    };
    let alarming = terms.can.alarms.iter().filter(says_so);
    alarming.map(|alarm| alarm.key.to_owned()).collect()
}

fn cannot_verify(terms: &Terms, operation: &Operation) -> Vec<Cow<'static, str>> {
    let mut words: Vec<Cow<'_, _>> = terms
        .can
        .cannot_verify
        .iter()
        .chain(operation.cannot_verify)
        .map(|&word| word.into())
        .collect();
    let is_named = !terms.can.names_decider || terms.deciding.acting_as.is_some();
    if operation.mark != MarkPlace::Shown && !is_named {
        words.push("the decider (no acting-as is configured)".into());
    }
    words
}
