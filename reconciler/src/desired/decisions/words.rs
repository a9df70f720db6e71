//! What a block says, value by value, whatever its layout: for telling an edit from a move.

use toml::de::DeValue;

use crate::desired::table::Strict;
use crate::model::Words;

/// The keys that say which request a block is about, and nothing about it.
const NAMES: [&str; 2] = ["queue", "request"];

/// Every value of a block by its key, as in `guard.user` and `permit.rules[0].path`; comments, order and
/// quotes are not among them.
pub(super) fn of(block: &Strict<'_, '_>) -> Words {
    let mut words = Words::new();
    let about = block.entries.iter();
    for (key, value) in about.filter(|(key, _)| !NAMES.contains(&key.get_ref().as_ref())) {
        take(key.get_ref().to_string(), value.get_ref(), &mut words);
    }
    words
}

fn take(key: String, value: &DeValue<'_>, words: &mut Words) {
    let text = match value {
        DeValue::Table(table) => {
            for (name, value) in table {
                take(format!("{key}.{}", name.get_ref()), value.get_ref(), words);
            }
            return;
        }
        DeValue::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                take(format!("{key}[{at}]"), item.get_ref(), words);
            }
            return;
        }
        DeValue::Array(_) => "[]".to_owned(),
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
    };
    words.insert(key, text);
}

#[cfg(test)]
mod tests {
    use crate::desired::bench::queues;
    use crate::desired::decisions::{Keep, parse};
    use crate::model::Words;

    fn words(text: &str) -> Words {
        let mut written = parse("d.toml", text, &queues(), Keep::Words);
        let (_, words) = written.words.pop_first().expect("one block");
        assert!(written.words.is_empty(), "one block");
        words
    }

    const BLOCK: &str = "[[decision]]\nqueue = \"helpdesk\"\nrequest = \"65430027\"\nticket = \"CHG1\"\n\
        verdict = \"deny\"\nreason = \"case\"\nexpires = 2026-12-01T00:00:00Z\n\
        [decision.guard]\nuser = 'AZUREAD\\ANNA'\n";

    #[test]
    fn layout_quotes_comments_and_the_address_say_nothing() {
        let laid_out_anew = "# Why.\n\n[[decision]]   # here\nverdict=\"deny\"\nreason = 'case'\n\
            request = \"065430027\"\nexpires = 2026-12-01T00:00:00Z\nqueue = \"helpdesk\"\nticket = \"CHG1\"\n\
            guard = { user = \"AZUREAD\\\\ANNA\" }\n";
        assert_eq!(words(BLOCK), words(laid_out_anew));
        let keys: Vec<String> = words(BLOCK).into_keys().collect();
        assert_eq!(
            keys,
            ["expires", "guard.user", "reason", "ticket", "verdict"]
        );
    }

    #[test]
    fn every_value_is_said_however_deep() {
        let permit = "[decision.permit]\napplication = { new = \"Tool\" }\nscope = \"computer\"\n\
            rules = [{ path = 'C:\\a' }, { hash = \"00\" }]\npolicy = \"new\"\nmode = \"rules\"\n";
        let with = words(&format!("{BLOCK}{permit}"));
        for (key, value) in [
            ("permit.application.new", "Tool"),
            ("permit.rules[0].path", "C:\\a"),
            ("permit.rules[1].hash", "00"),
        ] {
            assert_eq!(with.get(key).map(String::as_str), Some(value), "{key}");
        }
        let none = permit.replace("[{ path = 'C:\\a' }, { hash = \"00\" }]", "[]");
        let none = words(&format!("{BLOCK}{none}"));
        assert_eq!(none.get("permit.rules").map(String::as_str), Some("[]"));
    }
}
