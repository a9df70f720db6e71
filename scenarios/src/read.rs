//! From a file's text to stories, one per case: variables put in, placeholders and keys checked, mistakes with their place.

use std::collections::{BTreeMap, BTreeSet};

use mock_servers::Vendor;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check;
use crate::mistake::{Mistake, unknown};
use crate::placeholders::{Piece, pieces};
use crate::story::{Case, Story};

/// A story as it is run: one case of a file.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The case's name, where the file has cases.
    pub case: Option<String>,
    /// The story with the case's values in it.
    pub story: Story,
}

/// Reads a scenario file and checks it as far as that goes without running it.
///
/// # Errors
/// Every mistake found.
pub fn read(path: &str, text: &str) -> Result<Vec<Variant>, Vec<Mistake>> {
    let wrong = |error: &toml::de::Error| vec![Mistake::toml(path, text, error)];
    let tree = DeTable::parse(text).map_err(|error| wrong(&error))?;
    let cases = Cases::deserialize(toml::Deserializer::from(tree.clone()))
        .map_err(|error| wrong(&error))?
        .case;
    let mut mistakes = Vec::new();
    let mut variants = Vec::new();
    let count = cases.len().max(1);
    for position in 0..count {
        let case = cases.get(position);
        let mut filled = tree.clone();
        let mut walk = Walk::new(&tree, position);
        walk.table(filled.get_mut(), true, Part::Whole);
        walk.find_idle_variables();
        let place = |(span, message)| Mistake::at(path, text, span, message);
        mistakes.extend(walk.mistakes.into_iter().map(place));
        match Story::deserialize(toml::Deserializer::from(filled.clone())) {
            Err(error) => mistakes.push(Mistake::toml(path, text, &error)),
            Ok(story) => {
                let found = check::story(&story, path);
                mistakes.extend(found.into_iter().map(|(way, message)| {
                    Mistake::at(path, text, check::locate(filled.get_ref(), &way), message)
                }));
                variants.push(Variant {
                    case: case.map(|case| case.name.clone()),
                    story,
                });
            }
        }
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column, mistake.message.clone()));
    mistakes.dedup();
    if mistakes.is_empty() {
        Ok(variants)
    } else {
        Err(mistakes)
    }
}

#[derive(Deserialize)]
struct Cases {
    #[serde(default)]
    case: Vec<Case>,
}

/// Which part of the file a string stands in: the world is read before anything has an id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    World,
    Steps,
}

type Place = Option<std::ops::Range<usize>>;

/// One pass over the tree: puts variables in, and finds placeholders that stand for nothing.
struct Walk<'a> {
    variables: BTreeMap<String, (Place, DeValue<'a>)>,
    used: BTreeSet<String>,
    names: BTreeSet<String>,
    mistakes: Vec<(Place, String)>,
}

impl<'a> Walk<'a> {
    fn new(tree: &Spanned<DeTable<'a>>, case: usize) -> Self {
        let mut names = BTreeSet::from(["tmp", "cli", "admin"].map(str::to_owned));
        for vendor in Vendor::ALL {
            names.insert(format!("url.{}", vendor.slug()));
            names.insert(format!("token.{}", vendor.slug()));
        }
        named(tree.get_ref(), false, &mut names);
        Self {
            variables: variables(tree.get_ref(), case),
            used: BTreeSet::new(),
            names,
            mistakes: Vec::new(),
        }
    }

    fn table(&mut self, table: &mut DeTable<'a>, top: bool, part: Part) {
        for (key, value) in table.iter_mut() {
            let part = match (top, key.get_ref().as_ref()) {
                // Its values go elsewhere; they are looked at there.
                (true, "case") => continue,
                (true, "given" | "scenario") => Part::World,
                (true, _) => Part::Steps,
                (false, _) => part,
            };
            // A command line may hold `{cli}` before the world stands: it is filled in when it runs.
            let part = if key.get_ref() == "prepare" {
                Part::Steps
            } else {
                part
            };
            self.value(value, part);
        }
    }

