//! What requests and permits are about: organizations, groups, computers, applications, and the policies that permits
//! write.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::guid::guid;
use super::request::Os;

/// The name that the vendor shows as owner of its built-in applications.
///
/// From: public clients, seen live.
pub(crate) const MASTER: &str = "master";

/// An organization; without a parent it is the top one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
}

/// A computer group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) organization: String,
    pub(crate) os: Os,
    /// Whether it stands for all computers of its system.
    pub(crate) global: bool,
}

/// A computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Computer {
    pub(crate) id: String,
    pub(crate) hostname: String,
    pub(crate) organization: String,
    pub(crate) group: String,
    pub(crate) os: Os,
}

/// A file rule of an application: what is stated must all fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Rule {
    pub(crate) path: Option<String>,
    pub(crate) process: Option<String>,
    pub(crate) certificate: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) created_by: Option<String>,
}

impl Rule {
    /// Whether it names a file by its hash and by nothing else.
    pub(crate) fn is_hash_only(&self) -> bool {
        self.hash.is_some()
            && self.path.is_none()
            && self.process.is_none()
            && self.certificate.is_none()
            && self.created_by.is_none()
    }
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Nothing for one that the vendor maintains.
    pub(crate) organization: Option<String>,
    pub(crate) os: Os,
    pub(crate) rules: Vec<Rule>,
    /// The request whose permit made it.
    pub(crate) request: Option<String>,
}

impl Application {
    pub(crate) fn is_built_in(&self) -> bool {
        self.organization.is_none()
    }
}

/// Whom a policy is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "level", content = "level_id", rename_all = "kebab-case")]
pub(crate) enum Level {
    /// One computer, by id.
    Computer(String),
    /// A group, by id.
    Group(String),
    /// An organization, by id.
    Organization(String),
}

/// What a policy lets happen beside the rules.
///
/// From: the permit's request bodies, `ruleId`; the words for 1 and 3 from public clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// 0: the rules alone.
    Rules,
    /// 1.
    Install,
    /// 2.
    Learning,
    /// 3.
    Monitor,
}

impl Mode {
    pub(crate) fn of(id: i64) -> Option<Self> {
        Some(match id {
            0 => Self::Rules,
            1 => Self::Install,
            2 => Self::Learning,
            3 => Self::Monitor,
            _ => return None,
        })
    }
}

/// A policy that a permit wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) request: String,
    pub(crate) application: String,
    pub(crate) application_name: String,
    pub(crate) organization: String,
    #[serde(flatten)]
    pub(crate) level: Level,
    pub(crate) mode: Mode,
    /// Until when the mode lasts, where it ends by itself.
    pub(crate) mode_until: Option<Timestamp>,
    pub(crate) elevation: bool,
    pub(crate) elevation_until: Option<Timestamp>,
    pub(crate) ringfenced: bool,
    pub(crate) ringfence_action: i64,
    pub(crate) disable_protection: bool,
    pub(crate) created_by: Vec<String>,
    pub(crate) certificates: Vec<String>,
    pub(crate) additional_files: usize,
    pub(crate) network_exclusions: usize,
    pub(crate) by: String,
    pub(crate) written_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) expired: bool,
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Estate {
    pub(crate) root: String,
    pub(crate) organizations: BTreeMap<String, Organization>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) computers: BTreeMap<String, Computer>,
    pub(crate) applications: BTreeMap<String, Application>,
    /// In the order of writing.
    pub(crate) policies: Vec<Policy>,
}

impl Estate {
    /// The top organization with a group for each system, and nothing else.
    pub(crate) fn new(seed: u64) -> Self {
        let root = guid(seed, "threatlocker/organization", 0);
        let mut estate = Self {
            root: root.clone(),
            organizations: BTreeMap::new(),
            groups: BTreeMap::new(),
            computers: BTreeMap::new(),
            applications: BTreeMap::new(),
            policies: Vec::new(),
        };
        estate.organizations.insert(
            root.clone(),
            Organization {
                id: root,
                name: "Example Group".to_owned(),
                parent: None,
            },
        );
        estate
    }

    pub(crate) fn organization_name(&self, id: &str) -> &str {
        self.organizations
            .get(id)
            .map_or("", |organization| organization.name.as_str())
    }

    /// The organizations above one, nearest first.
    pub(crate) fn above(&self, id: &str) -> Vec<&Organization> {
        let mut found = Vec::new();
        let mut next = self
            .organizations
            .get(id)
            .and_then(|own| own.parent.as_ref());
        while let Some(parent) = next.and_then(|id| self.organizations.get(id)) {
            found.push(parent);
            next = parent.parent.as_ref();
        }
        found
    }

    /// Whether `id` is `top` or somewhere below it.
    pub(crate) fn is_within(&self, id: &str, top: &str) -> bool {
        id == top || self.above(id).iter().any(|above| above.id == top)
    }

    /// The organizations below one, in the order of their ids.
    pub(crate) fn below(&self, top: &str) -> Vec<&Organization> {
        self.organizations
            .values()
            .filter(|own| own.id != top && self.is_within(&own.id, top))
            .collect()
    }

    /// Applications that an organization can use: built-in ones, its own, and those of the organizations above.
    ///
    /// From: ApplicationGetListForAddToApplication, Description.
    pub(crate) fn usable(&self, organization: &str) -> Vec<&Application> {
        let above = self.above(organization);
        let fits = |owner: &String| owner == organization || above.iter().any(|up| up.id == *owner);
        self.applications
            .values()
            .filter(|application| application.organization.as_ref().is_none_or(fits))
            .collect()
    }

    /// The organization of this id or name.
    pub(crate) fn organization_called(&self, text: &str) -> Option<&Organization> {
        let by_id = super::guid::canonical(text).and_then(|id| self.organizations.get(&id));
        by_id.or_else(|| {
            let mut all = self.organizations.values();
            all.find(|one| one.name.eq_ignore_ascii_case(text))
        })
    }
}

/// The application that a file's marks point at; each mark by itself is enough.
///
/// From: ApplicationGetMatchingList, Description: fields of different files give inaccurate matches.
pub(crate) struct Marks<'a> {
    pub(crate) hash: &'a str,
    pub(crate) sha256: &'a str,
    pub(crate) path: &'a str,
    pub(crate) certificates: Vec<&'a str>,
}

impl Marks<'_> {
    pub(crate) fn fit(&self, rule: &Rule) -> bool {
        let same = |own: &Option<String>, given: &str| {
            !given.is_empty()
                && own
                    .as_ref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(given))
        };
        same(&rule.hash, self.hash)
            || same(&rule.sha256, self.sha256)
            || same(&rule.path, self.path)
            || self
                .certificates
                .iter()
                .any(|subject| same(&rule.certificate, subject))
    }
}
