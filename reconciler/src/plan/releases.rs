//! The table of release requests: filed at most once for an account and a ticket, given back where asked.

mod conflict;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks::{Case, clock_skewed, frozen, open_intent, text_length, unmerged};
use super::digest::line_digest;
use super::hold::Hold;
use super::why::Why;
use super::{Inert, Plan, Settled, SettledBy, World};
use crate::model::{
    Aim, Call, Change, Filing, Mark, Outcome, Own, ReadError, Reading, Release, ReleaseRequest,
    Repeat, Request, RequestId, Sent, SentState, Status, Terms, Verdict,
};
use conflict::{ids, refused_before, taken};

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
        let decision = Arc::new(release.decision(verdict));
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
                votes: None,
                by: None,
            }),
            Comparison::File(found) => {
                let Some(change) = change(&case, release, found) else {
                    continue;
                };
                match refused_before(&case, release, &change) {
                    Some(why) => plan.holds.push(Hold::of(&decision, why)),
                    None => plan.changes.push(change),
                }
            }
            Comparison::GiveBack(id) => {
                let found = Release {
                    target: release.target,
                    sees: vec![id.clone()],
                    takes: Vec::new(),
                    on_conflict: release.on_conflict,
                    shows: BTreeMap::new(),
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
    let filed = match filed(case) {
        Ok(filed) => filed,
        Err(why) => return Comparison::Hold(why),
    };
    let own = match (own(case), filed, release.aim) {
        (Ok(own), _, _) => own,
        // What is filed stays filed, whoever looks; where it stands is another matter.
        (Err(Why::OutOfSight { .. }), Some((sent, outcome)), Aim::Open) => {
            return Comparison::Settled(settled(sent, outcome, None));
        }
        (Err(why), _, _) => return Comparison::Hold(why),
    };
    match (release.aim, filed) {
        (Aim::Open, Some((sent, outcome))) => {
            Comparison::Settled(settled(sent, outcome, Some(own)))
        }
        (Aim::Open, None) => to_file(case, release, filing, own),
        (Aim::CheckedIn, None) => Comparison::Hold(Why::NotFiled {
            why: "nothing was filed for this account and ticket".to_owned(),
        }),
        (Aim::CheckedIn, Some((sent, outcome @ Outcome::Filed { id, .. }))) => {
            to_give_back(case, release, (sent, outcome), (id, own))
        }
        (Aim::CheckedIn, Some(_)) => Comparison::Hold(Why::NotFiled {
            why: "it was found to be filed by hand, and its id is not known here".to_owned(),
        }),
    }
}

/// The last filing for this key that came to something, by the user of this queue. One by another user is
/// not ours to settle, to give back or to file over: only that user's own lists show what became of it.
fn filed<'a>(case: &Case<'a>) -> Result<Option<(&'a Sent, &'a Outcome)>, Why> {
    let identity = case.terms.identity(&case.decision.address.id);
    let filings = || {
        let sent = case.world.past.of(&identity).iter().rev();
        sent.filter(|one| one.verdict == Verdict::File)
            .filter_map(|one| match &one.state {
                SentState::Ended(outcome) if outcome.is_final() => Some((one, outcome)),
                SentState::Ended(_) | SentState::Open => None,
            })
    };
    let deciding = &case.terms.deciding;
    if let Some(ours) = filings().find(|(sent, _)| sent.is_surely_by(deciding)) {
        return Ok(Some(ours));
    }
    let Some((sent, outcome)) = filings().next() else {
        return Ok(None);
    };
    let user = sent.user.as_deref().unwrap_or("another user");
    let id = if let Outcome::Filed { id, .. } = outcome {
        format!("filed as {id}")
    } else {
        "filed".to_owned()
    };
    Err(Why::Conflict {
        ids: Vec::new(),
        why: format!(
            "{id} as {user} (ledger {}); that user's queue must give it back",
            sent.seq
        ),
    })
}

