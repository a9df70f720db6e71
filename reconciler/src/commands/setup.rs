//! What most commands begin with: configuration, decision files, ledger and queues, each checked before the next.

mod connect;

use std::collections::BTreeMap;

use super::Context;
use super::git::Git;
use super::provenance::{self, Reviewed};
use crate::apply::ledger::{self, History, LedgerError};
use crate::cli::Reach;
use crate::desired::Mistake;
use crate::desired::config::{self, Config, QueueConfig};
use crate::desired::decisions::{self, Keep, Written};
use crate::error::{Diagnostic, Failure, Severity};
use crate::exit::Exit;
use crate::model::{Past, QueueName, Reading, Terms};
use crate::plan::Brakes;
use crate::render::mistakes;
use crate::vendors::{self, Queue};

/// Whether a command reads only, or may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// With `credentials`.
    Read,
    /// With `write-credentials` where given: what only the decider can see is read by the decider too.
    Decide,
}

/// What calls each queue.
pub(super) type Clients = BTreeMap<QueueName, Box<dyn Queue>>;

/// Queues that no client could be made for, and why.
pub(super) type Unreachable = BTreeMap<QueueName, Reading>;

/// The configuration, and each queue's terms.
pub(super) struct Setup {
    pub(super) config: Config,
    /// Every queue of the configuration.
    pub(super) all: Vec<Terms>,
    /// Those that are enabled.
    pub(super) terms: BTreeMap<QueueName, Terms>,
}

/// Reads the configuration, and refuses origins that the environment does not allow.
pub(super) fn load(context: &Context, reach: &Reach) -> Result<Setup, Failure> {
    let config = config::read(&context.global.config).map_err(|wrong| mistaken(context, &wrong))?;
    // Before a secret is read or a command is run.
    if let Some(allowed) = context.env("COUNTERSIGN_ORIGINS") {
        config::check_origins(&config, allowed).map_err(|wrong| mistaken(context, &wrong))?;
    }
    let all: Vec<Terms> = config
        .queues
        .iter()
        .map(|(name, queue)| terms(name, queue, reach))
        .collect();
    let enabled = |terms: &&Terms| {
        config
            .queues
            .get(&terms.queue)
            .is_some_and(|queue| queue.enabled)
    };
    let terms = all
        .iter()
        .filter(enabled)
        .map(|terms| (terms.queue.clone(), terms.clone()))
        .collect();
    Ok(Setup { config, all, terms })
}

fn terms(name: &QueueName, queue: &QueueConfig, reach: &Reach) -> Terms {
    let parallelism = reach
        .parallelism
        .and_then(|many| std::num::NonZeroUsize::new(many.into()));
    Terms {
        queue: name.clone(),
        origin: queue.origin.clone(),
        organization: queue.organizations.first().cloned(),
        deciding: queue.decides_as(),
        deciders: queue.deciders.clone(),
        can: vendors::capabilities(queue.vendor),
        parallelism: parallelism.unwrap_or(queue.parallelism),
        rate: queue.rate_limit,
    }
}

impl Setup {
    /// Reads all decision files.
    pub(super) fn written(&self, context: &Context, keep: Keep) -> Written {
        let reviewed = if self.config.review_ref.is_some() {
            Keep::Digests
        } else {
            Keep::Nothing
        };
        decisions::read(
            &context.global.chdir,
            &self.config.decisions,
            &self.all,
            keep.max(reviewed),
        )
    }

    /// Reads all decision files; any mistake stops the run.
    pub(super) fn faultless(&self, context: &Context, keep: Keep) -> Result<Written, Failure> {
        let written = self.written(context, keep);
        if written.mistakes.is_empty() {
            Ok(written)
        } else {
            Err(mistaken(context, &written.mistakes))
        }
    }

    /// The ledger as it stands; without one a reading command warns and goes on as with an empty one.
    pub(super) fn history(&self, context: &Context) -> Result<Option<History>, Failure> {
        match ledger::read(&self.config.ledger) {
            Ok(history) => {
                if history.torn > 0 {
                    context.ui.warning("the ledger's last record was cut off by a crash; the next apply removes the rest of it");
                }
                Ok(Some(history))
            }
            Err(error @ LedgerError::Missing { .. }) => {
                context.ui.warning(&format!("{error}: planning as if nothing had been sent before; `countersign ledger init` makes one"));
                Ok(None)
            }
            Err(error) => Err(ledger_failure(&error)),
        }
    }

