//! The protocol of one change: fresh read, durable intent, one send, read-back, outcome.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::judge::{self, After, Before};
use super::ledger::{Entry, Evidence, Ledger, LedgerError};
use super::look::{self, Look, look};
use super::wording::{came_back, undecided, unread, with_words};
use super::{Ended, Event, Stop, Time};
use crate::model::{Change, Operation, Outcome};
use crate::plan::most_sends;
use crate::steps::{Step, Steps};
use crate::vendors::{Answer, Meaning, Queue};

/// Pauses before a read-back is repeated while the vendor still shows the old state: it may lag.
const READ_BACK_AFTER: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Least pause before a call that the vendor put off is made again, and most times that it is.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const MOST_PAUSES: usize = 4;

/// In a queue with a rate limit a read-back may have to wait for its place in the window of a minute, and
/// behind others: that is not the vendor being slow.
const FOR_ITS_TURN: Duration = Duration::from_secs(2 * 61);

/// What a run is made of, but for its changes.
pub struct Runner<'a> {
    /// The open ledger.
    pub ledger: &'a Ledger,
    /// The time.
    pub clock: &'a dyn Time,
    /// Whether to stop.
    pub stop: Stop,
    /// Most time for one read-back, repeats included.
    pub verify_timeout: Duration,
    /// Most time to wait for a vendor that asks to wait.
    pub patience: Duration,
    /// Who listens.
    pub listen: &'a (dyn Fn(Event<'_>) + Sync),
    /// Where a test stops the process.
    pub steps: Steps,
}

/// One queue during one run.
pub(super) struct Lane<'a> {
    pub(super) queue: &'a dyn Queue,
    /// The credential was rejected: the next call would meet the same, and look like an attack.
    pub(super) closed: AtomicBool,
}

/// One change, and what the ledger knows of it.
pub(super) struct Task<'a> {
    pub(super) change: &'a Change,
    /// What its vendor makes of such a call.
    pub(super) operation: Option<&'a Operation>,
    /// Calls that may have reached the vendor in earlier runs.
    pub(super) sends: usize,
    pub(super) commit: Option<String>,
    pub(super) author: Option<String>,
}

/// How a task ended, and under which intent.
struct End {
    intent: Option<u64>,
    outcome: Outcome,
    /// The ledger could not be written; the outcome is true all the same.
    failed: Option<LedgerError>,
}

