//! A permit: what exactly is allowed where an approval writes a rule, and what its names stand for at the vendor.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which application the file is permitted as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PermitApplication {
    /// The one that the vendor says the file belongs to; by name or id where there are several.
    Matching(Option<String>),
    /// One that is there, by id or exact name.
    Existing(String),
    /// One that is made, under this name.
    New(String),
}

/// Where it is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PermitScope {
    /// On the computer that asked.
    Computer,
    /// On the computers of a group, by id or exact name.
    Group(String),
    /// Everywhere.
    Organization,
}

/// One rule of our own: every part of it has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PermitRule {
    /// The file's path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// The process that runs it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub process: Option<String>,
    /// The subject of its certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate: Option<String>,
    /// The vendor's hash of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hash: Option<String>,
    /// The process that wrote it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created_by: Option<String>,
}

/// Into which policy it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PermitPolicy {
    /// One that is made.
    New,
    /// Those that the application has.
    Existing,
}

/// What is allowed beside the rules, while the vendor's mode lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PermitMode {
    /// Nothing.
    Rules,
    /// What an installation writes.
    Install,
    /// What is learned.
    Learning,
    /// Everything, and it is watched.
    Monitor,
}

impl PermitMode {
    /// All of them, with the word in files and the vendor's number.
    pub const ALL: [(&'static str, Self, u8); 4] = [
        ("rules", Self::Rules, 0),
        ("install", Self::Install, 1),
        ("learning", Self::Learning, 2),
        ("monitor", Self::Monitor, 3),
    ];

    /// The vendor's number of it.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Rules => 0,
            Self::Install => 1,
            Self::Learning => 2,
            Self::Monitor => 3,
        }
    }
}

/// A `[decision.permit]`: everything that bears on how far an approval reaches. Nothing widens by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Permit {
    /// As which application.
    pub application: PermitApplication,
    /// Where.
    pub scope: PermitScope,
    /// By which rules of our own.
    pub rules: Vec<PermitRule>,
    /// Into which policy.
    pub policy: PermitPolicy,
    /// In which mode.
    pub mode: PermitMode,
    /// Whether it runs elevated.
    #[serde(default)]
    pub elevation: bool,
    /// The vendor's number of a ringfencing action, where it is ringfenced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ringfence: Option<u32>,
    /// Whether the vendor is asked to tell the user.
    #[serde(default)]
    pub notify: bool,
    /// When the policy ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy_expires: Option<Timestamp>,
}

/// An application as the vendor lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListedApplication {
    /// Its id.
    pub id: String,
    /// Its name in lists, with that of a parent organization before it.
    pub label: String,
    /// Its own name.
    pub name: String,
    /// Whose it is.
    pub organization: String,
    /// The name of whoever owns it.
    pub owner: String,
    /// The vendor's number of its operating system.
    pub os: i64,
    /// Whether the vendor made it, so that it covers more than the file.
    pub built_in: bool,
}

/// A group of computers as the vendor lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListedGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What a permit's names stand for at the vendor, and what stands in its way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grounds {
    /// The application that is matched or named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application: Option<ListedApplication>,
    /// The group that is named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<ListedGroup>,
    /// In our words; each of them holds the line.
    #[serde(default)]
    pub obstacles: Vec<String>,
    /// What could not be looked up for the deciding user, in our words; holds nothing, and is said on the line.
    #[serde(default)]
    pub unproven: Vec<String>,
    /// What the vendor's own research says of the application; explains, and decides nothing.
    #[serde(default)]
    pub research: Vec<String>,
}

impl Permit {
    /// Whether it names something that has to be there at the vendor.
    #[must_use]
    pub fn names_something(&self) -> bool {
        !matches!(self.application, PermitApplication::New(_))
            || matches!(self.scope, PermitScope::Group(_))
    }

    /// How far it reaches in this organization, in words: a line for each thing. What widens begins in capitals. Names
    /// that the vendor wrote are in them.
    #[must_use]
    pub fn words(&self, grounds: &Grounds, organization: &str) -> Vec<String> {
        let mut words = vec![
            self.where_it_holds(grounds, organization),
            self.as_what(grounds),
        ];
        words.extend(self.beyond_the_file(grounds, organization));
        words.push(self.custom_rules());
        words.push(
            match self.mode {
                PermitMode::Rules => "no maintenance mode",
                PermitMode::Install => "INSTALL MODE, for as long as the vendor keeps it",
                PermitMode::Learning => "LEARNING MODE, for as long as the vendor keeps it",
                PermitMode::Monitor => "MONITOR MODE, for as long as the vendor keeps it",
            }
            .to_owned(),
        );
        words.push(
            if self.elevation {
                "ELEVATED: it runs with administrator rights"
            } else {
                "not elevated"
            }
            .to_owned(),
        );
        words.push(match self.ringfence {
            Some(action) => {
                format!("ringfenced with action {action}; no restriction of its own is sent")
            }
            None => "not ringfenced".to_owned(),
        });
        words.push(match self.policy_expires {
            Some(at) => format!("the policy ends at {at}"),
            None => "the policy does not end by itself".to_owned(),
        });
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
        let rules: Vec<String> = self.rules.iter().map(PermitRule::words).collect();
        let is_wide = |rule: &PermitRule| {
            let mut parts = rule.parts().into_iter();
            parts.any(|(_, _, value)| value.is_some_and(|value| value.contains('*')))
        };
        match rules.join("; or ") {
            none if none.is_empty() => "no rules of our own".to_owned(),
            rules if self.rules.iter().any(is_wide) => format!("WILDCARD custom rules: {rules}"),
            rules => format!("custom rules: {rules}"),
        }
    }
}

impl PermitRule {
    /// Its parts by the vendor's names for them.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, &'static str, Option<&str>); 5] {
        let Self {
            path,
            process,
            certificate,
            hash,
            created_by,
        } = self;
        [
            ("path", "fullPath", path.as_deref()),
            ("process", "processPath", process.as_deref()),
            ("certificate", "cert", certificate.as_deref()),
            ("hash", "hash", hash.as_deref()),
            ("created-by", "createdBy", created_by.as_deref()),
        ]
    }

    fn words(&self) -> String {
        let parts = self.parts().into_iter();
        let said = parts.filter_map(|(key, _, value)| Some(format!("{key} {:?}", value?)));
        said.collect::<Vec<_>>().join(" and ")
    }
}
