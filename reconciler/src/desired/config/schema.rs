//! The JSON Schema of the configuration: each queue with the keys and credentials of its vendor.

use serde_json::{Map, Value, json};

use super::credentials::{Form, SOURCES};
use super::queue::MOST_PARALLELISM;
use super::wants::{Wants, wants};
use crate::desired::shape::{
    document, duration, flag, keys_of, list, matching, one_of, only_one, referring, said, table,
    text, where_it_says, whole,
};
use crate::model::Vendor;

/// The schema of `countersign.toml`.
#[must_use]
pub fn schema() -> Value {
    let about = "What is decided where, and with which credentials. Trusted: taken from the protected branch.";
    let root = table(
        about,
        &super::KEYS,
        &["schema", "queues"],
        |key| match key {
            "schema" => json!({ "const": 1, "description": "The version of this file's form." }),
            "decisions" => list(
                "Which files are decision files: globs, relative to the working directory.",
                &said("As in decisions/**/*.toml; *.jsonl too."),
            ),
            "ledger" => table(
                "The record of what may already have been sent.",
                &super::LEDGER_KEYS,
                &[],
                |_| said("Its file, relative to the configuration's folder."),
            ),
            "plan" => table("Saved plans.", &super::PLAN_KEYS, &[], |_| {
                duration("How long a saved plan may be applied; 24h if left out.")
            }),
            "freeze" => table("An emergency brake.", &super::FREEZE_KEYS, &[], |_| {
                flag("No approve, whatever is reviewed; deny and revoke go on.")
            }),
            "limits" => limits(),
            "review" => table("What counts as reviewed.", &super::REVIEW_KEYS, &[], |_| {
                matching(
                    "A branch or commit, as in origin/main: only blocks whose exact bytes stand there are acted on.",
                    r"^[^-\s]\S*$",
                )
            }),
            "queues" => json!({
                "type": "object",
                "description": "The vendor instances that are decided in, each under a name of its own.",
                "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
                "additionalProperties": { "$ref": "#/$defs/queue" },
            }),
            _ => Value::Null,
        },
    );
    let definitions = json!({ "queue": queue(), "credentials": credentials(), "secret": secret() });
    document("Configuration of countersign", root, definitions)
}

fn limits() -> Value {
    let about = "Most approvals in one run; over it, none at all.";
    table(about, &super::LIMITS_KEYS, &[], |key| match key {
        "approvals" => whole("In all.", 0, None),
        "per-queue" => whole("In one queue.", 0, None),
        "per-requester" => whole("For one requester in one queue.", 0, None),
        _ => Value::Null,
    })
}

/// One queue: the keys of all vendors for completion, narrowed to those of its own.
fn queue() -> Value {
    let mut keys: Vec<&str> = Vendor::ALL
        .iter()
        .flat_map(|one| wants(*one).keys())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let about = "One vendor instance: tenant, organization or appliance.";
    let mut shape = table(
        about,
        &keys,
        &["vendor", "url", "credentials"],
        key_of_queue,
    );
    let narrowed = |vendor: &Vendor| {
        let wants = wants(*vendor);
        let mut then = keys_of(&wants.keys());
        then["required"] = json!(wants.required());
        then["properties"] = json!({
            "url": { "examples": [wants.url] },
            "credentials": one_form(wants.credentials),
            "write-credentials": one_form(wants.credentials),
        });
        where_it_says("vendor", vendor.slug(), &then)
    };
    shape["allOf"] = Vendor::ALL.iter().map(narrowed).collect();
    shape
}

fn key_of_queue(key: &str) -> Value {
    match key {
        "vendor" => one_of("The product.", Vendor::ALL.map(Vendor::slug)),
        "url" => matching(
            "Where its API is. Plain http is for loopback only.",
            "^[Hh][Tt][Tt][Pp][Ss]?://",
        ),
        "credentials" => referring(
            "What the queue is reached with: where each secret is to be found, never the secret itself.",
            "credentials",
        ),
        "write-credentials" => referring(
            "What `apply` uses instead; `plan` never loads it.",
            "credentials",
        ),
        "acting-as" => said("A portal user reserved for the tool: it shows then that we decided."),
        "deciders" => list(
            "Who may stand in `decided-by`.",
            &said("A portal user, as in boss@example.com."),
        ),
        "enabled" => flag("Whether it is read and decided in; true if left out."),
        "parallelism" => whole("Calls at once.", 1, Some(MOST_PARALLELISM)),
        "timeout" => duration("Most time for one call, as in 20s."),
        "rate-limit" => matching(
            "Calls in any 60 seconds, as in 60/min, or none.",
            "^(none|0*[1-9][0-9]*/min)$",
        ),
        "max-requests" => whole("Most rows read in one listing.", 1, None),
        "ca-file" => said("A PEM file of further roots, relative to the configuration's folder."),
        "organization" => {
            guid("The organization, by its GUID: always sent, always compared with the answer.")
        }
        "child-organizations" => list(
            "Organizations below it that are decided in too.",
            &guid("A GUID."),
        ),
        "voter" => said("Our own user, by id or as votes show the name."),
        "since" => matching(
            "From when on processed requests are listed: a date, or a date with hours and minutes, without a zone.",
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$",
        ),
        _ => Value::Null,
    }
}

fn guid(about: &str) -> Value {
    matching(
        about,
        "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
    )
}

fn forms() -> impl Iterator<Item = &'static Form> {
    let all = Vendor::ALL.into_iter().map(wants);
    all.flat_map(|Wants { credentials, .. }| credentials)
}

/// The credentials of all vendors, for completion.
fn credentials() -> Value {
    let secrets = forms().flat_map(|form| form.secrets.iter().chain(form.optional));
    let mut properties: Map<String, Value> = secrets
        .map(|key| ((*key).to_owned(), json!({ "$ref": "#/$defs/secret" })))
        .collect();
    let run_as = matching(
        "The vendor's user behind the key: its name, no secret.",
        r"^[\x21-\x3a\x3c-\x7e]([\x20-\x3a\x3c-\x7e]*[\x21-\x3a\x3c-\x7e])?$",
    );
    properties.insert("run-as".to_owned(), run_as);
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// One of the ways in which a vendor's credentials are written.
fn one_form(forms: &[Form]) -> Value {
    let way = |form: &Form| {
        let keys: Vec<&str> = form.keys().collect();
        let mut shape = keys_of(&keys);
        let optional = |key: &&str| form.optional.contains(key);
        let required: Vec<&str> = keys.into_iter().filter(|key| !optional(key)).collect();
        shape["required"] = json!(required);
        shape
    };
    match forms {
        [one] => way(one),
        several => json!({ "anyOf": several.iter().map(way).collect::<Vec<_>>() }),
    }
}

fn secret() -> Value {
    let about = "Where the secret is to be found; one of the three. It is never written out.";
    only_one(about, &SOURCES, |key| match key {
        "env" => matching("An environment variable.", "^[A-Za-z_][A-Za-z0-9_]*$"),
        "file" => said("A file, relative to the configuration's folder."),
        "command" => {
            let mut words = list(
                "A program and its arguments; what it prints.",
                &text("A word."),
            );
            words["minItems"] = json!(1);
            words["prefixItems"] = json!([{ "minLength": 1 }]);
            words
        }
        _ => Value::Null,
    })
}
