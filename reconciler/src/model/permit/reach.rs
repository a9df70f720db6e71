//! How far a permit reaches, in words: what a reviewer has to see before he agrees.

use super::{
    Grounds, Permit, PermitApplication, PermitMode, PermitPolicy, PermitRule, PermitScope,
};
use crate::model::{Facts, Guard, VendorText};

/// The request that a permit answers, and what the permit's names stand for there.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The facts that the reviewer saw.
    pub reviewed: &'a Guard,
    /// The same request as it was read.
    pub facts: &'a Facts,
    /// What the names stand for; the default where nobody looked.
    pub grounds: &'a Grounds,
    /// The id of its organization.
    pub organization: &'a str,
}

impl Permit {
    /// How far it reaches, in words: a line for each thing. What widens, or is not what was asked for, begins in
    /// capitals. Names that the vendor wrote are in them.
    #[must_use]
    pub fn words(&self, asked: &Asked<'_>) -> Vec<String> {
        let Asked {
            facts,
            grounds,
            organization,
            ..
        } = *asked;
        let mut words = vec![
            self.where_it_holds(grounds, organization),
            self.as_what(grounds),
        ];
        words.extend(self.beyond_the_file(grounds, organization));
        words.push(self.custom_rules());
        words.extend(self.adds_nothing());
        words.extend(self.more_than_the_file());
        words.extend(self.another_file(facts));
        words.push(
            match self.mode {
                PermitMode::Rules => "no maintenance mode",
                PermitMode::Install => "INSTALL MODE, for as long as the vendor keeps it",
                PermitMode::Learning => "LEARNING MODE, for as long as the vendor keeps it",
                PermitMode::Monitor => "MONITOR MODE, for as long as the vendor keeps it",
            }
            .to_owned(),
        );
        words.extend(self.of_the_policy());
        words.extend(self.whom_it_tells(asked));
        words
    }

    fn where_it_holds(&self, grounds: &Grounds, organization: &str) -> String {
        if self.policy == PermitPolicy::Existing {
            return "WHEREVER the application's existing policies apply: the vendor does not say where that is".to_owned();
        }
        match &self.scope {
            PermitScope::Computer => "on the computer that asked, and no other".to_owned(),
            PermitScope::Organization => {
                format!("ORGANIZATION-WIDE: on every computer of the organization {organization}")
            }
            PermitScope::Group(named) => match &grounds.group {
                Some(group) => format!(
                    "EVERY computer of the group {:?} ({})",
                    group.name, group.id
                ),
                None => format!("EVERY computer of the group {named:?}"),
            },
        }
    }

    fn as_what(&self, grounds: &Grounds) -> String {
        let policy = match self.policy {
            PermitPolicy::New => "by a new policy",
            PermitPolicy::Existing => "by its existing policies",
        };
        let listed = |named: &str| match &grounds.application {
            Some(one) => format!("{:?} ({})", one.label, one.id),
            None => format!("{named:?}"),
        };
        let application = match &self.application {
            PermitApplication::New(name) => format!("as the new application {name:?}"),
            PermitApplication::Existing(named) => {
                format!("as the existing application {}", listed(named))
            }
            PermitApplication::Matching(named) => {
                let named = named.as_deref().unwrap_or("not known");
                format!("as the matching application {}", listed(named))
            }
        };
        format!("{application}, {policy}")
    }

    /// An application that is there already is more than the file; and what is added to it holds wherever it is used.
    fn beyond_the_file(&self, grounds: &Grounds, organization: &str) -> Vec<String> {
        let (PermitApplication::Existing(_) | PermitApplication::Matching(_)) = self.application
        else {
            return Vec::new();
        };
        let Some(one) = &grounds.application else {
            return vec![
                "NOT LOOKED UP: the application may be the vendor's own, or another organization's"
                    .to_owned(),
            ];
        };
        let mut words = vec![if one.built_in {
            format!(
                "PERMITS MORE THAN THE FILE: the whole built-in application {:?}; the vendor may refuse it with any scope but organization",
                one.name
            )
        } else {
            format!(
                "PERMITS MORE THAN THE FILE: all of the application {:?}",
                one.name
            )
        }];
        let foreign =
            !one.organization.is_empty() && !one.organization.eq_ignore_ascii_case(organization);
        if !one.built_in {
            let whose = match foreign {
                true => format!(", which belongs to {:?}, another organization", one.owner),
                false => String::new(),
            };
            words.push(format!(
                "CHANGES the application {:?}{whose}: what is added holds wherever it is permitted",
                one.name
            ));
        }
        words
    }

    fn custom_rules(&self) -> String {
        let is_wild = |rule: &PermitRule| {
            let mut parts = rule.parts().into_iter();
            parts.any(|(_, _, value)| value.is_some_and(|value| value.contains('*')))
        };
        match PermitRule::all(self.rules.iter()) {
            None => "no rules of our own".to_owned(),
            Some(rules) if self.rules.iter().any(is_wild) => {
                format!("WILDCARD custom rules: {rules}")
            }
            Some(rules) => format!("custom rules: {rules}"),
        }
    }

