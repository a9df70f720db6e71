//! How far a permit reaches, as the lines of a plan tell of it. Names that a vendor chose are in them.

use super::escape::Hostile;
use super::layout::{Page, Role};
use crate::model::Change;

/// A line for each thing that a permit says; what widens comes in capitals from the permit itself.
pub(super) fn lines(page: &mut Page, change: &Change, verbose: bool) {
    for (nth, words) in change.permits.iter().enumerate() {
        let label = if nth == 0 { "permits" } else { "" };
        let words = Hostile::prose(words).terminal();
        if words.starts_with("ORGANIZATION-WIDE") || words.starts_with("PERMITS MORE") {
            page.field_as(Role::Alarm, label, &words);
        } else {
            page.field(label, &words);
        }
    }
    if verbose && !change.research.is_empty() {
        let said: Vec<String> = change
            .research
            .iter()
            .map(|said| Hostile::from(said).at_most(300).terminal())
            .collect();
        page.field("research", &said.join("; "));
    }
}

/// The same for a cell of a table; none where nothing is permitted.
pub(super) fn words(change: &Change) -> impl Iterator<Item = String> {
    let words = change.permits.iter();
    words.map(|words| Hostile::prose(words).terminal())
}
