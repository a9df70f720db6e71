//! What the ledger remembers of earlier runs: each call that may have been made, and what became of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Address, Call, Deciding, Identity, LineDigest, Outcome, Permit, Place, Release, Repeat, Verdict,
};

/// One call that may have been made, as the ledger remembers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The number of its intent.
    pub seq: u64,
    /// When the intent was written.
    pub at: Timestamp,
    /// How the request was addressed then.
    pub address: Address,
    /// Where its decision stood then.
    pub from: Place,
    /// What was to be done.
    pub verdict: Verdict,
    /// The ticket it was done for.
    pub ticket: String,
    /// The reviewed line.
    pub digest: LineDigest,
    /// How far it was to reach, where the call wrote a rule.
    pub permit: Option<Box<Permit>>,
    /// What it said, where it filed a request or gave one back.
    pub release: Option<Box<SentRelease>>,
    /// What a repeat would have done.
    pub repeat: Repeat,
    /// As which of the vendor's users, as far as the configuration told ([`super::Deciding::user`]).
    pub user: Option<String>,
    /// Whether the vendor answered it with success.
    pub confirmed: bool,
    /// What became of it.
    pub state: SentState,
}

/// A call that filed a request or gave one back, as it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct SentRelease {
    /// What it depended on.
    pub release: Release,
    /// The call.
    pub call: Call,
}

impl Sent {
    /// Whether it was made as this very user, which is more than that it may have been.
    #[must_use]
    pub fn is_surely_by(&self, deciding: &Deciding) -> bool {
        self.user == deciding.user()
    }

    /// Whether the request may look otherwise since: a definite no has changed nothing.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        !matches!(&self.state, SentState::Ended(outcome) if !outcome.counts_as_send())
    }

    /// Whether it was made as that user, as far as is known.
    fn is_by(&self, user: Option<&str>) -> bool {
        match (&self.user, user) {
            (Some(ours), Some(other)) => ours == other,
            (None, _) | (_, None) => true, // As in an older ledger: it may have been the same.
        }
    }
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentState {
    /// Nobody knows yet.
    Open,
    /// It ended.
    Ended(Outcome),
}

/// What earlier runs sent, by request. Read from the ledger; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Oldest first.
    pub sent: BTreeMap<Identity, Vec<Sent>>,
}

impl Past {
    /// Everything sent for one request, oldest first.
    #[must_use]
    pub fn of(&self, identity: &Identity) -> &[Sent] {
        self.sent.get(identity).map_or(&[], Vec::as_slice)
    }

    /// The intents whose outcome is unknown, oldest first within a request.
    pub fn open(&self) -> impl Iterator<Item = (&Identity, &Sent)> {
        self.sent
            .iter()
            .flat_map(|(identity, sent)| sent.iter().map(move |one| (identity, one)))
            .filter(|(_, one)| one.state == SentState::Open)
    }

    /// The last final outcome of this verdict on this request, for that user: what is merely recorded is
    /// one user's approval, and another user's is still to come.
    #[must_use]
    pub fn final_outcome(
        &self,
        identity: &Identity,
        verdict: Verdict,
        user: Option<&str>,
    ) -> Option<(&Sent, &Outcome)> {
        self.of(identity)
            .iter()
            .rev()
            .filter(|one| one.verdict == verdict)
            .find_map(|one| match &one.state {
                SentState::Ended(Outcome::Recorded { .. }) if !one.is_by(user) => None,
                SentState::Ended(outcome) if outcome.is_final() => Some((one, outcome)),
                SentState::Ended(_) | SentState::Open => None,
            })
    }

    /// How many calls of this verdict by that user may have reached the vendor.
    #[must_use]
    pub fn sends(&self, identity: &Identity, verdict: Verdict, user: Option<&str>) -> usize {
        self.of(identity)
            .iter()
            .filter(|one| one.verdict == verdict && one.is_by(user))
            .filter(|one| match &one.state {
                SentState::Open => true,
                SentState::Ended(outcome) => outcome.counts_as_send(),
            })
            .count()
    }
}
