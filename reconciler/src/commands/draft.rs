//! `draft`: one undecided file with its guard per request that waits and that no file names; never pre-approved.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::SignedDuration;

use super::select::{Select, globs, queues};
use super::setup::{self, Access, Clients, Setup};
use super::{Context, files, fmt, listed, output, plan, prune};
use crate::cli::{Draft as Args, Reach};
use crate::desired::Written;
use crate::desired::decisions::Keep;
use crate::desired::draft::{self, Created, Options};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{
    Address, QueueName, ReadError, Request, RequestId, Sighting, Terms, Undecided, counted,
};
use crate::plan::fingerprint;
use crate::render::told;
use crate::vendors::{Queue, Row};

/// `countersign draft`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let reach = Reach::default();
    let setup = setup::load(context, &reach)?;
    let select = Select::of_queues(queues(&args.queues, &setup)?);
    let targets = globs("--target", &args.target)?;
    if let Some(into) = &args.into {
        files::is_read_again(into, &setup, context)?;
    }
    let written = setup.faultless(context, Keep::Nothing)?;
    let is_target = |address: &Address| {
        targets.is_empty()
            || targets
                .iter()
                .any(|glob| glob.is_match(address.to_string()))
    };
    if args.prune {
        let drafts: Vec<&Undecided> = written
            .desired
            .undecided
            .iter()
            .filter(|one| select.names_queue(&one.address.queue) && is_target(&one.address))
            .collect();
        return prune::run(&setup, &select, &reach, &drafts, context).await;
    }
    if args.refresh_guard {
        let named: Vec<&Address> = written
            .desired
            .addresses()
            .filter(|address| is_target(address))
            .collect();
        if named.is_empty() {
            return Err(Failure::usage(
                "--target names no request that stands in a decision file",
            ));
        }
        let work =
            async |clients: &Clients| refresh(&setup, &named, clients, &written, context).await;
        return setup
            .with_queues(context, Access::Read, &reach, &select, work)
            .await;
    }
    let known: BTreeSet<&Address> = written.desired.addresses().collect();
    let expires = args.expires.and_then(|from_now| {
        context
            .now()
            .checked_add(SignedDuration::try_from(from_now).ok()?)
            .ok()
    });
    let options = Options {
        ticket: args.ticket.as_deref(),
        expires,
    };
    let mut drafts = Drafts {
        waiting: BTreeSet::new(),
        written: 0,
        left: 0,
        unreadable: 0,
        names_nothing: !targets.is_empty() && !known.iter().any(|address| is_target(address)),
        text: String::new(),
    };
    let work = async |clients: &Clients| {
        drafts
            .of(
                clients,
                &Choice {
                    known: &known,
                    is_target: &is_target,
                },
                &options,
                args,
                context,
            )
            .await
    };
    setup
        .with_queues(context, Access::Read, &reach, &select, work)
        .await?;
    drafts.finish(args, context)
}

/// Which requests are drafted.
struct Choice<'a> {
    /// What decision files name.
    known: &'a BTreeSet<&'a Address>,
    is_target: &'a (dyn Fn(&Address) -> bool + Sync),
}

impl Choice<'_> {
    fn is_wanted(&self, queue: &QueueName, id: &RequestId) -> bool {
        let address = address(queue, id);
        !self.known.contains(&address) && (self.is_target)(&address)
    }

    /// Whether a file names it by what stands for its id.
    fn is_known(&self, terms: &Terms, request: &Request) -> bool {
        let key = terms.can.key_of(&request.facts);
        key.is_some_and(|key| self.known.contains(&address(&terms.queue, &key)))
    }
}

fn address(queue: &QueueName, id: &RequestId) -> Address {
    Address {
        queue: queue.clone(),
        id: id.clone(),
    }
}

