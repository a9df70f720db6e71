//! Any text as a TOML string of one line, read back exactly and shown in full.

use crate::desired::hostile::shown;

/// A literal string where the text holds backslashes or quotes and nothing else of note, as Windows paths
/// and account names do; else a basic one, with an escape for
/// all that cannot be seen and for what a CI log would take as a command.
pub(super) fn quoted(text: &str) -> String {
    let is_literal = text.contains(['\\', '"']) && !text.contains('\'');
    if is_literal && shown(text).all(|(_, is_shown)| is_shown) {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for (c, is_shown) in shown(text) {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_shown => out.push(c),
            c if u32::from(c) <= 0xFFFF => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_cannot_be_seen_is_written_as_an_escape() {
        assert_eq!(quoted(r"AZUREAD\ANNA"), r"'AZUREAD\ANNA'");
        assert_eq!(quoted("dbgview.exe"), "\"dbgview.exe\"");
        assert_eq!(quoted("a\u{202E}b"), "\"a\\u202Eb\"");
        assert_eq!(quoted("\u{1b}[2J"), "\"\\u001B[2J\"");
        assert_eq!(quoted("it's \"so\"\\"), "\"it's \\\"so\\\"\\\\\"");
        assert_eq!(quoted("\u{E0041}"), "\"\\U000E0041\"");
        assert_eq!(quoted("a\n##[group]"), "\"a\\n#\\u0023[group]\"");
        assert_eq!(quoted("::x"), "\":\\u003Ax\"");
        assert_eq!(quoted("Ünï"), "\"Ünï\"");
        // Neither assigned nor seen: a list of what is known to be hidden does not hold these.
        assert_eq!(
            quoted("\u{FFFE}\u{378}\u{FFFC}"),
            "\"\\uFFFE\\u0378\\uFFFC\""
        );
        assert_eq!(quoted("e\u{301}"), "\"e\u{301}\"");
        assert_eq!(quoted("\u{301}"), "\"\\u0301\"");
        let blot = format!("a{}", "\u{301}".repeat(4));
        assert_eq!(quoted(&blot), "\"a\u{301}\u{301}\u{301}\\u0301\"");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_back(text in proptest::collection::vec(proptest::prelude::any::<char>(), 0..40)) {
            let text: String = text.into_iter().collect();
            let read: toml::Table = format!("x = {}", quoted(&text)).parse().unwrap();
            assert_eq!(read.get("x").unwrap().as_str(), Some(text.as_str()));
        }
    }
}
