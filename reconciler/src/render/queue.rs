//! What is pending: coverage first, then the requests, oldest first.

use jiff::Timestamp;
use serde::Serialize;

use super::escape::Hostile;
use super::json::document;
use super::layout::{Page, Role, Style};
use super::words::{self, told};
use crate::model::{Capabilities, QueueName, ReadError, Request, age, counted};

/// What the queues hold.
#[derive(Clone, Debug, Default)]
pub struct QueueReport {
    /// Each queue's numbers.
    pub queues: Vec<Coverage>,
    /// The requests to list; `--max` of them in each queue.
    pub pending: Vec<Pending>,
    /// For ages.
    pub now: Option<Timestamp>,
    /// The keys that say who asked.
    pub who: &'static [&'static str],
}

/// One queue's numbers. Everything received is counted somewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// The queue.
    pub queue: QueueName,
    /// Rows received.
    pub rows: u64,
    /// Pending ones with a decision.
    pub decided: u64,
    /// Pending ones with an undecided block.
    pub drafted: u64,
    /// Pending ones that no file names.
    pub unnamed: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// Rows in a state that is not known: they may wait, or not.
    pub unknown: u64,
    /// Calls made.
    pub calls: u64,
    /// The word for what waits: `pending`, or `processed` where decisions ratify.
    #[serde(skip)]
    pub waiting: &'static str,
    /// Whether only what no file names is listed.
    #[serde(skip)]
    pub only_new: bool,
    /// Why the reading is not complete, if it is not: then nothing follows from what is missing.
    #[serde(skip)]
    pub unread: Option<ReadError>,
}

impl Coverage {
    /// A queue of which nothing is read yet.
    #[must_use]
    pub fn of(queue: &QueueName, waiting: &'static str, only_new: bool) -> Self {
        Self {
            queue: queue.clone(),
            waiting,
            only_new,
            rows: 0,
            decided: 0,
            drafted: 0,
            unnamed: 0,
            unreadable: 0,
            unknown: 0,
            calls: 0,
            unread: None,
        }
    }
}

/// One pending request.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its queue.
    pub queue: QueueName,
    /// `decided`, `drafted` or `new`.
    pub named: &'static str,
    /// All that the vendor shows.
    pub request: Request,
    /// What its vendor can do: which facts say who, on what, for what.
    pub can: &'static Capabilities,
}

impl Pending {
    fn fact(&self, key: &str) -> &str {
        self.request
            .facts
            .get(key)
            .map_or("", crate::model::VendorText::raw)
    }

    pub(super) fn age(&self, now: Option<Timestamp>) -> String {
        let age = now.and_then(|now| age(&self.request.facts, now));
        age.map_or_else(|| "?".to_owned(), words::age)
    }

    /// Who, where the vendor names somebody, and on what.
    pub(super) fn who(&self, shown: impl Fn(&str) -> String) -> String {
        let can = self.can;
        let who = can.who.first().copied();
        let targets = can.anchors.iter().filter(|key| Some(**key) != who);
        let targets: Vec<String> = targets.map(|key| shown(self.fact(key))).collect();
        let who = who.map(|key| format!("{} ", shown(self.fact(key))));
        format!("{}on {}", who.unwrap_or_default(), targets.join(" "))
    }

    /// Where it stands, where that is what a decision ratifies.
    fn status(&self) -> Option<&'static str> {
        self.can.ratifies.map(|_| self.request.status.word())
    }

    /// What the console decided, where a decision ratifies that; else the first fact that says for what.
    pub(super) fn what(&self) -> String {
        if let Some(status) = self.status() {
            let by = self.request.decided.by.as_ref();
            return by.map_or(status.to_owned(), |by| format!("{status} by {}", by.raw()));
        }
        let beside = |key: &&&str| !self.can.anchors.contains(*key);
        let keys = self.can.on_what.iter().filter(beside);
        let mut facts = keys.map(|key| self.fact(key));
        let what = facts.find(|fact| !fact.is_empty());
        what.unwrap_or_default().to_owned()
    }
}

/// The report for a person.
#[must_use]
pub fn text(report: &QueueReport, style: Style) -> String {
    let mut page = Page::new(style);
    for pending in &report.pending {
        let Pending {
            queue,
            named,
            request,
            can: _,
        } = pending;
        let shown = |fact: &str| Hostile::from(fact).at_most(40).terminal();
        let what = shown(&pending.what());
        let role = match *named {
            "new" => Role::Title,
            _ => Role::Plain,
        };
        let lead = format!("{named:<8} {:>4}  ", pending.age(report.now));
        let columns = [format!("{queue}/{}", request.id), pending.who(shown), what];
        let columns: Vec<String> = columns.into_iter().filter(|one| !one.is_empty()).collect();
        page.hanging((role, &lead), &columns.join("  "), 15);
    }
    page.blank();
    for coverage in &report.queues {
        page.hanging((Role::Plain, ""), &sentence(coverage, report), 2);
        if let Some(error) = &coverage.unread {
            let told = Hostile::prose(&told(error)).terminal();
            let told = format!("{told}; nothing follows from what is missing");
            page.hanging((Role::Alarm, "  incomplete: "), &told, 4);
            page.hanging((Role::Plain, "  next: "), &error.hint, 4);
        }
    }
    if report.queues.iter().any(|coverage| coverage.unnamed > 0) {
        page.exact(Role::Plain, "next: countersign draft");
    }
    page.finish()
}

