//! One row of a list as the vendor writes it, strictly read: no known field twice, no value of another shape.
//!
//! The document names the fields; keys are compared without case, what is not named is skipped. Where a
//! request stands, the list says that it was in. The words of its `Status` are not documented: one that
//! plainly contradicts the list makes it unknown, any other passes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, Error, IgnoredAny, MapAccess, Visitor};

use super::canonical;
use crate::model::{Decided, Facts, Moment, Request, Status, VendorText};
use crate::vendors::scalar::Scalar;

/// The fields that are read, lower case. The id is the first; those that only one's own requests are read for come last.
///
/// `ApplicationName` is in no document; where a version shows it, people read it instead of the number.
const FIELDS: [(&str, &str); WHOLE + 2] = [
    ("requestid", "RequestID"),
    ("systemid", "SystemID"),
    ("systemname", "SystemName"),
    ("accountid", "AccountID"),
    ("accountname", "AccountName"),
    ("domainname", "DomainName"),
    ("aliasid", "AliasID"),
    ("applicationid", "ApplicationID"),
    ("applicationname", "ApplicationName"),
    ("requestreleasedate", "RequestReleaseDate"),
    ("accesstype", "AccessType"),
    ("status", "Status"),
    ("approveddate", "ApprovedDate"),
    ("expiresdate", "ExpiresDate"),
];

/// How many of them a request is made of.
const WHOLE: usize = 12;

/// Reads the id alone.
pub(super) fn id(text: &str) -> Result<Result<u64, String>, serde_json::Error> {
    let [id] = fields::<1>(text)?;
    Ok(number(&id))
}

/// Reads a whole row.
pub(super) fn request(
    text: &str,
    status: Status,
) -> Result<Result<Request, String>, serde_json::Error> {
    let values = fields::<WHOLE>(text)?;
    Ok(whole(values, status))
}

/// For how many minutes a row's request is asked for, by each way to read its dates; none where they are not shown.
///
/// "RequestReleaseDate", "ApprovedDate", "ExpiresDate": from which of the first two the duration counts is not
/// documented. Where an approved one does not show when that was, nothing can be told.
pub(super) fn lasts(text: &str, status: &Status) -> Result<Vec<u64>, serde_json::Error> {
    const RELEASE: usize = 9;
    const {
        assert!(matches!(
            FIELDS[RELEASE].0.as_bytes(),
            b"requestreleasedate"
        ))
    };
    let values = fields::<{ FIELDS.len() }>(text)?;
    let moment = |value: &Scalar<'_>| Moment::parse(&value.text()?);
    let [release, approved, expires] = [RELEASE, WHOLE, WHOLE + 1].map(|at| moment(&values[at]));
    let is_told = approved.is_some() || *status == Status::Pending;
    let Some(expires) = expires.filter(|_| is_told) else {
        return Ok(Vec::new());
    };
    let begins = [release, approved].into_iter().flatten();
    Ok(begins
        .filter_map(|one| expires.minutes_since(one))
        .collect())
}

fn whole(values: [Scalar<'_>; WHOLE], status: Status) -> Result<Request, String> {
    let id = number(&values[0])?;
    let mut texts: [String; WHOLE] = Default::default();
    for ((text, value), (_, name)) in texts.iter_mut().zip(values).zip(FIELDS) {
        *text = value
            .text()
            .ok_or_else(|| format!("field `{name}` is not text or a whole number"))?;
    }
    let [
        _,
        system_id,
        system,
        account_id,
        account,
        domain,
        alias_id,
        application_id,
        application_name,
        release_at,
        access_type,
        said,
    ] = texts;
    let application = if application_name.is_empty() {
        application_id.clone()
    } else {
        application_name
    };
    let facts: Facts = [
        ("system", system),
        ("account", account),
        ("domain", domain),
        ("application", application),
        ("access-type", access_type),
        ("system-id", system_id),
        ("account-id", account_id),
        ("alias-id", alias_id),
        ("application-id", application_id),
        ("release-at", release_at),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (key, VendorText::new(value)))
    .collect();
    Ok(Request {
        id: canonical(id),
        status: if contradicts(&said, &status) {
            Status::Unknown(VendorText::new(said))
        } else {
            status
        },
        facts,
        // Neither decider nor ticket is shown (document, "GET Requests").
        decided: Decided::default(),
        votes: None,
        ticket: None,
        link: None,
        beyond: None,
        obstacles: Vec::new(),
        lasts: Vec::new(),
    })
}

/// Whether the word of a row cannot be true in the list of that status.
fn contradicts(said: &str, status: &Status) -> bool {
    const OVER: [&str; 5] = ["denied", "cancelled", "canceled", "expired", "checkedin"];
    let letters = said.chars().filter(|char| char.is_alphanumeric());
    let word: String = letters.flat_map(char::to_lowercase).collect();
    let other: &[&str] = match status {
        Status::Pending => &["active", "approved", "autoapproved"],
        Status::Approved => &["pending"],
        Status::InUse
        | Status::Finished
        | Status::Denied
        | Status::Revoked
        | Status::Expired
        | Status::Quarantined
        | Status::Unknown(_) => &[],
    };
    OVER.contains(&word.as_str()) || other.contains(&word.as_str())
}

/// A request's id: 0 or more, 19 digits at most, as a number or as text.
fn number(value: &Scalar<'_>) -> Result<u64, String> {
    value
        .id()
        .ok_or_else(|| "field `RequestID` is missing or not 1 to 19 digits".to_owned())
}

/// The values of the first `N` fields of an object; those that are missing are nothing.
fn fields<const N: usize>(text: &str) -> Result<[Scalar<'_>; N], serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let values = parser.deserialize_map(Fields::<N>)?;
    parser.end()?;
    Ok(values)
}

struct Fields<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for Fields<N> {
    type Value = [Scalar<'de>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values: [Option<Scalar<'de>>; N] = std::array::from_fn(|_| None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let known = FIELDS
                .iter()
                .zip(&mut values)
                .find(|((lower, _), _)| key.eq_ignore_ascii_case(lower));
            let Some(((_, name), value)) = known else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if value.replace(map.next_value()?).is_some() {
                return Err(Error::custom(format_args!("field `{name}` is given twice")));
            }
        }
        Ok(values.map(Option::unwrap_or_default))
    }
}
