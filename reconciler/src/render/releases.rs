//! Requests that are filed or given back, as the lines of a plan tell of them.

use super::context::PlanContext;
use super::escape::Hostile;
use super::words;
use crate::model::{Change, OnConflict, Release, RequestId};
use crate::plan::Counts;

/// The `Plan:` line, and below it what is to be filed or given back, where there is anything.
pub(super) fn lines(counts: Counts) -> Vec<String> {
    let (file, check_in) = (counts.file, counts.check_in);
    let mut lines = vec![words::plan_line(counts)];
    if file + check_in > 0 {
        lines.push(format!(
            "Release requests: {file} to file, {check_in} to check in."
        ));
    }
    lines
}

/// What a change is for, filed or decided.
pub(super) fn what_of(change: &Change, context: &PlanContext) -> Vec<String> {
    match &change.release {
        Some(_) => what(change),
        None => words::what(&change.decision, context, false),
    }
}

/// What will be sent, but for the texts that stand on lines of their own.
pub(super) fn what(change: &Change) -> Vec<String> {
    let Some(body) = change.call.body.as_ref().and_then(|body| body.as_object()) else {
        return Vec::new();
    };
    let beside = |key: &str| key != "Reason" && key != "TicketNumber";
    body.iter()
        .filter(|(key, _)| beside(key))
        .map(|(key, value)| {
            let value = match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            };
            let value = Hostile::from(&value).at_most(60).terminal();
            format!("{}={value}", Hostile::from(key).terminal())
        })
        .collect()
}

/// Which requests the call is about, beside the one that it files.
pub(super) fn about(release: &Release) -> String {
    let Release {
        target,
        sees,
        takes,
        on_conflict,
        shows: _,
        minutes: _,
        kept: _,
        gives_back,
    } = release;
    if let Some(id) = gives_back {
        return format!("gives back {}", list(std::slice::from_ref(id)));
    }
    let effect = match (on_conflict, takes.is_empty()) {
        (OnConflict::Refuse, _) => "refused where somebody has asked already".to_owned(),
        (OnConflict::Reuse, true) => "nothing to reuse".to_owned(),
        (OnConflict::Reuse, false) => format!("reuses one of {}", list(takes)),
        (OnConflict::Renew, true) => "nothing to cancel".to_owned(),
        (OnConflict::Renew, false) => format!("CANCELS {}", list(takes)),
    };
    let ours = if sees.is_empty() {
        "none".to_owned()
    } else {
        list(sees)
    };
    format!("{effect}; our own requests for {target}: {ours}")
}

fn list(ids: &[RequestId]) -> String {
    let ids = ids.iter().map(|id| Hostile::from(id.as_str()).terminal());
    ids.collect::<Vec<_>>().join(", ")
}
