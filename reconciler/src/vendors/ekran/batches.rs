//! Walks the batches of processed requests, from `since` on.
//!
//! The document calls the answer's `afterId` "the first id in the batch" and does not say what the parameter
//! compares, so both readings are walked: it is sent back as it came, and where the next batch then brings back
//! rows of the last one, it was that batch's first id, and our own last id leads on. Either way it compares ids:
//! what comes in another order and leads on is an error.

use std::collections::BTreeMap;

use ahash::AHashSet;

use super::wire::{self, Batch, Read};
use crate::model::{ReadError, ReadErrorKind, RequestId, counted};
use crate::vendors::http::{Get, Http, Reply};
use crate::vendors::{Row, Unlisted, Whole, too_many};

/// Most rows of a batch (document, `count`: "Max value: 1000"; more is a 400).
const COUNT: &str = "1000";

const PATH: &str = "/AccessRequests/GetEndpointAccessRequests";

/// How the batches of one server are read.
#[derive(Debug)]
pub(super) struct Batches {
    /// Sent verbatim as `start`: times have no zone here, so nobody but its author knows which moment it is.
    pub(super) since: String,
    /// Most rows of one walk.
    pub(super) max_requests: u64,
}

impl Batches {
    /// Reads every batch, tells `body` of each as it came and `seen` of each row.
    ///
    /// There is no `end`: it would cut off what is processed meanwhile by a clock that nobody shows us.
    pub(super) async fn walk(
        &self,
        http: &Http,
        whole: Whole<'_>,
        from: Option<&RequestId>,
        body: &mut (dyn FnMut(&[u8]) + Send),
        seen: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Unlisted, ReadError> {
        let mut walk = Walk {
            whole,
            from: from.and_then(|id| id.as_str().parse().ok()),
            seen,
            known: AHashSet::new(),
            held: Vec::new(),
            highest: None,
            sent: None,
            by_our_own: false,
            nothing_new: false,
            only_what_was_asked: false,
            rows: 0,
            nameless: 0,
        };
        let end = self.read(http, &mut walk, body).await;
        for row in std::mem::take(&mut walk.held) {
            walk.tell(row);
        }
        end.map(|()| walk.unlisted())
    }

    async fn read(
        &self,
        http: &Http,
        walk: &mut Walk<'_>,
        body: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<(), ReadError> {
        loop {
            let get = self.get(http, walk.sent);
            let reply = http.read(&get).await?;
            let text = text(&get, &reply)?;
            let Batch { after, rows } = wire::batch(text).map_err(|why| malformed(&get, &why))?;
            body(&reply.body);
            if rows.is_empty() {
                return Ok(());
            }
            walk.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
            if walk.rows > self.max_requests {
                return Err(ReadError {
                    hint: "move `since` of the queue forward, or raise `max-requests`, in countersign.toml".to_owned(),
                    ..too_many(&get.shown(), self.max_requests)
                });
            }
            let is_in_order = rows.iter().filter_map(|row| row.id).is_sorted();
            let has_nameless = rows.iter().any(|row| row.id.is_none());
            walk.take(rows).map_err(|astray| match astray {
                Astray::Back => stuck(&get),
                Astray::OutOfOrder => out_of_order(&get),
            })?;
            let Some(after) = after.filter(|after| !walk.is_at_its_end(*after)) else {
                return Ok(());
            };
            if !is_in_order {
                return Err(out_of_order(&get));
            }
            let next = walk.next(after, has_nameless);
            walk.sent = Some(next.ok_or_else(|| stuck(&get))?);
        }
    }

    fn get(&self, http: &Http, after: Option<u64>) -> Get {
        let mut query = vec![("start", self.since.clone()), ("count", COUNT.to_owned())];
        query.extend(after.map(|id| ("afterId", id.to_string())));
        Get {
            path: PATH.to_owned(),
            query,
            limit: http.settings().body_limit.page,
        }
    }
}

/// One walk through all batches.
struct Walk<'a> {
    whole: Whole<'a>,
    from: Option<u64>,
    seen: &'a mut (dyn FnMut(Row) + Send),
    /// Ids of the batches so far: each request is told of once.
    known: AHashSet<u64>,
    /// The rows of the last batch. The next may show them again, and otherwise, so they are not told yet.
    held: Vec<Read>,
    highest: Option<u64>,
    /// The last `afterId` that was asked for.
    sent: Option<u64>,
    /// The vendor's `afterId` is the first id of its batch: our own last id leads on.
    by_our_own: bool,
    /// The last batch brought nothing that was not shown before.
    nothing_new: bool,
    /// It is one row, whose id was asked for.
    only_what_was_asked: bool,
    rows: u64,
    nameless: u64,
}

/// A batch that fits no reading of `afterId`.
enum Astray {
    /// It shows again what the batch before it had left behind.
    Back,
    /// It shows what is new from before the id that was asked for.
    OutOfOrder,
}

impl Walk<'_> {
    /// Takes the rows of a batch, and tells of those of the last one that it does not show again.
    fn take(&mut self, rows: Vec<Read>) -> Result<(), Astray> {
        let count = rows.len();
        let mut rows = once(rows);
        let here: AHashSet<u64> = rows.iter().filter_map(|row| row.id).collect();
        let held: AHashSet<u64> = self.held.iter().filter_map(|row| row.id).collect();
        for id in &here {
            if !self.known.contains(id) {
                if self.sent.is_some_and(|sent| *id < sent) {
                    return Err(Astray::OutOfOrder);
                }
            } else if !held.contains(id) {
                return Err(Astray::Back);
            }
        }
        let is_again = |row: &Read| row.id.is_some_and(|id| here.contains(&id));
        let mut again = BTreeMap::new();
        for row in std::mem::take(&mut self.held) {
            match row.id.filter(|_| is_again(&row)) {
                Some(id) => {
                    again.insert(id, row.request);
                }
                None => self.tell(row),
            }
        }
        for row in &mut rows {
            let before = row.id.and_then(|id| again.remove(&id));
            if before.is_some_and(|before| before != row.request) {
                row.request = Err("it stands in two batches, and differs".to_owned());
            }
        }
        self.by_our_own |= here.iter().any(|id| self.known.contains(id));
        self.nothing_new = here.iter().all(|id| self.known.contains(id));
        let asked = |sent| count == 1 && here.contains(&sent);
        self.only_what_was_asked = self.sent.is_some_and(asked);
        self.highest = self.highest.max(here.iter().max().copied());
        self.known.extend(here);
        self.held = rows;
        Ok(())
    }