    /// What stops approvals in this run.
    pub(super) fn brakes(&self, context: &Context, written: &Written) -> Brakes {
        let frozen = match context.env("COUNTERSIGN_FREEZE") {
            Some("" | "0") | None if self.config.freeze_approvals => {
                Some(format!("[freeze] in {}", self.config.path.display()))
            }
            Some("" | "0") | None => None,
            Some(_) => Some("COUNTERSIGN_FREEZE".to_owned()),
        };
        let unmerged = self
            .reviewed(context, written)
            .map(|(reference, reviewed)| (reference.to_owned(), reviewed.unmerged(written)));
        let limits = self.config.limits;
        Brakes {
            frozen,
            approvals: limits.approvals,
            per_queue: limits.per_queue,
            per_requester: limits.per_requester,
            unmerged,
        }
    }

    /// What stands on `[review] ref`, where one is configured. A ref that Git does not know is no error:
    /// every approve is unmerged then, and the safe direction stays open.
    fn reviewed(&self, context: &Context, written: &Written) -> Option<(&str, Reviewed)> {
        let reference = self.config.review_ref.as_deref()?;
        let reviewed = provenance::reviewed(&Git::of(context), reference, written, &self.all);
        if !reviewed.known {
            context.ui.warning(&format!("[review] ref: Git does not know {reference}, so every approve is unmerged; fetch it (`git fetch`, `fetch-depth: 0` in a workflow), or correct the configuration"));
        }
        Some((reference, reviewed))
    }

    /// Leaves out `[[resolve]]` blocks that nobody has merged: what they say would open the way for an approve.
    pub(super) fn keep_reviewed_resolves(&self, context: &Context, written: &mut Written) {
        if written.desired.resolves.is_empty() {
            return;
        }
        let Some((reference, reviewed)) = self.reviewed(context, written) else {
            return;
        };
        for resolve in reviewed.take_unmerged(&mut written.desired.resolves) {
            context.ui.warning(&format!(
                "{}: this [[resolve]] does not stand on {reference}; it is left out",
                resolve.from
            ));
        }
    }
}

/// What earlier runs sent; nothing where there is no ledger.
pub(super) fn past(history: Option<&History>) -> Past {
    history.map(History::past).unwrap_or_default()
}

/// Shows every mistake, and stops the run.
pub(super) fn mistaken(context: &Context, mistakes: &[Mistake]) -> Failure {
    show_mistakes(context, mistakes, Severity::Error);
    let many = if mistakes.len() == 1 {
        "1 mistake".to_owned()
    } else {
        format!("{} mistakes", mistakes.len())
    };
    Failure::new(
        Exit::Error,
        format!("{many} in what people wrote; nothing was sent"),
    )
}

pub(super) fn show_mistakes(context: &Context, mistakes: &[Mistake], severity: Severity) {
    let diagnostics: Vec<Diagnostic> = mistakes
        .iter()
        .map(|mistake| diagnostic(mistake, severity))
        .collect();
    for diagnostic in &diagnostics {
        context.ui.event(
            &crate::render::events::UiEvent::Diagnostic(diagnostic),
            context.now(),
        );
    }
    context
        .ui
        .message(&mistakes::list(&diagnostics, context.ui.stderr_style()));
}

fn diagnostic(mistake: &Mistake, severity: Severity) -> Diagnostic {
    Diagnostic {
        file: mistake.place.file.to_string(),
        line: mistake.place.line,
        column: mistake.place.column,
        length: mistake.shown.as_ref().map_or(0, |shown| shown.width),
        severity,
        message: mistake.message.clone(),
        hint: mistake.hint.clone(),
        source_line: mistake
            .shown
            .as_ref()
            .map(|shown| shown.text.raw().to_owned()),
    }
}

/// A ledger that cannot be used stops every command and verdict.
pub(super) fn ledger_failure(error: &LedgerError) -> Failure {
    let exit = match error {
        LedgerError::Locked { .. } => Exit::Locked,
        LedgerError::Missing { .. }
        | LedgerError::Exists { .. }
        | LedgerError::Damaged { .. }
        | LedgerError::Whole { .. }
        | LedgerError::Hopeless { .. }
        | LedgerError::Io { .. }
        | LedgerError::Poisoned(_) => Exit::Error,
    };
    Failure::new(exit, error.to_string()).hint(error.hint())
}
