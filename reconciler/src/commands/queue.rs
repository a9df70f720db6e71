//! `queue`: what waits for a decision file, and which of it a decision file names. Counts everything, lists the oldest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::gates::Ages;
use super::select::Select;
use super::setup::{self, Access, Clients};
use super::watch::{Watched, watching};
use super::{Context, listed, plan};
use crate::cli::{FailOn, Format, Queue as Args};
use crate::desired::Written;
use crate::desired::decisions::Keep;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{
    Address, Capabilities, Decision, Facts, QueueName, ReadError, RequestId, Status, age,
};
use crate::render::Stage;
use crate::render::queue::{self as rendered, Coverage, Pending, QueueReport};
use crate::render::{html, junit, sheet};
use crate::vendors::{Queue, Row, Unlisted};

/// `countersign queue`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    known_findings(&args.findings.fail_on)?;
    let setup = setup::load(context, &args.reach)?;
    let select = Select::of(&args.selection, &setup)?;
    let written = setup.faultless(context, Keep::Nothing)?;
    let mut ages = args.findings.oldest().map(Ages::over);
    let look = async |clients: &Clients| {
        report(args, (&written, &select), clients, ages.as_mut(), context).await
    };
    let report = setup
        .with_queues(context, Access::Read, &args.reach, &select, look)
        .await?;
    let exit = show(args, &report, context)?;
    // Whoever waits in a queue that could not be read may have waited for too long.
    let unseen = ages.is_some() && report.queues.iter().any(|one| one.unread.is_some());
    let is_old = ages.is_some_and(|ages| ages.tell(context));
    Ok(if is_old || unseen {
        exit.or(Exit::Findings)
    } else {
        exit
    })
}

/// Reads the queues one after the other.
async fn report(
    args: &Args,
    (written, select): (&Written, &Select),
    clients: &Clients,
    mut ages: Option<&mut Ages>,
    context: &Context,
) -> Result<QueueReport, Failure> {
    let now = context.now();
    let mut report = QueueReport {
        now: Some(now),
        ..QueueReport::default()
    };
    for (name, queue) in clients {
        let decided: BTreeSet<&RequestId> = written
            .desired
            .decisions
            .iter()
            .filter(|d| d.address.queue == *name)
            .map(|d| &d.address.id)
            .collect();
        let drafted: BTreeSet<&RequestId> = written
            .desired
            .undecided
            .iter()
            .filter(|u| u.address.queue == *name)
            .map(|u| &u.address.id)
            .collect();
        let since = args
            .since_id
            .as_deref()
            .map(queue.terms().can.canonical_id)
            .transpose();
        let since = since.map_err(|why| Failure::usage(format!("--since-id: {why}")))?;
        let watched = Watched::default();
        // One that is silent is shown as well.
        let so_far = |rows| watched.set(name, Stage::Rows { rows, share: None });
        so_far(0);
        let can = queue.terms().can;
        // What was processed stays in the list for ever; what waits there is what no file names.
        let only_new = args.new || can.ratifies.is_some();
        let decisions = written.desired.decisions.iter();
        let by_address: BTreeMap<&RequestId, &Decision> = decisions
            .filter(|decision| decision.address.queue == *name)
            .map(|decision| (&decision.address.id, decision.as_ref()))
            .collect();
        let is_selected = |id: &RequestId| {
            let address = Address {
                queue: name.clone(),
                id: id.clone(),
            };
            select.lists(&address, by_address.get(id).copied())
        };
        let mut reading = Listed {
            args,
            is_selected: &is_selected,
            decided: &decided,
            drafted: &drafted,
            name,
            can,
            pending: BTreeMap::new(),
            coverage: Coverage::of(name, can.waiting(), only_new),
            ages: ages.as_deref_mut(),
            now,
        };
        let mut room = args.max;
        let ages_matter = reading.ages.is_some();
        let mut wanted = |id: &RequestId| {
            if ages_matter {
                return true;
            }
            let is_known = decided.contains(id) || drafted.contains(id);
            let fits = room > 0 && !(only_new && is_known) && is_selected(id);
            room -= usize::from(fits);
            fits
        };
        let mut row = |row: Row| {
            reading.row(row);
            so_far(reading.coverage.rows);
        };
        let list = listed::pending(queue.as_ref(), since.as_ref(), &mut wanted, &mut row);
        let read = tokio::select! {
            read = watching("reading", &watched, clients, context, list) => read,
            () = context.stop.at_once() => return Err(plan::interrupted(context)),
        };
        reading.finish(read, queue.as_ref(), &mut report);
    }
    Ok(report)
}

