//! `draft --prune`: drafts that nobody has touched go when their request has gone; never on a doubt.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};

use super::select::Select;
use super::setup::{self, Access, Clients, Setup};
use super::{Context, listed, plan};
use crate::cli::Reach;
use crate::desired::decisions::{self, Keep};
use crate::desired::draft;
use crate::desired::removal::{Left, Source};
use crate::error::{Failure, Severity};
use crate::exit::Exit;
use crate::model::{Place, RequestId, Sighting, Status, Terms, Undecided, counted};
use crate::render::told;
use crate::vendors::{Queue, Row};

/// What became of the request of a draft that no longer waits, in a word or two.
type Gone = &'static str;

/// Removes those of the drafts whose request no longer waits.
pub(super) async fn run(
    setup: &Setup,
    select: &Select,
    reach: &Reach,
    drafts: &[&Undecided],
    context: &Context,
) -> Result<Exit, Failure> {
    // All queues are read before the first file is touched.
    let look = async |clients: &Clients| gone(clients, drafts, context).await;
    let gone = setup
        .with_queues(context, Access::Read, reach, select, look)
        .await?;
    let mut files: BTreeMap<&str, Vec<(&Undecided, Gone)>> = BTreeMap::new();
    for (draft, why) in gone {
        let blocks = files.entry(&draft.from.file).or_default();
        blocks.push((draft, why));
    }
    let (mut removed, mut left) = (0, 0);
    for (file, blocks) in files {
        match remove(setup, file, &blocks, context)? {
            Some(count) => removed += count,
            None => left += 1,
        }
    }
    match (removed, left) {
        (0, 0) => context
            .ui
            .result("Nothing to prune: no draft is known to have lost its request.\n"),
        _ => context
            .ui
            .result(&format!("Pruned: {}.\n", counted(removed, "draft"))),
    }
    Ok(Exit::Done)
}

/// The drafts whose request no longer waits. A queue in which nothing can be seen proves nothing.
async fn gone<'d>(
    clients: &Clients,
    drafts: &[&'d Undecided],
    context: &Context,
) -> Result<Vec<(&'d Undecided, Gone)>, Failure> {
    let mut all = Vec::new();
    for (name, queue) in clients {
        let own: Vec<&Undecided> = drafts
            .iter()
            .copied()
            .filter(|draft| draft.address.queue == *name)
            .collect();
        if own.is_empty() {
            continue;
        }
        if queue.terms().can.ratifies.is_some() {
            context.ui.warning(&format!("queue {name}: {} left alone; what its vendor does not show was not processed yet, or before `since`", counted(own.len(), "draft")));
            continue;
        }
        let looked = tokio::select! {
            looked = look(queue.as_ref(), &own) => looked?,
            () = context.stop.at_once() => return Err(plan::interrupted(context)),
        };
        for why in looked.unread {
            context.ui.warning(&format!("queue {name}: {why}"));
        }
        if !looked.visible && !looked.gone.is_empty() {
            context.ui.warning(&format!("queue {name}: nothing at all is visible in it, so {} left alone; `countersign doctor` tells which user it is read as", counted(own.len(), "draft")));
            continue;
        }
        all.extend(looked.gone);
    }
    Ok(all)
}

/// What one queue shows of its drafts.
struct Looked<'d> {
    gone: Vec<(&'d Undecided, Gone)>,
    /// Whether anything could be seen at all.
    visible: bool,
    /// Drafts whose request could not be read.
    unread: Vec<String>,
}

