//! The bodies Password Safe sends, written from its documentation: Pascal case, ids as numbers, dates without a zone.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::estate::TicketSystem;
use super::list::Row;
use super::people::User;
use super::request::{AccessType, Request, Status};
use crate::dialect::Dialects;

/// How this instance writes: the answers to what the document leaves open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    active_word: &'static str,
    zone: &'static str,
    zeros: bool,
    newer: bool,
    null_pending_expiry: bool,
}

impl Style {
    pub(crate) fn new(dialects: &Dialects) -> Self {
        let is = |key: &str, value: &str| dialects.is(&format!("beyondtrust.{key}"), value);
        Self {
            active_word: dialects.chosen("beyondtrust.active-word"),
            zone: if is("date-zone", "utc") { "Z" } else { "" },
            zeros: is("absent-values", "zero"),
            newer: is("list-fields", "newer"),
            null_pending_expiry: is("pending-expires", "null"),
        }
    }

    fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Pending => "Pending",
            Status::Active => self.active_word,
            Status::Denied => "Denied",
            Status::Cancelled => "Cancelled",
            Status::CheckedIn => "CheckedIn",
            Status::Expired => "Expired",
            Status::Withdrawn => "Withdrawn",
        }
    }
}

/// One row as the list shows it.
struct Shown<'a> {
    id: u64,
    system_id: u64,
    system: &'a str,
    account_id: u64,
    account: &'a str,
    domain: Option<&'a str>,
    alias_id: Option<u64>,
    application_id: Option<u64>,
    release_at: Timestamp,
    approved_at: Option<Timestamp>,
    expires_at: Timestamp,
    status: Status,
    access_type: AccessType,
    /// For newer versions: why and who.
    reason: Option<&'a str>,
    requestor: &'a str,
}

/// A JSON array of requests, row by row into one buffer.
pub(crate) struct Page<'a> {
    body: Vec<u8>,
    style: Style,
    users: &'a [User],
}

impl<'a> Page<'a> {
    pub(crate) fn new(style: Style, users: &'a [User]) -> Self {
        Self {
            body: vec![b'['],
            style,
            users,
        }
    }

    pub(crate) fn add(&mut self, row: Row<'_>) {
        match row {
            Row::Stored(row) => self.stored(row),
            Row::Made(block, index) => {
                let (account, access_type) = block.kind(index);
                let filed_at = block.filed_at(index);
                let system = block.system(index);
                self.write(&Shown {
                    id: block.first + index,
                    system_id: block.system_id(index),
                    system: &system,
                    account_id: block.account_id(index),
                    account,
                    domain: None,
                    alias_id: None,
                    application_id: None,
                    release_at: filed_at,
                    approved_at: None,
                    expires_at: block.expires_at(index),
                    status: Status::Pending,
                    access_type,
                    reason: None,
                    requestor: block.requestor(index),
                });
            }
        }
    }

    fn stored(&mut self, row: &Request) {
        self.write(&Shown {
            id: row.id,
            system_id: row.system_id,
            system: &row.system,
            account_id: row.account_id,
            account: &row.account,
            domain: row.domain.as_deref(),
            alias_id: row.alias_id,
            application_id: row.application_id,
            release_at: row.release_at,
            approved_at: row.approved_at,
            expires_at: row.expires_at,
            status: row.status,
            access_type: row.access_type,
            reason: row.reason.as_deref(),
            requestor: &row.requestor,
        });
    }

    // By hand: a list has no pages, and a hundred thousand rows shall not take a breath.
    fn write(&mut self, row: &Shown<'_>) {
        let style = self.style;
        if self.body.len() > 1 {
            self.body.push(b',');
        }
        self.number("{\"RequestID\":", Some(row.id));
        self.number(",\"SystemID\":", Some(row.system_id));
        self.text(",\"SystemName\":", Some(row.system));
        self.number(",\"AccountID\":", Some(row.account_id));
        self.text(",\"AccountName\":", Some(row.account));
        let none = style.zeros.then_some(0);
        self.text(",\"DomainName\":", row.domain.or(style.zeros.then_some("")));
        self.number(",\"AliasID\":", row.alias_id.or(none));
        self.number(",\"ApplicationID\":", row.application_id.or(none));
        self.date(",\"RequestReleaseDate\":", Some(row.release_at));
        self.date(",\"ApprovedDate\":", row.approved_at);
        let hidden = row.status == Status::Pending && style.null_pending_expiry;
        self.date(",\"ExpiresDate\":", (!hidden).then_some(row.expires_at));
        self.text(",\"Status\":", Some(style.status(row.status)));
        self.text(",\"AccessType\":", Some(row.access_type.word()));
        if style.newer {
            let users = self.users;
            let user = users.iter().find(|user| user.run_as == row.requestor);
            self.date(",\"CanceledDate\":", None);
            self.text(",\"Reason\":", row.reason);
            self.number(",\"RequestorUserID\":", user.map(|user| user.id));
            self.text(",\"RequestorName\":", Some(row.requestor));
        }
        self.body.push(b'}');
    }