    fn tell(&mut self, row: Read) {
        let Read { id, request } = row;
        let Some(id) = id else {
            self.nameless += 1;
            let why = request.err().unwrap_or_default();
            return (self.seen)(unreadable(None, &format!("a row of a batch: {why}")));
        };
        if self.from.is_some_and(|from| id < from) {
            return;
        }
        let row = match request {
            Ok(request) if self.is_wanted(&request.id) => Row::Whole(request),
            Ok(request) => Row::Brief {
                id: request.id,
                status: request.status,
            },
            Err(why) => unreadable(Some(id), &format!("request {id}: {why}")),
        };
        (self.seen)(row);
    }

    /// The parameter means "from this id on", and the cursor does not grow: asked from our own last id on, nothing
    /// came but that row, and its own id as `afterId`, be it the first or the last of the batch.
    fn is_at_its_end(&self, after: u64) -> bool {
        self.only_what_was_asked && self.nothing_new && self.sent == Some(after)
    }

    fn is_wanted(&self, id: &RequestId) -> bool {
        match self.whole {
            Whole::All => true,
            Whole::Named(named) => named.contains(id),
        }
    }

    /// What to ask on from; nothing where that does not grow, and the walk would not end.
    fn next(&self, after: u64, has_nameless: bool) -> Option<u64> {
        let own = self.highest.unwrap_or(after);
        // Asked for what follows our own last id, and nothing does: a cursor beyond it leaves nothing out.
        if self.nothing_new && after > own {
            return self.sent.is_none_or(|sent| after > sent).then_some(after);
        }
        // An id beyond all that was shown may be the first of the next batch, and would be left out.
        let next = if self.by_our_own || (after > own && !has_nameless) {
            own
        } else {
            after
        };
        self.sent.is_none_or(|sent| next > sent).then_some(next)
    }

