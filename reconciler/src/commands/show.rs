//! `show`: a saved plan, stale ones too.

use std::collections::BTreeMap;
use std::path::Path;

use super::Context;
use crate::cli::{Format, Show};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Capabilities, Change, QueueName};
use crate::plan::{Plan, SavedPlan};
use crate::render::plan::PlanContext;
use crate::render::{html, json, junit, markdown, plan as text, sheet};
use crate::vendors;

/// `countersign show PLAN`.
pub(super) fn run(args: &Show, context: &Context) -> Result<Exit, Failure> {
    let saved = read(&args.plan)?;
    let stale = (saved.envelope.expires <= context.now())
        .then(|| format!("it expired at {}", saved.envelope.expires));
    let shown = PlanContext {
        name: args.plan.display().to_string(),
        commit: saved.envelope.commit.clone(),
        capabilities: capabilities(&saved.plan.plan),
        ..PlanContext::default()
    };
    let rendered = match args.format {
        Format::Text => text::saved(&saved, stale, &shown, context.ui.style()),
        Format::Json => json::saved(&saved),
        Format::Html => html::document(&sheet::saved(&saved, stale.as_deref(), &shown)),
        Format::Junit => junit::document(&sheet::saved(&saved, stale.as_deref(), &shown)),
        Format::Markdown => {
            let shown = PlanContext {
                saved: Some((saved.envelope.clone(), stale)),
                ..shown
            };
            let comment = markdown::plan(&saved.plan.plan, &shown);
            context.ui.result(&comment.text);
            return super::plan::fits(&comment).map(|()| Exit::Done);
        }
    };
    context.ui.result(&rendered);
    Ok(Exit::Done)
}

/// What each line's vendor can do, for the names of its facts: the file says which vendor it is.
fn capabilities(plan: &Plan) -> BTreeMap<QueueName, &'static Capabilities> {
    let of_line = |change: &Change| {
        let can = vendors::capabilities(change.identity.vendor);
        (change.decision.address.queue.clone(), can)
    };
    plan.changes.iter().map(of_line).collect()
}

/// Reads a saved plan and checks its seal.
pub(super) fn read(path: &Path) -> Result<SavedPlan, Failure> {
    let text =
        std::fs::read(path).map_err(|error| Failure::io("cannot read the plan", path, &error))?;
    let text = String::from_utf8(text).map_err(|_| not_a_plan(path, "it is not UTF-8 text"))?;
    SavedPlan::parse(&text).map_err(|error| not_a_plan(path, &error.to_string()))
}

fn not_a_plan(path: &Path, why: &str) -> Failure {
    Failure::new(Exit::Held, format!("the plan is refused: {why}"))
        .at(path.display().to_string())
        .hint("make a new one: `countersign plan --out FILE`")
}
