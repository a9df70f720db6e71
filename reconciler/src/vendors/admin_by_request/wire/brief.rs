//! A row that nobody named: its id and where it stands, everything else skipped, all syntax checked.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::status::status;
use crate::model::Status;
use crate::vendors::scalar::Scalar;

/// Id and status of a row, as the vendor wrote them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Brief<'a> {
    id: Scalar<'a>,
    code: Scalar<'a>,
    word: Scalar<'a>,
    id_twice: bool,
    status_twice: bool,
}

impl<'a> Brief<'a> {
    /// What was found, each at most once.
    pub(super) fn new(id: Scalar<'a>, code: Scalar<'a>, word: Scalar<'a>) -> Self {
        Self {
            id,
            code,
            word,
            id_twice: false,
            status_twice: false,
        }
    }

    /// The id, canonical.
    pub(super) fn id(&self) -> Result<u64, &'static str> {
        if self.id_twice {
            return Err("field `id` is given twice");
        }
        self.id
            .id()
            .ok_or("field `id` is missing or not 1 to 19 digits")
    }

    /// Where it stands.
    pub(super) fn status(&self) -> Result<Status, &'static str> {
        if self.status_twice {
            return Err("its status is given twice");
        }
        Ok(status(&self.word, &self.code))
    }
}

impl<'de> Deserialize<'de> for Brief<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BriefVisitor)
    }
}

struct BriefVisitor;

impl<'de> Visitor<'de> for BriefVisitor {
    type Value = Brief<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut brief = Brief::default();
        let (mut ids, mut codes, mut words) = (0_u32, 0_u32, 0_u32);
        while let Some(key) = map.next_key()? {
            match key {
                Key::Id => {
                    ids += 1;
                    brief.id = map.next_value()?;
                }
                Key::Code => {
                    codes += 1;
                    brief.code = map.next_value()?;
                }
                Key::Word => {
                    words += 1;
                    brief.word = map.next_value()?;
                }
                Key::Other => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        brief.id_twice = ids > 1;
        brief.status_twice = codes > 1 || words > 1;
        Ok(brief)
    }
}

enum Key {
    Id,
    Code,
    Word,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        // By length first: most keys are none of these.
        Ok(match key.len() {
            2 if key.eq_ignore_ascii_case("id") => Key::Id,
            6 if key.eq_ignore_ascii_case("status") => Key::Word,
            10 if key.eq_ignore_ascii_case("statuscode") => Key::Code,
            _ => Key::Other,
        })
    }
}