    /// Where it permits nothing by itself.
    fn adds_nothing(&self) -> Option<String> {
        if !self.rules.is_empty() || self.mode != PermitMode::Rules {
            return None;
        }
        match (&self.application, self.policy) {
            // "A new application with no application definitions", as the vendor's article calls it.
            (PermitApplication::New(_), _) => {
                Some("PERMITS NOTHING: the new application has no rules, and no mode adds any")
            }
            (_, PermitPolicy::Existing) => Some(
                "ADDS NOTHING: no rule and no policy; what the application permits stays as it is",
            ),
            (_, PermitPolicy::New) => None,
        }
        .map(str::to_owned)
    }

    /// Rules that a great many files fit: those that name neither which file it is nor where it stands.
    fn more_than_the_file(&self) -> Option<String> {
        let is_wide = |rule: &&PermitRule| rule.hash.is_none() && rule.path.is_none();
        let wide = PermitRule::all(self.rules.iter().filter(is_wide))?;
        Some(format!(
            "PERMITS MORE THAN THE FILE: everything with {wide}"
        ))
    }

    /// Rules that the file does not fit, as far as the request shows it.
    fn another_file(&self, facts: &Facts) -> Option<String> {
        let (other, fitting): (Vec<_>, Vec<_>) =
            self.rules.iter().partition(|rule| rule.misses(facts));
        let words = PermitRule::all(other.into_iter())?;
        let is_all = fitting.is_empty()
            && self.mode == PermitMode::Rules
            && matches!(self.application, PermitApplication::New(_));
        let blocked = if is_all { ", which stays blocked" } else { "" };
        Some(format!("NOT THE FILE THAT WAS ASKED FOR{blocked}: {words}"))
    }

    /// What the policy says beside the rules; those that are there already say it themselves, and nobody shows it.
    fn of_the_policy(&self) -> Vec<String> {
        if self.policy == PermitPolicy::Existing {
            return vec![
                "ELEVATION, ringfencing and end are as its policies have them: the vendor does not show them"
                    .to_owned(),
            ];
        }
        let elevation = if self.elevation {
            "ELEVATED: it runs with administrator rights"
        } else {
            "not elevated"
        };
        let ringfence = match self.ringfence {
            Some(action) => {
                format!("ringfenced with action {action}; no restriction of its own is sent")
            }
            None => "not ringfenced".to_owned(),
        };
        let end = match self.policy_expires {
            Some(at) => format!("the policy ends at {at}"),
            None => "the policy does not end by itself".to_owned(),
        };
        vec![elevation.to_owned(), ringfence, end]
    }

    /// Nothing where nobody is told.
    fn whom_it_tells(&self, asked: &Asked<'_>) -> Option<String> {
        self.notify.then(|| match self.tells(asked.reviewed) {
            Some(address) => format!("tells {address:?}, as the reviewed facts have it"),
            None if asked.facts.get("requestor").is_none() => {
                "asks the vendor to tell the user; the request shows no address".to_owned()
            }
            None => {
                "tells the user at the request's own address, if it has one, which its readable facts do not name"
                    .to_owned()
            }
        })
    }
}

impl PermitRule {
    fn words(&self) -> String {
        let parts = self.parts().into_iter();
        let said = parts.filter_map(|(key, _, value)| Some(format!("{key} {:?}", value?)));
        said.collect::<Vec<_>>().join(" and ")
    }

    /// Several of them in words; nothing of none.
    fn all<'r>(rules: impl Iterator<Item = &'r Self>) -> Option<String> {
        let words: Vec<String> = rules.map(Self::words).collect();
        (!words.is_empty()).then(|| words.join("; or "))
    }

    /// Whether the file that was asked for does not fit, however generously the vendor reads a rule: case never
    /// counts, and `*` stands for anything. What a request does not show speaks against no rule.
    fn misses(&self, facts: &Facts) -> bool {
        let shown = |key| facts.get(key).map(VendorText::raw);
        let mut hashes = ["hash", "sha256"].into_iter().filter_map(shown).peekable();
        let other_hash = self.hash.as_deref().is_some_and(|rule| {
            hashes.peek().is_some() && !hashes.any(|hash| hash.eq_ignore_ascii_case(rule))
        });
        // A path may hold a variable, and nobody here knows what it stands for.
        let path = self
            .path
            .as_deref()
            .filter(|path| !path.contains(['%', '?']));
        let path = path.zip(shown("path"));
        let other_path = path.is_some_and(|(rule, path)| !fits(rule, path));
        // All certificates of a file are one fact.
        let certificate = self.certificate.as_deref().zip(shown("certificate"));
        let other_signer =
            certificate.is_some_and(|(rule, signers)| !fits(&format!("*{rule}*"), signers));
        other_hash || other_path || other_signer
    }
}

/// Whether a text is what a pattern says, `*` being any text.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let Some((begin, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(begin) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        let Some((_, after)) = left.split_once(piece) else {
            return false;
        };
        left = after;
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests;
