//! The table of release requests: filed at most once for an account and a ticket, given back where asked.

use super::checks::{Case, clock_skewed, frozen, open_intent, text_length, unmerged};
use super::digest::line_digest;
use super::hold::Hold;
use super::why::Why;
use super::{Inert, Plan, Settled, SettledBy, World};
use crate::model::{
    Aim, Call, Change, Filing, Mark, OnConflict, Outcome, Own, Reading, Release, ReleaseRequest,
    Repeat, Request, RequestId, Sent, Status, Terms, Verdict,
};

/// What the table says about one block.
enum Comparison {
    File(Release),
    GiveBack(RequestId),
    Settled(SettledBy),
    Hold(Why),
}

/// Files every release request under changes, settled, holds or inert.
pub(super) fn compare_all(world: &World<'_>, plan: &mut Plan) {
    for release in &world.desired.releases {
        let verdict = match release.aim {
            Aim::Open => Verdict::File,
            Aim::CheckedIn => Verdict::CheckIn,
        };
        let decision = release.decision(verdict);
        if release.expires <= world.now {
            plan.inert.push(Inert {
                address: release.address.clone(),
                verdict,
                expires: release.expires,
                from: release.from.clone(),
            });
            continue;
        }
        let Some(terms) = world.terms.get(&release.address.queue) else {
            plan.holds.push(Hold::of(&decision, Why::QueueDisabled));
            continue;
        };
        let case = Case {
            world,
            decision: &decision,
            terms,
            request: None,
            view: None,
            suspect: false,
        };
        match compare(&case, release) {
            Comparison::Hold(why) => plan.holds.push(Hold::of(&decision, why)),
            Comparison::Settled(settled) => plan.settled.push(Settled {
                address: release.address.clone(),
                verdict,
                ticket: release.ticket.clone(),
                from: release.from.clone(),
                settled,
                by: None,
            }),
            Comparison::File(found) => plan.changes.extend(change(&case, release, found)),
            Comparison::GiveBack(id) => {
                let found = Release {
                    target: release.target,
                    sees: vec![id.clone()],
                    takes: Vec::new(),
                    on_conflict: release.on_conflict,
                    gives_back: Some(id),
                };
                plan.changes.extend(change(&case, release, found));
            }
        }
    }
}

fn compare(case: &Case<'_>, release: &ReleaseRequest) -> Comparison {
    let Some(filing) = case.terms.can.filing else {
        let otherwise = "this vendor's API files no requests".to_owned();
        return Comparison::Hold(Why::Unsupported { otherwise });
    };
    // Who may already have acted comes before all else: what the vendor shows may be our own doing.
    if let Some(why) = open_intent(case) {
        return Comparison::Hold(why);
    }
    let filed = filed(case);
    let own = match own(case) {
        Ok(own) => own,
        // What is filed stays filed, whoever looks.
        Err(Why::OutOfSight { .. }) if filed.is_some() && release.aim == Aim::Open => &[],
        Err(why) => return Comparison::Hold(why),
    };
    match (release.aim, filed) {
        (Aim::Open, Some((sent, outcome))) => Comparison::Settled(settled(sent, outcome, own)),
        (Aim::Open, None) => to_file(case, release, filing, own),
        (Aim::CheckedIn, None) => Comparison::Hold(Why::NotFiled {
            why: "nothing was filed for this account and ticket".to_owned(),
        }),
        (Aim::CheckedIn, Some((sent, Outcome::Filed { id, .. }))) => {
            to_give_back(case, release, sent, (id, own))
        }
        (Aim::CheckedIn, Some(_)) => Comparison::Hold(Why::NotFiled {
            why: "it was found to be filed by hand, and its id is not known here".to_owned(),
        }),
    }
}

/// The last filing for this key that came to something, by whichever user.
fn filed<'a>(case: &Case<'a>) -> Option<(&'a Sent, &'a Outcome)> {
    let identity = case.terms.identity(&case.decision.address.id);
    case.world
        .past
        .final_outcome(&identity, Verdict::File, None)
}

/// Our own requests, or why they are not known.
fn own<'a>(case: &Case<'a>) -> Result<&'a [Request], Why> {
    let unread = |why: &str| Why::Unread {
        why: why.to_owned(),
    };
    match case.world.observed.queues.get(&case.decision.address.queue) {
        Some(Reading::Read(view)) => match &view.own {
            Own::Read(requests) => Ok(requests),
            Own::Failed(why) if why.kind == crate::model::ReadErrorKind::OutOfSight => {
                Err(Why::OutOfSight {
                    why: why.what.clone(),
                })
            }
            Own::Failed(why) => Err(unread(&why.what)),
            Own::NotRead => Err(unread(
                "a snapshot does not hold what the user of the queue has asked for himself",
            )),
        },
        Some(Reading::Unread(error)) => Err(unread(&error.what)),
        None => Err(unread("the snapshot does not hold this queue")),
    }
}

fn settled(sent: &Sent, outcome: &Outcome, own: &[Request]) -> SettledBy {
    let Outcome::Filed { id, .. } = outcome else {
        return SettledBy::Us {
            seq: sent.seq,
            outcome: outcome.code().to_owned(),
        };
    };
    let stands = own.iter().find(|one| one.id == *id);
    SettledBy::Filed {
        seq: sent.seq,
        id: id.clone(),
        stands: stands.map(|one| one.status.word().to_owned()),
    }
}

