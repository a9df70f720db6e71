//! The bodies Admin By Request sends, written from its documentation: camel case for requests, Pascal case in the audit log.

use std::borrow::Cow;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::parts::{Application, ComputerBody, Elevated, Id, Unzoned, UserBody, kind, scans};
use super::request::{Request, Status};
use crate::dialect::Dialects;

/// How this tenant writes: the answers to what the document leaves open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) number_ids: bool,
    pub(crate) capital_link: bool,
    pub(crate) started: bool,
    pub(crate) null_codes: bool,
    pub(crate) pascal_audit: bool,
    pub(crate) scan_details: bool,
    /// What to add to an audit log id to get the request's.
    pub(crate) audit_offset: u64,
}

impl Style {
    pub(crate) fn new(dialects: &Dialects, audit_offset: u64, wants_details: bool) -> Self {
        let is = |key: &str, value: &str| dialects.is(&format!("admin-by-request.{key}"), value);
        Self {
            number_ids: is("id", "number"),
            capital_link: is("link-key", "auditLogLink"),
            started: is("running-word", "Started"),
            null_codes: is("status-codes", "null"),
            pascal_audit: is("auditlog-case", "pascal"),
            scan_details: wants_details && is("scan-details", "objects"),
            audit_offset,
        }
    }

    /// The word and the number shown for a status.
    pub(crate) fn status(&self, status: Status) -> (&'static str, Option<u8>) {
        let guessed = |code: u8| (!self.null_codes).then_some(code);
        match status {
            Status::Pending => ("Pending approval", Some(4)),
            Status::Denied => ("Denied", Some(3)),
            Status::Finished => ("Finished", Some(2)),
            Status::Approved => ("Approved", guessed(1)),
            Status::Running if self.started => ("Started", guessed(0)),
            Status::Running => ("Running", guessed(0)),
            Status::Quarantined => ("Quarantined", guessed(5)),
            Status::Expired => ("Expired", guessed(6)),
            Status::Withdrawn => ("Withdrawn", None),
        }
    }
}

/// A JSON array of requests in one buffer.
pub(crate) fn page(rows: &[Cow<'_, Request>], style: Style) -> Vec<u8> {
    array(rows, |row, body| {
        serde_json::to_writer(body, &RequestBody { row, style })
    })
}

/// A JSON array of audit log entries in one buffer.
pub(crate) fn audit_page(rows: &[Cow<'_, Request>], style: Style) -> Vec<u8> {
    array(rows, |row, body| {
        serde_json::to_writer(body, &AuditBody { row, style })
    })
}

fn array(
    rows: &[Cow<'_, Request>],
    write: impl Fn(&Request, &mut Vec<u8>) -> serde_json::Result<()>,
) -> Vec<u8> {
    let mut body = Vec::with_capacity(2 + rows.len() * 1100);
    body.push(b'[');
    for (position, row) in rows.iter().enumerate() {
        if position > 0 {
            body.push(b',');
        }
        let start = body.len();
        if write(row, &mut body).is_err() {
            // Strings and numbers into memory do not fail; if they ever do, the array stays an array.
            body.truncate(start);
            body.extend_from_slice(b"null");
        }
    }
    body.push(b']');
    body
}

/// One request as the Requests API shows it.
pub(crate) struct RequestBody<'a> {
    pub(crate) row: &'a Request,
    pub(crate) style: Style,
}

impl Serialize for RequestBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { row, style } = self;
        let (status, code) = style.status(row.status);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("scanResults", &scans(row, style))?;
        map.serialize_entry(
            "id",
            &Id {
                id: row.id,
                number: style.number_ids,
            },
        )?;
        map.serialize_entry(
            "traceNo",
            &Id {
                id: row.trace_no,
                number: false,
            },
        )?;
        map.serialize_entry("settingsName", &row.settings)?;
        map.serialize_entry("type", kind(row).0)?;
        map.serialize_entry("typeCode", &kind(row).1)?;
        map.serialize_entry("status", status)?;
        map.serialize_entry("statusCode", &code)?;
        map.serialize_entry(
            "application",
            &Application {
                app: row.app.as_ref(),
                pascal: false,
            },
        )?;
        map.serialize_entry("user", &UserBody { row, pascal: false })?;
        map.serialize_entry("computer", &ComputerBody { row, pascal: false })?;
        map.serialize_entry("reason", &row.reason)?;
        map.serialize_entry("approvedBy", &row.approved_by.as_ref().map(|by| &by.name))?;
        map.serialize_entry(
            "approvedByEmail",
            &row.approved_by.as_ref().and_then(|by| by.email.as_ref()),
        )?;
        map.serialize_entry("deniedReason", &row.denied_reason)?;
        map.serialize_entry("deniedBy", &row.denied_by.as_ref().map(|by| &by.name))?;
        map.serialize_entry(
            "deniedByEmail",
            &row.denied_by.as_ref().and_then(|by| by.email.as_ref()),
        )?;
        map.serialize_entry("requestTime", &Unzoned(row.requested_at))?;
        let link = if style.capital_link {
            "auditLogLink"
        } else {
            "auditlogLink"
        };
        map.serialize_entry(
            link,
            &format_args!(
                "https://www.adminbyrequest.com/Auditlog?ID={}",
                row.id.wrapping_sub(style.audit_offset)
            ),
        )?;
        map.end()
    }
}

