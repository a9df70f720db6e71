//! The pieces that requests and audit log entries have in common on the wire.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::request::{App, Request};
use super::wire::Style;

pub(super) fn kind(row: &Request) -> (&'static str, u8) {
    if row.app.is_some() {
        ("Run As Admin", 0)
    } else {
        ("Session", 1)
    }
}

/// An id as a JSON string or number.
pub(super) struct Id {
    pub(super) id: u64,
    pub(super) number: bool,
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.number {
            serializer.serialize_u64(self.id)
        } else {
            serializer.collect_str(&self.id)
        }
    }
}

/// A time without its zone, to the second, as the vendor writes it; UTC.
pub(super) struct Unzoned(pub(super) Timestamp);

impl Serialize for Unzoned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Offset::UTC.to_datetime(self.0);
        serializer.collect_str(&format_args!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        ))
    }
}

/// The application; all members null for a session.
pub(super) struct Application<'a> {
    pub(super) app: Option<&'a App>,
    pub(super) pascal: bool,
}

impl Serialize for Application<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { app, pascal } = *self;
        let key =
            |pascal_key: &'static str, camel: &'static str| if pascal { pascal_key } else { camel };
        let threat = app.and_then(|app| app.threat.as_ref());
        let verdict = app.map(|_| {
            if threat.is_some() {
                ("Malicious", 1_u8)
            } else {
                ("Clean", 0)
            }
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(key("Path", "path"), &app.map(|app| &app.path))?;
        map.serialize_entry(key("File", "file"), &app.map(|app| &app.file))?;
        map.serialize_entry(key("Name", "name"), &app.map(|app| &app.name))?;
        map.serialize_entry(key("Vendor", "vendor"), &app.map(|app| &app.vendor))?;
        map.serialize_entry(key("Version", "version"), &app.map(|app| &app.version))?;
        map.serialize_entry(key("SHA256", "sha256"), &app.map(|app| &app.sha256))?;
        map.serialize_entry(
            key("ScanResult", "scanResult"),
            &verdict.map(|(word, _)| word),
        )?;
        map.serialize_entry(
            key("ScanResultCode", "scanResultCode"),
            &verdict.map(|(_, code)| code),
        )?;
        map.serialize_entry(key("Threat", "threat"), &threat)?;
        let link = app.map(|app| format!("https://www.virustotal.com/latest-scan/{}", app.sha256));
        map.serialize_entry(key("VirusTotalLink", "virustotalLink"), &link)?;
        map.serialize_entry(
            key("Preapproved", "preapproved"),
            &app.map(|app| app.preapproved),
        )?;
        map.end()
    }
}

pub(super) struct Elevated<'a> {
    pub(super) app: &'a App,
    pub(super) pascal: bool,
}

impl Serialize for Elevated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(if self.pascal { "Path" } else { "path" }, &self.app.path)?;
        map.serialize_entry(if self.pascal { "File" } else { "file" }, &self.app.file)?;
        map.serialize_entry(if self.pascal { "Name" } else { "name" }, &self.app.name)?;
        map.end()
    }
}

pub(super) struct UserBody<'a> {
    pub(super) row: &'a Request,
    pub(super) pascal: bool,
}

impl Serialize for UserBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (user, pascal) = (&self.row.user, self.pascal);
        let key =
            |pascal_key: &'static str, camel: &'static str| if pascal { pascal_key } else { camel };
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry(key("Account", "account"), &user.account)?;
        map.serialize_entry(key("FullName", "fullName"), &user.full_name)?;
        map.serialize_entry(key("Email", "email"), &user.email)?;
        map.serialize_entry(key("Phone", "phone"), &user.phone)?;
        map.serialize_entry(key("IsAdmin", "isAdmin"), &user.is_admin)?;
        map.end()
    }
}

pub(super) struct ComputerBody<'a> {
    pub(super) row: &'a Request,
    pub(super) pascal: bool,
}

impl Serialize for ComputerBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (computer, pascal) = (&self.row.computer, self.pascal);
        let key =
            |pascal_key: &'static str, camel: &'static str| if pascal { pascal_key } else { camel };
        let code = ["Windows", "Mac", "Linux"]
            .iter()
            .position(|name| *name == computer.platform);
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry(key("Name", "name"), &computer.name)?;
        map.serialize_entry(key("Platform", "platform"), &computer.platform)?;
        map.serialize_entry(key("PlatformCode", "platformCode"), &code.unwrap_or(0))?;
        map.serialize_entry(key("Make", "make"), &computer.make)?;
        map.serialize_entry(key("Model", "model"), &computer.model)?;
        map.end()
    }
}

/// One engine's result.
#[derive(Serialize)]
pub(super) struct Scan<'a> {
    pub(super) engine: &'static str,
    #[serde(rename = "scanResult")]
    pub(super) result: &'static str,
    #[serde(rename = "scanResultCode")]
    pub(super) code: u8,
    pub(super) threat: Option<&'a str>,
}

// The list is empty unless details were asked for, as in the document's sample.
pub(super) fn scans<'a>(row: &'a Request, style: &Style) -> Vec<Scan<'a>> {
    let Some(app) = row.app.as_ref().filter(|_| style.scan_details) else {
        return Vec::new();
    };
    ["AegisLab", "Bitdefender", "K7", "Sophos"]
        .into_iter()
        .enumerate()
        .map(|(position, engine)| {
            let threat = app.threat.as_deref().filter(|_| position % 2 == 1);
            let (result, code) = if threat.is_some() {
                ("Malicious", 1)
            } else {
                ("Clean", 0)
            };
            Scan {
                engine,
                result,
                code,
                threat,
            }
        })
        .collect()
}
