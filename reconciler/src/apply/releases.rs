//! What our own requests say about a filing or a check-in: right before its send, and after it. Pure.

use jiff::Timestamp;

use super::judge::{After, Before, refusal};
use crate::model::{
    Change, FilingProof, Outcome, Own, Release, Request, RequestId, Resembles, Status, Target,
};
use crate::vendors::Meaning;

/// The fresh read right before a send.
pub(super) fn before(change: &Change, own: &Own, now: Timestamp) -> Before {
    let stale = |why: &str| {
        Before::End(Outcome::Stale {
            why: why.to_owned(),
            by: None,
        })
    };
    let (release, requests) = match (&change.release, own) {
        (Some(release), Own::Read(requests)) => (release, requests),
        (_, Own::Failed(why)) => return unread(&why.what),
        (_, Own::NotRead | Own::Read(_)) => return unread("nothing was read"),
    };
    if change.decision.expires <= now {
        return stale("the release request expired since it was planned");
    }
    match &release.gives_back {
        None if seen_by(release, requests) == release.sees => Before::Send,
        None => {
            stale("our own requests for the account are no longer those that were planned with")
        }
        Some(id) => match standing(requests, id) {
            Some(Status::Approved | Status::InUse) => Before::Send,
            Some(_) => stale("not approved, so there is nothing to give back"),
            None => Before::End(Outcome::AlreadyDecided { by: None }),
        },
    }
}

fn unread(why: &str) -> Before {
    Before::End(Outcome::NotSent {
        why: format!("could not be read before sending: {why}"),
        may_have_left: false,
    })
}

/// The read-back after a send, which was made at that time.
pub(super) fn after(change: &Change, answer: &Meaning, own: &Own, at: Timestamp) -> After {
    let no = refusal(answer);
    let doubt = |why: String| {
        let outcome = no.clone().unwrap_or(Outcome::InDoubt { why });
        After::End(outcome)
    };
    let (release, requests) = match (&change.release, own) {
        (Some(release), Own::Read(requests)) => (release, requests),
        (_, Own::Failed(why)) => {
            return doubt(format!("sent, and it could not be read back: {}", why.what));
        }
        (_, Own::NotRead | Own::Read(_)) => return doubt("sent, and nothing was read".to_owned()),
    };
    if let Some(id) = &release.gives_back {
        return match (standing(requests, id), answer) {
            (None, Meaning::Claimed | Meaning::Unknown(_)) => After::End(Outcome::StateReached),
            (_, _) => no.map_or(After::StillPending, After::End),
        };
    }
    let filed = |id: &RequestId, proof| {
        let id = id.clone();
        After::End(Outcome::Filed { id, proof })
    };
    match answer {
        Meaning::Filed { id, reused } => match requests.iter().find(|one| one.id == *id) {
            Some(request) if is_another(release, request) => doubt(format!(
                "the vendor answered that it is request {id}, and our own list shows that for another account, access type or application"
            )),
            Some(_) if *reused && !release.kept.is_empty() => {
                After::End(Outcome::GrantedOtherwise {
                    keys: release.kept.clone(),
                    id: Some(id.clone()),
                })
            }
            Some(_) if *reused => filed(id, FilingProof::Reused),
            Some(_) => filed(id, FilingProof::Answered),
            // The list may lag behind the answer; in the end it is the list that proves.
            None => After::StillPending,
        },
        Meaning::Claimed | Meaning::Unknown(_) => {
            let New { ours, unknown, .. } = New::of(release, requests, at);
            match (ours.as_slice(), unknown.as_slice()) {
                ([id], []) => filed(id, FilingProof::Found),
                // One of those may be it. The list may lag, too.
                ([], _) => After::StillPending,
                ([_, ..], _) => {
                    doubt("sent, and more than one new request stands in the list".to_owned())
                }
            }
        }
        Meaning::NotSent(_)
        | Meaning::Refused(_)
        | Meaning::Conflict(_)
        | Meaning::DoneBefore(_)
        | Meaning::CredentialRejected(_)
        | Meaning::Wait(_) => doubt("refused".to_owned()),
    }
}

