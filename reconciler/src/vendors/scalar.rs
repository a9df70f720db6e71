//! One JSON value where a vendor writes text, a whole number, or nothing, by generation of its API. Never a float.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that may be text or a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::vendors) enum Scalar<'a> {
    /// Missing or null.
    #[default]
    Nothing,
    /// Text, empty or not.
    Text(Cow<'a, str>),
    /// A whole number from 0 on that fits 64 bits.
    Number(u64),
    /// A whole number below 0 that fits 64 bits.
    Negative(i64),
    /// Anything else: a float, a huge number, a truth value, an array, an object.
    Odd,
}

impl Scalar<'_> {
    /// The id, canonical: digits, 19 at most.
    pub(in crate::vendors) fn id(&self) -> Option<u64> {
        const MOST: u64 = 9_999_999_999_999_999_999;
        let id = match self {
            Self::Number(id) => *id,
            Self::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok()?
            }
            Self::Text(_) | Self::Nothing | Self::Negative(_) | Self::Odd => return None,
        };
        (id <= MOST).then_some(id)
    }

    /// The text; nothing and empty text are one and the same. `None` for what is no text.
    pub(in crate::vendors) fn text(&self) -> Option<String> {
        match self {
            Self::Nothing => Some(String::new()),
            Self::Text(text) => Some(text.clone().into_owned()),
            Self::Number(number) => Some(number.to_string()),
            Self::Negative(number) => Some(number.to_string()),
            Self::Odd => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a whole number")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Negative(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Odd)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Odd)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Odd)
    }
}
