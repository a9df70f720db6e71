//! What was filed for a key before: by whom, as what, and whether it is what the block says now.

use super::super::SettledBy;
use super::super::checks::Case;
use super::super::why::Why;
use crate::model::{
    FiledField, Filing, FilingProof, Outcome, ReleaseRequest, Request, RequestId, Resembles, Sent,
    SentState, Verdict,
};

/// The last filing for a key that came to something.
#[derive(Clone, Copy)]
pub(super) struct Filed<'a> {
    pub(super) sent: &'a Sent,
    outcome: &'a Outcome,
}

/// The last filing for this key that came to something, by the user of this queue. One by another user is
/// not ours to settle, to give back or to file over: only that user's own lists show what became of it.
pub(super) fn filed<'a>(case: &Case<'a>) -> Result<Option<Filed<'a>>, Why> {
    let identity = case.terms.identity(&case.decision.address.id);
    let filings = || {
        let sent = case.world.past.of(&identity).iter().rev();
        sent.filter(|one| one.verdict == Verdict::File)
            .filter_map(|sent| match &sent.state {
                SentState::Ended(outcome) if outcome.is_final() => Some(Filed { sent, outcome }),
                SentState::Ended(_) | SentState::Open => None,
            })
    };
    let deciding = &case.terms.deciding;
    if let Some(ours) = filings().find(|filed| filed.sent.is_surely_by(deciding)) {
        return Ok(Some(ours));
    }
    let Some(Filed { sent, outcome }) = filings().next() else {
        return Ok(None);
    };
    let user = sent.user.as_deref().unwrap_or("another user");
    let id = match outcome.filed_as() {
        Some(id) => format!("filed as {id}"),
        None => "filed".to_owned(),
    };
    Err(Why::Conflict {
        ids: Vec::new(),
        why: format!(
            "{id} as {user} (ledger {}); that user's queue must give it back",
            sent.seq
        ),
    })
}

impl<'a> Filed<'a> {
    /// The vendor's id of it, where that is known.
    pub(super) fn id(&self) -> Option<&'a RequestId> {
        self.outcome.filed_as()
    }

    /// Whether no answer named it: a list showed it, and whose call it was is not shown.
    pub(super) fn was_found(&self) -> bool {
        let found = FilingProof::Found;
        matches!(self.outcome, Outcome::Filed { proof, .. } if *proof == found)
    }

    /// `own` is nothing where the lists of whoever filed it are not ours to see.
    pub(super) fn settled(&self, own: Option<&[Request]>) -> SettledBy {
        let Some(id) = self.id() else {
            return SettledBy::Us {
                seq: self.sent.seq,
                outcome: self.outcome.code().to_owned(),
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
            seq: self.sent.seq,
            id: id.clone(),
            stands: stands.map(str::to_owned),
        }
    }

    /// What was found in a list, and is not of the time or the length of our call after all.
    pub(super) fn is_another(&self, own: &[Request]) -> Option<Why> {
        let id = self.id().filter(|_| self.was_found())?;
        let row = own.iter().find(|one| one.id == *id)?;
        let release = &self.sent.release.as_ref()?.release;
        let is_another = release.resembles(row, self.sent.at) == Resembles::No;
        is_another.then(|| Why::Conflict {
            ids: vec![id.clone()],
            why: "no answer came to the filing, and what was found in the list instead is of another time or length: the portal tells whose it is, and there it can be checked in".to_owned(),
        })
    }

    /// What was filed and is not what the block says now. It is filed once, and what was filed is not altered.
    pub(super) fn otherwise(
        &self,
        case: &Case<'_>,
        release: &ReleaseRequest,
        filing: &Filing,
    ) -> Option<Why> {
        let then = &self.sent.release.as_ref()?.call;
        let now = super::call(case, release, filing);
        let differs = |field: &FiledField| {
            if field.is_kept && self.was_reused() {
                let asks = field.said_by(&now)?;
                return Some(format!(
                    "{} is {asks} here, and what was reused keeps its own",
                    field.key
                ));
            }
            let (was, is) = (field.of(then), field.of(&now));
            (was != is).then(|| format!("{} was {was}, is {is} here", field.key))
        };
        let differs: Vec<String> = filing.says.iter().filter_map(differs).collect();
        (!differs.is_empty()).then(|| Why::FiledOtherwise {
            seq: self.sent.seq,
            filed: self.id().cloned(),
            differs,
        })
    }

    fn was_reused(&self) -> bool {
        let reused = FilingProof::Reused;
        matches!(self.outcome, Outcome::Filed { proof, .. } if *proof == reused)
            || matches!(self.outcome, Outcome::GrantedOtherwise { .. })
    }
}
