//! `credentials` of a queue: where its secrets are to be found, and in whose name they act.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeValue;

use super::{SecretSource, plain};
use crate::desired::mistake::Mistake;
use crate::desired::table::{Found, Strict};
use crate::model::Deciding;

/// What a queue is reached with. Holds no secret, only where each is to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The secrets, by the vendor's credential key.
    pub secrets: BTreeMap<String, SecretSource>,
    /// `run-as`: the vendor's user behind them, where one is named.
    pub run_as: Option<String>,
}

impl Credentials {
    /// The user behind them, as far as the configuration tells: `run-as`, or where the client's id comes
    /// from, since a client belongs to one user. Two that are equal are the same user.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        self.deciding(None).user()
    }

    /// In whose name a call with them is made.
    #[must_use]
    pub fn deciding(&self, acting_as: Option<String>) -> Deciding {
        let client = self.secrets.get("client-id").map(ToString::to_string);
        Deciding {
            credential: self.names(),
            acting_as,
            client: client.filter(|_| self.run_as.is_none()),
            run_as: self.run_as.clone(),
        }
    }

    /// The names of all secrets, for output and digests.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<String> = self.secrets.values().map(ToString::to_string).collect();
        names.join(", ")
    }
}

/// Where a secret may come from.
pub(super) const SOURCES: [&str; 3] = ["env", "file", "command"];

/// One way to write a vendor's credentials.
pub(super) struct Form {
    /// Secrets that must be there.
    pub(super) secrets: &'static [&'static str],
    /// Secrets that may be there.
    pub(super) optional: &'static [&'static str],
    /// Whether `run-as` must be there.
    pub(super) runs_as: bool,
}

impl Form {
    /// Every key of this way.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static str> {
        let run_as = self.runs_as.then_some("run-as");
        let secrets = self.secrets.iter().copied();
        secrets.chain(run_as).chain(self.optional.iter().copied())
    }

    /// How it is written, for hints.
    pub(super) fn example(&self) -> String {
        let mut parts: Vec<String> = self
            .secrets
            .iter()
            .map(|key| format!("{key} = {{ env = \"NAME\" }}"))
            .collect();
        if self.runs_as {
            parts.push("run-as = \"NAME\"".to_owned());
        }
        format!("{{ {} }}", parts.join(", "))
    }
}

/// The credentials under this key, in one of the forms of their vendor.
pub(super) fn credentials(
    table: &Strict<'_, '_>,
    key: &str,
    forms: &[Form],
    folder: &Path,
    mistakes: &mut Vec<Mistake>,
) -> Option<Credentials> {
    let name = format!("`{key}` of {}", table.name);
    let inner = table.table(key, name, mistakes)?;
    let known: Vec<&str> = forms.iter().flat_map(Form::keys).collect();
    inner.only(&known, mistakes);
    let begun = |form: &&Form| form.keys().any(|key| inner.get(key).is_some());
    let mut chosen = forms.iter().filter(begun);
    let form = chosen.next().or(forms.first())?;
    if chosen.next().is_some() {
        let ways: Vec<String> = forms.iter().map(Form::example).collect();
        let message = format!("{} mixes two ways to sign in", inner.name);
        let hint = format!("write one of them: {}", ways.join(", or "));
        mistakes.push(inner.source.mistake(inner.at.clone(), message, hint));
    }
    let mut secrets = BTreeMap::new();
    for wanted in form.secrets {
        if inner.get(wanted).is_none() {
            inner.missing(wanted, format!("{wanted} = {{ env = \"NAME\" }}"), mistakes);
        }
    }
    for wanted in form.secrets.iter().chain(form.optional) {
        if let Some(source) = secret(&inner, wanted, folder, mistakes) {
            secrets.insert((*wanted).to_owned(), source);
        }
    }
    let run_as = form.runs_as.then(|| run_as(&inner, mistakes)).flatten();
    Some(Credentials { secrets, run_as })
}

/// The user to run as: a name, no secret. It stands in a header between `runas=` and `;`.
fn run_as(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<String> {
    if table.get("run-as").is_none() {
        table.missing("run-as", "run-as = \"svc-approver\"", mistakes);
    }
    let Found { value, at } = plain(table, "run-as", mistakes)?;
    let fits = |c: char| c == ' ' || (c.is_ascii_graphic() && c != ';');
    if value.trim() != value || !value.chars().all(fits) {
        let message = "`run-as` holds a character that cannot be sent";
        let hint = "write the user's name in ASCII, without `;` and without blanks around it";
        mistakes.push(table.source.mistake(at, message, hint));
    }
    Some(value.to_owned())
}

/// `{ env = "NAME" }`, `{ file = "PATH" }` or `{ command = ["…"] }`.
fn secret(
    table: &Strict<'_, '_>,
    key: &str,
    folder: &Path,
    mistakes: &mut Vec<Mistake>,
) -> Option<SecretSource> {
    let forms = "write { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"…\"] }";
    let value = table.get(key)?;
    if let DeValue::String(_) = value.get_ref() {
        let message = format!("`{key}` is a secret written out; the configuration never holds one");
        let hint = format!("{forms}, and change the secret if this was committed");
        let mut mistake = table.source.mistake(value.span(), message, hint);
        // Showing the line would put the secret into a log.
        mistake.shown = None;
        mistakes.push(mistake);
        return None;
    }
    let inner = table.table(key, format!("`{key}`"), mistakes)?;
    inner.only(&SOURCES, mistakes);
    if inner.entries.len() != 1 {
        let message = format!("`{key}` must name one source");
        mistakes.push(table.source.mistake(value.span(), message, forms));
        return None;
    }
    if let Some(found) = plain(&inner, "env", mistakes) {
        if !is_variable(found.value) {
            let message = "`env` is not the name of an environment variable";
            let hint = "letters, digits and `_` name a variable, as in { env = \"ABR_API_KEY\" }";
            mistakes.push(table.source.mistake(found.at, message, hint));
        }
        return Some(SecretSource::Env(found.value.to_owned()));
    }
    if let Some(found) = plain(&inner, "file", mistakes) {
        return Some(SecretSource::File {
            written: found.value.to_owned(),
            path: folder.join(found.value),
        });
    }
    let words = inner.texts("command", mistakes)?;
    if words.first().is_none_or(|word| word.value.is_empty()) {
        let message = "`command` names no program";
        mistakes.push(table.source.mistake(value.span(), message, forms));
    }
    let words = words.iter().map(|word| word.value.to_owned());
    Some(SecretSource::Command(words.collect()))
}

fn is_variable(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