    fn number(&mut self, key: &str, value: Option<u64>) {
        self.body.extend_from_slice(key.as_bytes());
        match value {
            None => self.body.extend_from_slice(b"null"),
            Some(number) => digits(&mut self.body, number, 1),
        }
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        self.body.extend_from_slice(key.as_bytes());
        match value {
            None => self.body.extend_from_slice(b"null"),
            Some(text) => {
                let plain =
                    |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
                if text.bytes().all(plain) {
                    self.body.push(b'"');
                    self.body.extend_from_slice(text.as_bytes());
                    self.body.push(b'"');
                } else {
                    self.body
                        .extend_from_slice(json!(text).to_string().as_bytes());
                }
            }
        }
    }

    fn date(&mut self, key: &str, value: Option<Timestamp>) {
        self.body.extend_from_slice(key.as_bytes());
        let Some(at) = value else {
            self.body.extend_from_slice(b"null");
            return;
        };
        let time = Offset::UTC.to_datetime(at);
        let part = |number: i16| u64::try_from(number).unwrap_or_default();
        self.body.push(b'"');
        digits(&mut self.body, part(time.year()), 4);
        for (mark, number) in [
            (b'-', time.month()),
            (b'-', time.day()),
            (b'T', time.hour()),
            (b':', time.minute()),
            (b':', time.second()),
        ] {
            self.body.push(mark);
            digits(&mut self.body, part(i16::from(number)), 2);
        }
        self.body.extend_from_slice(self.style.zone.as_bytes());
        self.body.push(b'"');
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.body.push(b']');
        self.body
    }
}

// Decimal digits, with leading zeros up to `least`.
fn digits(body: &mut Vec<u8>, number: u64, least: usize) {
    let mut text = [b'0'; 20];
    let mut rest = number;
    let mut start = text.len();
    while rest > 0 || text.len() - start < least {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    body.extend_from_slice(&text[start..]);
}

/// What SignAppIn answers.
pub(crate) fn signed_in(user: &User) -> Value {
    json!({
        "UserId": user.id,
        "EmailAddress": user.email,
        "UserName": user.run_as,
        "Name": user.full_name,
    })
}

/// What the token endpoint answers.
pub(crate) fn token(text: &str, seconds: i64) -> Value {
    json!({
        "access_token": text,
        "expires_in": seconds,
        "token_type": "Bearer",
        "scope": "publicapi",
    })
}

/// One ticket system as GET TicketSystems shows it.
pub(crate) fn ticket_system(system: &TicketSystem) -> Value {
    json!({
        "TicketSystemID": system.id,
        "IsDefaultSystem": system.default,
        "TicketSystemName": system.name,
        "Description": system.description,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_digits() {
        let of = |number, least| {
            let mut body = Vec::new();
            digits(&mut body, number, least);
            String::from_utf8(body).unwrap()
        };
        assert_eq!(
            (of(0, 1), of(7, 2), of(40, 4)),
            ("0".into(), "07".into(), "0040".into())
        );
        assert_eq!(of(u64::MAX, 1), u64::MAX.to_string());
    }

    #[test]
    fn text_is_json_whatever_is_in_it() {
        for text in ["plain", "q\"b\\", "\u{1}\n", "ü☎", "\u{7f}"] {
            let mut page = Page::new(Style::new(&Dialects::default()), &[]);
            page.body.clear();
            page.text("", Some(text));
            let read: Value = serde_json::from_slice(&page.body).unwrap();
            assert_eq!(read, json!(text));
        }
    }
}
