//! An apply as text: one live line for each event, and the account at its end.

use super::endings::{Entry, GROUPS, Group, count, entries};
use super::escape::Hostile;
use super::layout::{Page, Role, Style};
use super::words;
use crate::apply::{Event, Report, Signal};
use crate::exit::Exit;
use crate::model::{Verdict, counted};
use crate::plan::Plan;

/// What belongs to the account and the report does not hold.
#[derive(Clone, Copy, Debug)]
pub struct ApplyContext<'a> {
    /// What the whole run comes to, holds and unread queues included.
    pub exit: Exit,
    /// What was planned, after selection: its blocked decisions and unread queues are counted.
    pub plan: Option<&'a Plan>,
    /// What to call it, for the pull-request comment.
    pub name: &'a str,
}

impl ApplyContext<'_> {
    pub(super) fn blocked(&self) -> usize {
        self.plan.map_or(0, |plan| plan.counts().blocked)
    }

    pub(super) fn unread(&self) -> usize {
        self.plan.map_or(0, |plan| plan.unread.len())
    }
}

/// The final account, for stdout; ends with `Apply complete!` or `Apply incomplete:` and the `Ledger:` line.
///
/// A run that had nothing to do says nothing of itself: the plan has said `No changes.` then.
#[must_use]
pub fn text(report: &Report, context: ApplyContext<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    recovered(&mut page, report);
    for group in &GROUPS {
        lines(&mut page, report, group);
    }
    trouble(&mut page, report);
    page.blank();
    let idle = report.lines.is_empty() && report.recovered.is_empty();
    if !idle || context.exit != Exit::Done {
        let role = if context.exit == Exit::Done {
            Role::Title
        } else {
            Role::Alarm
        };
        page.exact(role, &last_line(report, context));
    }
    if let Some(head) = head(report) {
        page.exact(Role::Plain, &head);
    }
    page.finish()
}

/// What a run that went no further has settled of earlier ones, and where the ledger ends now.
#[must_use]
pub fn recovery(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    recovered(&mut page, report);
    page.blank();
    if let Some(head) = head(report) {
        page.exact(Role::Plain, &head);
    }
    page.finish()
}

/// One line of progress for stderr; none for what needs no saying.
#[must_use]
pub fn event(event: &Event<'_>) -> Option<String> {
    let line = match event {
        Event::Recovering { open: 0 } | Event::Started { changes: 0 } => return None,
        Event::Recovering { open } => {
            format!(
                "Reading {} that earlier runs left open",
                counted(*open, "request")
            )
        }
        Event::Settled(settlement) => title(&Entry::of_settlement(settlement)),
        Event::Started { changes } => format!("Deciding {}", counted(*changes, "request")),
        Event::Sending(change) => format!(
            "{} {}: sending",
            words::address(&change.decision.address),
            change.decision.verdict
        ),
        Event::Waiting(change, wait) => format!(
            "{} {}: the vendor asks to wait {} s",
            words::address(&change.decision.address),
            change.decision.verdict,
            wait.as_secs()
        ),
        Event::Ended(ended) => title(&Entry::of(ended)),
        Event::Interrupted(signal) => format!(
            "{}: no further call; finishing what is on its way",
            signal_word(*signal)
        ),
    };
    Some(format!("{line}\n"))
}

fn title(entry: &Entry<'_>) -> String {
    format!(
        "{} {}: {}",
        words::address(entry.address),
        entry.verdict,
        words::outcome(entry.outcome)
    )
}

pub(super) fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::Interrupt => "SIGINT",
        Signal::Terminate => "SIGTERM",
    }
}

fn recovered(page: &mut Page, report: &Report) {
    if report.recovered.is_empty() {
        return;
    }
    let title = format!(
        "Recovered: left open by earlier runs ({})",
        report.recovered.len()
    );
    page.exact(Role::Title, &title);
    for settlement in &report.recovered {
        let doubt = settlement.outcome.about().exit == Exit::InDoubt;
        let (role, sign) = if doubt {
            (Role::Alarm, "?")
        } else {
            (Role::Aside, "=")
        };
        entry(page, &Entry::of_settlement(settlement), role, sign);
    }
}

