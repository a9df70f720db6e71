//! The JSON Schema of decision files: all that a file alone shows to be a mistake.
//!
//! Which queue is of which vendor stands in the configuration, so a guard has to fit one vendor, whichever.

use serde_json::{Value, json};

use super::{block, naming, permit, release, resolve};
use crate::desired::shape::{
    MOMENT, blocks, document, duration, flag, keys_of, list, matching, one_of, only_one, reference,
    said, says, table, text, where_it_says, whole,
};
use crate::model::{Capabilities, OnConflict, PermitMode};

type Vendors<'v> = &'v [&'static Capabilities];

/// The schema of a decision file, with what these vendors can do and show.
#[must_use]
pub fn schema(vendors: &[&'static Capabilities]) -> Value {
    let about = "What people have decided about requests for privileged access; reviewed in a pull request.";
    let root = table(about, &block::BLOCKS, &[], |name| match name {
        "decision" => blocks("One request each, and what is to be done about it.", name),
        "release-request" => blocks("A request of our own each, to be filed.", name),
        "resolve" => blocks(
            "How a call in doubt ended, each; found out in the vendor's portal.",
            name,
        ),
        _ => Value::Null,
    });
    let definitions = json!({
        "decision": decision(vendors),
        "guard": guard(vendors),
        "permit": one_permit(),
        "release-request": one_release(vendors),
        "resolve": one_resolve(),
    });
    document("Decision file of countersign", root, definitions)
}

fn decision(vendors: Vendors<'_>) -> Value {
    let about = "One request, and what is to be done about it.";
    let mut shape = table(
        about,
        &block::KEYS,
        &["queue", "verdict"],
        |key| match key {
            "queue" => queue(),
            "request" => request(),
            "ticket" => text("The external ticket, as in CHG0031337. Required once it is decided."),
            "verdict" => one_of(
                "What is to be done: approve, deny, or revoke what was granted. `undecided` is never acted on.",
                block::verdicts(),
            ),
            "reason" => text(
                "Why, in one line; it is sent to the vendor where it has a place for it. Required once it is decided.",
            ),
            "expires" => matching(
                "From this moment on the decision is inert: a date and time with its zone, as in 2026-12-01T00:00:00Z. Required once it is decided.",
                &format!(r"^\s*$|{MOMENT}"),
            ),
            "decided-by" => text("In whose name: one of the queue's `deciders`."),
            "guard" => reference("guard"),
            "permit" => reference("permit"),
            _ => Value::Null,
        },
    );
    shape["if"] = says("verdict", block::UNDECIDED);
    shape["else"] = json!({
        "required": ["ticket", "reason", "expires"],
        "properties": {
            "ticket": { "pattern": r"\S" },
            "reason": { "pattern": r"\S" },
            "expires": { "pattern": MOMENT },
        },
    });
    let by_id = json!({ "required": ["request"] });
    let by_guard = vendors.iter().filter_map(|can| {
        let keys = can.ratifies?.named_by;
        Some(json!({ "required": ["guard"], "properties": { "guard": { "required": keys } } }))
    });
    shape["anyOf"] = [by_id].into_iter().chain(by_guard).collect();
    // A permit is for the vendors whose approvals write a rule; so is the guard beside it then.
    let with_permit = vendors.iter().filter(|can| can.needs_permit);
    let guards: Vec<Value> = with_permit
        .map(|can| keys_of(&naming::guard_keys(can)))
        .collect();
    let fits = json!({ "properties": { "guard": { "anyOf": guards } } });
    shape["allOf"] = json!([{ "if": { "required": ["permit"] }, "then": fits }]);
    shape
}

fn queue() -> Value {
    said("A queue of the configuration.")
}

fn request() -> Value {
    said("The vendor's id of the request, as a string.")
}

/// The facts of every vendor for completion; those in one guard are of one vendor.
fn guard(vendors: Vendors<'_>) -> Value {
    let mut keys: Vec<&str> = vendors
        .iter()
        .flat_map(|can| naming::guard_keys(can))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let about = "The facts that the reviewer saw, as `countersign draft` writes them; an approve is sent only while they are still so.";
    let mut shape = table(about, &keys, &[], |key| match key {
        "fingerprint" => matching(
            "Over all facts of the request; an approve needs it. Never typed: `countersign draft --refresh-guard` writes it.",
            "^v1:sha256:[0-9a-f]{64}$",
        ),
        key => {
            let shown = vendors.iter().filter(|can| can.fact(key).is_some());
            let titles: Vec<&str> = shown.map(|can| can.vendor.title()).collect();
            text(&format!("As {} shows it.", titles.join(" or ")))
        }
    });
    let of_one = |can: &&'static Capabilities| {
        let mut fits = keys_of(&naming::guard_keys(can));
        fits["title"] = json!(can.vendor.title());
        fits
    };
    shape["anyOf"] = vendors.iter().map(of_one).collect();
    shape
}

fn one_permit() -> Value {
    let about =
        "How far an approval reaches, where it writes a rule. Nothing that widens has a default.";
    let required = ["application", "scope", "rules", "policy", "mode"];
    let mut shape = table(about, &permit::KEYS, &required, |key| match key {
        "application" => application(),
        "scope" => scope(),
        "rules" => list("Rules of our own; an empty list for none.", &some_of_rule()),
        "policy" => one_of(
            "Whether a policy is made, or those are used that the application has.",
            permit::POLICIES.map(|(word, _)| word),
        ),
        "mode" => one_of(
            "What is allowed beside the rules. The vendor takes no duration for it.",
            PermitMode::ALL.map(|(word, _, _)| word),
        ),
        "elevation" => flag("Whether it runs elevated; false if left out."),
        "ringfence" => json!({
            "description": "The vendor's number of a ringfencing action; none if left out.",
            "anyOf": [
                { "const": false },
                only_one("The action.", &permit::RINGFENCE_KEYS, |_| {
                    whole("The vendor's number of it.", 1, Some(u32::MAX.into()))
                }),
            ],
        }),
        "notify" => flag("Whether the vendor is asked to tell the user; false if left out."),
        "policy-expires" => matching(
            "When the policy ends: a date and time with its zone.",
            MOMENT,
        ),
        _ => Value::Null,
    });
    // Where an existing policy applies is not shown: it may be everywhere. A new application has none, and what is
    // there already only gets rules.
    let everywhere = json!({
        "properties": {
            "scope": { "const": "organization" },
            "application": { "not": { "required": ["new"] , "type": "object" } },
            "mode": { "const": "rules" },
            "elevation": { "const": false },
            "ringfence": { "const": false },
        },
        "not": { "required": ["policy-expires"] },
    });
    shape["allOf"] = json!([where_it_says("policy", "existing", &everywhere)]);
    shape
}

fn application() -> Value {
    let named = only_one("An application.", &permit::APPLICATIONS, |key| {
        said(match key {
            "existing" => "One that is there, by id or exact name.",
            "new" => "One that is made, under this name.",
            _ => "The one that the vendor says the file belongs to, by id or exact name.",
        })
    });
    json!({
        "description": "Which application the file is permitted as.",
        "anyOf": [{ "const": permit::MATCHING }, named],
    })
}

fn scope() -> Value {
    let words = permit::SCOPES.map(|(word, _)| word);
    let group = only_one("The computers of a group.", &permit::GROUP_KEYS, |_| {
        said("The group, by id or exact name.")
    });
    json!({
        "description": "Where it is allowed: on the computer that asked, in a group, or everywhere.",
        "anyOf": [{ "enum": words }, group],
    })
}

fn some_of_rule() -> Value {
    let about = "A rule: every part of it has to fit.";
    let mut shape = table(about, &permit::RULE_KEYS, &[], |key| match key {
        "path" => said("The file's path."),
        "process" => said("The process that runs it."),
        "certificate" => said("The subject of its certificate."),
        "hash" => said("The vendor's hash of it."),
        "created-by" => said("The process that wrote it."),
        _ => Value::Null,
    });
    shape["minProperties"] = json!(1);
    shape
}

fn one_release(vendors: Vendors<'_>) -> Value {
    let filings: Vec<_> = vendors.iter().filter_map(|can| can.filing).collect();
    let types = || {
        filings
            .iter()
            .flat_map(|one| one.access_types.iter().copied())
    };
    let required = ["queue", "duration", "reason", "ticket", "expires"];
    let number = |about: &str| whole(about, 1, Some(release::GREATEST));
    let about = "A request of our own that is to be filed.";
    let mut shape = table(about, &release::KEYS, &required, |key| match key {
        "queue" => queue(),
        "system" => number("The vendor's number of the managed system."),
        "account" => number("The vendor's number of the account on it."),
        "alias" => number("The vendor's number of an alias, instead of system and account."),
        "application" => number("The vendor's number of the application to be run as the account."),
        "access-type" => one_of("The sort of access; the narrowest if left out.", types()),
        "duration" => duration("For how long, in whole minutes, as in 2h."),
        "reason" => said("Why, in one line."),
        "ticket" => said("The external ticket, as in CHG0031337."),
        "ticket-system" => number("The vendor's number of the ticket system."),
        "schedule" => number("The vendor's number of an access schedule."),
        "on-conflict" => one_of(
            "What is done where a request of ours for the account is there already; nothing if left out.",
            OnConflict::ALL.map(OnConflict::word),
        ),
        "rotate-on-check-in" => {
            flag("Whether the password is changed when the request is given back.")
        }
        "state" => one_of(
            "Whether the request is to be open, or given back.",
            release::STATES.map(|(word, _)| word),
        ),
        "expires" => matching(
            "From this moment on the block is inert: a date and time with its zone.",
            MOMENT,
        ),
        _ => Value::Null,
    });
    let without = |key: &str| json!({ "not": { "required": [key] } });
    shape["oneOf"] = json!([
        { "required": ["system", "account"], "allOf": [without("alias")] },
        { "required": ["alias"], "allOf": [without("system"), without("account")] },
    ]);
    let for_one: Vec<&str> = filings.iter().map(|one| one.for_application).collect();
    shape["if"] = json!({ "properties": { "access-type": { "enum": for_one } }, "required": ["access-type"] });
    shape["then"] = json!({ "required": ["application", "account"] });
    shape["else"] = without("application");
    shape
}

fn one_resolve() -> Value {
    let about = "How a call in doubt ended.";
    table(about, &resolve::KEYS, &resolve::KEYS, |key| match key {
        "queue" => queue(),
        "request" => request(),
        "intent" => whole(
            "The number of its intent, as `countersign ledger show` prints it.",
            0,
            None,
        ),
        "as" => one_of(
            "Whether it took effect.",
            resolve::RESOLUTIONS.map(|(word, _)| word),
        ),
        "because" => said("How that was found out, in one line."),
        _ => Value::Null,
    })
}
