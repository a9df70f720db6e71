//! The head of a plan: what was compared with what, when, and where a saved one comes from.

use super::context::{PlanContext, QueueRead};
use super::escape::Hostile;
use super::layout::{Page, Role};
use super::{scopes, words};
use crate::model::counted;
use crate::plan::{Envelope, Plan};

/// What was compared with what, and when.
pub(super) fn lines(page: &mut Page, plan: &Plan, context: &PlanContext) {
    let mut title = format!("Compared {}", decisions(plan));
    if !context.name.is_empty() {
        title = format!("{title} of {}", Hostile::from(&context.name).terminal());
    }
    if let Some(commit) = &context.commit {
        let commit = Hostile::from(commit).at_most(40).terminal();
        title = format!("{title} at commit {}", commit.get(..12).unwrap_or(&commit));
    }
    if let Some(at) = context.read_at {
        title = format!("{title} with the queues as read at {}", words::moment(at));
    }
    page.hanging((Role::Title, ""), &title, 2);
    if let Some(line) = scopes::summary(plan) {
        page.hanging((Role::Plain, ""), &line, 2);
    }
    for read in &context.queues {
        page.hanging((Role::Plain, "  "), &queue_read(read), 4);
        if let Some(why) = read.why().filter(|_| page.is_verbose()) {
            page.hanging((Role::Aside, "    "), &why, 4);
        }
    }
    for note in &context.notes {
        page.hanging(
            (Role::Alarm, "  note: "),
            &Hostile::prose(note).terminal(),
            8,
        );
    }
    if let Some((envelope, stale)) = &context.saved {
        envelope_lines(page, envelope, stale.as_deref());
    }
}

pub(super) fn decisions(plan: &Plan) -> String {
    let all = plan.changes.len() + plan.settled.len() + plan.holds.len();
    counted(all, "decision")
}

pub(super) fn queue_read(read: &QueueRead) -> String {
    let QueueRead {
        queue,
        way: _,
        effort: _,
        own: _,
        calls,
        rows,
        unreadable,
    } = read;
    let mut line = format!("{queue}  {}", read.how());
    if *calls > 0 || *rows > 0 {
        let (calls, rows) = (counted(*calls, "call"), counted(*rows, "row"));
        line.push_str(&format!(", {calls}, {rows}"));
    }
    if *unreadable > 0 {
        line.push_str(&format!(", {unreadable} UNREADABLE"));
    }
    line
}

fn envelope_lines(page: &mut Page, envelope: &Envelope, stale: Option<&str>) {
    let Envelope {
        tool,
        schema: _,
        files,
        origins,
        commit: _,
        created,
        expires,
    } = envelope;
    let made = format!(
        "made at {} by countersign {}, may be applied until {}",
        words::moment(*created),
        Hostile::from(tool).at_most(40).terminal(),
        words::moment(*expires)
    );
    page.hanging((Role::Plain, "  saved plan: "), &made, 4);
    for (queue, origin) in origins {
        let (queue, origin) = (Hostile::from(queue), Hostile::from(origin));
        let line = format!("{} is {}", queue.terminal(), origin.terminal());
        page.hanging((Role::Plain, "  "), &line, 4);
    }
    let lines = format!(
        "its lines come from {}",
        counted(files.len(), "decision file")
    );
    page.hanging((Role::Plain, "  "), &lines, 4);
    if let Some(why) = stale {
        page.hanging(
            (Role::Alarm, "  STALE: "),
            &Hostile::prose(why).terminal(),
            4,
        );
    }
}
