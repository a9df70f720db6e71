//! The vendor's JSON, read strictly: pages row by row, whole requests only where they are wanted.
//!
//! A page is walked once. Each row costs its id and status (`skim`, or `brief` where that is in doubt); the
//! bytes of a row that is wanted whole are parsed again, repeated keys refused. Nothing here knows HTTP statuses or the network.

mod brief;
mod record;
mod skim;
mod status;
mod strict;

#[cfg(test)]
mod tests;

use ahash::AHashSet;
use serde::de::{Deserialize, IgnoredAny};
use serde_json::Deserializer;

use super::bounded;
use crate::model::{ReadError, ReadErrorKind, Request, RequestId, VendorText};
use crate::vendors::http::Reply;
use crate::vendors::{Row, Whole};
use brief::Brief;

/// Which rows are wanted whole, in a form that another thread can use.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Every one.
    All,
    /// These.
    Named(AHashSet<u64>),
}

impl Wanted {
    pub(super) fn of(whole: Whole<'_>) -> Self {
        match whole {
            Whole::All => Self::All,
            // Canonical ids have 19 digits at most, so each is a number; what is none, is of no row.
            Whole::Named(ids) => Self::Named(ids.iter().filter_map(number).collect()),
        }
    }

    fn has(&self, id: u64) -> bool {
        match self {
            Self::All => true,
            Self::Named(ids) => ids.contains(&id),
        }
    }
}

/// A canonical id as a number.
pub(super) fn number(id: &RequestId) -> Option<u64> {
    id.as_str().parse().ok()
}

/// A number as a canonical id.
fn canonical(id: u64) -> RequestId {
    RequestId::canonical(&id.to_string())
}

/// One page, read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    /// The rows in the vendor's order; one that repeats the id before this page is left out.
    pub(super) rows: Vec<Row>,
    /// Rows received, repeats included. Zero is the end of the queue.
    pub(super) received: u64,
    /// The highest id so far; the one before this page where no row has an id that can be read.
    pub(super) last: Option<u64>,
}

/// Why a page could not be read: the sort of trouble, and words without any of the vendor's.
pub(super) type Spoiled = (ReadErrorKind, String);

/// Reads a page: an array of requests whose ids grow, all beyond `after`.
///
/// A first row that repeats `after` is skipped: the document says both "last id" and "last id plus 1".
///
/// # Errors
/// What is not such an array, or only repeats the last row.
pub(super) fn page(body: &[u8], after: Option<u64>, wanted: &Wanted) -> Result<Page, Spoiled> {
    let malformed = |what: &str| (ReadErrorKind::Malformed, what.to_owned());
    let text = std::str::from_utf8(body).map_err(|_| malformed("the answer is not UTF-8"))?;
    let mut rest = blank(text.strip_prefix('\u{feff}').unwrap_or(text));
    rest = blank(
        rest.strip_prefix('[')
            .ok_or_else(|| malformed("the answer is not an array of requests"))?,
    );
    let mut page = Page {
        last: after,
        ..Page::default()
    };
    if rest.starts_with(']') {
        return closed(rest).map(|()| page);
    }
    loop {
        page.received += 1;
        let (row, tail) = split_row(rest).map_err(|why| {
            (
                ReadErrorKind::Malformed,
                format!("row {} of the page: {why}", page.received),
            )
        })?;
        page.take(row, wanted)?;
        rest = blank(tail);
        match rest.strip_prefix(',') {
            Some(next) => rest = blank(next),
            None => {
                closed(rest)?;
                break;
            }
        }
    }
    if page.rows.is_empty() {
        let what = "a page brought no new id: paging does not move on";
        return Err((ReadErrorKind::Paging, what.to_owned()));
    }
    Ok(page)
}

