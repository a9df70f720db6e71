//! Whether apply may decide: the file is the consent, or the digest, or a typed yes.

use std::io::BufRead as _;
use std::sync::Arc;

use super::super::plan::{Made, interrupted, show};
use super::Context;
use crate::cli::{Apply as Args, Format, OnBlocked};
use crate::error::Failure;
use crate::exit::Exit;
use crate::plan::{Class, Plan};
use crate::render::plan as plan_text;

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

/// Without a saved plan: shows the plan, compares the digest, asks.
pub(super) async fn may_go(args: &Args, made: &Made, context: &Context) -> Result<bool, Failure> {
    let plan = &made.plan;
    if args.format == Format::Text {
        show(made, Format::Text, context)?;
    }
    let digest = plan.digest();
    if let Some(expected) = &args.expect_digest
        && *expected != digest.0
    {
        return Err(Failure::new(
            Exit::Held,
            format!("the plan is another than the one that was reviewed: {digest}"),
        )
        .at(format!("--expect-digest {expected}"))
        .hint(
            "look at `countersign plan`; what open intents turned out to be is kept in the ledger",
        ));
    }
    let blocked =
        plan.holds.iter().any(|hold| hold.class == Class::Blocked) || !plan.unread.is_empty();
    if plan.changes.is_empty()
        || args.expect_no_changes
        || (args.on_blocked == OnBlocked::Abort && blocked)
    {
        return Ok(false);
    }
    if is_given(args, context) {
        return Ok(true);
    }
    if args.format != Format::Text {
        // What is asked about is shown to whoever is asked, whatever the result looks like.
        let text = plan_text::text(plan, &made.shown, context.ui.stderr_style());
        context.ui.message(&text);
    }
    ask(plan, context).await
}

/// Whether nobody needs to be asked.
fn is_given(args: &Args, context: &Context) -> bool {
    args.yes && (args.expect_digest.is_some() || context.can_ask)
}

/// Asks on a terminal; only the word `yes` is accepted, and a signal is heard while it waits.
async fn ask(plan: &Plan, context: &Context) -> Result<bool, Failure> {
    let many = plan.changes.len();
    let what = if many == 1 {
        "this request".to_owned()
    } else {
        format!("these {many} requests")
    };
    context.ui.question(&format!(
        "Decide {what} on the live systems? Only 'yes' is accepted:"
    ));
    let stdin = Arc::clone(&context.stdin);
    // On a thread of its own, which nobody waits for after a signal.
    let reading = tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        let mut stdin = stdin
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        stdin.read_line(&mut answer).map(|_| answer)
    });
    let answer = tokio::select! {
        biased;
        () = context.stop.at_once() => Err(interrupted(context)),
        answer = reading => Ok(answer.ok().and_then(Result::ok).unwrap_or_default()),
    };
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    if !answer.as_ref().is_ok_and(|typed| typed.ends_with('\n')) {
        context.ui.message("\n");
    }
    match answer?.trim() {
        "yes" => Ok(true),
        _ => Err(Failure::new(Exit::Declined, "declined; nothing was sent")),
    }
}
