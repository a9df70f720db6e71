//! The gates: what was found that makes exit code 2, and only where it was asked for.

use jiff::SignedDuration;

use super::Context;
use crate::cli::{FailOn, Findings};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Address, counted};
use crate::plan::{Class, Hold, Plan, Waiting};

/// What is looked for must be findable: a gate on anything else would always be open.
pub(super) fn findable(findings: &Findings, base: bool) -> Result<(), Failure> {
    if findings.fail_on.contains(&FailOn::CarriedOver) && !base {
        return Err(
            Failure::usage("--fail-on carried-over: nothing is carried over from nowhere")
                .hint("`countersign plan --base REF --fail-on carried-over` says from where"),
        );
    }
    Ok(())
}

/// The exit code of a plan. With a base only what the branch adds counts; `carried-over` is about the rest.
pub(super) fn of_plan(
    plan: &Plan,
    waiting: &[Waiting],
    findings: &Findings,
    context: &Context,
) -> Exit {
    let counts = |address: &Address| plan.counts_for_exit(address);
    let change = || plan.changes.iter().any(|one| counts(&one.decision.address));
    let hold = |fits: &dyn Fn(&Hold) -> bool| {
        let mut holds = plan.holds.iter();
        holds.any(|hold| fits(hold) && counts(&hold.address))
    };
    let found = |finding: &FailOn| match finding {
        FailOn::Blocked => hold(&|one| one.class == Class::Blocked),
        FailOn::Lapsed => hold(&|one| one.class == Class::Lapsed),
        FailOn::Undecided => plan.undecided.iter().any(|one| counts(&one.address)),
        FailOn::Drift => hold(&|one| one.is_drift() || one.why.hides_the_state()),
        FailOn::CarriedOver => plan
            .changes
            .iter()
            .any(|one| !counts(&one.decision.address)),
        // Told of below, once for all ages.
        FailOn::Age(_) => false,
    };
    let counted = waiting.iter().filter(|one| counts(&one.address));
    // Whoever waits in a queue that could not be read may have waited for too long.
    let unseen = findings.oldest().is_some() && !plan.unread.is_empty();
    let old = too_old(counted, findings, context) || unseen;
    let changes = (findings.detailed_exitcode || findings.expect_no_changes) && change();
    if changes || old || findings.fail_on.iter().any(found) {
        Exit::Findings
    } else {
        Exit::Done
    }
}

/// Whether a request waits for longer than `age>DURATION` allows; says which, and how many nobody knows the age of.
fn too_old<'w>(
    waiting: impl Iterator<Item = &'w Waiting>,
    findings: &Findings,
    context: &Context,
) -> bool {
    let Some(most) = findings.oldest() else {
        return false;
    };
    let mut ages = Ages::over(most);
    for Waiting { address, age } in waiting {
        ages.take(address, *age);
    }
    ages.tell(context)
}

/// How long requests wait, one by one, without keeping them.
#[derive(Debug)]
pub(super) struct Ages {
    most: SignedDuration,
    older: usize,
    oldest: Option<(SignedDuration, Address)>,
    unknown: usize,
    first_unknown: Option<Address>,
}

impl Ages {
    /// None yet; `most` is the longest that is not too long.
    pub(super) fn over(most: std::time::Duration) -> Self {
        Self {
            most: SignedDuration::try_from(most).unwrap_or(SignedDuration::MAX),
            older: 0,
            oldest: None,
            unknown: 0,
            first_unknown: None,
        }
    }

    /// Counts one that waits, or may wait.
    pub(super) fn take(&mut self, address: &Address, age: Option<SignedDuration>) {
        match age {
            None => {
                self.unknown += 1;
                self.first_unknown.get_or_insert_with(|| address.clone());
            }
            Some(age) if age > self.most => {
                self.older += 1;
                if self.oldest.as_ref().is_none_or(|(oldest, _)| age > *oldest) {
                    self.oldest = Some((age, address.clone()));
                }
            }
            Some(_) => {}
        }
    }

    /// Whether one is too old. A gate that closes says why, and one that stays open what it could not see.
    pub(super) fn tell(&self, context: &Context) -> bool {
        let limit = spelled(self.most);
        if let Some((age, address)) = &self.oldest {
            let many = counted(self.older, "pending request");
            let age = spelled(*age);
            context.ui.warning(&format!(
                "age>{limit}: {many} longer than that, {address} the longest, for {age}"
            ));
        }
        if let Some(address) = &self.first_unknown {
            let many = counted(self.unknown, "pending request");
            context.ui.warning(&format!(
                "age>{limit}: {many} of unknown age, {address} the first; nothing follows about them"
            ));
        }
        self.older > 0
    }
}

/// To the minute, as in `6h 12m`.
fn spelled(age: SignedDuration) -> String {
    let minutes = SignedDuration::from_mins(age.as_mins());
    let exact = if minutes.is_zero() { age } else { minutes };
    format!("{exact:#}")
}
