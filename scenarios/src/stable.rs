//! Names in a transcript for what depends on the run, in order of appearance.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Names for what depends on the run: addresses, folders, and whatever was hashed together with them.
#[derive(Debug)]
pub(crate) struct Stable {
    names: Vec<(String, String)>,
    digests: BTreeMap<String, usize>,
    marks: BTreeMap<String, usize>,
    records: BTreeMap<String, usize>,
    runs: BTreeMap<String, usize>,
}

impl Stable {
    /// `names` are values and what stands for them.
    pub(crate) fn new(mut names: Vec<(String, String)>) -> Self {
        // The longest first: an address is the beginning of another.
        names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        names.retain(|(value, _)| !value.is_empty());
        Self {
            names,
            digests: BTreeMap::new(),
            marks: BTreeMap::new(),
            records: BTreeMap::new(),
            runs: BTreeMap::new(),
        }
    }

    /// The same text with those names in it.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.names {
            text = text.replace(value, name);
        }
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text = numbered(&text, "sha256:", hex, 6, &mut self.digests);
        text = numbered(&text, "[cs:", hex, 6, &mut self.marks);
        // Which of two calls side by side is written down first is luck.
        let digit = |byte: u8| byte.is_ascii_digit();
        text = numbered(&text, "ledger ", digit, 1, &mut self.records);
        text = runs(&text, &mut self.runs);
        processes(&text, &self.runs)
    }
}

// `PREFIX` and at least so many parts of a name become `PREFIX#n`, numbered as they first appear.
fn numbered(
    text: &str,
    prefix: &str,
    is_part: impl Fn(u8) -> bool,
    at_least: usize,
    seen: &mut BTreeMap<String, usize>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let (before, from) = rest.split_at(at + prefix.len());
        out.push_str(before);
        let length = from.bytes().take_while(|byte| is_part(*byte)).count();
        if length >= at_least {
            let next = seen.len() + 1;
            let number = *seen.entry(from[..length].to_owned()).or_insert(next);
            let _ = write!(out, "#{number}");
        } else {
            out.push_str(&from[..length]);
        }
        rest = &from[length..];
    }
    out.push_str(rest);
    out
}

// A run's name ends in the number of its process: `20260302T080000Z-4711`.
fn runs(text: &str, seen: &mut BTreeMap<String, usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("Z-") {
        let length = rest[at + 2..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let stamp = rest[..at]
            .bytes()
            .rev()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'T')
            .count();
        let end = at + 2 + length;
        if stamp == 15 && length > 0 {
            let next = seen.len() + 1;
            let number = *seen.entry(rest[at - stamp..end].to_owned()).or_insert(next);
            out.push_str(&rest[..at - stamp]);
            let _ = write!(out, "run#{number}");
        } else {
            out.push_str(&rest[..end]);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

// Where a line was broken depends on how long the number in it was: such a line is made whole again.
fn processes(text: &str, runs: &BTreeMap<String, usize>) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut broken = None;
    for line in text.lines() {
        let (prefix, words) = taken_apart(line);
        match (&broken, lines.last_mut()) {
            (Some(above), Some(last)) if prefix.len() > *above => {
                last.push(' ');
                last.push_str(words);
            }
            _ => {
                broken = line.contains("run#").then_some(prefix.len());
                lines.push(line.to_owned());
            }
        }
    }
    let names_one = |line: &&mut String| line.contains("run#") || line.contains("\"pid\": ");
    for line in lines.iter_mut().filter(names_one) {
        for (run, number) in runs {
            let process = run.rsplit('-').next().unwrap_or_default();
            *line = line
                .replace(
                    &format!("process {process}"),
                    &format!("process of run#{number}"),
                )
                .replace(
                    &format!("\"pid\": {process},"),
                    &format!("\"pid\": of run#{number},"),
                );
        }
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

// The blanks and the mark of standard error before a line's words.
fn taken_apart(line: &str) -> (&str, &str) {
    let at = line
        .find(|letter: char| !matches!(letter, ' ' | '!'))
        .unwrap_or(line.len());
    line.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_the_run_gets_a_name_in_order_of_appearance() {
        let mut stable = Stable::new(vec![("http://127.0.0.1:4".to_owned(), "{url}".to_owned())]);
        let text = "http://127.0.0.1:4/x sha256:bbbbbbbb sha256:aaaaaaaa sha256:bbbbbbbb [cs:0011aabb] 20260302T080000Z-77.";
        assert_eq!(
            stable.text(text),
            "{url}/x sha256:#1 sha256:#2 sha256:#1 [cs:#1] run#1."
        );
        assert_eq!(
            stable.text("sha256:aaaaaaaa, 20260302T080000Z-78"),
            "sha256:#2, run#2"
        );
        assert_eq!(
            stable.text("[ledger 5] (ledger 4), (ledger 5)"),
            "[ledger #1] (ledger #2), (ledger #1)"
        );
    }
}
