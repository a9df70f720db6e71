//! The mocks' own account of the calls, held against what a command tells of its calls.

use std::collections::BTreeMap;

use serde_json::Value;

use super::told::{Told, is_absent};
use crate::Result;
use crate::world::World;

/// Ends a session. It is sent when all has been told, so it stands in no command's account.
const SIGN_OUT: &str = "beyondtrust.auth.signout";
/// What somebody is answered who asks for a request that is not there.
const NOT_THERE: u64 = 404;

/// What has been read of the mocks' journal so far.
pub(super) struct Journal<'w> {
    world: &'w World,
    /// The last entry that was read.
    seen: u64,
    /// How many calls the commands told of.
    pub(super) told: u32,
    /// How many calls were journalled for them, other than ends of sessions.
    pub(super) made: u32,
}

impl<'w> Journal<'w> {
    pub(super) fn of(world: &'w World) -> Self {
        Self {
            world,
            seen: 0,
            told: 0,
            made: 0,
        }
    }

    /// The calls since the last look.
    fn calls(&mut self) -> Result<Vec<Value>> {
        let path = format!("journal?kind=call&since={}", self.seen);
        let Value::Array(calls) = self.world.admin(&path, None)? else {
            return Err("an odd journal".into());
        };
        if let Some(last) = calls.last().and_then(|call| call["seq"].as_u64()) {
            self.seen = last;
        }
        Ok(calls)
    }

    /// Passes over calls of commands that tell nothing of them.
    pub(super) fn skip(&mut self) -> Result<()> {
        self.calls().map(drop)
    }

    /// What differs, by queue, between what a command tells of its calls and the calls since the last look; and calls
    /// that were not answered well, without a decision about a request that is not there.
    pub(super) fn against<'a>(
        &mut self,
        told: impl Iterator<Item = &'a Value>,
        verdicts: &Told,
    ) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        // Told, journalled, ends of sessions.
        let mut counts: BTreeMap<String, [u32; 3]> = BTreeMap::new();
        for queue in told {
            let name = queue["queue"].as_str().ok_or("a queue without a name")?;
            let calls = queue["calls"].as_u64().ok_or("a queue without calls")?;
            if queue["complete"] != true {
                problems.push(format!("{name}: not read to its end"));
            }
            counts.entry(name.to_owned()).or_default()[0] = u32::try_from(calls)?;
        }
        for call in self.calls()? {
            let text = |key: &str| call[key].as_str().unwrap_or("?").to_owned();
            let (vendor, op, object) = (text("vendor"), text("op"), text("object"));
            let status = call["status"].as_u64().unwrap_or_default();
            let is_gone = verdicts
                .get(&format!("{vendor}/{object}"))
                .is_some_and(|told| is_absent(told));
            let is_well = (200..300).contains(&status) || (status == NOT_THERE && is_gone);
            if !is_well {
                problems.push(format!(
                    "{vendor}: {op} of {object} was answered with {status}"
                ));
            }
            counts.entry(vendor).or_default()[if op == SIGN_OUT { 2 } else { 1 }] += 1;
        }
        for (queue, [told, made, sign_outs]) in counts {
            self.told += told;
            self.made += made;
            if told != made {
                problems.push(format!(
                    "{queue}: {told} calls told, and {made} in the journal"
                ));
            }
            let signed_in = u32::from(told > 0 && SIGN_OUT.starts_with(&queue));
            if sign_outs != signed_in {
                problems.push(format!(
                    "{queue}: {signed_in} sessions, and {sign_outs} ended"
                ));
            }
        }
        Ok(problems)
    }
}
