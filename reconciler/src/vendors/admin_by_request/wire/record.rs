//! One request as the vendor writes it, whole and strictly read.
//!
//! Keys are compared without case (an older generation writes `StatusCode`, and `auditlogLink` has two
//! spellings: vendor-facts section 1); a key that is given twice is refused.

use serde::de::{IgnoredAny, MapAccess};

use super::canonical;
use super::status::status;
use super::strict::{Object, Strict, inner, text};
use crate::model::{Decided, Facts, Request, Status, VendorText};
use crate::vendors::scalar::Scalar;

/// Reads a whole request, strictly.
///
/// # Errors
/// What is wrong with it, in our words.
pub(super) fn whole(text: &str) -> Result<Request, String> {
    let Strict(record) =
        serde_json::from_str::<Strict<Record<'_>>>(text).map_err(|error| words(&error))?;
    record.request()
}

/// The `Message` of an error body, where it has one.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let Strict(said) = serde_json::from_slice::<Strict<Message>>(body).ok()?;
    Some(said.text).filter(|text| !text.is_empty())
}

/// What the parser found wrong, without the vendor's words that its own messages would quote.
pub(super) fn words(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        return "it is cut off".to_owned();
    }
    if !error.is_data() {
        return format!("it is not JSON at {place}");
    }
    // Only `Strict` writes messages that begin so, with names of its own.
    let ours = error.to_string();
    match ours.split_once(" at line ") {
        Some((ours, _)) if ours.starts_with("field `") => ours.to_owned(),
        _ => format!("it has another shape than a request at {place}"),
    }
}

/// A request as answers hold it; fields that nothing here needs are skipped.
#[derive(Default)]
struct Record<'a> {
    id: Scalar<'a>,
    code: Scalar<'a>,
    word: Scalar<'a>,
    settings: String,
    kind: String,
    reason: String,
    requested_at: String,
    approved_by: String,
    approved_by_email: String,
    denied_by: String,
    denied_by_email: String,
    denied_reason: String,
    link: String,
    application: Application,
    user: User,
    computer: Computer,
}

/// What is to run; a session request has it with nothing in it.
#[derive(Default)]
struct Application {
    file: String,
    vendor: String,
    version: String,
    sha256: String,
    scan: String,
    scan_code: String,
    threat: String,
}

#[derive(Default)]
struct User {
    account: String,
    email: String,
}

#[derive(Default)]
struct Computer {
    name: String,
}

#[derive(Default)]
struct Message {
    text: String,
}

impl Record<'_> {
    fn request(self) -> Result<Request, String> {
        let id = self
            .id
            .id()
            .ok_or("field `id` is missing or not 1 to 19 digits")?;
        let status = status(&self.word, &self.code);
        let Application {
            file,
            vendor,
            version,
            sha256,
            scan,
            scan_code,
            threat,
        } = self.application;
        let scan = match (scan.is_empty(), scan_code.is_empty()) {
            (true, false) => format!("code {scan_code}"),
            (true, true) | (false, _) => scan,
        };
        let facts: Facts = [
            ("user", self.user.account),
            ("email", self.user.email),
            ("computer", self.computer.name),
            ("file", file),
            ("vendor", vendor),
            ("version", version),
            ("sha256", sha256),
            ("scan", scan),
            ("type", self.kind),
            ("reason", self.reason),
            ("settings", self.settings),
            ("requested-at", self.requested_at),
            ("threat", threat),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key, VendorText::new(value)))
        .collect();
        let approver = first([self.approved_by_email, self.approved_by]);
        let denier = first([self.denied_by_email, self.denied_by]);
        let by = if status == Status::Denied {
            denier.or(approver)
        } else {
            approver.or(denier)
        };
        Ok(Request {
            id: canonical(id),
            status,
            facts,
            decided: Decided {
                by,
                note: first([self.denied_reason]),
            },
            votes: None,
            ticket: None,
            link: first([self.link]),
            beyond: None,
            obstacles: Vec::new(),
            lasts: Vec::new(),
        })
    }
}

/// The first text that is not empty.
fn first<const N: usize>(texts: [String; N]) -> Option<VendorText> {
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .map(VendorText::new)
}

impl<'de> Object<'de> for Record<'de> {
    const NAMES: &'static [&'static str] = &[
        "id",
        "statuscode",
        "status",
        "settingsname",
        "type",
        "reason",
        "requesttime",
        "approvedby",
        "approvedbyemail",
        "deniedby",
        "deniedbyemail",
        "deniedreason",
        "auditloglink",
        "application",
        "user",
        "computer",
    ];

    fn set<A: MapAccess<'de>>(&mut self, name: &'static str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "id" => self.id = map.next_value()?,
            "statuscode" => self.code = map.next_value()?,
            "status" => self.word = map.next_value()?,
            "settingsname" => self.settings = text(name, map)?,
            "type" => self.kind = text(name, map)?,
            "reason" => self.reason = text(name, map)?,
            "requesttime" => self.requested_at = text(name, map)?,
            "approvedby" => self.approved_by = text(name, map)?,
            "approvedbyemail" => self.approved_by_email = text(name, map)?,
            "deniedby" => self.denied_by = text(name, map)?,
            "deniedbyemail" => self.denied_by_email = text(name, map)?,
            "deniedreason" => self.denied_reason = text(name, map)?,
            "auditloglink" => self.link = text(name, map)?,
            "application" => self.application = inner(map)?,
            "user" => self.user = inner(map)?,
            "computer" => self.computer = inner(map)?,
            _ => map.next_value::<IgnoredAny>().map(drop)?,
        }
        Ok(())
    }
}

impl<'de> Object<'de> for Application {
    const NAMES: &'static [&'static str] = &[
        "file",
        "vendor",
        "version",
        "sha256",
        "scanresult",
        "scanresultcode",
        "threat",
    ];

    fn set<A: MapAccess<'de>>(&mut self, name: &'static str, map: &mut A) -> Result<(), A::Error> {
        let value = text(name, map)?;
        match name {
            "file" => self.file = value,
            "vendor" => self.vendor = value,
            "version" => self.version = value,
            "sha256" => self.sha256 = value,
            "scanresult" => self.scan = value,
            "scanresultcode" => self.scan_code = value,
            _ => self.threat = value,
        }
        Ok(())
    }
}

impl<'de> Object<'de> for User {
    const NAMES: &'static [&'static str] = &["account", "email"];

    fn set<A: MapAccess<'de>>(&mut self, name: &'static str, map: &mut A) -> Result<(), A::Error> {
        let value = text(name, map)?;
        match name {
            "account" => self.account = value,
            _ => self.email = value,
        }
        Ok(())
    }
}

impl<'de> Object<'de> for Computer {
    const NAMES: &'static [&'static str] = &["name"];

    fn set<A: MapAccess<'de>>(&mut self, name: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.name = text(name, map)?;
        Ok(())
    }
}

impl<'de> Object<'de> for Message {
    const NAMES: &'static [&'static str] = &["message"];

    fn set<A: MapAccess<'de>>(&mut self, name: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.text = text(name, map)?;
        Ok(())
    }
}
