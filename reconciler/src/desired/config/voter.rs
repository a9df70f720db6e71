//! `voter` of a queue that decides by votes: our own user, by an id or a name that votes can show.

use super::plain;
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::{Found, Strict};

/// Digits are an id: most of any (vendor-facts section 5, Traps: "19-digit strings").
const MOST_DIGITS: usize = 19;

/// The value, as it has to stand in a vote to be recognised there.
pub(super) fn required(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<String> {
    if table.get("voter").is_none() {
        let hint = "name our own user, by id or as votes show it: voter = \"countersign\"";
        table.missing("voter", hint, mistakes);
        return None;
    }
    let Found { value, at } = plain(table, "voter", mistakes)?;
    if let Some((what, hint)) = never_shown(value) {
        let message = format!("`voter` is `{}`: {what}", inert(value, 60));
        mistakes.push(table.source.mistake(at, message, hint));
    }
    Some(value.to_owned())
}

/// Why no vote could show it, and what to write.
fn never_shown(voter: &str) -> Option<(&'static str, String)> {
    let trimmed = voter.trim();
    if trimmed.is_empty() {
        return None;
    }
    if trimmed != voter {
        let hint = format!("write it without them: voter = \"{}\"", inert(trimmed, 60));
        return Some(("no name has blanks around it", hint));
    }
    if !voter.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if voter.len() > 1 && voter.starts_with('0') {
        let id = match voter.trim_start_matches('0') {
            "" => "0",
            id => id,
        };
        let hint = format!("write it without them: voter = \"{id}\"");
        return Some(("digits are an id, and none begins with zeros", hint));
    }
    let hint = "copy the id from the portal, or name our user as votes show it";
    (voter.len() > MOST_DIGITS).then(|| ("an id has 19 digits at most", hint.to_owned()))
}