impl Runner<'_> {
    /// Carries out one change. Trouble with the vendor becomes its outcome; a ledger that cannot be
    /// written is told beside it, and then nothing more may be sent.
    pub(super) async fn carry_out(
        &self,
        lane: &Lane<'_>,
        task: &Task<'_>,
    ) -> (Ended, Option<LedgerError>) {
        let End {
            intent,
            outcome,
            failed,
        } = self.until_it_ends(lane, task).await;
        (Ended::of(task.change, intent, outcome), failed)
    }

    async fn until_it_ends(&self, lane: &Lane<'_>, task: &Task<'_>) -> End {
        let mut first = None;
        let end = self.rounds(lane, task, &mut first).await;
        match first {
            Some((seq, answer)) => self.with_the_first(seq, &answer, end),
            None => end,
        }
    }

    /// A first call that may have left is not forgotten because a second was not made, or was refused.
    fn with_the_first(&self, seq: u64, answer: &Meaning, end: End) -> End {
        let why = match &end.outcome {
            Outcome::NotSent { why, .. }
            | Outcome::Refused { why, .. }
            | Outcome::Held { why, .. }
            | Outcome::Stale { why, .. } => why,
            // Nobody is named, and the first call may have been the one that acted.
            Outcome::AlreadyDecided { by: None } => {
                let outcome = Outcome::StateReached;
                let noted = self.note(seq, &outcome, Evidence::default());
                return End {
                    intent: Some(seq),
                    outcome,
                    failed: end.failed.or(noted.err()),
                };
            }
            Outcome::Applied
            | Outcome::Recorded { .. }
            | Outcome::StateReached
            | Outcome::AlreadyDecided { .. }
            | Outcome::Contradicted { .. }
            | Outcome::GrantedOtherwise { .. }
            | Outcome::Filed { .. }
            | Outcome::InDoubt { .. } => return end,
        };
        let outcome = Outcome::InDoubt {
            why: format!("{}; not made again: {why}", came_back(answer)),
        };
        self.stop.doubt();
        let noted = self.note(seq, &outcome, Evidence::default());
        End {
            intent: Some(seq),
            outcome,
            failed: end.failed.or(noted.err()),
        }
    }

    /// Reads and sends until it ends; `before` keeps a call that may have left without an effect to be seen.
    async fn rounds(
        &self,
        lane: &Lane<'_>,
        task: &Task<'_>,
        before: &mut Option<(u64, Meaning)>,
    ) -> End {
        let mut sends = task.sends;
        let mut waited = Duration::ZERO;
        let mut pauses = 0;
        let mut intent = None;
        loop {
            let end = |outcome| End {
                intent,
                outcome,
                failed: None,
            };
            if let Some(outcome) = self.not_now(lane) {
                return end(outcome);
            }
            // The place in the rate limit comes before the fresh read and the intent: a call that is written
            // down leaves at once, or a signal would find it waiting.
            tokio::select! {
                biased;
                () = lane.queue.turn() => {}
                () = self.stop.at_once() => continue,
            }
            let seen = tokio::select! {
                biased;
                seen = look(lane.queue, task.change) => seen,
                () = self.stop.at_once() => continue,
            };
            let now = self.clock.now();
            let terms = lane.queue.terms();
            if let Some((seq, meaning)) = before.as_ref()
                && let After::End(outcome) =
                    look::after(task.change, terms, meaning, &seen.seen, now)
            {
                // The first call did act after all; only the vendor was slow to show it.
                let failed = self
                    .note(
                        *seq,
                        &outcome,
                        Evidence {
                            confirmed: meaning.is_confirmed(),
                            answer: None,
                            read_back: seen.digest,
                        },
                    )
                    .err();
                return End {
                    intent,
                    outcome,
                    failed,
                };
            }
            if let Before::End(outcome) = look::before(task.change, terms, &seen.seen, now) {
                return end(outcome);
            }
            if sends >= most_sends(task.change.repeat) {
                let why = "sent as often as is allowed in the life of a ledger".to_owned();
                return end(Outcome::NotSent {
                    why,
                    may_have_left: false,
                });
            }
            self.steps.reached(Step::FreshRead);
            if let Some(outcome) = self.not_now(lane) {
                return end(outcome);
            }
            let seq = match self.ledger.append(self.intent(task)).await {
                Ok(seq) => seq,
                Err(error) => {
                    let why = "the ledger could not be written".to_owned();
                    return End {
                        intent,
                        outcome: Outcome::NotSent {
                            why,
                            may_have_left: false,
                        },
                        failed: Some(error),
                    };
                }
            };
            intent = Some(seq);
            self.stop.doubt();
            let (answer, after, read_back) = self.send_and_read_back(lane, task).await;
            let may_have_left = answer.meaning.may_have_acted();
            sends += usize::from(may_have_left);
            let again = sends < most_sends(task.change.repeat) && self.stop.asked().is_none();
            let outcome = match after {
                After::End(outcome) => with_words(outcome, answer.said.as_ref()),
                After::VoteMissing(why) => Outcome::InDoubt { why },
                After::StillPending => judge::still_pending(task.operation, &answer.meaning)
                    .unwrap_or_else(|| undecided(task.change, &answer.meaning, again)),
            };
            let evidence = Evidence {
                confirmed: answer.meaning.is_confirmed(),
                answer: answer.digest,
                read_back,
            };
            if let Err(error) = self.note(seq, &outcome, evidence) {
                return End {
                    intent,
                    outcome,
                    failed: Some(error),
                };
            }
            if !matches!(outcome, Outcome::InDoubt { .. }) {
                self.stop.is_known();
            }
            let goes_on = match &answer.meaning {
                Meaning::CredentialRejected(_) => {
                    lane.closed.store(true, Ordering::Relaxed);
                    false
                }
                // A definite no for now: wait, and begin again with a fresh read.
                Meaning::Wait(pause) => {
                    // A vendor that asks for no pause at all gets one, or it would be called without end.
                    let pause = (*pause).max(SHORTEST_PAUSE);
                    waited = waited.saturating_add(pause);
                    pauses += 1;
                    waited <= self.patience && pauses < MOST_PAUSES && {
                        self.wait(task.change, pause).await;
                        true
                    }
                }
                // The second and last send: only where a repeat is harmless, after another fresh read.
                Meaning::Claimed | Meaning::Filed { .. } | Meaning::Unknown(_) => again,
                Meaning::Refused(_)
                | Meaning::Conflict(_)
                | Meaning::DoneBefore(_)
                | Meaning::NotSent(_) => false,
            };
            if !goes_on || !matches!(outcome, Outcome::NotSent { .. }) {
                return End {
                    intent,
                    outcome,
                    failed: None,
                };
            }
            if may_have_left {
                *before = Some((seq, answer.meaning));
            }
        }
    }

    fn note(&self, intent: u64, outcome: &Outcome, evidence: Evidence) -> Result<(), LedgerError> {
        let run = self.ledger.run().to_owned();
        self.ledger.note(Entry::Outcome {
            run,
            intent,
            outcome: outcome.clone(),
            evidence,
        })
    }

    fn intent(&self, task: &Task<'_>) -> Entry {
        Entry::Intent {
            run: self.ledger.run().to_owned(),
            change: Box::new(task.change.clone()),
            commit: task.commit.clone(),
            author: task.author.clone(),
        }
    }

    /// Why nothing may be sent any more, if so. Nothing has left at this point.
    fn not_now(&self, lane: &Lane<'_>) -> Option<Outcome> {
        let why = if self.stop.asked().is_some() {
            "interrupted before it was sent"
        } else if lane.closed.load(Ordering::Relaxed) {
            "the vendor rejected the credential"
        } else {
            return None;
        };
        Some(Outcome::NotSent {
            why: why.to_owned(),
            may_have_left: false,
        })
    }

    /// One send; then reads until the vendor shows something new, or time is up.
    async fn send_and_read_back(
        &self,
        lane: &Lane<'_>,
        task: &Task<'_>,
    ) -> (Answer, After, Option<String>) {
        if self.stop.asked().is_some() {
            let why = "interrupted before it was sent".to_owned();
            let answer = Answer::without_words(Meaning::NotSent(why.clone()));
            let outcome = Outcome::NotSent {
                why,
                may_have_left: false,
            };
            return (answer, After::End(outcome), None);
        }
        (self.listen)(Event::Sending(task.change));
        let answer = tokio::select! {
            biased;
            answer = lane.queue.send(&task.change.call) => answer,
            () = self.stop.for_sends(self.clock) => {
                Answer::without_words(Meaning::Unknown("interrupted while it was in flight".to_owned()))
            }
        };
        let turn = lane
            .queue
            .terms()
            .rate
            .map_or(Duration::ZERO, |_| FOR_ITS_TURN);
        let patience = self.verify_timeout.saturating_add(turn);
        self.steps.reached(Step::Answered);
        let mut last = (
            After::End(unread(&answer.meaning, "not read back yet")),
            None,
        );
        tokio::select! {
            biased;
            () = self.read_back(lane, task, &answer.meaning, &mut last) => {}
            () = self.stop.for_read_back(self.clock) => {}
            () = self.clock.sleep(patience) => {}
        }
        self.steps.reached(Step::ReadBack);
        (answer, last.0, last.1)
    }

    /// Keeps what it has learned in `last`, so that being cut short loses nothing.
    async fn read_back(
        &self,
        lane: &Lane<'_>,
        task: &Task<'_>,
        answer: &Meaning,
        last: &mut (After, Option<String>),
    ) {
        let made = self.clock.now();
        for pause in READ_BACK_AFTER {
            self.clock.sleep(pause).await;
            let Look { seen, digest } = look(lane.queue, task.change).await;
            let failed = seen.failure().is_some();
            let after = look::after(task.change, lane.queue.terms(), answer, &seen, made);
            *last = (after, digest);
            let may_lag = matches!(last.0, After::StillPending | After::VoteMissing(_));
            if !failed && !may_lag {
                return;
            }
        }
    }

    async fn wait(&self, change: &Change, pause: Duration) {
        (self.listen)(Event::Waiting(change, pause));
        tokio::select! {
            biased;
            () = self.clock.sleep(pause) => {}
            () = self.stop.at_once() => {}
        }
    }
}
