//! The one body Ekran sends, in the order of its members: times without a zone, .NET time spans.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::reading::Batch;
use super::request::Request;
use crate::dialect::Dialects;
use crate::vendors::Answer;

/// From: the example response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    after_id: Option<u64>,
    requests: Vec<Shown<'a>>,
}

/// From: requests, the detailed info for each request, in the order of the example.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: u64,
    requested_at: String,
    user_name: &'a str,
    session_duration: Option<String>,
    session_productive_duration: Option<String>,
    status: &'a str,
    remote_ip: Option<&'a str>,
    status_changed_at: Option<String>,
    status_changed_by: Option<&'a str>,
    status_change_comment: Option<&'a str>,
}

/// The zone that times without one are meant in.
pub(super) fn zone(dialects: &Dialects) -> TimeZone {
    if dialects.is("ekran.time-zone", "+02:00") {
        TimeZone::fixed(Offset::constant(2))
    } else {
        TimeZone::UTC
    }
}

/// The answer with a batch.
pub(super) fn answer(batch: &Batch, dialects: &Dialects, now: Timestamp) -> Answer {
    let requests = batch.rows.iter().map(|row| shown(row, dialects, now));
    let body = Body {
        after_id: batch.after_id,
        requests: requests.collect(),
    };
    // Text and numbers alone: this cannot fail.
    Answer::json(200, serde_json::to_vec(&body).unwrap_or_default())
}

fn shown<'a>(row: &'a Request, dialects: &Dialects, now: Timestamp) -> Shown<'a> {
    let none = dialects.is("ekran.absent-text", "empty").then_some("");
    let durations = row.durations(now);
    let nothing = dialects
        .is("ekran.no-session", "zero")
        .then_some((SignedDuration::ZERO, SignedDuration::ZERO));
    let (whole, productive) = durations.or(nothing).unzip();
    let at = |at: Timestamp| time(at, dialects);
    let span = |own: SignedDuration| time_span(own, dialects);
    Shown {
        id: row.id,
        requested_at: at(row.requested_at),
        user_name: &row.user,
        session_duration: whole.map(span),
        session_productive_duration: productive.map(span),
        status: row.status.shown().unwrap_or_default(),
        remote_ip: row.remote_ip.as_deref().or(none),
        status_changed_at: row.changed_at.map(at),
        status_changed_by: row.changed_by.as_deref().or(none),
        status_change_comment: row.comment.as_deref().or(none),
    }
}

// Three decimals, as the database keeps them, and no zone.
fn time(at: Timestamp, dialects: &Dialects) -> String {
    let civil = at.to_zoned(zone(dialects)).datetime();
    let text = civil.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    if dialects.is("ekran.fractions", "trimmed") {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

// A .NET time span, [d.]hh:mm:ss.fffffff.
fn time_span(own: SignedDuration, dialects: &Dialects) -> String {
    let seconds = own.as_secs().max(0);
    let ticks = own.subsec_nanos().max(0) / 100;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let clock = |hours: i64| format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    let mut text = if hours >= 24 && dialects.is("ekran.long-durations", "days") {
        format!("{}.{}", hours / 24, clock(hours % 24))
    } else {
        clock(hours)
    };
    if ticks != 0 || dialects.is("ekran.fractions", "always") {
        text.push_str(&format!(".{ticks:07}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialects(chosen: &[(&str, &str)]) -> Dialects {
        let own = |(key, value): &(&str, &str)| (format!("ekran.{key}"), (*value).to_owned());
        Dialects::read(&chosen.iter().map(own).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn time_spans_have_the_documents_form() {
        let long = SignedDuration::from_secs(26 * 3600 + 184);
        let span = |own, chosen: &[(&str, &str)]| time_span(own, &dialects(chosen));
        assert_eq!(
            span(SignedDuration::from_millis(2_434_415), &[]),
            "00:40:34.4150000"
        );
        assert_eq!(span(long, &[]), "1.02:03:04.0000000");
        assert_eq!(
            span(
                long,
                &[("long-durations", "hours"), ("fractions", "trimmed")]
            ),
            "26:03:04"
        );
    }

    #[test]
    fn times_have_no_zone_and_three_decimals() {
        let at: Timestamp = "2023-02-08T13:26:37.700Z".parse().unwrap();
        assert_eq!(time(at, &dialects(&[])), "2023-02-08T13:26:37.700");
        let trimmed = dialects(&[("fractions", "trimmed")]);
        assert_eq!(time(at, &trimmed), "2023-02-08T13:26:37.7");
        let even: Timestamp = "2023-02-08T13:26:30Z".parse().unwrap();
        assert_eq!(time(even, &trimmed), "2023-02-08T13:26:30");
        let zone = dialects(&[("time-zone", "+02:00")]);
        assert_eq!(time(even, &zone), "2023-02-08T15:26:30.000");
    }
}
