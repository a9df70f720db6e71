//! What time does: access ends with its window or its interval, and what nobody granted in time lapses.

use jiff::Timestamp;

use super::request::Status;
use super::state::State;
use crate::clock::Fired;
use crate::vendors::Vendor;

impl State {
    /// Brings about what is due until `now`, in order.
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some((due, id)) = self.agenda.first().copied().filter(|(due, _)| *due <= now) {
            self.agenda.remove(&(due, id));
            let Some(row) = self.rows.get_mut(&id) else {
                continue;
            };
            let kind = if row.status == Status::Granted {
                "access-expired"
            } else {
                "request-lapsed"
            };
            row.status = Status::Expired;
            row.modified_at = due;
            fired.push(Fired {
                vendor: Vendor::Fudo.slug(),
                kind,
                at: due,
                object: Some(id.to_string()),
                count: 1,
            });
        }
        fired
    }
}