/// The calls that may have been made count, whatever became of them: at most once for a key and a ledger.
fn to_file(
    case: &Case<'_>,
    release: &ReleaseRequest,
    filing: &Filing,
    own: &[Request],
) -> Comparison {
    let identity = case.terms.identity(&release.address.id);
    let sends = case.world.past.sends(&identity, Verdict::File, None);
    if sends > 0 {
        return Comparison::Hold(Why::SentBefore { sends });
    }
    if let Some(why) = unfit(case.terms, release, filing)
        .or_else(|| clock_skewed(case))
        .or_else(|| frozen(case))
        .or_else(|| unmerged(case))
    {
        return Comparison::Hold(why);
    }
    let ours: Vec<&Request> = own.iter().filter(|one| release.target.is_of(one)).collect();
    let waiting: Vec<RequestId> = ids(ours.iter().filter(|one| one.status == Status::Pending));
    let granted = ours.iter().filter(|one| one.status != Status::Pending);
    let takes = match release.on_conflict {
        OnConflict::Refuse => ids(granted),
        // "An existing, approved request ID for the same user/system/account/access type".
        OnConflict::Reuse => ids(granted.filter(|one| {
            let access = one.facts.get("access-type");
            access.is_some_and(|access| access.raw().eq_ignore_ascii_case(&release.access_type))
        })),
        // "Cancels any existing approved requests for the same user/system/account".
        OnConflict::Renew => ids(granted),
    };
    let in_the_way = match release.on_conflict {
        OnConflict::Refuse => [waiting, takes.clone()].concat(),
        OnConflict::Reuse if takes.is_empty() => waiting,
        OnConflict::Reuse => Vec::new(),
        OnConflict::Renew => waiting,
    };
    if !in_the_way.is_empty() {
        return Comparison::Hold(Why::Conflict { ids: in_the_way });
    }
    Comparison::File(Release {
        target: release.target,
        sees: ids(ours.iter()),
        takes,
        on_conflict: release.on_conflict,
        gives_back: None,
    })
}

fn ids<'a, 'b: 'a>(requests: impl Iterator<Item = &'a &'b Request>) -> Vec<RequestId> {
    let mut ids: Vec<RequestId> = requests.map(|one| one.id.clone()).collect();
    ids.sort();
    ids
}

fn to_give_back(
    case: &Case<'_>,
    release: &ReleaseRequest,
    sent: &Sent,
    (id, own): (&RequestId, &[Request]),
) -> Comparison {
    let stands = own.iter().find(|one| one.id == *id);
    let identity = case.terms.identity(&release.address.id);
    let past = case.world.past;
    let over = |seq| SettledBy::Filed {
        seq,
        id: id.clone(),
        stands: None,
    };
    match stands.map(|one| &one.status) {
        None => Comparison::Settled(
            past.final_outcome(&identity, Verdict::CheckIn, None)
                .map_or(over(sent.seq), |(sent, _)| over(sent.seq)),
        ),
        Some(Status::Pending) => Comparison::Hold(Why::NotGrantedYet),
        Some(_) => {
            let sends = past.sends(&identity, Verdict::CheckIn, None);
            let too_long = text_length(case.terms, case.decision);
            match (sends, too_long) {
                (0, None) => Comparison::GiveBack(id.clone()),
                (0, Some(why)) => Comparison::Hold(why),
                (_, _) => Comparison::Hold(Why::SentBefore { sends }),
            }
        }
    }
}

/// What the vendor will not take, as far as the block alone tells.
pub(super) fn unfit(terms: &Terms, release: &ReleaseRequest, filing: &Filing) -> Option<Why> {
    let length = release.ticket.chars().count();
    let limit = filing.ticket_limit;
    if length > limit {
        return Some(Why::TicketTooLong { length, limit });
    }
    text_length(terms, &release.decision(Verdict::File))
}

fn change(case: &Case<'_>, release: &ReleaseRequest, found: Release) -> Option<Change> {
    let terms = case.terms;
    let filing = terms.can.filing?;
    let decision = case.decision.clone();
    let identity = terms.identity(&release.address.id);
    let mark = Mark::of(&identity, decision.verdict);
    let call: Call = match &found.gives_back {
        None => (filing.file)(release, &mark),
        Some(id) => (filing.check_in)(release, &mark, id),
    };
    let (unproven, undo) = match &found.gives_back {
        None => (filing.cannot_verify, filing.undo),
        Some(_) => (&[][..], "no; ask again"),
    };
    let digest = line_digest(&identity, &decision, &call, &terms.deciding, Some(&found));
    Some(Change {
        decision,
        identity,
        expects: found.gives_back.is_some().then_some(Status::Approved),
        call,
        permits: Vec::new(),
        research: Vec::new(),
        deciding: terms.deciding.clone(),
        // A second filing is a second request, and what a second check-in does is not documented.
        release: Some(found),
        repeat: Repeat::ActsAgain,
        mark,
        content_changed: Vec::new(),
        alarms: Vec::new(),
        cannot_verify: unproven.iter().map(|&word| word.to_owned()).collect(),
        notifies: "not documented".to_owned(),
        undo: undo.to_owned(),
        digest,
    })
}
