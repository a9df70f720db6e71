//! What the vendors' documents leave open, as named switches: `--dialect KEY=VALUE`.

use std::collections::BTreeMap;

use crate::nearest;
use crate::vendors::Vendor;

/// One open question and the answers a mock can give to it.
#[derive(Debug)]
pub struct Switch {
    /// The full key, `admin-by-request.id`.
    pub key: &'static str,
    /// Every answer; the first is the default.
    pub values: &'static [&'static str],
    /// The question.
    pub says: &'static str,
}

/// The chosen answers; what is not chosen has its default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dialects(BTreeMap<&'static str, &'static str>);

impl Dialects {
    /// Reads `KEY=VALUE` choices. Errors name the nearest valid key or all valid values.
    pub(crate) fn read(chosen: &[(String, String)]) -> Result<Self, String> {
        let mut dialects = BTreeMap::new();
        for (key, value) in chosen {
            let keys = || switches().map(|switch| switch.key);
            let switch = switches()
                .find(|switch| switch.key == key)
                .ok_or_else(|| nearest::unknown("dialect", key, keys()))?;
            let value = switch
                .values
                .iter()
                .find(|known| *known == value)
                .ok_or_else(|| {
                    format!(
                        "dialect {key}: {value:?} is none of {}",
                        switch.values.join(", ")
                    )
                })?;
            dialects.insert(switch.key, *value);
        }
        Ok(Self(dialects))
    }

    /// Whether the switch `key` stands at `value`.
    pub(crate) fn is(&self, key: &str, value: &str) -> bool {
        self.chosen(key) == value
    }

    /// Where the switch `key` stands; empty for a key that no vendor has.
    pub(crate) fn chosen(&self, key: &str) -> &'static str {
        let default = || {
            switches()
                .find(|switch| switch.key == key)
                .map(|switch| switch.values[0])
        };
        let chosen = self.0.get(key).copied();
        chosen.or_else(default).unwrap_or_default()
    }
}

/// Every switch of every vendor.
pub fn switches() -> impl Iterator<Item = &'static Switch> {
    Vendor::ALL.iter().flat_map(|vendor| vendor.switches())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_dialect_names_the_nearest_and_a_wrong_value_names_all() {
        let key = |key: &str, value: &str| Dialects::read(&[(key.to_owned(), value.to_owned())]);
        let error = key("admin-by-request.ids", "string").unwrap_err();
        assert!(error.contains("\"admin-by-request.id\""), "{error}");
        let error = key("admin-by-request.id", "float").unwrap_err();
        assert!(error.contains("string, number"), "{error}");
        assert!(
            key("admin-by-request.id", "number")
                .unwrap()
                .is("admin-by-request.id", "number")
        );
        assert!(Dialects::default().is("admin-by-request.id", "string"));
    }
}