/// Our own requests, or why they are not known.
fn own<'a>(case: &Case<'a>) -> Result<&'a [Request], Why> {
    let unread = |why: &str| Why::Unread {
        why: why.to_owned(),
        said: None,
    };
    let failed = |error: &ReadError| Why::Unread {
        why: error.what.clone(),
        said: error.said.clone(),
    };
    match case.world.observed.queues.get(&case.decision.address.queue) {
        Some(Reading::Read(view)) => match &view.own {
            Own::Read(requests) => Ok(requests),
            Own::Failed(why) if why.kind == crate::model::ReadErrorKind::OutOfSight => {
                Err(Why::OutOfSight {
                    why: why.what.clone(),
                })
            }
            Own::Failed(error) => Err(failed(error)),
            Own::NotRead => Err(unread(
                "a snapshot does not hold what the user of the queue has asked for himself",
            )),
        },
        Some(Reading::Unread(error)) => Err(failed(error)),
        None => Err(unread("the snapshot does not hold this queue")),
    }
}

/// `own` is nothing where the lists of whoever filed it are not ours to see.
fn settled(sent: &Sent, outcome: &Outcome, own: Option<&[Request]>) -> SettledBy {
    let Outcome::Filed { id, .. } = outcome else {
        return SettledBy::Us {
            seq: sent.seq,
            outcome: outcome.code().to_owned(),
        };
    };
    let stands = match own {
        None => Some("out of sight"),
        Some(own) => {
            let stands = own.iter().find(|one| one.id == *id);
            stands.map(|one| one.status.word())
        }
    };
    SettledBy::Filed {
        seq: sent.seq,
        id: id.clone(),
        stands: stands.map(str::to_owned),
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
    let ours = release.target.touches(release.on_conflict, own);
    let takes = match taken(release, &ours) {
        Ok(takes) => takes,
        Err(why) => return Comparison::Hold(why),
    };
    Comparison::File(Release {
        target: release.target,
        sees: ids(ours.iter()),
        takes,
        on_conflict: release.on_conflict,
        shows: shows(release),
        gives_back: None,
    })
}

fn shows(release: &ReleaseRequest) -> BTreeMap<String, String> {
    let application = release.application.map(|number| number.to_string());
    [
        ("access-type", release.access_type.clone()),
        ("application-id", application.unwrap_or_default()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

fn to_give_back(
    case: &Case<'_>,
    release: &ReleaseRequest,
    (sent, outcome): (&Sent, &Outcome),
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
        Some(Status::Finished | Status::Denied | Status::Revoked | Status::Expired) => {
            Comparison::Settled(settled(sent, outcome, Some(own)))
        }
        Some(Status::Pending) => Comparison::Hold(Why::NotGrantedYet),
        Some(Status::Quarantined) => Comparison::Hold(Why::Quarantined),
        Some(Status::Unknown(raw)) => Comparison::Hold(Why::UnknownStatus { raw: raw.clone() }),
        Some(Status::Approved | Status::InUse) => {
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
    let length = terms.can.text_unit.length(&release.ticket);
    let limit = filing.ticket_limit;
    if length > limit {
        return Some(Why::TicketTooLong { length, limit });
    }
    text_length(terms, &release.decision(Verdict::File))
}

fn change(case: &Case<'_>, release: &ReleaseRequest, found: Release) -> Option<Change> {
    let terms = case.terms;
    let filing = terms.can.filing?;
    let decision = Arc::clone(case.decision);
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
        lasts: None,
        deciding: terms.deciding.clone(),
        // A second filing is a second request, and what a second check-in does is not documented.
        release: Some(Box::new(found)),
        repeat: Repeat::ActsAgain,
        mark,
        content_changed: Vec::new(),
        alarms: Vec::new(),
        cannot_verify: unproven.iter().map(|&word| word.into()).collect(),
        notifies: "not documented".into(),
        undo: undo.into(),
        digest,
    })
}
