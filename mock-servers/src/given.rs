//! The world a mock starts with: one table per vendor. A world file and a scenario's `[given]` are this grammar.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::nearest;
use crate::vendors::{Vendor, admin_by_request, beyondtrust, ekran, fudo, threatlocker};

/// A world: per vendor its people, switches, requests and generated queues.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// Admin By Request's part; absent, the vendor starts with its sample world's people and no request.
    pub admin_by_request: Option<admin_by_request::Given>,
    /// Password Safe's part; absent, the vendor starts with its people and no account.
    pub beyondtrust: Option<beyondtrust::Given>,
    /// ThreatLocker's part; absent, the vendor starts with its people and one organization.
    pub threatlocker: Option<threatlocker::Given>,
    /// Fudo's part; absent, the vendor starts with its people and no request.
    pub fudo: Option<fudo::Given>,
    /// Ekran's part; absent, the vendor starts with its operators and no request.
    pub ekran: Option<ekran::Given>,
}

impl Given {
    /// The vendors that it says something about.
    pub fn vendors(&self) -> Vec<Vendor> {
        let Self {
            admin_by_request,
            beyondtrust,
            threatlocker,
            fudo,
            ekran,
        } = self;
        [
            (admin_by_request.is_some(), Vendor::AdminByRequest),
            (beyondtrust.is_some(), Vendor::BeyondTrust),
            (threatlocker.is_some(), Vendor::ThreatLocker),
            (fudo.is_some(), Vendor::Fudo),
            (ekran.is_some(), Vendor::Ekran),
        ]
        .into_iter()
        .filter_map(|(said, vendor)| said.then_some(vendor))
        .collect()
    }

    /// Reads a world file. Errors name line, column and the nearest valid key.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| nearest::advise(&error.to_string()))
    }
}

/// A time in a world: a TOML date-time with zone, or the same as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Toml(toml::value::Datetime),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Toml(datetime) => datetime.to_string(),
            Written::Text(text) => text,
        };
        let parsed: Result<Timestamp, _> = text.parse();
        parsed
            .map(Self)
            .map_err(|error| serde::de::Error::custom(format!("{text:?}: {error}")))
    }
}

/// An id, written as a string or a number.
pub(crate) fn id_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    Ok(
        Option::<Written>::deserialize(deserializer)?.map(|written| match written {
            Written::Text(text) => text,
            Written::Number(number) => number.to_string(),
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_names_its_line_and_the_nearest() {
        let error = Given::from_toml("[admin-by-request]\nportal-usr = []\n").unwrap_err();
        assert!(
            error.contains("line 2") && error.contains("did you mean `portal-user`"),
            "{error}"
        );
    }

    #[test]
    fn times_are_toml_or_text() {
        #[derive(Deserialize)]
        struct Row {
            at: Moment,
        }
        let toml: Row = toml::from_str("at = 2026-03-02T08:00:00Z").unwrap();
        let text: Row = serde_json::from_str(r#"{"at":"2026-03-02T08:00:00Z"}"#).unwrap();
        assert_eq!(toml.at, text.at);
        assert!(toml::from_str::<Row>("at = 2026-03-02").is_err());
    }
}
