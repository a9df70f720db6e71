//! One given request becomes one row: its computer found or invented, its past written as its status needs it.

use jiff::Timestamp;

use super::given::{GivenComputer, GivenRequest};
use super::guid::{canonical, guid};
use super::request::{AdminNotes, Os, Request, Status};
use super::state::State;
use super::world::{id, wrong};
use crate::seed;

const PLACES: [&str; 4] = ["FIN", "HR", "LAB", "OPS"];
const PEOPLE: [&str; 4] = ["anna.berg", "jonas.lind", "mila.novak", "omar.haddad"];
const FILES: [&str; 4] = ["dbgview.exe", "putty.exe", "setup.exe", "report.exe"];

impl State {
    /// Adds one request; answers its id.
    pub(crate) fn add(&mut self, given: &GivenRequest, now: Timestamp) -> Result<String, String> {
        let number = self.added;
        let id = match &given.id {
            None => guid(self.seed, "threatlocker/request", number),
            Some(text) => match canonical(text) {
                Some(id) if self.row(&id).is_none() => id,
                Some(id) => return wrong(format!("request {id} is given twice")),
                None => return wrong(format!("{text:?} is no request id: a GUID")),
            },
        };
        if let Some(name) = &given.name
            && self.names.contains_key(name)
        {
            return wrong(format!("two requests are named {name:?}"));
        }
        let computer = self.computer_of(given, number)?;
        let Some(computer) = self.estate.computers.get(&computer).cloned() else {
            return wrong("no such computer");
        };
        let organization = match &given.organization {
            Some(text) => self.organization(Some(text))?,
            None => computer.organization.clone(),
        };
        if organization != computer.organization {
            return wrong(format!(
                "computer {} is another organization's",
                computer.hostname
            ));
        }
        let assignee = match &given.assignee {
            None => None,
            Some(name) => match self.user(name) {
                Some(user) => Some(user.id.clone()),
                None => return wrong(format!("nobody is called {name:?}")),
            },
        };
        let os = given.os.unwrap_or(computer.os);
        let at = given.at.map_or(now, |moment| moment.0);
        let status = given.status.unwrap_or(Status::Pending);
        let pick = |what: &str, list: &[&'static str; 4]| {
            *seed::pick(self.seed, &format!("threatlocker/{what}"), number, list)
        };
        let hex = |what: &str, digits| {
            seed::hex(self.seed, &format!("threatlocker/{what}"), number, digits)
        };
        let user = given.user.clone();
        let user = user.unwrap_or_else(|| format!("EXAMPLE\\{}", pick("person", &PEOPLE)));
        let path = given.path.clone();
        let path = path.unwrap_or_else(|| invented_path(os, pick("file", &FILES)));
        let decided = status.is_actioned() || status == Status::NotLearned;
        let by = given.by.as_deref().unwrap_or("boss");
        let by = self
            .user(by)
            .map_or(by, |user| user.email.as_str())
            .to_owned();
        let row = Request {
            id: id.clone(),
            name: given.name.clone(),
            status,
            organization_name: self.estate.organization_name(&organization).to_owned(),
            organization,
            computer: computer.id,
            hostname: computer.hostname,
            group: computer.group,
            user,
            path,
            process: given
                .process
                .clone()
                .unwrap_or_else(|| shell(os).to_owned()),
            hash: given.hash.clone().unwrap_or_else(|| hex("hash", 32)),
            sha256: given.sha256.clone().unwrap_or_else(|| hex("sha256", 64)),
            certificate: given.certificate.clone(),
            created_by: given.created_by.clone(),
            size: given.size.unwrap_or_else(|| {
                10_000 + seed::derive(self.seed, "threatlocker/size", number) % 9_000_000
            }),
            action: given.action.clone().unwrap_or_else(|| "execute".to_owned()),
            os,
            reason: given.reason.clone().unwrap_or_default(),
            requestor: given.requestor.clone().unwrap_or_default(),
            requestor_email: given.requestor_email.clone().unwrap_or_default(),
            ticket: given.ticket.clone().unwrap_or_default(),
            comments: given.comments.clone().unwrap_or_default(),
            requested_at: at,
            tier: given.tier.unwrap_or(0),
            mfa: given.mfa,
            approved_by: decided.then_some(by),
            action_date: decided.then_some(given.changed_at.map_or(at, |moment| moment.0)),
            ignored: false,
            reject_reason: None,
            response_reason: None,
            notified: false,
            admin_notes: AdminNotes::default(),
            assigned_at: assignee.as_ref().map(|_| at),
            assignee,
            application: None,
            policies: Vec::new(),
        };
        self.added += 1;
        if let Some(name) = &given.name {
            self.names.insert(name.clone(), id.clone());
        }
        self.rows.insert(id.clone(), row);
        Ok(id)
    }

    // The computer by id or hostname, a new one for a hostname that none has.
    fn computer_of(&mut self, given: &GivenRequest, number: u64) -> Result<String, String> {
        let organization = given.organization.as_deref();
        let wanted = organization
            .map(|text| self.organization(Some(text)))
            .transpose()?;
        let place = seed::pick(self.seed, "threatlocker/place", number, &PLACES);
        let invented = format!("{place}-LT-{:03}", number + 1);
        let name = given.computer.clone().unwrap_or(invented);
        let as_id = canonical(&name);
        let found = self.estate.computers.values().find(|computer| {
            wanted
                .as_ref()
                .is_none_or(|own| computer.organization == *own)
                && (as_id.as_deref() == Some(computer.id.as_str())
                    || computer.hostname.eq_ignore_ascii_case(&name))
        });
        match (found, as_id) {
            (Some(computer), _) => Ok(computer.id.clone()),
            (None, Some(_)) => wrong(format!("no computer {name}")),
            (None, None) => self.add_computer(&GivenComputer {
                id: None,
                name,
                organization: wanted,
                group: None,
                os: given.os,
            }),
        }
    }

    /// A new GUID for what permits write.
    pub(super) fn fresh(&mut self, kind: &str) -> String {
        self.written += 1;
        let number = self.written.to_string();
        id(self.seed, kind, &number, None).unwrap_or_default()
    }
}

fn invented_path(os: Os, file: &str) -> String {
    match os {
        Os::Windows | Os::WindowsXp => format!(r"c:\tools\{file}"),
        Os::Mac => format!("/Applications/{}", file.trim_end_matches(".exe")),
        Os::Linux => format!("/opt/tools/{}", file.trim_end_matches(".exe")),
    }
}

fn shell(os: Os) -> &'static str {
    match os {
        Os::Windows | Os::WindowsXp => r"c:\windows\explorer.exe",
        Os::Mac => "/bin/zsh",
        Os::Linux => "/bin/bash",
    }
}
