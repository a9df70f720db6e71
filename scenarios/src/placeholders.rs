//! `{url.VENDOR}`, `{id.NAME}` and the few others: nothing else is ever put into a string. A literal brace is doubled.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a string is made of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As it stands, doubled braces made single.
    Text(String),
    /// A placeholder, without its braces.
    Name(&'a str),
}

/// Takes a string apart; the error says what is wrong with a brace.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(next) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = next;
        } else if brace == "}" {
            return Err("a `}` without its `{`: a literal brace is doubled".to_owned());
        } else {
            let (name, next) = after
                .split_once('}')
                .filter(|(name, _)| is_name(name))
                .ok_or("this `{` begins no placeholder: a literal brace is doubled")?;
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
            pieces.push(Piece::Name(name));
            rest = next;
        }
    }
    literal.push_str(rest);
    pieces.push(Piece::Text(literal));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// The strings that placeholders stand for, by the placeholder's whole name.
pub(crate) type Names = BTreeMap<String, String>;

/// The text with every placeholder replaced.
pub(crate) fn fill(text: &str, names: &Names) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => filled.push_str(&text),
            Piece::Name(name) => filled.push_str(names.get(name).ok_or_else(|| {
                format!(
                    "{{{name}}} stands for nothing yet: no such request at this point of the story"
                )
            })?),
        }
    }
    Ok(filled)
}

/// The same for every string in a value, whatever its type.
pub(crate) fn fill_all<T: Serialize + DeserializeOwned>(
    value: &T,
    names: &Names,
) -> Result<T, String> {
    let mut tree = serde_json::to_value(value).map_err(|error| error.to_string())?;
    fill_tree(&mut tree, names)?;
    serde_json::from_value(tree).map_err(|error| error.to_string())
}

fn fill_tree(tree: &mut Value, names: &Names) -> Result<(), String> {
    match tree {
        Value::String(text) => *text = fill(text, names)?,
        Value::Array(items) => {
            for item in items {
                fill_tree(item, names)?;
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                fill_tree(member, names)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_are_replaced_and_braces_are_doubled() {
        let names = Names::from([("id.cmd".to_owned(), "17".to_owned())]);
        assert_eq!(fill("a/{id.cmd}/{{x}}", &names).unwrap(), "a/17/{x}");
        assert!(fill("{id.tor}", &names).is_err());
        assert!(fill("{ file = 1 }", &names).is_err());
        assert!(fill("}", &names).is_err());
    }
}
