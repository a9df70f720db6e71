//! `doctor`: whether each queue is reachable, with which credential, and what its vendor cannot show.

use jiff::SignedDuration;

use super::select::Select;
use super::setup::{self, Access, Clients};
use super::{Context, plan};
use crate::apply::ledger as store;
use crate::cli::Doctor as Args;
use crate::desired::secret;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Own, ReadErrorKind, counted};
use crate::render::doctor::{self as rendered, Examination, Finding};
use crate::render::told;
use crate::vendors::{Listing, Queue, Row, Whole};

/// `countersign doctor`.
pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let setup = setup::load(context, &args.reach)?;
    let mut house = Vec::new();
    house.push(match store::read(&setup.config.ledger) {
        Ok(history) => Finding::good(format!(
            "ledger {}: {}, {} in doubt",
            setup.config.ledger.display(),
            counted(history.records.len(), "record"),
            history.past().open().count()
        )),
        Err(error) => Finding::bad(error.to_string(), error.hint()),
    });
    if let Some(clock) = &context.virtual_clock {
        house.push(Finding::good(format!("the clock is virtual: {clock}")));
    }
    for name in ["HTTPS_PROXY", "https_proxy"] {
        if context.env(name).is_some() {
            house.push(Finding::good(format!(
                "{name} is set: calls go through that proxy, but for loopback"
            )));
        }
    }
    // Read by the platform's own verifier, not by us.
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if cfg!(target_os = "linux") && context.env(name).is_some() {
            house.push(Finding::good(format!(
                "{name} is set: the roots that it names are this machine's, beside each `ca-file`"
            )));
        }
    }
    let mut queues = Vec::new();
    for (name, config) in &setup.config.queues {
        let Some(terms) = setup.terms.get(name) else {
            queues.push(Examination {
                queue: name.clone(),
                terms: None,
                findings: vec![Finding::good("switched off (enabled = false)".to_owned())],
            });
            continue;
        };
        let mut findings = Vec::new();
        let select = Select::of_queues(Some([name.clone()].into()));
        let write = config.write_credentials.as_ref();
        let keys = [
            (Access::Read, Some(&config.credentials)),
            (Access::Decide, write),
        ];
        let mut offset = None;
        for (access, sources) in keys {
            let Some(sources) = sources else { continue };
            let named = match (access, &sources.run_as) {
                (Access::Read, None) => sources.names(),
                (Access::Read, Some(user)) => format!("{} as {user}", sources.names()),
                (Access::Decide, None) => format!("{} (write-credentials)", sources.names()),
                (Access::Decide, Some(user)) => {
                    format!("{} as {user} (write-credentials)", sources.names())
                }
            };
            let look = async |clients: &Clients| {
                let mut found = Vec::new();
                for queue in clients.values() {
                    tokio::select! {
                        () = examine(queue.as_ref(), &named, &mut found) => {}
                        () = context.stop.at_once() => {}
                    }
                    offset = queue.clock_offset().or(offset);
                }
                Ok(found)
            };
            match setup
                .with_queues(context, access, &args.reach, &select, look)
                .await
            {
                Ok(found) => findings.extend(found),
                Err(failure) => findings.push(Finding::bad(
                    failure.to_string(),
                    failure.hint.unwrap_or_default(),
                )),
            }
            if context.stop.asked().is_some() {
                return Err(plan::interrupted(context));
            }
        }
        findings.extend(offset.map(clock));
        if !config.reads_as_decider() && !terms.can.same_for_all {
            findings.push(Finding::warning(
                "credentials and write-credentials are different users: what only the deciding one sees is unknown to plan"
                    .to_owned(),
            ));
        }
        if !config.reads_as_decider() && terms.can.needs_permit {
            findings.push(Finding::warning(
                "credentials and write-credentials may be different users: what the deciding one may permit is unknown to plan, which says so on the line, and is asked again by apply; `credentials` must be allowed to list what permits name"
                    .to_owned(),
            ));
        }
        let all = std::iter::once(&config.credentials).chain(&config.write_credentials);
        let sources = all.flat_map(|all| all.secrets.values());
        findings.extend(
            sources
                .filter_map(secret::open_to_others)
                .map(Finding::warning),
        );
        if terms.can.names_decider && terms.deciding.acting_as.is_none() {
            findings.push(Finding::warning(
                "no acting-as: an approve will end as `state reached, decider not shown`"
                    .to_owned(),
            ));
        }
        if terms.can.needs_permit && terms.deciding.acting_as.is_none() {
            findings.push(Finding::warning(
                "no acting-as: whoever the vendor shows cannot be told from this API user; write the name that it shows for the token's user"
                    .to_owned(),
            ));
        }
        if terms.can.needs_permit {
            findings.push(Finding::warning(
                "the API user may hold \"Edit Actioned Requests\", which no call shows: with it, a permit also overrides what somebody has just decided; take that permission away"
                    .to_owned(),
            ));
        }
        queues.push(Examination {
            queue: name.clone(),
            terms: Some(terms.clone()),
            findings,
        });
    }
    let sick = house
        .iter()
        .chain(queues.iter().flat_map(|queue| &queue.findings))
        .any(Finding::is_bad);
    context
        .ui
        .result(&rendered::text(&house, &queues, context.ui.style()));
    Ok(if sick { Exit::Error } else { Exit::Done })
}

/// Listing the pending ones tells whether the queue can be reached and the credential is good.
async fn examine(queue: &dyn Queue, credential: &str, findings: &mut Vec<Finding>) {
    let nothing = std::collections::BTreeSet::new();
    let listing = Listing {
        pending_only: queue.terms().can.read.pending_filter,
        whole: Whole::Named(&nothing),
        since: None,
        at_once: 1,
    };
    let (mut rows, mut odd) = (0_u64, 0_u64);
    let read = queue
        .list(listing, &mut |row| {
            rows += 1;
            odd += u64::from(matches!(row, Row::Unreadable { .. }));
        })
        .await;
    match read {
        Ok(_) => findings.push(Finding::good(format!(
            "reachable with {credential}: {rows} {}",
            queue.terms().can.waiting()
        ))),
        // A user who may only ask is no fault where requests are filed.
        Err(error)
            if queue.terms().can.filing.is_some() && error.kind == ReadErrorKind::Refused =>
        {
            findings.push(match queue.own().await.own {
                Own::Read(own) => Finding::warning(format!(
                    "with {credential}: may decide nothing ({}); {} of its own",
                    told(&error),
                    counted(own.len(), "request")
                )),
                Own::NotRead | Own::Failed(_) => {
                    Finding::bad(format!("with {credential}: {}", told(&error)), error.hint)
                }
            });
        }
        Err(error) => findings.push(Finding::bad(
            format!("with {credential}: {}", told(&error)),
            error.hint,
        )),
    }
    if odd > 0 {
        findings.push(Finding::warning(format!(
            "{} could not be read",
            counted(odd, "row")
        )));
    }
}

fn clock(offset: SignedDuration) -> Finding {
    let seconds = offset.as_secs();
    let text = format!("this machine's clock differs from the vendor's by {seconds} s");
    if seconds.abs() > 300 {
        let hint = "set this machine's clock (NTP): approvals are held until then";
        Finding::bad(text, hint.to_owned())
    } else {
        Finding::good(text)
    }
}
