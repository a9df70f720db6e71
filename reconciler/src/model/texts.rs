//! Short texts by key, held in one piece: what a guard says, a thousand bytes cheaper than a map of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Texts by key, ordered by key, each key once. Made whole and never changed; in JSON an object.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// Key, value, key, value, without anything between them.
    all: Box<str>,
    /// Where each of them ends in `all`.
    ends: Box<[u32]>,
}

impl Texts {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let mut pairs = self.iter();
        pairs.find(|(one, _)| *one == key).map(|(_, value)| value)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Every key with its value, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let part =
            |from: u32, to: u32| self.all.get(from as usize..to as usize).unwrap_or_default();
        let mut begin = 0;
        self.ends.chunks_exact(2).map(move |ends| {
            let [key_end, end] = *ends else {
                return ("", "");
            };
            let from = std::mem::replace(&mut begin, end);
            (part(from, key_end), part(key_end, end))
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<K: AsRef<str> + Ord, V: AsRef<str>> From<BTreeMap<K, V>> for Texts {
    fn from(map: BTreeMap<K, V>) -> Self {
        let parts = || {
            map.iter()
                .flat_map(|(key, value)| [key.as_ref(), value.as_ref()])
        };
        let mut all = String::with_capacity(parts().map(str::len).sum());
        let mut ends = Vec::with_capacity(map.len() * 2);
        for part in parts() {
            all.push_str(part);
            // A decision file of four gigabytes is refused before.
            ends.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        Self {
            all: all.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
    }
}

impl<K: AsRef<str> + Ord, V: AsRef<str>> FromIterator<(K, V)> for Texts {
    /// Where a key comes twice, its last value stays.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self::from(pairs.into_iter().collect::<BTreeMap<K, V>>())
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Texts {
    fn schema_name() -> Cow<'static, str> {
        BTreeMap::<String, String>::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, String>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_say_what_a_map_says(map in proptest::collection::btree_map(".{0,9}", ".{0,40}", 0..14)) {
            let texts = Texts::from(map.clone());
            prop_assert_eq!(texts.len(), map.len());
            prop_assert_eq!(texts.is_empty(), map.is_empty());
            let pairs: Vec<(&str, &str)> = texts.iter().collect();
            let expected: Vec<(&str, &str)> = map.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            prop_assert_eq!(pairs, expected);
            for (key, value) in &map {
                prop_assert_eq!(texts.get(key), Some(value.as_str()));
            }
            prop_assert_eq!(texts.get("nine-letters-and-more"), None);
            let json = serde_json::to_string(&texts).expect("json");
            prop_assert_eq!(&json, &serde_json::to_string(&map).expect("json"));
            prop_assert_eq!(serde_json::from_str::<Texts>(&json).expect("texts"), texts);
        }
    }

    #[test]
    fn values_that_run_into_one_another_are_not_the_same() {
        let one = Texts::from_iter([("a", "bc"), ("d", "")]);
        let other = Texts::from_iter([("a", "b"), ("cd", "")]);
        assert_ne!(one, other);
        assert_eq!(one.get("d"), Some(""));
        assert_eq!(other.get("d"), None);
    }
}
