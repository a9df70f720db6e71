//! How ThreatLocker's part of a world becomes state: references by id or name, what is absent invented from the seed.

use jiff::Timestamp;

use super::estate::{Application, Computer, Group, Organization, Rule};
use super::generate::Block;
use super::given::{
    Generate, Given, GivenApplication, GivenComputer, GivenGroup, GivenOrganization, GivenRule,
    GivenUser,
};
use super::guid::{canonical, guid};
use super::people::user;
use super::request::Os;
use super::state::State;

/// The group of computers that no group is stated for.
const GROUP: &str = "Workstations";

/// What is wrong with a world.
pub(super) fn wrong<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("threatlocker: {what}"))
}

/// A stated GUID, or one derived from the seed, what it is of and its name.
pub(super) fn id(
    seed: u64,
    kind: &str,
    name: &str,
    stated: Option<&str>,
) -> Result<String, String> {
    match stated {
        None => Ok(guid(seed, &format!("threatlocker/{kind}/{name}"), 0)),
        Some(text) => canonical(text).map_or_else(|| wrong(format!("{text:?} is no GUID")), Ok),
    }
}

impl State {
    /// Adds a world's part: what requests refer to first.
    pub(crate) fn seed(&mut self, given: &Given, now: Timestamp) -> Result<(), String> {
        for organization in &given.organization {
            self.add_organization(organization)?;
        }
        for group in &given.group {
            self.add_group(group)?;
        }
        for computer in &given.computer {
            self.add_computer(computer)?;
        }
        for application in &given.application {
            self.add_application(application)?;
        }
        for user in &given.user {
            self.add_user(user)?;
        }
        for generate in &given.generate {
            self.add_block(generate, now)?;
        }
        for request in &given.request {
            self.add(request, now)?;
        }
        Ok(())
    }

    fn add_organization(&mut self, given: &GivenOrganization) -> Result<(), String> {
        let name = given.name.clone();
        let Some(parent) = &given.parent else {
            return self.rename_root(name, given.id.as_deref());
        };
        let parent = self.organization(Some(parent))?;
        let id = id(self.seed, "organization", &name, given.id.as_deref())?;
        if self.estate.organizations.contains_key(&id)
            || self.estate.organization_called(&name).is_some()
        {
            return wrong(format!("organization {name:?} is given twice"));
        }
        let parent = Some(parent);
        self.estate
            .organizations
            .insert(id.clone(), Organization { id, name, parent });
        Ok(())
    }

    // There is one top organization in every world: it may get another name, and another id while nothing refers to it.
    fn rename_root(&mut self, name: String, stated: Option<&str>) -> Result<(), String> {
        let old = self.estate.root.clone();
        let new = match stated {
            None => old.clone(),
            Some(text) => id(self.seed, "organization", &name, Some(text))?,
        };
        let used = self.estate.organizations.len() > 1 || !self.estate.groups.is_empty();
        if new != old && used {
            return wrong("the top organization's id comes before everything else");
        }
        self.estate.organizations.remove(&old);
        self.estate.root.clone_from(&new);
        for user in self
            .users
            .iter_mut()
            .filter(|user| user.organization == old)
        {
            user.organization.clone_from(&new);
        }
        let parent = None;
        self.estate.organizations.insert(
            new.clone(),
            Organization {
                id: new,
                name,
                parent,
            },
        );
        Ok(())
    }

    /// The id of an organization by id or name; the top one where none is said.
    pub(super) fn organization(&self, text: Option<&str>) -> Result<String, String> {
        let Some(text) = text else {
            return Ok(self.estate.root.clone());
        };
        match self.estate.organization_called(text) {
            Some(found) => Ok(found.id.clone()),
            None => wrong(format!("no organization {text:?}")),
        }
    }

    fn add_group(&mut self, given: &GivenGroup) -> Result<String, String> {
        let organization = self.organization(given.organization.as_deref())?;
        let of = format!("{organization}/{}", given.name);
        let id = id(self.seed, "group", &of, given.id.as_deref())?;
        let group = Group {
            id: id.clone(),
            name: given.name.clone(),
            organization,
            os: given.os.unwrap_or_default(),
            global: given.global,
        };
        if self.estate.groups.insert(id.clone(), group).is_some() {
            return wrong(format!("group {:?} is given twice", given.name));
        }
        Ok(id)
    }

