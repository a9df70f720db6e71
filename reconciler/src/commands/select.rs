//! Which decisions a command is about: globs over `queue/id`, queues, tickets, verdicts.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use super::setup::Setup;
use crate::cli::Selection;
use crate::error::Failure;
use crate::model::{Address, Decision, Desired, QueueName, Verdict};

/// A selection, its globs compiled and its queues known to exist.
#[derive(Debug, Default)]
pub(super) struct Select {
    target: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
    /// All of them where nothing is said; a set that is empty means none.
    queues: Option<BTreeSet<QueueName>>,
    tickets: BTreeSet<String>,
    only: Option<BTreeSet<Verdict>>,
}

impl Select {
    /// Compiles a selection; a queue that does not exist is a usage error.
    pub(super) fn of(selection: &Selection, setup: &Setup) -> Result<Self, Failure> {
        let Selection {
            target,
            exclude,
            queue,
            ticket,
            only,
        } = selection;
        Ok(Self {
            target: globs("--target", target)?,
            exclude: globs("--exclude", exclude)?,
            queues: queues(queue, setup)?,
            tickets: ticket.iter().cloned().collect(),
            only: only
                .as_ref()
                .map(|only| only.iter().filter_map(|only| only.verdict()).collect()),
        })
    }

    /// Whether only the safe direction is asked for, so that mistakes elsewhere must not stop it.
    pub(super) fn is_safe_direction(&self) -> bool {
        self.only.as_ref().is_some_and(|only| {
            !only.is_empty() && only.iter().all(|verdict| verdict.is_safe_direction())
        })
    }

    /// Whether all decisions are meant.
    pub(super) fn is_everything(&self) -> bool {
        let Self {
            target,
            exclude,
            queues,
            tickets,
            only,
        } = self;
        target.is_empty()
            && exclude.is_empty()
            && queues.is_none()
            && tickets.is_empty()
            && only.is_none()
    }

    pub(super) fn names_queue(&self, queue: &QueueName) -> bool {
        self.queues
            .as_ref()
            .is_none_or(|queues| queues.contains(queue))
    }

    fn names(&self, address: &Address) -> bool {
        let text = address.to_string();
        self.names_queue(&address.queue)
            && (self.target.is_empty() || self.target.iter().any(|glob| glob.is_match(&text)))
            && !self.exclude.iter().any(|glob| glob.is_match(&text))
    }

    fn has_ticket(&self, ticket: &str) -> bool {
        self.tickets.is_empty() || self.tickets.contains(ticket)
    }

    /// Whether a decision is selected.
    pub(super) fn picks(&self, address: &Address, ticket: &str, verdict: Verdict) -> bool {
        let only = self.only.as_ref();
        self.names(address)
            && self.has_ticket(ticket)
            && only.is_none_or(|only| only.contains(&verdict))
    }

    /// Whether a waiting request is selected; a ticket and a verdict select those that a decision names.
    pub(super) fn lists(&self, address: &Address, decision: Option<&Decision>) -> bool {
        match decision {
            Some(decision) => self.picks(address, &decision.ticket, decision.verdict),
            None => self.names(address) && self.tickets.is_empty() && self.only.is_none(),
        }
    }

    /// Keeps what is selected. A glob or ticket that names nothing is a usage error: it is a typing error
    /// more often than a wish.
    pub(super) fn keep(&self, desired: &mut Desired) -> Result<(), Failure> {
        if self.is_everything() {
            return Ok(());
        }
        let addresses = desired
            .decisions
            .iter()
            .map(|decision| &decision.address)
            .chain(desired.undecided.iter().map(|undecided| &undecided.address))
            .chain(desired.releases.iter().map(|release| &release.address))
            .chain(
                desired
                    .duplicates
                    .iter()
                    .map(|duplicate| &duplicate.address),
            );
        let addresses: Vec<String> = addresses.map(ToString::to_string).collect();
        for (flag, globs) in [("--target", &self.target), ("--exclude", &self.exclude)] {
            for glob in globs {
                if !addresses.iter().any(|address| glob.is_match(address)) {
                    let hint = match glob.glob().glob().contains('/') {
                        true => "`countersign validate -v` lists what the decision files name",
                        false => {
                            "it is held against QUEUE/ID, as in 'helpdesk/*'; `countersign validate -v` lists what the decision files name"
                        }
                    };
                    return Err(Failure::usage(format!(
                        "{flag} {} names no decision",
                        glob.glob()
                    ))
                    .hint(hint));
                }
            }
        }
        if let Some(ticket) = self.tickets.iter().find(|ticket| {
            let releases = desired.releases.iter().map(|release| &release.ticket);
            let mut tickets = desired.decisions.iter().map(|d| &d.ticket).chain(releases);
            tickets.all(|written| written != *ticket)
        }) {
            return Err(Failure::usage(format!(
                "--ticket {ticket} names no decision"
            )));
        }
        // A ticket or a verdict selects decided blocks; what has neither is left out.
        let blocks = self.tickets.is_empty() && self.only.is_none();
        desired
            .decisions
            .retain(|d| self.picks(&d.address, &d.ticket, d.verdict));
        // A filing is no verdict that `--only` could name.
        desired.releases.retain(|release| {
            self.only.is_none() && self.names(&release.address) && self.has_ticket(&release.ticket)
        });
        desired
            .undecided
            .retain(|undecided| blocks && self.names(&undecided.address));
        desired
            .duplicates
            .retain(|duplicate| blocks && self.names(&duplicate.address));
        Ok(())
    }
}

pub(super) fn globs(flag: &str, patterns: &[String]) -> Result<Vec<GlobMatcher>, Failure> {
    let compile = |pattern: &String| {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        glob.map(|glob| glob.compile_matcher()).map_err(|error| {
            Failure::usage(format!("{flag} {pattern} is not a glob"))
                .because(error.kind())
                .hint("as in 'helpdesk/*'; quote it, or the shell expands it")
        })
    };
    patterns.iter().map(compile).collect()
}

/// The queues that are named on the command line; nothing where none is, which means all.
pub(super) fn queues(
    names: &[String],
    setup: &Setup,
) -> Result<Option<BTreeSet<QueueName>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let find = |name: &String| {
        setup
            .all
            .iter()
            .map(|terms| &terms.queue)
            .find(|queue| queue.as_str() == name)
            .cloned()
            .ok_or_else(|| {
                let known: Vec<&str> = setup.all.iter().map(|terms| terms.queue.as_str()).collect();
                Failure::usage(format!("there is no queue {name}"))
                    .hint(format!("the configuration has: {}", known.join(", ")))
            })
    };
    names.iter().map(find).collect::<Result<_, _>>().map(Some)
}

impl Select {
    /// Everything in these queues; in all of them where nothing is said.
    pub(super) fn of_queues(queues: Option<BTreeSet<QueueName>>) -> Self {
        Self {
            queues,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_queue_is_not_every_queue() {
        let queue = crate::fakes::queue_name();
        assert!(Select::of_queues(None).names_queue(&queue));
        assert!(!Select::of_queues(Some(BTreeSet::new())).names_queue(&queue));
        assert!(Select::of_queues(Some([queue.clone()].into())).names_queue(&queue));
        assert!(!Select::of_queues(Some(BTreeSet::new())).is_everything());
    }
}
