//! The parameters of a call: both styles read alike, what the document does not know is noted, values are checked.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::AdminByRequest;
use super::list::Reading;
use super::request::Status;
use super::routes::{Refused, message};
use super::wire::Style;
use crate::vendors::Call;

/// The parameters of one call, and what was strange about them.
pub(super) struct Parameters<'a> {
    pub(super) call: &'a Call,
    pub(super) strange: Vec<String>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(call: &'a Call) -> Self {
        let known = call
            .op()
            .map(|operation| operation.parameters)
            .unwrap_or_default();
        let mut strange = Vec::new();
        for (position, (name, _)) in call.query.iter().enumerate() {
            if !known.iter().any(|parameter| same(parameter.name, name)) {
                strange.push(format!("unknown parameter {name}"));
            } else if call.query[..position]
                .iter()
                .any(|(earlier, _)| same(earlier, name))
            {
                strange.push(format!("parameter {name} given twice"));
            }
        }
        // A header that is a parameter of another operation was meant as one here.
        for operation in super::OPERATIONS {
            for parameter in operation.parameters {
                let elsewhere = !known.iter().any(|own| same(own.name, parameter.name));
                let told = format!("unknown parameter {} (header)", parameter.name);
                if elsewhere
                    && parameter.name != "type"
                    && call.headers.contains_key(parameter.name)
                    && !strange.contains(&told)
                {
                    strange.push(told);
                }
            }
        }
        if !call.body.is_empty() {
            strange.push("a body where none belongs".to_owned());
        }
        Self { call, strange }
    }

    /// A parameter's value: from the query, else from the header of its name. An empty one is absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let query = self
            .call
            .query
            .iter()
            .find(|(given, _)| same(given, name))
            .map(|(_, value)| value.clone());
        let header = || {
            let value = self.call.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        query
            .or_else(header)
            .filter(|value| !value.trim().is_empty())
    }

    pub(super) fn number(
        &mut self,
        vendor: &AdminByRequest,
        name: &str,
    ) -> Result<Option<u64>, Refused> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => vendor.wrong(self, name, &text),
            },
        }
    }

    pub(super) fn flag(&mut self, vendor: &AdminByRequest, name: &str) -> Result<bool, Refused> {
        match self.text(name).as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(text) if same(text, "true") => Ok(true),
            Some(text) if same(text, "false") => Ok(false),
            Some(text) => Ok(vendor.wrong(self, name, text)?.unwrap_or(false)),
        }
    }
}

impl AdminByRequest {
    // `startid`, `take` and `last`, with the limits of this API.
    pub(super) fn window(
        &self,
        parameters: &mut Parameters<'_>,
        most: u64,
    ) -> Result<Reading<'static>, Refused> {
        let take = self.limited(parameters, "take", most)?;
        let last = self.limited(parameters, "last", most)?;
        let start = parameters.number(self, "startid")?;
        if last.is_some() && (take.is_some() || start.is_some()) {
            parameters
                .strange
                .push("last cannot be combined with take and startid".to_owned());
            if self
                .state
                .dialects
                .is("admin-by-request.last-with-take", "refuse")
            {
                return Err(message(400, "The request is invalid."));
            }
        }
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Ok(match last {
            Some(last) => Reading {
                start: 0,
                take: size(last),
                back: true,
                statuses: &[],
                dropped: false,
            },
            None => Reading {
                start: start.unwrap_or(0),
                take: size(take.unwrap_or(50)),
                back: false,
                statuses: &[],
                dropped: false,
            },
        })
    }

    pub(super) fn limited(
        &self,
        parameters: &mut Parameters<'_>,
        name: &str,
        most: u64,
    ) -> Result<Option<u64>, Refused> {
        let number = parameters.number(self, name)?;
        if number.is_some_and(|number| number > most) {
            parameters
                .strange
                .push(format!("{name} is over its maximum of {most}"));
            if self
                .state
                .dialects
                .is("admin-by-request.over-maximum", "refuse")
            {
                return Err(message(400, "The request is invalid."));
            }
        }
        Ok(number.map(|number| number.min(most)))
    }

    // Names in any case, and the numbers of the samples.
    pub(super) fn statuses(&self, parameters: &mut Parameters<'_>) -> Result<Vec<Status>, Refused> {
        let Some(given) = parameters.text("status") else {
            return Ok(VISIBLE.to_vec());
        };
        let style = Style::new(&self.state.dialects, self.audit_offset, false);
        let named = [
            Status::Pending,
            Status::Denied,
            Status::Approved,
            Status::Quarantined,
        ];
        let by_name = named.into_iter().find(|status| same(status.word(), &given));
        let by_code = || {
            VISIBLE.into_iter().find(|status| {
                style
                    .status(*status)
                    .1
                    .is_some_and(|code| code.to_string() == given)
            })
        };
        match by_name.or_else(by_code) {
            Some(status) => Ok(vec![status]),
            None => Ok(self
                .wrong(parameters, "status", &given)?
                .unwrap_or_else(|| VISIBLE.to_vec())),
        }
    }

    pub(super) fn date(
        &self,
        parameters: &mut Parameters<'_>,
        name: &str,
        days_later: i64,
    ) -> Result<Option<Timestamp>, Refused> {
        let Some(given) = parameters.text(name) else {
            return Ok(None);
        };
        let Ok(date) = given.parse::<Date>() else {
            return self.wrong(parameters, name, &given);
        };
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok();
        Ok(midnight.map(|at| {
            at.saturating_add(SignedDuration::from_hours(24 * days_later))
                .unwrap_or(at)
        }))
    }

    // A value of the wrong form: journalled, then refused or taken as absent.
    pub(super) fn wrong<T>(
        &self,
        parameters: &mut Parameters<'_>,
        name: &str,
        value: &str,
    ) -> Result<Option<T>, Refused> {
        parameters
            .strange
            .push(format!("{name}: {value:?} is no valid value"));
        if self
            .state
            .dialects
            .is("admin-by-request.wrong-value", "ignore")
        {
            return Ok(None);
        }
        Err(message(400, "The request is invalid."))
    }
}

pub(super) const VISIBLE: [Status; 7] = [
    Status::Pending,
    Status::Approved,
    Status::Running,
    Status::Finished,
    Status::Denied,
    Status::Quarantined,
    Status::Expired,
];

pub(super) fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}
