//! `organization` and `child-organizations` of a queue: whose requests are decided in it.

use std::ops::Range;

use super::super::hostile::inert;
use super::super::mistake::Mistake;
use super::super::table::{Found, Strict};

const HINT: &str = "write its GUID: organization = \"9b2c1c1e-0000-4000-8000-000000000000\"";

/// The organization first, then those of its children that are named; in lower case.
pub(super) fn all(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Vec<String> {
    if table.get("organization").is_none() {
        table.missing("organization", HINT, mistakes);
    }
    let mut found: Vec<String> = Vec::new();
    let own = table.text("organization", mistakes);
    let children = table.texts("child-organizations", mistakes);
    for Found { value, at } in own.into_iter().chain(children.into_iter().flatten()) {
        let id = value.to_ascii_lowercase();
        if !is_guid(value) {
            let message = format!("`{}` is not an organization's GUID", inert(value, 60));
            tell(table, at, message, mistakes);
        } else if found.contains(&id) {
            tell(
                table,
                at,
                "this organization is named twice".to_owned(),
                mistakes,
            );
        } else {
            found.push(id);
        }
    }
    found
}

fn tell(table: &Strict<'_, '_>, at: Range<usize>, message: String, mistakes: &mut Vec<Mistake>) {
    mistakes.push(table.source.mistake(at, message, HINT));
}

/// 8-4-4-4-12 hex digits: it becomes a header.
fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(hex)
}
