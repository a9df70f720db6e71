//! Votes, where a vendor lets several people decide together: who has voted how, and how many it takes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Deciding, VendorText, Verdict};

/// One vote that counts; one that was taken back is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The vendor's id of whoever voted.
    pub user_id: VendorText,
    /// The name of whoever voted, as the vendor shows it.
    pub user: VendorText,
    /// For or against.
    pub accepted: bool,
}

/// All votes on one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Votes {
    /// How many in favour it takes, where shown.
    pub needed: Option<u64>,
    /// Those that were cast, in the vendor's order.
    pub cast: Vec<Vote>,
}

/// How many are in favour, of how many that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Votes in favour.
    pub accepted: u64,
    /// How many it takes, where shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needed: Option<u64>,
}

/// What our own user has said of a verdict, by votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand<'a> {
    /// The verdict is no vote here, or the vendor shows none.
    NoVotes,
    /// Ours is not among the votes.
    NotCast,
    /// We have voted for it.
    For(&'a Vote),
    /// We have voted the other way, and have one vote.
    Against(&'a Vote),
}

impl Votes {
    /// Where our own user stands; `Deciding::run_as` says who that is.
    #[must_use]
    pub fn stand(&self, verdict: Verdict, deciding: &Deciding) -> Stand<'_> {
        let accepts = match verdict {
            Verdict::Approve => true,
            Verdict::Deny => false,
            Verdict::Revoke | Verdict::File | Verdict::CheckIn => return Stand::NoVotes,
        };
        let is_ours = |vote: &&Vote| deciding.run_as.as_deref().is_some_and(|us| vote.is_by(us));
        let ours = || self.cast.iter().filter(is_ours);
        // A snapshot may have been taken for another `voter`, and two may fit: a person looks at the one against it.
        match (ours().find(|vote| vote.accepted != accepts), ours().next()) {
            (Some(vote), _) => Stand::Against(vote),
            (None, Some(vote)) => Stand::For(vote),
            (None, None) => Stand::NotCast,
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let accepted = self.cast.iter().filter(|vote| vote.accepted).count();
        Tally {
            accepted: u64::try_from(accepted).unwrap_or(u64::MAX),
            needed: self.needed,
        }
    }
}

impl Vote {
    /// Whether this user voted: digits are an id, anything else a name. A name of digits is never taken for
    /// the id of somebody else.
    #[must_use]
    pub fn is_by(&self, user: &str) -> bool {
        let (_, shown) = self.known_by(user);
        !user.is_empty() && user == shown.raw()
    }

    /// The member that does not show whether this user voted, where it is not there.
    #[must_use]
    pub fn hides(&self, user: &str) -> Option<&'static str> {
        let (member, shown) = self.known_by(user);
        shown.is_empty().then_some(member)
    }

    /// Whether both are of one user: by id where both show one, else by name.
    #[must_use]
    pub fn is_of_same_user(&self, other: &Self) -> bool {
        if self.user_id.is_empty() || other.user_id.is_empty() {
            !self.user.is_empty() && self.user == other.user
        } else {
            self.user_id == other.user_id
        }
    }

    /// What such a user is known by.
    fn known_by(&self, user: &str) -> (&'static str, &VendorText) {
        if user.bytes().all(|byte| byte.is_ascii_digit()) {
            ("user_id", &self.user_id)
        } else {
            ("user_name", &self.user)
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.needed {
            Some(needed) => write!(f, "{} of {}", self.accepted, super::counted(needed, "vote")),
            None => f.write_str(&super::counted(self.accepted, "vote")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_votes_that_fit_the_one_against_it_counts() {
        let vote = |accepted| Vote {
            user_id: "".into(),
            user: "countersign".into(),
            accepted,
        };
        let deciding = Deciding {
            credential: "env KEY".to_owned(),
            acting_as: None,
            run_as: Some("countersign".to_owned()),
            client: None,
        };
        let both = [[true, false], [false, true]].map(|cast| Votes {
            needed: None,
            cast: cast.map(vote).to_vec(),
        });
        for votes in &both {
            for (verdict, accepted) in [(Verdict::Approve, false), (Verdict::Deny, true)] {
                let stand = votes.stand(verdict, &deciding);
                assert_eq!(stand, Stand::Against(&vote(accepted)));
            }
        }
    }
}
