//! What time does: policies expire, elevation and modes end. Requests do not age at this vendor.

use jiff::Timestamp;

use super::state::{Ending, State};
use crate::clock::Fired;
use crate::vendors::Vendor;

impl State {
    /// Brings about what is due until `now`.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some(next) = self
            .agenda
            .first()
            .copied()
            .filter(|(due, _, _)| *due <= now)
        {
            self.agenda.remove(&next);
            let (due, place, ending) = next;
            let Some(policy) = self.estate.policies.get_mut(place) else {
                continue;
            };
            let kind = match ending {
                Ending::Mode => "mode-ended",
                Ending::Elevation => {
                    policy.elevation = false;
                    "elevation-expired"
                }
                Ending::Policy => {
                    policy.expired = true;
                    "policy-expired"
                }
            };
            if ending == Ending::Mode {
                policy.mode = super::estate::Mode::Rules;
            }
            fired.push(Fired {
                vendor: Vendor::ThreatLocker.slug(),
                kind,
                at: due,
                object: Some(policy.request.clone()),
                count: 1,
            });
        }
        fired
    }
}
