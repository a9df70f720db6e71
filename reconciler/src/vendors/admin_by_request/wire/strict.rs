//! An object read strictly: keys compared without case, none of them given twice, known or not.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::vendors::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// An object of the vendor's, by its known fields.
pub(super) trait Object<'de>: Default {
    /// The names of the known fields, lower case.
    const NAMES: &'static [&'static str];

    /// Takes the value of a known field.
    fn set<A: MapAccess<'de>>(&mut self, name: &'static str, map: &mut A) -> Result<(), A::Error>;
}

/// Reads an [`Object`]; its own messages begin with "field `", and hold no word of the vendor's.
pub(super) struct Strict<T>(pub(super) T);

impl<'de, T: Object<'de>> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StrictVisitor(PhantomData))
    }
}

struct StrictVisitor<T>(PhantomData<T>);

impl<'de, T: Object<'de>> Visitor<'de> for StrictVisitor<T> {
    type Value = Strict<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = T::default();
        let mut seen: Vec<&'static str> = Vec::with_capacity(T::NAMES.len());
        let mut others: Vec<String> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            if let Some(name) = T::NAMES.iter().find(|name| key.eq_ignore_ascii_case(name)) {
                if seen.contains(name) {
                    return Err(Error::custom(format_args!("field `{name}` is given twice")));
                }
                seen.push(name);
                object.set(name, &mut map)?;
            } else {
                let other = key.to_ascii_lowercase();
                // A few dozen at most in an honest answer; a flood of keys is not compared in squares.
                if others.len() >= 256 || others.contains(&other) {
                    return Err(Error::custom("field `…` of no known name is given twice"));
                }
                others.push(other);
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Strict(object))
    }
}

/// A key, borrowed where it holds no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

/// The text of a field; null is empty.
pub(super) fn text<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<String, A::Error> {
    let value: Scalar<'de> = map.next_value()?;
    value
        .text()
        .ok_or_else(|| Error::custom(format_args!("field `{name}` is not text")))
}

/// An object inside the object, or one with nothing in it where the vendor writes null.
pub(super) fn inner<'de, T: Object<'de>, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    let value: Option<Strict<T>> = map.next_value()?;
    Ok(value.map(|Strict(value)| value).unwrap_or_default())
}
