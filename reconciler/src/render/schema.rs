//! JSON Schema of what is written for machines, made from the very types that are written.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::json;

use super::{events, json};
use crate::model::OUTCOME_CODES;
use crate::plan::{HOLD_CODES, PlanDocument};

/// The schema of `plan --format json`, and of a saved plan's `plan` member; ends with a line feed.
#[must_use]
pub fn plan() -> String {
    of::<PlanDocument>()
}

/// The schema of a line of `--json-events`; ends with a line feed.
#[must_use]
pub fn events() -> String {
    of::<events::Line<'_>>()
}

fn of<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(open))
        .with_transform(RecursiveTransform(say_codes));
    json::document(&settings.into_generator().into_root_schema_for::<T>())
}

/// A reader of today meets a member of tomorrow. What we read back ourselves is sealed byte for byte.
fn open(schema: &mut Schema) {
    if schema.get("additionalProperties") == Some(&json!(false)) {
        schema.remove("additionalProperties");
    }
}

/// A hold, or an outcome, means what `explain` says of its code.
fn say_codes(schema: &mut Schema) {
    let said = |key: &str| {
        schema
            .pointer(&format!("/properties/{key}/const"))?
            .as_str()
    };
    let hold = said("code").and_then(|code| HOLD_CODES.iter().find(|one| one.code == code));
    let outcome =
        said("outcome").and_then(|code| OUTCOME_CODES.iter().find(|one| one.code == code));
    let means = hold.map(|one| one.means).or(outcome.map(|one| one.means));
    if let Some(means) = means {
        schema.insert("description".to_owned(), means.into());
    }
}
