//! Whether a draft is still as it was written: nobody has decided it, and nobody has noted anything in it.

use jiff::Timestamp;
use toml::{Table, Value};

use super::{Options, draft};
use crate::model::{Decided, Facts, Request, Status, Terms, VendorText};

/// Comments of a draft whose text its guard does not hold.
const OTHER_COMMENTS: [&str; 2] = ["#   ticket  ", "#   link    "];

/// Whether a block with its comments is what `draft` writes for the facts in its guard, to the letter; ticket and expiry
/// may be any, since `draft` can fill them in. Line ends and blank lines around it do not count.
#[must_use]
pub fn is_untouched(text: &str, terms: &Terms) -> bool {
    written_for(text, terms).is_some_and(|again| {
        let other = |line: &&str| !OTHER_COMMENTS.iter().any(|label| line.starts_with(label));
        let lines = text.trim().lines().filter(other);
        lines.eq(again.trim().lines().filter(other))
    })
}

/// The draft of a block's request, as far as the block tells of it.
fn written_for(text: &str, terms: &Terms) -> Option<String> {
    let mut table: Table = text.parse().ok()?;
    let block = table.remove("decision")?;
    let block = block.as_array()?.first()?;
    let text = |key: &str| block.get(key).and_then(Value::as_str);
    let guard = block.get("guard")?.as_table()?;
    let facts: Facts = terms
        .can
        .facts
        .iter()
        .filter_map(|fact| Some((fact.key, VendorText::new(guard.get(fact.key)?.as_str()?))))
        .collect();
    let expires = block.get("expires")?.as_datetime();
    let expires = expires.map(|at| at.to_string().parse::<Timestamp>());
    let request = Request {
        id: (terms.can.canonical_id)(text("request")?).ok()?,
        status: Status::Pending,
        facts,
        decided: Decided::default(),
        ticket: None,
        link: None,
        votes: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
    };
    let options = Options {
        ticket: text("ticket").filter(|ticket| !ticket.is_empty()),
        expires: expires.transpose().ok()?,
    };
    Some(draft(
        &request,
        terms,
        guard.get("fingerprint")?.as_str()?,
        &options,
    ))
}