/// What waits in a queue.
struct Pending {
    /// The first requests that are wanted.
    found: Vec<Request>,
    /// How many more there are: a queue may hold a million.
    left: usize,
    /// How many rows could not be read, and why not the first of them.
    unreadable: Option<(usize, ReadError)>,
}

async fn pending(queue: &dyn Queue, room: usize, choice: &Choice<'_>) -> Result<Pending, Failure> {
    let terms = queue.terms();
    let is_wanted = |id: &RequestId| choice.is_wanted(&terms.queue, id);
    let (mut found, mut left, mut seen, mut chosen) = (Vec::new(), 0, 0_usize, 0);
    let mut unreadable: Option<(usize, ReadError)> = None;
    let mut wanted = |id: &RequestId| {
        let fits = chosen < room && is_wanted(id);
        chosen += usize::from(fits);
        fits
    };
    let mut keep = |row: Row| {
        let (id, request) = match row {
            Row::Whole(request) if terms.can.awaits(&request.status) => {
                (request.id.clone(), Some(*request))
            }
            Row::Brief { id, status } if terms.can.awaits(&status) => (id, None),
            Row::Whole(_) | Row::Brief { .. } => return,
            Row::Unreadable { why, .. } => {
                unreadable.get_or_insert((0, why)).0 += 1;
                return;
            }
        };
        seen += 1;
        match request {
            _ if !is_wanted(&id) => {}
            Some(request) if choice.is_known(terms, &request) => {}
            Some(request) if found.len() < room => found.push(request),
            Some(_) | None => left += 1,
        }
    };
    let read = listed::pending(queue, None, &mut wanted, &mut keep).await;
    read.map_err(|error| {
        Failure::error(format!("the queue could not be read: {}", told(&error)))
            .at(format!("queue {}", queue.terms().queue))
            .hint(error.hint)
    })?;
    match unreadable {
        Some((_, why)) if seen == 0 => {
            Err(Failure::error(format!("no request could be read: {}", told(&why))).hint(why.hint))
        }
        Some(_) | None => Ok(Pending {
            found,
            left,
            unreadable,
        }),
    }
}

/// What has been drafted so far.
struct Drafts {
    /// The vendors' words for what waits for a file.
    waiting: BTreeSet<&'static str>,
    written: usize,
    left: usize,
    /// Rows that nobody knows whether they wait.
    unreadable: usize,
    /// Whether `--target` was given, and no decision file names such a request.
    names_nothing: bool,
    /// For `--into`.
    text: String,
}