impl Page {
    fn take(
        &mut self,
        row: Result<(Brief<'_>, &str), String>,
        wanted: &Wanted,
    ) -> Result<(), Spoiled> {
        let nth = self.received;
        let (brief, bytes) = match row {
            Ok(row) => row,
            Err(why) => {
                self.rows
                    .push(unreadable(None, &format!("row {nth} of a page: {why}")));
                return Ok(());
            }
        };
        let id = match brief.id() {
            Ok(id) => id,
            Err(why) => {
                self.rows
                    .push(unreadable(None, &format!("row {nth} of a page: {why}")));
                return Ok(());
            }
        };
        if let Some(last) = self.last {
            if id == last && nth == 1 {
                return Ok(());
            }
            if id <= last {
                let what = "the ids of a list do not grow: paging would lose or repeat requests";
                return Err((ReadErrorKind::Paging, what.to_owned()));
            }
        }
        self.last = Some(id);
        self.rows.push(if wanted.has(id) {
            match record::whole(bytes) {
                Ok(request) if number(&request.id) == Some(id) => Row::Whole(Box::new(request)),
                Ok(_) => unreadable(
                    Some(id),
                    &format!("request {id} in a list: its id reads two ways"),
                ),
                Err(why) => unreadable(Some(id), &format!("request {id} in a list: {why}")),
            }
        } else {
            match brief.status() {
                Ok(status) => Row::Brief {
                    id: canonical(id),
                    status,
                },
                Err(why) => unreadable(Some(id), &format!("request {id} in a list: {why}")),
            }
        });
        Ok(())
    }
}

fn unreadable(id: Option<u64>, what: &str) -> Row {
    Row::Unreadable {
        id: id.map(canonical),
        why: ReadError {
            kind: ReadErrorKind::Malformed,
            what: what.to_owned(),
            said: None,
            hint: "look at the request in the portal; its decision is held until it can be read"
                .to_owned(),
        },
    }
}

/// A row's brief and its bytes, or why it is no request; then what follows it.
type Split<'a> = (Result<(Brief<'a>, &'a str), String>, &'a str);

/// Cuts the next row off.
fn split_row(text: &str) -> Result<Split<'_>, String> {
    if let Some((brief, end)) = skim::skim(text)
        && let Some((row, tail)) = text.split_at_checked(end)
    {
        return Ok((Ok((brief, row)), tail));
    }
    let mut stream = Deserializer::from_str(text).into_iter::<Brief<'_>>();
    match stream.next() {
        Some(Ok(brief)) => {
            let (row, tail) = text
                .split_at_checked(stream.byte_offset())
                .ok_or("cut off")?;
            Ok((Ok((brief, row)), tail))
        }
        Some(Err(error)) if error.is_data() => {
            // Its shape is wrong, its syntax may be right: then the rows after it can still be read.
            let why = record::words(&error);
            let mut skipped = Deserializer::from_str(text).into_iter::<IgnoredAny>();
            match skipped.next() {
                Some(Ok(_)) => {
                    let tail = text.get(skipped.byte_offset()..).ok_or("cut off")?;
                    Ok((Err(why), tail))
                }
                Some(Err(error)) => Err(record::words(&error)),
                None => Err("cut off".to_owned()),
            }
        }
        Some(Err(error)) => Err(record::words(&error)),
        None => Err("the array is cut off".to_owned()),
    }
}

fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
}

fn closed(rest: &str) -> Result<(), Spoiled> {
    match rest.strip_prefix(']').map(blank) {
        Some("") => Ok(()),
        Some(_) => Err((
            ReadErrorKind::Malformed,
            "something follows the array of requests".to_owned(),
        )),
        None => Err((
            ReadErrorKind::Malformed,
            "the array of requests is cut off".to_owned(),
        )),
    }
}

/// Reads the one object that `GET requests/{id}` answers.
///
/// # Errors
/// What is wrong with it, in our words.
pub(super) fn object(text: &str) -> Result<Request, String> {
    record::whole(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The last id of a page by its looks, for asking the next one early. Only a hint: text inside a request
/// could look the same, so it is compared with what the parsed page says.
pub(super) fn tail_id(body: &[u8]) -> Option<u64> {
    let at = body
        .windows(5)
        .rposition(|window| window.eq_ignore_ascii_case(b"\"id\":"))?;
    let rest = body.get(at + 5..)?;
    let digits = rest.iter().skip_while(|byte| matches!(**byte, b' ' | b'"'));
    let digits: Vec<u8> = digits
        .take_while(|byte| byte.is_ascii_digit())
        .take(20)
        .copied()
        .collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// The vendor's words in an error, `{"Message": "…"}`, bounded.
pub(super) fn message(reply: &Reply) -> Option<VendorText> {
    let said = reply
        .may_be_json()
        .then(|| record::message(&reply.body))
        .flatten()?;
    Some(bounded(&said))
}

/// Whether a body is nothing at all, or JSON that calls itself so.
pub(super) fn is_empty_or_json(reply: &Reply) -> bool {
    let body = reply.body.trim_ascii();
    let json = || {
        let mut parser = Deserializer::from_slice(body);
        IgnoredAny::deserialize(&mut parser).is_ok() && parser.end().is_ok()
    };
    body.is_empty() || (reply.may_be_json() && json())
}