    fn unlisted(&self) -> Unlisted {
        match self.nameless {
            0 => Unlisted::Absent,
            rows => Unlisted::Unknown(hidden_by_odd_rows(rows)),
        }
    }
}

/// The rows of a batch, each id once. Which of two is true of their request, nobody knows.
fn once(rows: Vec<Read>) -> Vec<Read> {
    let mut ids = AHashSet::new();
    let mut twice = AHashSet::new();
    for id in rows.iter().filter_map(|row| row.id) {
        if !ids.insert(id) {
            twice.insert(id);
        }
    }
    let mut rows = rows;
    rows.retain(|row| row.id.is_none_or(|id| ids.remove(&id)));
    for row in &mut rows {
        if row.id.is_some_and(|id| twice.contains(&id)) {
            row.request = Err("it stands twice in a batch".to_owned());
        }
    }
    rows
}

fn text<'a>(get: &Get, reply: &'a Reply) -> Result<&'a str, ReadError> {
    if reply.status != 200 {
        return Err(refusal(get, reply));
    }
    if !reply.may_be_json() {
        let why = "the answer is not JSON but something else, such as a web page";
        return Err(malformed(get, why));
    }
    std::str::from_utf8(&reply.body).map_err(|_| malformed(get, "the answer is not UTF-8"))
}

/// An answer that is no success. The document shows none but the 400; the rest is HTTP's own meaning.
fn refusal(get: &Get, reply: &Reply) -> ReadError {
    let (shown, status) = (get.shown(), reply.status);
    let (kind, means, hint) = match status {
        401 | 403 => (
            ReadErrorKind::Credential,
            ": the API key was rejected",
            "check the key, punctuation included, in the management tool; then `countersign doctor`",
        ),
        404 => (
            ReadErrorKind::Refused,
            ": this endpoint is not available in SaaS, or the url is not that of the API",
            "only servers on premises have it; check that `url` ends in /ekranapi and that the server's version has this endpoint",
        ),
        400 => (
            ReadErrorKind::Refused,
            "",
            "check `since` of the queue: a date, or a date with hours and minutes, as in since = \"2026-11-01\"",
        ),
        300..=399 => (
            ReadErrorKind::Refused,
            "",
            "redirects are never followed; correct `url` of the queue in countersign.toml",
        ),
        _ => (reply.trouble(), "", "`countersign doctor` tries each queue"),
    };
    ReadError {
        kind,
        what: format!("{shown} was {}{means}", reply.answered()),
        said: wire::said(reply),
        hint: hint.to_owned(),
    }
}

fn malformed(get: &Get, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{}: {why}", get.shown()),
        said: None,
        hint: "look at what stands between (proxy, gateway) and at `url` of the queue; `countersign doctor` tries each queue".to_owned(),
    }
}

fn stuck(get: &Get) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        ..malformed(
            get,
            "a batch leads on to where the walk has been: `afterId` does not grow",
        )
    }
}

/// A cursor compares ids ("id (int): A service field required for pagination"), so it leaves rows out where they come
/// in another order, and nothing shows which.
fn out_of_order(get: &Get) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Paging,
        what: format!(
            "{}: the batches are not in the order of their ids, so that `afterId` may leave rows out",
            get.shown()
        ),
        said: None,
        hint: "move `since` of the queue forward in countersign.toml, until one batch (1000 rows) holds all of it"
            .to_owned(),
    }
}

const LOOK: &str = "look at the request in the console; its decision is held until it can be read";

fn unreadable(id: Option<u64>, what: &str) -> Row {
    Row::Unreadable {
        id: id.map(wire::canonical),
        why: ReadError {
            kind: ReadErrorKind::Malformed,
            what: what.to_owned(),
            said: None,
            hint: LOOK.to_owned(),
        },
    }
}

fn hidden_by_odd_rows(rows: u64) -> ReadError {
    let have = if rows == 1 { "has" } else { "have" };
    let rows = counted(rows, "row");
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("no batch shows it, but {rows} {have} no id that can be read"),
        said: None,
        hint: LOOK.to_owned(),
    }
}
