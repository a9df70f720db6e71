//! No two queues of a configuration are one and the same.

use std::collections::BTreeMap;

use super::QueueConfig;
use super::wants::wants;
use crate::desired::mistake::Mistake;
use crate::desired::table::Strict;
use crate::model::{QueueName, Vendor};

/// Two queues that are the same instance would decide every request twice, unless two people decide there.
pub(super) fn no_two_alike(
    top: &Strict<'_, '_>,
    queues: &BTreeMap<QueueName, QueueConfig>,
    mistakes: &mut Vec<Mistake>,
) {
    let mut seen: BTreeMap<_, Vec<(&QueueName, Option<String>)>> = BTreeMap::new();
    for (name, queue) in queues {
        let decider = decider(queue);
        let others = seen
            .entry((queue.vendor, &queue.origin, queue.organizations.first()))
            .or_default();
        // Without a name nobody knows in whose name it decides, so it may be the same.
        let same = others
            .iter()
            .find(|(_, other)| decider.is_none() || other.is_none() || *other == decider);
        if let Some((first, _)) = same {
            mistakes.push(Mistake {
                place: queue.from.clone(),
                message: format!(
                    "queue `{name}` is the same as queue `{first}`: both are {}",
                    queue.origin
                ),
                hint: Some(format!(
                    "remove one of them, or give each its own {}",
                    wants(queue.vendor).apart
                )),
                shown: top.source.line_shown(queue.from.line),
            });
        }
        others.push((name, decider));
    }
}

/// In whose name a queue decides, as far as the configuration tells.
fn decider(queue: &QueueConfig) -> Option<String> {
    match queue.vendor {
        Vendor::AdminByRequest => queue.acting_as.as_deref().map(str::to_lowercase),
        Vendor::Beyondtrust => queue.deciding().user(),
        // A token belongs to a user that nothing names.
        Vendor::Threatlocker => None,
        Vendor::Fudo => queue.voter.as_deref().map(str::to_lowercase),
        // Nobody decides through it.
        Vendor::Ekran => None,
    }
}
