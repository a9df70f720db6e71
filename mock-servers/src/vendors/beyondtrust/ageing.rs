//! What time does: what was granted expires; stored rows from the agenda, untouched generated rows by arithmetic.

use jiff::Timestamp;

use super::request::Status;
use super::state::State;
use crate::clock::Fired;
use crate::vendors::Vendor;

impl State {
    /// Brings about what is due until `now`. A generated queue's part is one event, with a count.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some((due, id)) = self.agenda.first().copied().filter(|(due, _)| *due <= now) {
            self.agenda.remove(&(due, id));
            let kind = self.expire(id, due);
            fired.extend(kind.map(|kind| event(kind, due, Some(id.to_string()), 1)));
        }
        let before = self.settled.replace(now).unwrap_or(now);
        if before < now && self.expires_from_release() {
            let count: u64 = self
                .blocks
                .iter()
                .map(|block| {
                    let ended = block.lapsed(before)..block.lapsed(now);
                    let touched = block.first + ended.start..block.first + ended.end;
                    ended.end - ended.start - self.rows.range(touched).count() as u64
                })
                .sum();
            if count > 0 {
                fired.push(event("request-lapsed", now, None, count));
            }
        }
        fired
    }

    fn expire(&mut self, id: u64, due: Timestamp) -> Option<&'static str> {
        let row = self.rows.get(&id)?;
        let was = row.status;
        let rotates = self.rotates(row.account_id);
        let row = self.rows.get_mut(&id)?;
        row.status = Status::Expired;
        row.ended_at = Some(due);
        if was != Status::Active {
            return Some("request-lapsed");
        }
        row.rotated = row.rotate_on_check_in && rotates;
        Some("request-expired")
    }
}

fn event(kind: &'static str, at: Timestamp, object: Option<String>, count: u64) -> Fired {
    Fired {
        vendor: Vendor::BeyondTrust.slug(),
        kind,
        at,
        object,
        count,
    }
}