fn lines(page: &mut Page, report: &Report, group: &Group) {
    let entries = entries(report, group);
    if entries.is_empty() {
        return;
    }
    page.blank();
    page.exact(group.role, &format!("{} ({})", group.title, entries.len()));
    for one in &entries {
        let sign = if group.sign.is_empty() {
            words::sign(one.verdict)
        } else {
            group.sign
        };
        entry(page, one, group.role, sign);
    }
}

fn entry(page: &mut Page, entry: &Entry<'_>, role: Role, sign: &str) {
    let ticket = Hostile::from(entry.ticket).at_most(80).terminal();
    let ledger = entry
        .intent
        .map(|seq| format!(" [ledger {seq}]"))
        .unwrap_or_default();
    let lead = format!("  {sign} {:<7}  ", entry.verdict.word());
    let line = format!(
        "{}  {ticket}  {}{}{ledger}",
        words::address(entry.address),
        words::outcome(entry.outcome),
        entry.aside
    );
    page.hanging((role, &lead), &line, 6);
    if let Some(next) = entry.next() {
        page.field("from", &words::place(entry.from));
        page.field("next:", &next);
    }
}

fn trouble(page: &mut Page, report: &Report) {
    if report.interrupted.is_none() && report.ledger_failed.is_none() {
        return;
    }
    page.blank();
    if let Some(signal) = report.interrupted {
        let line = format!("{}: no call was begun after it.", signal_word(signal));
        page.hanging((Role::Alarm, "Interrupted by "), &line, 2);
    }
    if let Some(why) = &report.ledger_failed {
        let why = format!(
            "{}; nothing was sent after that.",
            Hostile::prose(why).terminal()
        );
        page.hanging((Role::Alarm, "The ledger cannot be written: "), &why, 2);
    }
}

/// The stable last word: complete only where the whole run exits 0.
pub(super) fn last_line(report: &Report, context: ApplyContext<'_>) -> String {
    if context.exit == Exit::Done {
        complete(report)
    } else {
        incomplete(report, context)
    }
}

fn complete(report: &Report) -> String {
    let ours = |verdict: Verdict| {
        report
            .lines
            .iter()
            .filter(|line| {
                line.verdict == verdict
                    && !line.spent_before
                    && !matches!(line.outcome.code(), "already-decided" | "recorded")
            })
            .count()
    };
    let mut line = format!(
        "Apply complete! {} approved, {} denied, {} revoked; verified {} of {}.",
        ours(Verdict::Approve),
        ours(Verdict::Deny),
        ours(Verdict::Revoke),
        count(
            report,
            &["applied", "state-reached", "already-decided", "filed"]
        ),
        report.lines.len()
    );
    let before = report.lines.iter().filter(|line| line.spent_before).count();
    for (count, words) in [
        (count(report, &["recorded"]), "awaiting others"),
        (ours(Verdict::File), "filed"),
        (ours(Verdict::CheckIn), "given back"),
        (count(report, &["already-decided"]), "already decided"),
        (before, "done in an earlier run"),
        (report.recovered.len(), "recovered"),
    ] {
        if count > 0 {
            line.push_str(&format!(" {count} {words}."));
        }
    }
    line
}

fn incomplete(report: &Report, context: ApplyContext<'_>) -> String {
    let mut states: Vec<String> = GROUPS
        .iter()
        .map(|group| format!("{} {}", count(report, group.codes), group.word))
        .collect();
    // What was done is said first, though it is shown last.
    states.rotate_right(1);
    let open = report
        .recovered
        .iter()
        .filter(|settlement| settlement.outcome.about().exit == Exit::InDoubt)
        .count();
    if open > 0 {
        states.push(format!("{open} still in doubt from earlier runs"));
    }
    let mut line = format!(
        "Apply incomplete: {}; {} blocked",
        states.join(", "),
        context.blocked()
    );
    if context.unread() > 0 {
        line.push_str(&format!(", {} unread", counted(context.unread(), "queue")));
    }
    line.push('.');
    line
}

/// The stable `Ledger:` line.
pub(super) fn head(report: &Report) -> Option<String> {
    let (seq, hash) = report.head.as_ref()?;
    let hash = Hostile::from(hash).terminal();
    let hash = hash.strip_prefix("sha256:").unwrap_or(&hash);
    Some(format!("Ledger: {seq} sha256:{hash}"))
}
