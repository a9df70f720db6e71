//! `[queues.NAME]`: one vendor instance each, and no two that are the same.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use super::credentials::{Form, credentials};
use super::wants::{Wants, wants};
use super::{QueueConfig, alike, organizations, plain, since, time, unfit, url, voter};
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::{Found, Strict, suggestion};
use crate::model::{Place, QueueName, Vendor};

/// Eight connections fill what a vendor's front end gives one client; more is a wish, not a default.
const PARALLELISM: NonZeroUsize = match NonZeroUsize::new(8) {
    Some(number) => number,
    None => NonZeroUsize::MIN,
};

/// Beyond this, more connections gain nothing and look like an attack.
pub(super) const MOST_PARALLELISM: u64 = 32;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Twice the largest queue we measure. Pages that do not move on are found out at once; this ends a
/// listing that grows for ever.
const MAX_REQUESTS: u64 = 2_000_000;

/// Every queue of the configuration.
pub(super) fn all(
    top: &Strict<'_, '_>,
    folder: &Path,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<QueueName, QueueConfig> {
    let Some(tables) = top.table("queues", "[queues]", mistakes) else {
        if top.get("queues").is_none() {
            let hint = "name a queue: [queues.helpdesk]; `countersign init` writes a sample";
            mistakes.push(top.source.mistake(0..0, "no queue is configured", hint));
        }
        return BTreeMap::new();
    };
    let mut queues = BTreeMap::new();
    for (key, _) in tables.entries {
        let written = key.get_ref().as_ref();
        let name = QueueName::new(written);
        if let Err(what) = &name {
            let message = format!("`{}` cannot name a queue", inert(written, 60));
            mistakes.push(top.source.mistake(key.span(), message, what.clone()));
        }
        let shown = format!("[queues.{}]", inert(written, 60));
        let Some(table) = tables.table(written, shown, mistakes) else {
            continue;
        };
        if let (Some(queue), Ok(name)) = (one(&table, folder, mistakes), name) {
            queues.insert(name, queue);
        }
    }
    alike::no_two_alike(top, &queues, mistakes);
    queues
}

/// One queue; nothing where so much is missing that there is none.
fn one(table: &Strict<'_, '_>, folder: &Path, mistakes: &mut Vec<Mistake>) -> Option<QueueConfig> {
    let vendor = vendor(table, mistakes)?;
    let wants = wants(vendor);
    table.only(&wants.keys(), mistakes);
    let since = match wants.since {
        true => since::required(table, mistakes),
        false => None,
    };
    let voter = match wants.voter {
        true => voter::required(table, mistakes),
        false => None,
    };
    let organizations = match wants.organizations {
        true => organizations::all(table, mistakes),
        false => Vec::new(),
    };
    let address = address(table, &wants, mistakes);
    let read = credentials(table, "credentials", wants.credentials, folder, mistakes);
    let write = credentials(
        table,
        "write-credentials",
        wants.credentials,
        folder,
        mistakes,
    );
    if table.get("credentials").is_none() {
        let ways: Vec<String> = wants.credentials.iter().map(Form::example).collect();
        let hint = format!("credentials = {}", ways.join(", or "));
        table.missing("credentials", hint, mistakes);
    }
    let queue = QueueConfig {
        vendor,
        url: String::new(),
        origin: String::new(),
        organizations,
        since,
        credentials: read.unwrap_or_default(),
        write_credentials: write,
        acting_as: plain(table, "acting-as", mistakes).map(|found| found.value.to_owned()),
        voter,
        deciders: deciders(table, mistakes),
        enabled: table.flag("enabled", mistakes).unwrap_or(true),
        parallelism: parallelism(table, mistakes),
        timeout: timeout(table, mistakes),
        rate_limit: rate_limit(table, &wants, mistakes),
        max_requests: max_requests(table, mistakes),
        ca_file: plain(table, "ca-file", mistakes).map(|found| folder.join(found.value)),
        from: table.source.place(table.at.start),
    };
    let (url::Url { url, origin }, from) = address?;
    Some(QueueConfig {
        url,
        origin,
        from,
        ..queue
    })
}

fn vendor(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<Vendor> {
    let known = Vendor::ALL.map(Vendor::slug);
    if table.get("vendor").is_none() {
        let hint = format!("name the product: vendor = \"{}\"", known.join("\" or \""));
        table.missing("vendor", hint, mistakes);
    }
    let Found { value, at } = table.text("vendor", mistakes)?;
    let found = Vendor::ALL
        .into_iter()
        .find(|vendor| vendor.slug() == value);
    if found.is_none() {
        let message = format!("`{}` is not a vendor", inert(value, 60));
        let hint = suggestion(value, &known, "this version knows");
        mistakes.push(table.source.mistake(at, message, hint));
    }
    found
}

fn address(
    table: &Strict<'_, '_>,
    wants: &Wants,
    mistakes: &mut Vec<Mistake>,
) -> Option<(url::Url, Place)> {
    if table.get("url").is_none() {
        let hint = format!("name the vendor's API: url = \"{}\"", wants.url);
        table.missing("url", hint, mistakes);
    }
    let Found { value, at } = table.text("url", mistakes)?;
    match url::parse(value) {
        Ok(found) if !found.has_path(wants.path) => {
            let (message, hint) = if wants.path.is_empty() {
                (
                    "`url` has a path, and this vendor's API has none".to_owned(),
                    format!("write the host alone: url = \"{}\"", found.origin),
                )
            } else {
                (
                    format!("the path of `url` is not {}", wants.path),
                    format!("write it whole: url = \"{}{}\"", found.origin, wants.path),
                )
            };
            mistakes.push(table.source.mistake(at, message, inert(&hint, 300)));
            None
        }
        Ok(found) => Some((found, table.source.place(at.start))),
        Err((message, hint)) => {
            mistakes.push(table.source.mistake(at, message, inert(&hint, 300)));
            None
        }
    }
}

fn deciders(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Vec<String> {
    let written = table.texts("deciders", mistakes).unwrap_or_default();
    for Found { value, at } in &written {
        if let Some(message) = unfit("deciders", value) {
            let hint = "name portal users, as in deciders = [\"boss@example.com\"]";
            mistakes.push(table.source.mistake(at.clone(), message, hint));
        }
    }
    written.iter().map(|found| found.value.to_owned()).collect()
}

fn parallelism(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> NonZeroUsize {
    let Some(found) = table.whole("parallelism", mistakes) else {
        return PARALLELISM;
    };
    let number = usize::try_from(found.value)
        .ok()
        .and_then(NonZeroUsize::new);
    match number {
        Some(number) if found.value <= MOST_PARALLELISM => number,
        Some(_) | None => {
            let message = format!("`parallelism` must be 1 to {MOST_PARALLELISM}");
            let hint = format!("remove it for the default of {PARALLELISM}");
            mistakes.push(table.source.mistake(found.at, message, hint));
            PARALLELISM
        }
    }
}

fn timeout(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Duration {
    time(table, "timeout", mistakes)
        .and_then(|time| Duration::try_from(time).ok())
        .unwrap_or(TIMEOUT)
}

fn rate_limit(table: &Strict<'_, '_>, wants: &Wants, mistakes: &mut Vec<Mistake>) -> Option<u32> {
    let Some(found) = table.text("rate-limit", mistakes) else {
        return wants.rate_limit;
    };
    if found.value == "none" {
        return None;
    }
    let calls = found
        .value
        .strip_suffix("/min")
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|calls| *calls > 0);
    if calls.is_none() {
        let message = format!("`{}` is not a rate limit", inert(found.value, 60));
        let hint = "write it like rate-limit = \"60/min\", or \"none\"";
        mistakes.push(table.source.mistake(found.at, message, hint));
    }
    calls
}

fn max_requests(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> u64 {
    let Some(found) = table.whole("max-requests", mistakes) else {
        return MAX_REQUESTS;
    };
    if found.value == 0 {
        let hint = format!("remove it for the default of {MAX_REQUESTS}");
        let message = "`max-requests` must be at least 1";
        mistakes.push(table.source.mistake(found.at, message, hint));
    }
    found.value
}
