//! `[decision.permit]`: how far an approval reaches, where it writes a rule. Nothing that widens has a default.

use toml::Spanned;
use toml::de::DeValue;

use super::values;
use crate::desired::hostile::inert;
use crate::desired::mistake::Mistake;
use crate::desired::table::{Found, Strict, suggestion};
use crate::model::{
    Permit, PermitApplication, PermitMode, PermitPolicy, PermitRule, PermitScope, Terms,
};

/// Every key of a permit, in the order in which `fmt` writes them.
pub(in crate::desired) const KEYS: [&str; 9] = [
    "application",
    "scope",
    "rules",
    "policy",
    "mode",
    "elevation",
    "ringfence",
    "notify",
    "policy-expires",
];

const APPLICATION: &str = "write application = { new = \"NAME\" }, { existing = \"NAME or id\" }, \"matching\" or { matching = \"NAME or id\" }";
const SCOPE: &str = "write scope = \"computer\", { group = \"NAME or id\" } or \"organization\"";
const RULES: &str =
    "write rules = [{ path = '…', certificate = '…' }, { hash = '…' }], or [] for none of our own";
pub(super) const RULE_KEYS: [&str; 5] = ["path", "process", "certificate", "hash", "created-by"];
/// The ways to name an application. The last may stand alone, as a word.
pub(super) const APPLICATIONS: [&str; 3] = ["existing", "new", MATCHING];
/// Where a policy applies, beside `{ group = … }`.
pub(super) const SCOPES: [(&str, PermitScope); 2] = [
    ("computer", PermitScope::Computer),
    ("organization", PermitScope::Organization),
];
pub(super) const GROUP_KEYS: [&str; 1] = ["group"];
pub(super) const RINGFENCE_KEYS: [&str; 1] = ["action"];
/// An application that the vendor is to find by itself.
pub(super) const MATCHING: &str = "matching";
pub(super) const POLICIES: [(&str, PermitPolicy); 2] = [
    ("new", PermitPolicy::New),
    ("existing", PermitPolicy::Existing),
];
const RINGFENCE: &str = "write ringfence = false, or { action = NUMBER }";

