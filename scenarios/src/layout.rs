//! `scenario fmt`: one layout for every file. Only blanks between lines change: the words are the author's.

/// The text in canonical layout: no blanks at line ends, one empty line before a table that follows other
/// lines, never two, one line end at the end. Texts in triple quotes stay as they are.
#[must_use]
pub fn layout(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut quotes: Option<&str> = None;
    for line in text.lines() {
        if quotes.is_some() {
            lines.push(line.to_owned());
        } else {
            let line = line.trim_end();
            let last = lines.last().map(String::as_str);
            let after_blank = last.is_none_or(str::is_empty);
            let begins_table = line.starts_with('[')
                && !last.is_none_or(|last| last.is_empty() || last.starts_with('#'));
            // `[step.expect]` and its like belong to the lines above them.
            let belongs = line.starts_with("[step.") || line.starts_with("[[step.");
            if begins_table && !belongs {
                lines.push(String::new());
            }
            if !(line.is_empty() && after_blank) {
                lines.push(line.to_owned());
            }
        }
        quotes = still_open(line, quotes);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

// Which triple quote is open after this line.
fn still_open<'a>(line: &str, before: Option<&'a str>) -> Option<&'a str> {
    match before {
        Some(quote) if line.contains(quote) => None,
        Some(quote) => Some(quote),
        None => ["'''", "\"\"\""]
            .into_iter()
            .find(|quote| line.matches(quote).count() % 2 == 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_canonical_texts_untouched_and_twice_is_once() {
        let text = "format = 1  \n[scenario]\n\n\nid = \"a\"\n[[file]]\ntext = '''\na  \n\n\n[x]\n'''\n[[step]]\nname = \"x\"\n[step.expect]\nexit = 0\n\n\n";
        let once = layout(text);
        assert_eq!(
            once,
            "format = 1\n\n[scenario]\n\nid = \"a\"\n\n[[file]]\ntext = '''\na  \n\n\n[x]\n'''\n\n[[step]]\nname = \"x\"\n[step.expect]\nexit = 0\n"
        );
        assert_eq!(layout(&once), once);
    }
}
