//! What the documents of `queue` and `plan` tell, by request.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is told of each request, by `QUEUE/ID`.
pub(super) type Told = BTreeMap<String, String>;

/// Holds of decisions whose requests are not there: of one, and of all that a queue is asked for.
pub(super) const NOT_FOUND: &str = "not-found";
pub(super) const NOTHING_VISIBLE: &str = "nothing-visible";

/// Whether a decision's request is not there, by what must be told of it.
pub(super) fn is_absent(told: &str) -> bool {
    [NOT_FOUND, NOTHING_VISIBLE].contains(&told)
}

/// What a document of `queue` lists.
pub(super) fn listed(document: &Value) -> Told {
    rows(document, "pending", |row| text(&row["named"])).collect()
}

/// What a document of `plan` tells.
pub(super) fn planned(document: &Value) -> Told {
    let changes = rows(document, "changes", |row| {
        format!("to {}", text(&row["verdict"]))
    });
    let holds = rows(document, "holds", |row| text(&row["code"]));
    let settled = rows(document, "settled", |_| "settled".to_owned());
    let inert = rows(document, "inert", |_| "inert".to_owned());
    let undecided = rows(document, "undecided", |_| "undecided".to_owned());
    changes
        .chain(holds)
        .chain(settled)
        .chain(inert)
        .chain(undecided)
        .collect()
}

fn rows(
    document: &Value,
    part: &str,
    tell: impl Fn(&Value) -> String,
) -> impl Iterator<Item = (String, String)> {
    let rows = document[part].as_array().into_iter().flatten();
    rows.map(move |row| {
        let address = format!("{}/{}", text(&row["queue"]), text(&row["request"]));
        (address, tell(row))
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}