fn show(args: &Args, report: &QueueReport, context: &Context) -> Result<Exit, Failure> {
    let text = match args.format {
        Format::Text => rendered::text(report, context.ui.style()),
        Format::Json => rendered::json(report),
        Format::Markdown => rendered::markdown(report),
        Format::Html => html::document(&sheet::queue(report)),
        Format::Junit => junit::document(&sheet::queue(report)),
    };
    context.ui.result(&text);
    if !report.queues.is_empty()
        && report
            .queues
            .iter()
            .all(|coverage| coverage.unread.is_some())
    {
        let first = report.queues.iter().find_map(|one| one.unread.as_ref());
        let why = first.map_or_else(String::new, |error| format!(": {}", error.what));
        return Err(Failure::error(format!("no queue could be read{why}"))
            .hint("`countersign doctor` looks at each queue"));
    }
    let undecided = report
        .queues
        .iter()
        .any(|coverage| coverage.unnamed + coverage.drafted > 0);
    let gate = args.findings.fail_on.contains(&FailOn::Undecided)
        || args.findings.detailed_exitcode
        || args.findings.expect_no_changes;
    Ok(if gate && undecided {
        Exit::Findings
    } else {
        Exit::Done
    })
}

/// A finding that is never looked for would never be found, and a gate on it would always be open.
fn known_findings(asked: &[FailOn]) -> Result<(), Failure> {
    let compared = |finding: &&FailOn| match finding {
        FailOn::Undecided | FailOn::Age(_) => false,
        FailOn::Blocked | FailOn::Drift | FailOn::Lapsed | FailOn::CarriedOver => true,
    };
    let Some(finding) = asked.iter().find(compared) else {
        return Ok(());
    };
    let word = finding.word();
    let what = format!("--fail-on {word}: `queue` compares no decision with its request");
    let command = match finding {
        FailOn::CarriedOver => "plan --base REF",
        FailOn::Blocked | FailOn::Drift | FailOn::Lapsed | FailOn::Undecided | FailOn::Age(_) => {
            "status"
        }
    };
    Err(Failure::usage(what).hint(format!("`countersign {command} --fail-on {word}` does")))
}

/// One queue while it is read: counts of all, and the first of those to be listed.
struct Listed<'a> {
    args: &'a Args,
    is_selected: &'a (dyn Fn(&RequestId) -> bool + Sync),
    decided: &'a BTreeSet<&'a RequestId>,
    drafted: &'a BTreeSet<&'a RequestId>,
    name: &'a QueueName,
    can: &'static Capabilities,
    /// By id: vendors count up, so the oldest come first.
    pending: BTreeMap<RequestId, Pending>,
    coverage: Coverage,
    /// How long everything that waits has waited, where a gate asks for it.
    ages: Option<&'a mut Ages>,
    now: Timestamp,
}

impl Listed<'_> {
    fn row(&mut self, row: Row) {
        self.coverage.rows += 1;
        let (id, status, request) = match row {
            Row::Whole(request) => (request.id.clone(), request.status.clone(), Some(*request)),
            Row::Brief { id, status } => (id, status, None),
            Row::Unreadable { id, .. } => {
                self.coverage.unreadable += 1;
                self.waits(id.as_ref(), None);
                return;
            }
        };
        if let Status::Unknown(_) = status {
            self.coverage.unknown += 1;
            self.waits(Some(&id), None);
            return;
        }
        if !self.can.awaits(&status) {
            return;
        }
        let key = request.as_ref().and_then(|one| self.can.key_of(&one.facts));
        let is_in = |ids: &BTreeSet<&RequestId>| {
            ids.contains(&id) || key.as_ref().is_some_and(|key| ids.contains(key))
        };
        let named = if is_in(self.decided) {
            self.coverage.decided += 1;
            "decided"
        } else if is_in(self.drafted) {
            self.coverage.drafted += 1;
            "drafted"
        } else {
            self.coverage.unnamed += 1;
            "new"
        };
        // What is decided where decisions ratify was done before.
        if named != "decided" || self.can.ratifies.is_none() {
            self.waits(Some(&id), request.as_ref().map(|one| &one.facts));
        }
        let listed = (!self.coverage.only_new || named == "new") && (self.is_selected)(&id);
        let room = self.pending.len() < self.args.max;
        if let Some(request) = request.filter(|_| listed && room) {
            let pending = Pending {
                queue: self.name.clone(),
                named,
                request,
                can: self.can,
            };
            self.pending.insert(id, pending);
        }
    }

    /// Counts what waits, or may wait, for the gate on ages.
    fn waits(&mut self, id: Option<&RequestId>, facts: Option<&Facts>) {
        if let Some(ages) = &mut self.ages {
            let unnamed = RequestId::canonical("?");
            let address = Address {
                queue: self.name.clone(),
                id: id.unwrap_or(&unnamed).clone(),
            };
            ages.take(&address, facts.and_then(|facts| age(facts, self.now)));
        }
    }

    fn finish(
        mut self,
        read: Result<Unlisted, ReadError>,
        queue: &dyn Queue,
        report: &mut QueueReport,
    ) {
        self.coverage.calls = queue.calls();
        self.coverage.unread = read.err();
        report.who = queue.terms().can.who;
        report.pending.extend(self.pending.into_values());
        report.queues.push(self.coverage);
    }
}