    fn value(&mut self, value: &mut Spanned<DeValue<'a>>, part: Part) {
        let span = Some(value.span());
        match value.get_mut() {
            DeValue::String(text) => {
                let text = text.clone();
                match self.string(&text, part) {
                    Ok(filled) => *value.get_mut() = filled,
                    Err(message) => self.mistakes.push((span, message)),
                }
            }
            DeValue::Array(items) => {
                for item in items.iter_mut() {
                    self.value(item, part);
                }
            }
            DeValue::Table(table) => self.table(table, false, part),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }

    fn string(&mut self, text: &str, part: Part) -> Result<DeValue<'a>, String> {
        let parts = pieces(text)?;
        if let [Piece::Text(before), Piece::Name(name), Piece::Text(after)] = parts.as_slice()
            && let Some(variable) = name.strip_prefix("var.")
            && before.is_empty()
            && after.is_empty()
        {
            return self.variable(variable);
        }
        let mut filled = String::new();
        for piece in parts {
            match piece {
                // What is filled in later is taken apart once more.
                Piece::Text(text) if part == Part::World => filled.push_str(&text),
                Piece::Text(text) => filled.push_str(&text.replace('{', "{{").replace('}', "}}")),
                Piece::Name(name) => match name.strip_prefix("var.") {
                    Some(variable) => match self.variable(variable)? {
                        DeValue::String(text) => filled.push_str(&text),
                        DeValue::Integer(number) => filled.push_str(number.as_str()),
                        DeValue::Float(_)
                        | DeValue::Boolean(_)
                        | DeValue::Datetime(_)
                        | DeValue::Array(_)
                        | DeValue::Table(_) => {
                            return Err(format!(
                                "{{{name}}} is neither text nor a whole number, and stands inside a text"
                            ));
                        }
                    },
                    None if part == Part::World => {
                        return Err(format!(
                            "{{{name}}}: the world is made before this is known; only {{var.…}} stands here"
                        ));
                    }
                    None if self.names.contains(name) || is_filed(name) || is_secret(name) => {
                        filled.push_str(&format!("{{{name}}}"));
                    }
                    None => {
                        return Err(unknown(
                            "placeholder",
                            name,
                            self.names.iter().map(String::as_str),
                        ));
                    }
                },
            }
        }
        Ok(DeValue::String(filled.into()))
    }

    fn variable(&mut self, name: &str) -> Result<DeValue<'a>, String> {
        self.used.insert(name.to_owned());
        let known = || self.variables.keys().map(String::as_str);
        self.variables
            .get(name)
            .map(|(_, value)| value.clone())
            .ok_or_else(|| unknown("variable of this case", name, known()))
    }

    fn find_idle_variables(&mut self) {
        for (name, (span, _)) in &self.variables {
            if !self.used.contains(name) {
                let message = format!("no string of the file holds {{var.{name}}}");
                self.mistakes.push((span.clone(), message));
            }
        }
    }
}

// `secret.VENDOR.IDENTITY.KEY`: who there is depends on the world.
fn is_secret(name: &str) -> bool {
    let of = name
        .strip_prefix("secret.")
        .and_then(|rest| rest.split_once('.'));
    of.is_some_and(|(slug, who)| Vendor::from_slug(slug).is_ok() && who.contains('.'))
}

// What a client files gets its name from the mock: `filed-1`, `filed-2`, … in the order of filing.
fn is_filed(name: &str) -> bool {
    let number = name.strip_prefix("id.filed-");
    number.is_some_and(|number| number.parse::<u32>().is_ok_and(|number| number > 0))
}

fn variables<'a>(tree: &DeTable<'a>, case: usize) -> BTreeMap<String, (Place, DeValue<'a>)> {
    let Some(DeValue::Array(cases)) = tree.get("case").map(Spanned::get_ref) else {
        return BTreeMap::new();
    };
    let Some(DeValue::Table(case)) = cases.get(case).map(Spanned::get_ref) else {
        return BTreeMap::new();
    };
    let Some(DeValue::Table(given)) = case.get("var").map(Spanned::get_ref) else {
        return BTreeMap::new();
    };
    given
        .iter()
        .map(|(name, value)| {
            let entry = (Some(name.span()), value.get_ref().clone());
            (name.get_ref().to_string(), entry)
        })
        .collect()
}

/// The names given to requests: in the world, or by an act that submits one.
fn named(table: &DeTable<'_>, is_request: bool, names: &mut BTreeSet<String>) {
    if is_request && let Some(DeValue::String(name)) = table.get("name").map(Spanned::get_ref) {
        names.insert(format!("id.{name}"));
    }
    for (key, value) in table {
        let is_request = key.get_ref() == "request";
        match value.get_ref() {
            DeValue::Table(table) => named(table, is_request, names),
            DeValue::Array(items) => {
                for item in items.iter() {
                    if let DeValue::Table(table) = item.get_ref() {
                        named(table, is_request, names);
                    }
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }
}
