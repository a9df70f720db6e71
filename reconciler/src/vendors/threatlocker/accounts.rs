//! The accounts of one file in one document, and in the `json` that a permit sends back: they have to agree.

use serde_json::{Map, Value};

use super::capability::is_nil;
use super::document::at;
use super::strict;

/// Something that is named in several places; which of them a permit goes by is written nowhere.
struct Account {
    name: &'static str,
    /// An object of the document, and its field.
    places: &'static [[&'static str; 2]],
    /// Its field in what the agent sent: `threatLockerActionDto`, and `json`, which spells names in another case.
    by_agent: &'static str,
    /// What is left where it is written without its domain.
    bare: fn(&str) -> &str,
}

const ACCOUNTS: [Account; 7] = [
    Account {
        name: "path",
        places: &[["fileDetails", "fullPath"], ["approvalRequest", "path"]],
        by_agent: "fullPath",
        bare: |path| path,
    },
    Account {
        name: "hash",
        places: &[["fileDetails", "hash"], ["approvalRequest", "hash"]],
        by_agent: "hash",
        bare: |hash| hash,
    },
    Account {
        name: "sha256",
        places: &[["fileDetails", "sha256"]],
        by_agent: "sha256",
        bare: |hash| hash,
    },
    Account {
        name: "user",
        places: &[["fileDetails", "username"], ["approvalRequest", "username"]],
        by_agent: "username",
        bare: |user| user.rsplit('\\').next().unwrap_or(user),
    },
    Account {
        name: "computer",
        places: &[["fileDetails", "hostname"], ["approvalRequest", "hostname"]],
        by_agent: "hostname",
        bare: |computer| computer.split('.').next().unwrap_or(computer),
    },
    Account {
        name: "the computer's id",
        places: &[["approvalRequest", "computerId"]],
        by_agent: "computerId",
        bare: |id| id,
    },
    Account {
        name: "the organization",
        places: &[["approvalRequest", "organizationId"]],
        by_agent: "organizationId",
        bare: |id| id,
    },
];

impl Account {
    /// Without regard to case, to the form of separators, and to a domain that only one of them has.
    fn agree(&self, one: &str, other: &str) -> bool {
        one == other || one == (self.bare)(other) || (self.bare)(one) == other
    }
}

/// What the accounts of a document say differently, in our words.
pub(super) fn differences(whole: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    let json = at(whole, &["approvalRequest", "json"]).and_then(Value::as_str);
    let json = json.map_or(Ok(None), object);
    if json.is_err() {
        found.push("the permit document's `json` names something twice".to_owned());
    }
    let json = json.ok().flatten();
    let action = at(whole, &["approvalRequest", "threatLockerActionDto"]);
    let by_agent: Vec<&Map<String, Value>> = action
        .and_then(Value::as_object)
        .into_iter()
        .chain(&json)
        .collect();
    for account in &ACCOUNTS {
        let shown = account.places.iter().filter_map(|place| at(whole, place));
        let fields = by_agent.iter().flat_map(|one| one.iter());
        let sent = fields.filter(|(name, _)| name.eq_ignore_ascii_case(account.by_agent));
        let values = shown.chain(sent.map(|(_, value)| value));
        let said: Vec<String> = values.filter_map(said).collect();
        let differs = |one: &String| said.iter().any(|other| !account.agree(one, other));
        if said.iter().any(differs) {
            found.push(format!(
                "the permit document names two different values of {}",
                account.name
            ));
        }
    }
    found
}

/// The object that a text holds; nothing where it holds none.
///
/// # Errors
/// A key stands in it twice: which of the two counts is the reader's own affair.
fn object(text: &str) -> Result<Option<Map<String, Value>>, ()> {
    match (strict::parse(text.as_bytes()), serde_json::from_str(text)) {
        (Ok(Value::Object(object)), _) => Ok(Some(object)),
        (Err(_), Ok(Value::Object(_))) => Err(()),
        (Ok(_), _) | (Err(_), _) => Ok(None),
    }
}

/// A value as it is compared; nothing where it says nothing.
fn said(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.trim().to_lowercase().replace('/', "\\"),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    // Zeros in an id name nobody.
    (!is_nil(&text)).then_some(text)
}
