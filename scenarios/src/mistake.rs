//! What is wrong in a scenario file: where it stands, and the nearest thing that would be right.

use std::fmt;
use std::ops::Range;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was named.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            column,
            message,
        } = self;
        write!(out, "{path}:{line}:{column}: {message}")
    }
}

impl Mistake {
    /// A mistake in `text` at `span`.
    pub(crate) fn at(path: &str, text: &str, span: Option<Range<usize>>, message: String) -> Self {
        let start = span.map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }
    }

    /// What serde or the TOML parser found.
    pub(crate) fn toml(path: &str, text: &str, error: &toml::de::Error) -> Self {
        Self::at(path, text, error.span(), advise(error.message()))
    }
}

/// `unknown WHAT "given"`, with the nearest valid name, or all of them if they are few.
pub(crate) fn unknown<'a>(
    what: &str,
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let all: Vec<&str> = candidates.into_iter().collect();
    match nearest(given, all.iter().copied()) {
        Some(name) => format!("unknown {what} {given:?}; did you mean {name:?}?"),
        None if all.is_empty() => format!("unknown {what} {given:?}; there is none"),
        None if all.len() < 12 => format!("unknown {what} {given:?}; there are {}", all.join(", ")),
        None => format!("unknown {what} {given:?}"),
    }
}

fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

// Serde says "unknown field `x`, expected one of `a`, `b`"; the reader wants the one that was meant.
fn advise(message: &str) -> String {
    let is_unknown = message.contains("unknown field") || message.contains("unknown variant");
    let mut names = message.split('`').skip(1).step_by(2);
    let (true, Some(given)) = (is_unknown, names.next()) else {
        return message.to_owned();
    };
    match nearest(given, names) {
        Some(name) => format!("{message}; did you mean `{name}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters() {
        let mistake = Mistake::at("f", "ab\nç = 1\n", Some(6..7), "odd".to_owned());
        assert_eq!(mistake.to_string(), "f:2:3: odd");
    }

    #[test]
    fn the_nearest_name_is_offered() {
        assert_eq!(
            unknown("op", "a.lst", ["a.list", "z.get"]),
            "unknown op \"a.lst\"; did you mean \"a.list\"?"
        );
        assert!(
            advise("unknown field `exitt`, expected one of `exit`, `none`")
                .ends_with("did you mean `exit`?")
        );
    }
}
