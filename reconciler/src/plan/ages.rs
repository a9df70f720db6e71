//! How long the requests that files name have been waiting. Pure.

use jiff::SignedDuration;

use super::World;
use crate::model::{self, Address, Reading, Sighting, Status};

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which one.
    pub address: Address,
    /// For how long; nothing where nobody can tell, and then it may be any time.
    pub age: Option<SignedDuration>,
}

/// Every request that a `[[decision]]` names, decided or not, and that is pending or may be: ordered by address.
///
/// What the vendor says is not there does not wait. Of what was not looked for nobody knows the age.
#[must_use]
pub fn waiting(world: &World<'_>) -> Vec<Waiting> {
    let waits = |address: &Address| {
        let age = age(world, address)?;
        let address = address.clone();
        Some(Waiting { address, age })
    };
    let mut waiting: Vec<Waiting> = world.desired.addresses().filter_map(waits).collect();
    waiting.sort_by(|a, b| a.address.cmp(&b.address));
    waiting
}

/// Nothing where it does not wait; nothing inside where its age is not known.
fn age(world: &World<'_>, address: &Address) -> Option<Option<SignedDuration>> {
    let view = match world.observed.queues.get(&address.queue)? {
        Reading::Read(view) => view,
        Reading::Unread(_) => return Some(None),
    };
    let Some(sighting) = view.requests.get(&address.id) else {
        return Some(None);
    };
    match sighting {
        Sighting::Seen(request) => match request.status {
            Status::Pending => Some(model::age(&request.facts, world.now)),
            Status::Unknown(_) => Some(None),
            Status::Approved
            | Status::InUse
            | Status::Finished
            | Status::Denied
            | Status::Revoked
            | Status::Expired
            | Status::Quarantined => None,
        },
        Sighting::Absent => None,
        Sighting::Failed(_) => Some(None),
    }
}