/// The permit of a block, or nothing: where it is wrong, with at least one mistake.
pub(super) fn permit(
    block: &Strict<'_, '_>,
    terms: Option<&Terms>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Permit> {
    let table = block.table("permit", "[decision.permit]", mistakes)?;
    if let Some(terms) = terms.filter(|terms| !terms.can.needs_permit) {
        let message = format!("{} has no permits", terms.can.vendor.title());
        let hint = "remove [decision.permit]: an approval there says it all";
        mistakes.push(block.source.mistake(table.at.clone(), message, hint));
        return None;
    }
    table.only(&KEYS, mistakes);
    let application = application(&table, mistakes);
    let scope = scope(&table, mistakes);
    let rules = rules(&table, mistakes);
    let policy = word(&table, "policy", &POLICIES, mistakes);
    let modes = PermitMode::ALL.map(|(word, mode, _)| (word, mode));
    let mode = word(&table, "mode", &modes, mistakes);
    let elevation = table.flag("elevation", mistakes);
    let notify = table.flag("notify", mistakes);
    let permit = Permit {
        elevation: elevation.unwrap_or_default(),
        ringfence: ringfence(&table, mistakes),
        notify: notify.unwrap_or_default(),
        policy_expires: values::moment(&table, "policy-expires", mistakes),
        application: application?,
        scope: scope?,
        rules: rules?,
        policy: policy?,
        mode: mode?,
    };
    if permit.policy == PermitPolicy::Existing && permit.scope != PermitScope::Organization {
        let message = "where an existing policy applies is not shown: it may be everywhere";
        let hint =
            "write scope = \"organization\", which is what is agreed to; or policy = \"new\"";
        mistakes.push(table.source.mistake(table.at.clone(), message, hint));
        return None;
    }
    let is_new = matches!(permit.application, PermitApplication::New(_));
    if is_new && permit.policy == PermitPolicy::Existing {
        let message = "a new application has no existing policy";
        let hint = "write policy = \"new\"";
        mistakes.push(table.source.mistake(table.at.clone(), message, hint));
        return None;
    }
    if permit.policy == PermitPolicy::Existing && !adds_rules_alone(&table, &permit, mistakes) {
        return None;
    }
    Some(permit)
}

/// An existing policy gets rules. That it takes anything else stands nowhere in the vendor's article: of its three
/// bodies the one with an existing policy names rules alone, and the one with a mode makes a new policy.
fn adds_rules_alone(table: &Strict<'_, '_>, permit: &Permit, mistakes: &mut Vec<Mistake>) -> bool {
    let before = mistakes.len();
    for (key, says_more, narrow) in [
        (
            "mode",
            permit.mode != PermitMode::Rules,
            "write mode = \"rules\"",
        ),
        ("elevation", permit.elevation, "remove `elevation`"),
        (
            "ringfence",
            permit.ringfence.is_some(),
            "remove `ringfence`",
        ),
        (
            "policy-expires",
            permit.policy_expires.is_some(),
            "remove `policy-expires`",
        ),
    ] {
        let Some(value) = table.get(key).filter(|_| says_more) else {
            continue;
        };
        let message = format!(
            "an existing policy only gets rules: that it takes `{key}` is documented nowhere, so the plan would promise what may never be"
        );
        let hint = format!(
            "{narrow}; or write policy = \"new\", which takes it; or delete the block, where it is done"
        );
        mistakes.push(table.source.mistake(value.span(), message, hint));
    }
    mistakes.len() == before
}

/// `{ key = "text" }` with one key of those; nothing where it is something else.
fn named<'a>(
    table: &Strict<'a, '_>,
    key: &str,
    value: &'a Spanned<DeValue<'_>>,
    known: &[&str],
    hint: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<(String, String)> {
    let inner = value.get_ref().as_table()?;
    let inner = Strict {
        source: table.source,
        entries: inner,
        name: format!("`{key}`"),
        at: value.span(),
    };
    inner.only(known, mistakes);
    let mut found = None;
    for name in known {
        let Some(text) = values::name(&inner, name, mistakes) else {
            continue;
        };
        let is_second = found.is_some();
        if is_second || text.value.trim().is_empty() {
            let message = if is_second {
                format!("`{key}` says two things")
            } else {
                format!("`{name}` in `{key}` is empty")
            };
            mistakes.push(table.source.mistake(text.at, message, hint));
            return None;
        }
        found = Some(((*name).to_owned(), text.value.to_owned()));
    }
    if found.is_none() {
        let message = format!("`{key}` names nothing");
        mistakes.push(table.source.mistake(value.span(), message, hint));
    }
    found
}

fn required<'a, 't>(
    table: &Strict<'a, 't>,
    key: &str,
    hint: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<&'a Spanned<DeValue<'t>>> {
    let found = table.get(key);
    if found.is_none() {
        table.missing(key, hint, mistakes);
    }
    found
}

/// A word that is none of those that may stand there.
fn no_word(
    table: &Strict<'_, '_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    hint: &str,
    mistakes: &mut Vec<Mistake>,
) {
    let message = match value.get_ref().as_str() {
        Some(text) => format!("`{}` is no word for `{key}`", inert(text, 60)),
        None => format!("`{key}` is neither a word nor a table"),
    };
    mistakes.push(table.source.mistake(value.span(), message, hint));
}

fn application(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<PermitApplication> {
    let value = required(table, "application", APPLICATION, mistakes)?;
    if value.get_ref().as_str() == Some(MATCHING) {
        return Some(PermitApplication::Matching(None));
    }
    if value.get_ref().as_table().is_none() {
        no_word(table, "application", value, APPLICATION, mistakes);
        return None;
    }
    let (key, text) = named(
        table,
        "application",
        value,
        &APPLICATIONS,
        APPLICATION,
        mistakes,
    )?;
    Some(match key.as_str() {
        "existing" => PermitApplication::Existing(text),
        "new" => PermitApplication::New(text),
        _ => PermitApplication::Matching(Some(text)),
    })
}

fn scope(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<PermitScope> {
    let value = required(table, "scope", SCOPE, mistakes)?;
    let written = value.get_ref().as_str();
    if let Some((_, scope)) = SCOPES.iter().find(|(word, _)| written == Some(*word)) {
        return Some(scope.clone());
    }
    if value.get_ref().as_table().is_none() {
        no_word(table, "scope", value, SCOPE, mistakes);
        return None;
    }
    let (_, text) = named(table, "scope", value, &GROUP_KEYS, SCOPE, mistakes)?;
    Some(PermitScope::Group(text))
}

fn rules(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<Vec<PermitRule>> {
    let value = required(table, "rules", RULES, mistakes)?;
    let Some(list) = value.get_ref().as_array() else {
        table.wrong_type("rules", value, "a list of rules", mistakes);
        return None;
    };
    let before = mistakes.len();
    let rules: Vec<PermitRule> = list
        .iter()
        .filter_map(|one| rule(table, one, mistakes))
        .collect();
    (mistakes.len() == before).then_some(rules)
}

fn rule(
    table: &Strict<'_, '_>,
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Vec<Mistake>,
) -> Option<PermitRule> {
    let Some(entries) = value.get_ref().as_table() else {
        table.wrong_type("rules", value, "a list of rules, each in { }", mistakes);
        return None;
    };
    let one = Strict {
        source: table.source,
        entries,
        name: "a rule".to_owned(),
        at: value.span(),
    };
    one.only(&RULE_KEYS, mistakes);
    let before = mistakes.len();
    let mut text = |key| {
        let found = values::name(&one, key, mistakes)?;
        if found.value.trim().is_empty() {
            let message =
                format!("`{key}` of a rule is empty, and an empty part could fit everything");
            mistakes.push(table.source.mistake(found.at, message, RULES));
            return None;
        }
        Some(found.value.to_owned())
    };
    let rule = PermitRule {
        path: text("path"),
        process: text("process"),
        certificate: text("certificate"),
        hash: text("hash"),
        created_by: text("created-by"),
    };
    if rule == PermitRule::default() && mistakes.len() == before {
        let message = "a rule without any part could fit everything";
        mistakes.push(table.source.mistake(value.span(), message, RULES));
    }
    Some(rule)
}

fn ringfence(table: &Strict<'_, '_>, mistakes: &mut Vec<Mistake>) -> Option<u32> {
    let value = table.get("ringfence")?;
    if value.get_ref().as_bool() == Some(false) {
        return None;
    }
    let Some(entries) = value.get_ref().as_table() else {
        no_word(table, "ringfence", value, RINGFENCE, mistakes);
        return None;
    };
    let inner = Strict {
        source: table.source,
        entries,
        name: "`ringfence`".to_owned(),
        at: value.span(),
    };
    inner.only(&RINGFENCE_KEYS, mistakes);
    let action = inner.whole("action", mistakes);
    // The document's own value for none.
    let action = action.and_then(|Found { value, .. }| u32::try_from(value).ok());
    let action = action.filter(|action| *action != 0);
    if action.is_none() {
        let message = "`ringfence` names no action";
        mistakes.push(table.source.mistake(value.span(), message, RINGFENCE));
    }
    action
}

fn word<T: Copy>(
    table: &Strict<'_, '_>,
    key: &str,
    words: &[(&str, T)],
    mistakes: &mut Vec<Mistake>,
) -> Option<T> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    if table.get(key).is_none() {
        let hint = format!("write {key} = \"{}\"", known.join("\" or \""));
        table.missing(key, hint, mistakes);
    }
    let Found { value, at } = table.text(key, mistakes)?;
    let found = words.iter().find(|(word, _)| *word == value);
    if found.is_none() {
        let message = format!("`{}` is no word for `{key}`", inert(value, 60));
        let hint = suggestion(value, &known, "write one of");
        mistakes.push(table.source.mistake(at, message, hint));
    }
    found.map(|(_, meant)| *meant)
}
