//! What a plan will not act on, as lines of a sheet: held, settled, undecided, inert; and queues not read.

use super::super::difference::{self, Drawn};
use super::super::layout::Role;
use super::super::plan::trouble;
use super::super::{holds, words};
use super::{CountsAs, Line, Row, Sheet, Trouble, base, cut, prose};
use crate::plan::{Class, Hold, Inert, Mismatch, Plan, Settled, Unread};

/// Longer values are drawn as one with what changed in it, shorter ones side by side.
pub(super) const SIDE_BY_SIDE: usize = 100;

/// The holds of one class.
pub(super) fn class(sheet: &mut Sheet, plan: &Plan, class: Class) {
    let (title, role) = match class {
        Class::Blocked => ("Blocked: a person must look", Role::Alarm),
        Class::Waiting => ("Waiting: time will tell", Role::Plain),
        Class::Lapsed => ("Lapsed: nothing left to do", Role::Aside),
    };
    let holds = plan.holds.iter().filter(|hold| hold.class == class);
    sheet.section(title, role, holds.map(|one| hold(plan, one)));
}

/// What nothing is to be done about.
pub(super) fn rest(sheet: &mut Sheet, plan: &Plan) {
    sheet.section(
        "Settled",
        Role::Aside,
        plan.settled.iter().map(|one| settled(plan, one)),
    );
    let undecided = plan.undecided.iter().map(|undecided| Line {
        sign: "?",
        state: "undecided",
        rows: {
            let mut rows = base::place(plan, &undecided.address, &undecided.from);
            rows.push(Row::new("next", "countersign queue".to_owned()));
            rows
        },
        counts_as: CountsAs::Skipped("drafted, nobody has decided".to_owned()),
        ..Line::at(&undecided.address)
    });
    let title = "Undecided: drafted, nobody has decided";
    sheet.section(title, Role::Plain, undecided);
    let title = "Inert: past their expiry, not looked up";
    sheet.section(
        title,
        Role::Aside,
        plan.inert.iter().map(|one| inert(plan, one)),
    );
}

/// A held decision: its code, what differs, its place, and what to do.
pub(super) fn hold(plan: &Plan, hold: &Hold) -> Line {
    let code = hold.why.about().code;
    let reason = words::reason(hold);
    let (sign, state, role, counts_as) = match hold.class {
        Class::Blocked => {
            let why = format!("{code}: {reason}");
            let failed = CountsAs::Failed { code, why };
            ("!", "blocked", Role::Alarm, failed)
        }
        Class::Waiting => {
            let skipped = CountsAs::Skipped(format!("{code}: {reason}"));
            ("~", "waiting", Role::Plain, skipped)
        }
        Class::Lapsed => {
            let skipped = CountsAs::Skipped(format!("{code}: {reason}"));
            (".", "lapsed", Role::Aside, skipped)
        }
    };
    let mut rows = vec![Row {
        role,
        ..Row::new("why", reason)
    }];
    for mismatch in holds::differences(&hold.why) {
        differing(&mut rows, mismatch);
    }
    rows.extend(base::place(plan, &hold.address, &hold.from));
    rows.push(Row::new("next", prose(&hold.next)));
    Line {
        sign,
        verdict: hold.verdict.map_or("?", |verdict| verdict.word()),
        ticket: hold
            .ticket
            .as_deref()
            .map(|ticket| cut(ticket, 80))
            .unwrap_or_default(),
        about: code.to_owned(),
        state,
        role,
        rows,
        counts_as,
        ..Line::at(&hold.address)
    }
}

fn differing(rows: &mut Vec<Row>, mismatch: &Mismatch) {
    let Mismatch {
        key,
        was,
        is,
        covers,
    } = mismatch;
    let key = cut(key, 120);
    if !covers.is_empty() {
        let covered = words::list(covers);
        rows.push(Row::new(&key, format!("differs; it also covers {covered}")));
        return;
    }
    match difference::draw(was, is, SIDE_BY_SIDE) {
        Drawn::Pair { was, is, marks } => {
            rows.push(Row::new(&key, format!("was {was}")));
            rows.push(Row {
                marks: marks.map_or_else(String::new, |marks| format!("    {marks}")),
                ..Row::alarm("", format!("is  {is}"))
            });
        }
        Drawn::Inline(line) => rows.push(Row::alarm(&key, line)),
        Drawn::WasOnly(was) => rows.push(Row::new(&key, format!("was {was}"))),
    }
}

fn settled(plan: &Plan, settled: &Settled) -> Line {
    let mut rows = vec![Row::new("how", words::settled(settled))];
    rows.extend(base::place(plan, &settled.address, &settled.from));
    Line {
        sign: "=",
        verdict: settled.verdict.word(),
        ticket: cut(&settled.ticket, 80),
        state: "settled",
        role: Role::Aside,
        rows,
        ..Line::at(&settled.address)
    }
}

fn inert(plan: &Plan, inert: &Inert) -> Line {
    let expired = format!("expired {}", words::moment(inert.expires));
    let mut rows = vec![Row::new("why", expired.clone())];
    rows.extend(base::place(plan, &inert.address, &inert.from));
    rows.push(Row::new("next", "delete this block".to_owned()));
    Line {
        sign: "~",
        verdict: inert.verdict.word(),
        state: "inert",
        role: Role::Aside,
        rows,
        counts_as: CountsAs::Skipped(expired),
        ..Line::at(&inert.address)
    }
}

/// The queues that could not be read: never a quiet matter.
pub(super) fn unread(sheet: &mut Sheet, plan: &Plan) {
    for unread in &plan.unread {
        let Unread {
            queue,
            kind,
            why,
            hint,
            said,
        } = unread;
        let mut rows = Vec::new();
        if let Some(said) = said.as_ref().filter(|said| !said.is_empty()) {
            rows.push(Row::new("said", words::quote(said.raw())));
        }
        rows.push(Row::new("next", prose(hint)));
        sheet.troubles.push(Trouble {
            queue: Some(queue.clone()),
            code: "unread",
            what: format!("NOT READ: {}: {}", trouble(*kind), prose(why)),
            rows,
        });
    }
}
