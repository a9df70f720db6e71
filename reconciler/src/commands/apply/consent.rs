//! Whether apply may decide: the file is the consent, or the digest, or a typed yes.

use std::io::BufRead as _;

use super::Context;
use crate::cli::Apply as Args;
use crate::error::Failure;
use crate::exit::Exit;
use crate::plan::Plan;

/// Refuses combinations that would decide without consent, before anything is read.
pub(super) fn check(args: &Args, context: &Context) -> Result<(), Failure> {
    if args.auto_approve {
        return Err(Failure::usage("--auto-approve is not a flag of countersign: here it would read like \"approve every request\"")
            .hint("`apply PLAN` carries out a saved plan without asking; `apply --yes --expect-digest sha256:…` a reviewed digest"));
    }
    let consented = args.plan.is_some() || (args.yes && args.expect_digest.is_some());
    if consented || args.expect_no_changes || context.can_ask {
        return Ok(());
    }
    Err(Failure::usage("nobody can be asked here, and nothing says what was reviewed")
        .hint("apply a saved plan (`countersign plan --out FILE`, then `countersign apply FILE`), or give --yes and --expect-digest sha256:…"))
}

/// Asks on a terminal; only the word `yes` is accepted.
pub(super) fn ask(args: &Args, plan: &Plan, context: &Context) -> Result<bool, Failure> {
    if args.yes && (args.expect_digest.is_some() || context.can_ask) {
        return Ok(true);
    }
    let many = plan.changes.len();
    let what = if many == 1 {
        "this request".to_owned()
    } else {
        format!("these {many} requests")
    };
    context.ui.question(&format!(
        "Decide {what} on the live systems? Only 'yes' is accepted:"
    ));
    let mut answer = String::new();
    let mut stdin = context
        .stdin
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let read = stdin.read_line(&mut answer);
    if read.is_ok() && answer.trim() == "yes" {
        return Ok(true);
    }
    Err(Failure::new(Exit::Declined, "declined; nothing was sent"))
}