pub(super) fn sentence(coverage: &Coverage, report: &QueueReport) -> String {
    let Coverage {
        queue,
        rows,
        decided,
        drafted,
        unnamed,
        unreadable,
        unknown,
        calls,
        waiting,
        only_new,
        unread,
    } = coverage;
    if unread.is_some() && *rows == 0 {
        return format!("Queue {queue}: NOT READ: what waits there is not known");
    }
    let pending = decided + drafted + unnamed;
    let of_queue = report
        .pending
        .iter()
        .filter(|pending| pending.queue == *queue);
    let shown = u64::try_from(of_queue.count()).unwrap_or(u64::MAX);
    let wanted = if *only_new { *unnamed } else { pending };
    let left = if shown < wanted {
        format!("; {} not listed (--max)", wanted - shown)
    } else {
        String::new()
    };
    let odd = [
        (unreadable, "could not be read"),
        (unknown, "in a state that is not known"),
    ];
    let odd = odd.into_iter().filter(|(count, _)| **count > 0);
    let odd: String = odd
        .map(|(count, what)| format!("; {count} {what}"))
        .collect();
    format!(
        "Queue {queue}: {pending} {waiting}: {decided} decided, {drafted} drafted, {unnamed} new; {} in {}{odd}{left}",
        counted(*rows, "row"),
        counted(*calls, "call")
    )
}

/// The report as one JSON document.
#[must_use]
pub fn json(report: &QueueReport) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        queue: &'a QueueName,
        request: &'a crate::model::RequestId,
        named: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<&'static str>,
        facts: &'a crate::model::Facts,
    }
    #[derive(Serialize)]
    struct Document<'a> {
        schema: u32,
        command: &'static str,
        queues: Vec<Numbers<'a>>,
        pending: Vec<Line<'a>>,
    }
    #[derive(Serialize)]
    struct Numbers<'a> {
        #[serde(flatten)]
        coverage: &'a Coverage,
        complete: bool,
        error: Option<&'a str>,
    }
    document(&Document {
        schema: 1,
        command: "queue",
        queues: report
            .queues
            .iter()
            .map(|coverage| Numbers {
                coverage,
                complete: coverage.unread.is_none() && coverage.unreadable + coverage.unknown == 0,
                error: coverage.unread.as_ref().map(|error| error.what.as_str()),
            })
            .collect(),
        pending: report
            .pending
            .iter()
            .map(|pending| Line {
                queue: &pending.queue,
                request: &pending.request.id,
                named: pending.named,
                status: pending.status(),
                facts: &pending.request.facts,
            })
            .collect(),
    })
}

/// The report as a table.
#[must_use]
pub fn markdown(report: &QueueReport) -> String {
    let head = String::from("| | age | request | who | what |\n|---|---|---|---|---|\n");
    let tail = markdown_tail(report);
    let room = super::markdown::MOST_BYTES.saturating_sub(head.len() + tail.len() + 200);
    let mut text = head;
    for (place, pending) in report.pending.iter().enumerate() {
        let cell = |fact: &str| Hostile::from(fact).at_most(60).markdown();
        let row = format!(
            "| {} | {} | `{}/{}` | {} | {} |\n",
            pending.named,
            pending.age(report.now),
            pending.queue,
            pending.request.id,
            pending.who(cell),
            cell(&pending.what()),
        );
        if text.len() + row.len() > room {
            let out = crate::model::counted(report.pending.len() - place, "row");
            text.push_str(&format!(
                "\n{out} left out; `countersign queue` lists all that `--max` allows.\n"
            ));
            break;
        }
        text.push_str(&row);
    }
    text + &tail
}

/// What was read of each queue, and what is missing.
fn markdown_tail(report: &QueueReport) -> String {
    let mut text = String::new();
    for coverage in &report.queues {
        text.push_str(&format!("\n{}\n", sentence(coverage, report)));
        if let Some(error) = &coverage.unread {
            text.push_str(&format!(
                "\n**Incomplete:** {}\n",
                super::escape::markdown_prose(&told(error))
            ));
        }
    }
    text
}