    /// The group of an organization by id or name; a new one for a name that none has.
    pub(super) fn group(
        &mut self,
        text: Option<&str>,
        organization: &str,
        os: Os,
    ) -> Result<String, String> {
        let name = text.unwrap_or(GROUP);
        let wanted = canonical(name);
        let found = self.estate.groups.values().find(|group| {
            group.organization == organization
                && (wanted.as_deref() == Some(group.id.as_str())
                    || group.name.eq_ignore_ascii_case(name))
        });
        match found {
            Some(group) => Ok(group.id.clone()),
            None if wanted.is_some() => wrong(format!("no group {name:?} in that organization")),
            None => self.add_group(&GivenGroup {
                id: None,
                name: name.to_owned(),
                organization: Some(organization.to_owned()),
                os: Some(os),
                global: false,
            }),
        }
    }

    pub(super) fn add_computer(&mut self, given: &GivenComputer) -> Result<String, String> {
        let organization = self.organization(given.organization.as_deref())?;
        let os = given.os.unwrap_or_default();
        let group = self.group(given.group.as_deref(), &organization, os)?;
        let of = format!("{organization}/{}", given.name);
        let id = id(self.seed, "computer", &of, given.id.as_deref())?;
        let computer = Computer {
            id: id.clone(),
            hostname: given.name.clone(),
            organization,
            group,
            os,
        };
        if self.estate.computers.insert(id.clone(), computer).is_some() {
            return wrong(format!("computer {:?} is given twice", given.name));
        }
        Ok(id)
    }

    fn add_application(&mut self, given: &GivenApplication) -> Result<(), String> {
        let organization = match (given.built_in, &given.organization) {
            (true, Some(_)) => {
                return wrong(format!("built-in {:?} belongs to nobody", given.name));
            }
            (true, None) => None,
            (false, text) => Some(self.organization(text.as_deref())?),
        };
        let of = format!("{}/{}", organization.as_deref().unwrap_or(""), given.name);
        let id = id(self.seed, "application", &of, given.id.as_deref())?;
        let application = Application {
            id: id.clone(),
            name: given.name.clone(),
            organization,
            os: given.os.unwrap_or_default(),
            rules: given.rule.iter().map(rule).collect(),
            request: None,
        };
        if self.estate.applications.insert(id, application).is_some() {
            return wrong(format!("application {:?} is given twice", given.name));
        }
        Ok(())
    }

    fn add_user(&mut self, given: &GivenUser) -> Result<(), String> {
        if let Some(token) = &given.token
            && (token.len() != 64 || !token.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return wrong("`token` has 64 characters");
        }
        let place = self.users.iter().position(|known| known.name == given.name);
        let mut own = match place {
            Some(place) => self.users[place].clone(),
            None => user(self.seed, &given.name, &self.estate.root),
        };
        if given.organization.is_some() {
            own.organization = self.organization(given.organization.as_deref())?;
        }
        own.email = given.email.clone().unwrap_or(own.email);
        own.first_name = given.first_name.clone().unwrap_or(own.first_name);
        own.last_name = given.last_name.clone().unwrap_or(own.last_name);
        own.instance = given.instance.clone().unwrap_or(own.instance);
        own.token = given.token.clone().unwrap_or(own.token);
        own.permissions = given.permissions.clone().unwrap_or(own.permissions);
        own.permissions.retain(|one| !given.without.contains(one));
        own.api = given.api.unwrap_or(own.api);
        match place {
            Some(place) => self.users[place] = own,
            None => self.users.push(own),
        }
        let twice = self.users.iter().enumerate().any(|(place, one)| {
            let mut before = self.users[..place].iter();
            before.any(|other| other.token == one.token || other.is_called(&one.email))
        });
        if twice {
            return wrong(format!(
                "two users share an address or a token: {:?}",
                given.name
            ));
        }
        Ok(())
    }

    pub(super) fn add_block(&mut self, generate: &Generate, now: Timestamp) -> Result<(), String> {
        if generate.count == 0 {
            return Ok(());
        }
        let organization = self.organization(generate.organization.as_deref())?;
        let group = self.group(None, &organization, Os::Windows)?;
        let newest = generate.at.map_or(now, |moment| moment.0);
        let name = self.estate.organization_name(&organization).to_owned();
        let block = Block::new(
            self.seed,
            self.blocks.len() as u64,
            (generate.count, newest),
            (&organization, &name),
            &group,
        )?;
        self.blocks.push(block);
        self.touched.push(std::collections::BTreeSet::new());
        Ok(())
    }
}

fn rule(given: &GivenRule) -> Rule {
    Rule {
        path: given.path.clone(),
        process: given.process.clone(),
        certificate: given.certificate.clone(),
        hash: given.hash.clone(),
        sha256: given.sha256.clone(),
        created_by: given.created_by.clone(),
    }
}
