//! The held decisions of a plan, each with its code, what differs, its place and what to do next.

use super::difference::{self, Drawn};
use super::escape::Hostile;
use super::layout::{Page, Role};
use super::{scopes, words};
use crate::plan::{Class, Hold, Mismatch, Plan, Why};

/// One class of holds under its title; nothing where there is none.
pub(super) fn group(page: &mut Page, plan: &Plan, class: Class) {
    let holds: Vec<&Hold> = plan
        .holds
        .iter()
        .filter(|hold| hold.class == class)
        .collect();
    let (title, role) = match class {
        Class::Blocked => ("Blocked: a person must look", Role::Alarm),
        Class::Waiting => ("Waiting: time will tell", Role::Title),
        Class::Lapsed => ("Lapsed: nothing left to do", Role::Aside),
    };
    section(page, plan, (title, role), &holds);
}

/// Holds under a title; nothing where there is none.
pub(super) fn section(page: &mut Page, plan: &Plan, title: (&str, Role), holds: &[&Hold]) {
    section_of(page, plan, title, (holds, holds.len()));
}

/// The same, with the first of so many holds.
pub(super) fn section_of(
    page: &mut Page,
    plan: &Plan,
    (title, role): (&str, Role),
    (holds, all): (&[&Hold], usize),
) {
    if holds.is_empty() {
        return;
    }
    page.blank();
    page.exact(role, &format!("{title} ({all})"));
    for hold in holds {
        let sign = match hold.class {
            Class::Blocked => "!",
            Class::Waiting => "~",
            Class::Lapsed => ".",
        };
        one(page, plan, hold, (role, sign));
    }
    page.left_out(all - holds.len());
}

fn one(page: &mut Page, plan: &Plan, hold: &Hold, (role, sign): (Role, &str)) {
    let verdict = hold.verdict.map_or("?", |verdict| verdict.word());
    let ticket = hold
        .ticket
        .as_deref()
        .map(|ticket| Hostile::from(ticket).at_most(80).terminal())
        .unwrap_or_default();
    let lead = format!("  {sign} {verdict:<7}  ");
    let address = words::address(&hold.address);
    let line = format!("{address}  {ticket}  {}", hold.why.about().code);
    page.hanging((role, &lead), &line, 6);
    page.hanging((role, "      "), &words::reason(hold), 6);
    for mismatch in differences(&hold.why) {
        differing(page, mismatch);
    }
    page.field("from", &words::from(plan, &hold.address, &hold.from));
    scopes::edits(page, plan, &hold.address);
    page.field("next:", &Hostile::prose(&hold.next).terminal());
}

/// The fields of a hold that are not what the reviewer saw.
pub(super) fn differences(why: &Why) -> &[Mismatch] {
    match why {
        Why::GuardMismatch { differences }
        | Why::GrantedOtherwise { differences, .. }
        | Why::VotedOtherwise { differences } => differences,
        Why::InDoubt { .. }
        | Why::SentBefore { .. }
        | Why::Unsupported { .. }
        | Why::DeciderNotListed { .. }
        | Why::GuardMissing
        | Why::GuardInconsistent
        | Why::PermitMissing
        | Why::PermitUnfit { .. }
        | Why::TicketMismatch { .. }
        | Why::TextTooLong { .. }
        | Why::ClockSkewed { .. }
        | Why::Frozen { .. }
        | Why::OverLimit { .. }
        | Why::Unmerged { .. }
        | Why::Duplicate { .. }
        | Why::Contradicted { .. }
        | Why::NotFound { .. }
        | Why::NothingVisible
        | Why::Unread { .. }
        | Why::RowUnreadable { .. }
        | Why::PermitUnread { .. }
        | Why::UnknownStatus { .. }
        | Why::Quarantined
        | Why::RequestExpired { .. }
        | Why::NotGrantedYet
        | Why::OutOfSight { .. }
        | Why::TicketTooLong { .. }
        | Why::Conflict { .. }
        | Why::NotFiled { .. }
        | Why::FiledOtherwise { .. }
        | Why::QueueDisabled
        | Why::OppositeVote
        | Why::NotProcessed { .. }
        | Why::Ambiguous { .. } => &[],
    }
}

fn differing(page: &mut Page, mismatch: &Mismatch) {
    let Mismatch {
        key,
        was,
        is,
        covers,
    } = mismatch;
    let key = Hostile::from(key).terminal();
    if covers.is_empty() {
        match difference::draw(was, is, page.room().saturating_sub(4)) {
            Drawn::Pair { was, is, marks } => {
                page.field(&key, &format!("was {was}"));
                page.field("", &format!("is  {is}"));
                if let Some(marks) = marks {
                    page.under(Role::Alarm, "was ".len(), &marks);
                }
            }
            Drawn::Inline(line) => page.field(&key, &line),
            Drawn::WasOnly(was) => page.field(&key, &format!("was {was}")),
        }
    } else {
        let covered = words::list(covers);
        page.field(&key, &format!("differs; it also covers {covered}"));
    }
}
