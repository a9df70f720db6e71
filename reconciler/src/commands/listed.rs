//! What waits in a queue, row by row: whole where the list shows it whole, else only the rows that are wanted.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};

use crate::model::{ReadError, ReadErrorKind, RequestId, Sighting};
use crate::vendors::{Listing, LookedUp, Queue, Row, Unlisted, Whole};

/// Lists a queue and tells `seen` of each row.
///
/// Every row is whole where that costs nothing. Where it costs a look-up each, the pending rows that `wanted` says yes
/// to are looked up after the list, in its order; `wanted` is asked once for each, and the others are told brief.
///
/// # Errors
/// Where the list could not be read to its end, or never rested while it was read; what was read is told before.
pub(super) async fn pending(
    queue: &dyn Queue,
    since: Option<&RequestId>,
    wanted: &mut (dyn FnMut(&RequestId) -> bool + Send),
    seen: &mut (dyn FnMut(Row) + Send),
) -> Result<Unlisted, ReadError> {
    let can = queue.terms().can;
    let read = can.read;
    let nobody = BTreeSet::new();
    let listing = Listing {
        pending_only: read.pending_filter,
        whole: match read.whole_rows {
            true => Whole::All,
            false => Whole::Named(&nobody),
        },
        since,
        at_once: 1,
    };
    let mut chosen = Vec::new();
    let unlisted = {
        let mut row = |row: Row| match &row {
            Row::Brief { id, status } if can.awaits(status) && wanted(id) => {
                chosen.push(id.clone());
            }
            Row::Whole(_) | Row::Brief { .. } | Row::Unreadable { .. } => seen(row),
        };
        queue.list(listing, &mut row).await?
    };
    let looks = chosen.iter().map(|id| async move {
        let LookedUp { sighting, .. } = queue.look_up(id).await;
        (id, sighting)
    });
    let mut looks = stream::iter(looks).buffered(queue.terms().parallelism.get());
    while let Some((id, sighting)) = looks.next().await {
        match sighting {
            Sighting::Seen(request) => seen(Row::Whole(request)),
            Sighting::Absent => seen(Row::Unreadable {
                id: Some(id.clone()),
                why: listed_only(),
            }),
            Sighting::Failed(why) => seen(Row::Unreadable {
                id: Some(id.clone()),
                why,
            }),
        }
    }
    match unlisted {
        // Nobody is looked up who was not listed.
        Unlisted::Unknown(why) if why.kind == ReadErrorKind::Paging => Err(why),
        Unlisted::Absent | Unlisted::Unknown(_) => Ok(unlisted),
    }
}

/// It may have been withdrawn since; or one of the two answers is wrong.
fn listed_only() -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: "the list shows it, and by its id it is not there".to_owned(),
        said: None,
        hint: "look again; `countersign doctor` tries each queue".to_owned(),
    }
}