/// What an intent that an earlier run left open turns out to be. A filing that no list shows may have been
/// filed and be gone: that nobody can tell.
pub(super) fn recovered(change: &Change, own: &Own, at: Timestamp) -> Outcome {
    match after(change, &Meaning::Unknown(String::new()), own, at) {
        After::End(outcome) => outcome,
        After::VoteMissing(why) => Outcome::InDoubt { why },
        After::StillPending
            if change
                .release
                .as_ref()
                .is_some_and(|one| one.gives_back.is_some()) =>
        {
            Outcome::InDoubt {
                why: "it still stands, but the call of an earlier run may yet arrive".to_owned(),
            }
        }
        After::StillPending => Outcome::InDoubt {
            why: format!(
                "no list shows it, but it may have been filed and be gone{}",
                stands_there(change, own, at)
            ),
        },
    }
}

/// Our own requests for the account, in order.
fn seen_by(release: &Release, requests: &[Request]) -> Vec<RequestId> {
    let touched = release.target.touches(release.on_conflict, requests);
    let mut ids: Vec<RequestId> = touched.iter().map(|one| one.id.clone()).collect();
    ids.sort();
    ids
}

/// Requests that were not there when it was planned.
struct New {
    /// What a call at that time can have filed.
    ours: Vec<RequestId>,
    /// What may be that, and does not show when it begins.
    unknown: Vec<RequestId>,
    /// What was made by hand, or for another reason.
    others: Vec<RequestId>,
}

impl New {
    fn of(release: &Release, requests: &[Request], at: Timestamp) -> Self {
        let mut new = Self {
            ours: Vec::new(),
            unknown: Vec::new(),
            others: Vec::new(),
        };
        for id in seen_by(release, requests) {
            let row = requests.iter().find(|one| one.id == id);
            let Some(row) = row.filter(|_| !release.sees.contains(&id)) else {
                continue;
            };
            match release.resembles(row, at) {
                Resembles::Yes => new.ours.push(id),
                Resembles::Unknown => new.unknown.push(id),
                Resembles::No => new.others.push(id),
            }
        }
        new
    }
}

/// Whether something new stands in the list that a call of that time may have filed.
pub(super) fn may_stand(change: &Change, own: &Own, at: Timestamp) -> bool {
    let (Some(release), Own::Read(requests)) = (&change.release, own) else {
        return false;
    };
    let New { ours, unknown, .. } = New::of(release, requests, at);
    release.gives_back.is_none() && !(ours.is_empty() && unknown.is_empty())
}

/// What a person will come upon who looks for the call in the list.
fn stands_there(change: &Change, own: &Own, at: Timestamp) -> String {
    let (Some(release), Own::Read(requests)) = (&change.release, own) else {
        return String::new();
    };
    let New {
        unknown, others, ..
    } = New::of(release, requests, at);
    let told = [
        ("may be it, and does not show when it begins", unknown),
        ("is of another sort, time or length than the call", others),
    ];
    let told = told.into_iter().filter(|(_, ids)| !ids.is_empty());
    told.map(|(what, ids)| {
        let ids: Vec<&str> = ids.iter().map(RequestId::as_str).collect();
        format!(
            "; what is new there for the account {what}: {}",
            ids.join(", ")
        )
    })
    .collect()
}

/// Whether a row shows another account, sort of access or application than was asked for.
fn is_another(release: &Release, request: &Request) -> bool {
    let differs = |key: &str, asked: &str| {
        let shown = request.shown(key);
        !shown.is_empty() && !shown.eq_ignore_ascii_case(asked)
    };
    let access = release.shows.get("access-type");
    // None is another one, too.
    let application = release.shows.get("application-id");
    let is_elsewhere = match release.target {
        Target::Account { system, account } => {
            differs("system-id", &system.to_string()) || differs("account-id", &account.to_string())
        }
        Target::Alias(alias) => differs("alias-id", &alias.to_string()),
    };
    is_elsewhere
        || access.is_some_and(|access| differs("access-type", access))
        || application.is_some_and(|asked| request.shown("application-id") != asked)
}

fn standing<'a>(requests: &'a [Request], id: &RequestId) -> Option<&'a Status> {
    let found = requests.iter().find(|one| one.id == *id);
    found.map(|one| &one.status)
}