/// One entry as the Auditlog API shows it.
pub(crate) struct AuditBody<'a> {
    pub(crate) row: &'a Request,
    pub(crate) style: Style,
}

impl Serialize for AuditBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { row, style } = self;
        let pascal = style.pascal_audit;
        let key =
            |pascal_key: &'static str, camel: &'static str| if pascal { pascal_key } else { camel };
        let (status, code) = style.status(row.status);
        let used = row.started_at.and(row.app.as_ref());
        let elevated: Vec<_> = used
            .into_iter()
            .map(|app| Elevated { app, pascal })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(
            key("ElevatedApplications", "elevatedApplications"),
            &elevated,
        )?;
        map.serialize_entry(key("ScanResults", "scanResults"), &scans(row, style))?;
        // The extract shows this id as a number, also where a request's is a string.
        map.serialize_entry(key("ID", "id"), &row.id.wrapping_sub(style.audit_offset))?;
        map.serialize_entry(
            key("TraceNo", "traceNo"),
            &Id {
                id: row.trace_no,
                number: false,
            },
        )?;
        map.serialize_entry(key("SettingsName", "settingsName"), &row.settings)?;
        map.serialize_entry(key("Type", "type"), kind(row).0)?;
        map.serialize_entry(key("TypeCode", "typeCode"), &kind(row).1)?;
        map.serialize_entry(key("Status", "status"), status)?;
        map.serialize_entry(key("StatusCode", "statusCode"), &code)?;
        map.serialize_entry(
            key("Application", "application"),
            &Application {
                app: row.app.as_ref(),
                pascal,
            },
        )?;
        map.serialize_entry(key("User", "user"), &UserBody { row, pascal })?;
        map.serialize_entry(key("Computer", "computer"), &ComputerBody { row, pascal })?;
        map.serialize_entry(key("Reason", "reason"), &row.reason)?;
        map.serialize_entry(
            key("ApprovedBy", "approvedBy"),
            &row.approved_by.as_ref().map(|by| &by.name),
        )?;
        map.serialize_entry(key("DeniedReason", "deniedReason"), &row.denied_reason)?;
        map.serialize_entry(
            key("DeniedBy", "deniedBy"),
            &row.denied_by.as_ref().map(|by| &by.name),
        )?;
        map.serialize_entry(
            key("RequestTime", "requestTime"),
            &Unzoned(row.requested_at),
        )?;
        map.serialize_entry(key("StartTime", "startTime"), &row.started_at.map(Unzoned))?;
        map.serialize_entry(key("EndTime", "endTime"), &row.finished_at.map(Unzoned))?;
        map.end()
    }
}
