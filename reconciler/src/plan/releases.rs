//! The table of release requests: filed at most once for an account and a ticket, given back where asked.

mod conflict;
mod filed;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks::{Case, clock_skewed, frozen, open_intent, text_length, unmerged};
use super::digest::line_digest;
use super::hold::Hold;
use super::why::Why;
use super::{Inert, Plan, Settled, SettledBy, World};
use crate::model::{
    Aim, Call, Change, Filing, Mark, OnConflict, Own, ReadError, Reading, Release, ReleaseRequest,
    Repeat, Request, RequestId, Status, Terms, Verdict,
};
use conflict::{ids, refused_before, taken};
use filed::{Filed, filed};

/// What the table says about one block.
enum Comparison {
    File(Release),
    GiveBack { id: RequestId, was_found: bool },
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
            Comparison::GiveBack { id, was_found } => {
                let change = change(&case, release, given_back(release, id));
                plan.changes.extend(change.map(|mut change| {
                    if was_found {
                        change.cannot_verify.push(WHOSE.into());
                    }
                    change
                }));
            }
        }
    }
}

/// What a reviewer of a check-in should know whose filing had no answer.
const WHOSE: &str = "whether it is what was filed: no answer came then, and it is what the list showed of that time and length";

fn given_back(release: &ReleaseRequest, id: RequestId) -> Release {
    Release {
        target: release.target,
        sees: vec![id.clone()],
        takes: Vec::new(),
        on_conflict: release.on_conflict,
        shows: BTreeMap::new(),
        minutes: None,
        kept: Vec::new(),
        gives_back: Some(id),
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
    let is_open = release.aim == Aim::Open;
    let otherwise = filed.filter(|_| is_open);
    if let Some(why) = otherwise.and_then(|filed| filed.otherwise(case, release, filing)) {
        return Comparison::Hold(why);
    }
    let own = match (own(case), filed) {
        (Ok(own), _) => own,
        // What is filed stays filed, whoever looks; where it stands is another matter.
        (Err(Why::OutOfSight { .. }), Some(filed)) if is_open => {
            return Comparison::Settled(filed.settled(None));
        }
        (Err(why), _) => return Comparison::Hold(why),
    };
    if let Some(why) = filed.and_then(|filed| filed.is_another(own)) {
        return Comparison::Hold(why);
    }
    match (release.aim, filed) {
        (Aim::Open, Some(filed)) => Comparison::Settled(filed.settled(Some(own))),
        (Aim::Open, None) => to_file(case, release, filing, own),
        (Aim::CheckedIn, None) => Comparison::Hold(Why::NotFiled {
            why: "nothing was filed for this account and ticket".to_owned(),
        }),
        (Aim::CheckedIn, Some(filed)) => to_give_back(case, release, filed, own),
    }
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
        minutes: Some(release.minutes),
        kept: kept(case, release, filing),
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

/// What the block says that a request which is reused in its place need not be.
fn kept(case: &Case<'_>, release: &ReleaseRequest, filing: &Filing) -> Vec<String> {
    let call = call(case, release, filing);
    let said = filing.says.iter().filter(|field| field.is_kept);
    match release.on_conflict {
        OnConflict::Refuse | OnConflict::Renew => Vec::new(),
        OnConflict::Reuse => said
            .filter(|field| field.said_by(&call).is_some())
            .map(|field| field.key.to_owned())
            .collect(),
    }
}

/// The call that files this block.
fn call(case: &Case<'_>, release: &ReleaseRequest, filing: &Filing) -> Call {
    let identity = case.terms.identity(&release.address.id);
    (filing.file)(release, &Mark::of(&identity, Verdict::File))
}

fn to_give_back(
    case: &Case<'_>,
    release: &ReleaseRequest,
    filed: Filed<'_>,
    own: &[Request],
) -> Comparison {
    let Some(id) = filed.id() else {
        return Comparison::Hold(Why::NotFiled {
            why: "it was found to be filed by hand, and its id is not known here".to_owned(),
        });
    };
    let identity = case.terms.identity(&release.address.id);
    let past = case.world.past;
    match own.iter().find(|one| one.id == *id).map(|one| &one.status) {
        None => {
            let back = past.final_outcome(&identity, Verdict::CheckIn, None);
            Comparison::Settled(SettledBy::Filed {
                seq: back.map_or(filed.sent.seq, |(sent, _)| sent.seq),
                id: id.clone(),
                stands: None,
            })
        }
        Some(Status::Finished | Status::Denied | Status::Revoked | Status::Expired) => {
            Comparison::Settled(filed.settled(Some(own)))
        }
        Some(Status::Pending) => Comparison::Hold(Why::NotGrantedYet),
        Some(Status::Quarantined) => Comparison::Hold(Why::Quarantined),
        Some(Status::Unknown(raw)) => Comparison::Hold(Why::UnknownStatus { raw: raw.clone() }),
        Some(Status::Approved | Status::InUse) => {
            let sends = past.sends(&identity, Verdict::CheckIn, None);
            let too_long = text_length(case.terms, case.decision);
            match (sends, too_long) {
                (0, None) => Comparison::GiveBack {
                    id: id.clone(),
                    was_found: filed.was_found(),
                },
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
