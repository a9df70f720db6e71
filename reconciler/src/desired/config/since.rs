//! `since` of a queue that lists what was processed: sent as it is written, since its vendor's times have no zone.

use jiff::civil::{Date, DateTime};
use toml::de::DeValue;

use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::Strict;

const HINT: &str = "write a date, or a date with hours and minutes, without a zone: since = \"2026-11-01\" or \"2026-11-01T08:00\"";

/// The value, in one of the three forms that the vendor's document shows.
pub(super) fn required(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<String> {
    let Some(value) = table.get("since") else {
        table.missing("since", HINT, mistakes);
        return None;
    };
    let written = match value.get_ref() {
        DeValue::String(text) => text.clone().into_owned(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            table.wrong_type("since", value, "a date", mistakes);
            return None;
        }
    };
    if is_documented(&written) {
        return Some(written);
    }
    let message = format!(
        "`since` is `{}`, and no date or time that this vendor reads",
        inert(&written, 60)
    );
    mistakes.push(table.source.mistake(value.span(), message, HINT));
    None
}

/// `2021-04-01`, `2021-04-01T12:00`, `2021-04-01T12:00:00` (document, `start`), on a day that there is.
fn is_documented(text: &str) -> bool {
    let form: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    match form.as_str() {
        "0000-00-00" => text.parse::<Date>().is_ok(),
        "0000-00-00T00:00" | "0000-00-00T00:00:00" => text.parse::<DateTime>().is_ok(),
        _ => false,
    }
}