impl Drafts {
    /// Drafts what is wanted of the pending requests of every queue.
    async fn of(
        &mut self,
        clients: &Clients,
        choice: &Choice<'_>,
        options: &Options<'_>,
        args: &Args,
        context: &Context,
    ) -> Result<(), Failure> {
        for queue in clients.values() {
            let name = &queue.terms().queue;
            self.waiting.insert(queue.terms().can.waiting());
            let room = args.max.saturating_sub(self.written);
            let pending = tokio::select! {
                pending = pending(queue.as_ref(), room, choice) => pending?,
                () = context.stop.at_once() => return Err(plan::interrupted(context)),
            };
            self.left += pending.left;
            if let Some((count, why)) = pending.unreadable {
                self.unreadable += count;
                let (rows, why) = (counted(count, "unreadable row"), told(&why));
                context.ui.warning(&format!(
                    "queue {name}: {rows}, not drafted; the first: {why}"
                ));
            }
            for request in pending.found {
                self.add(&request, queue.terms(), options, args, context)?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        request: &Request,
        terms: &Terms,
        options: &Options<'_>,
        args: &Args,
        context: &Context,
    ) -> Result<(), Failure> {
        let text = draft::draft(
            request,
            terms,
            &fingerprint(terms, &request.id, &request.facts),
            options,
        );
        if args.into.is_some() {
            self.text.push('\n');
            self.text.push_str(&text);
            self.written += 1;
            return Ok(());
        }
        match draft::create(&context.global.chdir, &terms.queue, &request.id, &text) {
            Ok(Created::New(name)) => {
                self.written += 1;
                context.ui.line(&format!("drafted {name}"));
            }
            Ok(Created::AlreadyThere(name)) => {
                context.ui.warning(&format!(
                    "{name} is there already and names another request; left alone"
                ));
            }
            Err(mistake) => return Err(setup::mistaken(context, &[mistake])),
        }
        Ok(())
    }

    fn finish(self, args: &Args, context: &Context) -> Result<Exit, Failure> {
        let waiting = Vec::from_iter(self.waiting).join(" or ");
        if let Some(into) = &args.into
            && self.written > 0
        {
            append(into, &self.text)?;
            context.ui.line(&format!(
                "drafted {} into {}",
                counted(self.written, "request"),
                into.display()
            ));
        }
        if self.left > 0 {
            context.ui.warning(&format!(
                "{} left undrafted: --max {}",
                counted(self.left, &format!("more {waiting} request")),
                args.max
            ));
        }
        if self.written + self.left + self.unreadable == 0 && self.names_nothing {
            let what = "--target names no waiting request without a decision file";
            return Err(Failure::usage(what).hint(
                "it is held against QUEUE/ID, as in 'helpdesk/*'; `countersign queue --new` lists them",
            ));
        }
        if self.written == 0 {
            let (every, but) = match self.unreadable {
                0 => ("every", String::new()),
                rows => (
                    "every readable",
                    format!("; {} left", counted(rows, "unreadable row")),
                ),
            };
            context.ui.result(&format!(
                "Nothing to draft: {every} {waiting} request is named by a decision file{but}.\n"
            ));
        } else {
            context.ui.hint("look at each request, set its verdict, ticket, reason and expires; then `countersign plan`");
        }
        Ok(Exit::Done)
    }
}

/// Appends drafts to a file that may be there already; the file is replaced whole.
fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::io("cannot write", path, &error);
    if path.exists() {
        let before = std::fs::read_to_string(path).map_err(failed)?;
        return fmt::rewrite(path, &format!("{}\n{text}", before.trim_end()));
    }
    output::write(path, text.trim_start()).map_err(failed)
}

async fn refresh(
    setup: &Setup,
    named: &[&Address],
    clients: &Clients,
    written: &Written,
    context: &Context,
) -> Result<Exit, Failure> {
    let mut refreshed = 0;
    for address in named {
        let (Some(queue), Some(terms)) =
            (clients.get(&address.queue), setup.terms.get(&address.queue))
        else {
            continue;
        };
        let request = match queue.look_up(&address.id).await.sighting {
            Sighting::Seen(request) => request,
            Sighting::Absent => {
                return Err(Failure::error(format!(
                    "{address} is not visible at the vendor; its guard stays as it is"
                )));
            }
            Sighting::Failed(error) => {
                return Err(Failure::error(told(&error))
                    .at(address.to_string())
                    .hint(error.hint));
            }
        };
        let print = fingerprint(terms, &request.id, &request.facts);
        for file in written.files.iter().filter(|file| file.ends_with(".toml")) {
            let path = context.global.chdir.join(file.as_ref());
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::io("cannot read", &path, &error))?;
            let changed = draft::refresh_guard(file, &text, &request, terms, &print);
            match changed {
                Ok(Some(changed)) if changed != text => {
                    fmt::rewrite(&path, &changed)?;
                    context.ui.line(&format!("refreshed {file}"));
                    refreshed += 1;
                }
                Ok(_) => {}
                Err(mistake) => return Err(setup::mistaken(context, &[mistake])),
            }
        }
    }
    if refreshed == 0 {
        context
            .ui
            .result("The guards are as the vendor shows the requests; nothing was changed.\n");
    } else {
        context
            .ui
            .hint("review the decision again: what it guards has changed");
    }
    Ok(Exit::Done)
}