async fn look<'d>(queue: &dyn Queue, drafts: &[&'d Undecided]) -> Result<Looked<'d>, Failure> {
    let terms = queue.terms();
    let mut waiting: BTreeSet<RequestId> = BTreeSet::new();
    let mut visible = false;
    let mut row = |row: Row| {
        visible = true;
        match row {
            Row::Whole(request) if terms.can.awaits(&request.status) => {
                waiting.insert(request.id);
            }
            Row::Brief { id, status } if terms.can.awaits(&status) => {
                waiting.insert(id);
            }
            Row::Unreadable { id, why: _ } => waiting.extend(id),
            Row::Whole(_) | Row::Brief { .. } => {}
        }
    };
    let read = listed::pending(queue, None, &mut |_| false, &mut row).await;
    read.map_err(|error| {
        Failure::error(format!("the queue could not be read: {}", told(&error)))
            .at(format!("queue {}", terms.queue))
            .hint(error.hint)
    })?;
    let missing = drafts
        .iter()
        .copied()
        .filter(|draft| !waiting.contains(&draft.address.id));
    let looks = missing
        .map(|draft| async move { (draft, queue.look_up(&draft.address.id).await.sighting) });
    let mut looks = stream::iter(looks).buffered(terms.parallelism.get());
    let (mut gone, mut unread) = (Vec::new(), Vec::new());
    while let Some((draft, sighting)) = looks.next().await {
        match sighting {
            Sighting::Absent => gone.push((draft, "no longer visible")),
            Sighting::Seen(request) => {
                visible = true;
                match over(&request.status) {
                    Some(word) if !terms.can.awaits(&request.status) => gone.push((draft, word)),
                    Some(_) | None => {}
                }
            }
            Sighting::Failed(error) => {
                unread.push(format!(
                    "{}: {}; its draft stays",
                    draft.address,
                    told(&error)
                ));
            }
        }
    }
    drop(looks);
    Ok(Looked {
        gone,
        visible,
        unread,
    })
}

/// The word for a status from which no request comes back; nothing where it may, or is not known.
fn over(status: &Status) -> Option<Gone> {
    match status {
        Status::Pending | Status::Quarantined | Status::Unknown(_) => None,
        Status::Approved
        | Status::InUse
        | Status::Finished
        | Status::Denied
        | Status::Revoked
        | Status::Expired => Some(status.word()),
    }
}

/// Takes the drafts out of one file that are still as `draft` wrote them. Nothing where all of them stay.
fn remove(
    setup: &Setup,
    file: &str,
    gone: &[(&Undecided, Gone)],
    context: &Context,
) -> Result<Option<usize>, Failure> {
    let root = &context.global.chdir;
    let read = Source::read(root, file);
    let pieces = read
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|source| Ok((source, source.pieces()?)));
    let (source, pieces) = match pieces {
        Ok(apart) => apart,
        Err(mistake) => {
            setup::show_mistakes(context, &[mistake], Severity::Warning);
            return Ok(None);
        }
    };
    let fresh = decisions::parse(file, &source.text, &setup.all, Keep::Nothing);
    let mut blocks: Vec<Place> = Vec::new();
    for (draft, why) in gone {
        let terms: Option<&Terms> = setup.terms.get(&draft.address.queue);
        let piece = pieces.blocks.iter().find(|piece| piece.is_at(&draft.from));
        let untouched = fresh.desired.undecided.contains(draft)
            && terms
                .zip(piece)
                .is_some_and(|(terms, piece)| draft::is_untouched(piece.text, terms));
        if untouched {
            blocks.push(draft.from.clone());
        } else {
            context.ui.warning(&format!(
                "{}: its request is gone ({why}), but somebody has written in it; left alone",
                draft.from
            ));
        }
    }
    if blocks.is_empty() {
        return Ok(None);
    }
    let left = source.leave(&blocks, false).map_err(|mistake| {
        setup::show_mistakes(context, &[mistake], Severity::Error);
        Failure::error("a draft could not be removed").at(file.to_owned())
    })?;
    for (draft, why) in gone
        .iter()
        .filter(|(draft, _)| blocks.contains(&draft.from))
    {
        let place = match left {
            Left::Removed => file.to_owned(),
            Left::Others => draft.from.to_string(),
        };
        context
            .ui
            .line(&format!("removed {place}: {} is {why}", draft.address));
    }
    Ok(Some(blocks.len()))
}
