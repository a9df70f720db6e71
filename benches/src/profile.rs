//! Where the time of the largest plan goes, by thread and by function.

use std::process::Command;

use serde::Serialize;

use crate::process::{output, run};
use crate::stage::Stage;
use crate::world::Spec;
use crate::{Missing, Result};

/// Functions below this share of the time are left out, in percent.
const LEAST: &str = "1.5";

/// What the processor did, as shares in percent of its time.
#[derive(Debug, Serialize)]
pub(crate) struct Profile {
    threads: Vec<(f64, String)>,
    functions: Vec<(f64, String)>,
}

/// Samples the plan of G1 with `perf`.
pub(crate) fn largest_plan(stage: &Stage) -> Result<Profile> {
    if Command::new("perf").arg("--version").output().is_err() {
        return Err(Missing("no perf".to_owned()).into());
    }
    let world = stage.world(Spec::of(stage.size(1_000_000, 2_000)))?;
    let many = stage.size(10_000, 200);
    let plan = world.plan(&world.decide(many)?, &["--read", "scan"], many)?();
    let data = world.path("perf.data");
    let mut record = Command::new("perf");
    record.args(["record", "-q", "-F", "499", "-e", "cpu-clock", "-o"]);
    record.arg(&data).arg("--");
    record.arg(plan.get_program()).args(plan.get_args());
    run(&mut record).map_err(|error| Missing(format!("perf cannot record: {error}")))?;
    let shares = |by: &str, least: &str| -> Result<Vec<(f64, String)>> {
        let mut report = Command::new("perf");
        report.args(["report", "--stdio", "-q", "--no-children", "-s", by]);
        report.args(["-F", &format!("overhead,{by}"), "-t", "\t"]);
        report.args(["--percent-limit", least, "-i"]);
        let said = output(report.arg(&data))?;
        let mut shares: Vec<_> = said.lines().filter_map(share).collect();
        shares.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        Ok(shares)
    };
    let (threads, functions) = (shares("comm", "0.5")?, shares("comm,sym", LEAST)?);
    if threads.is_empty() {
        return Err(Missing("perf saw nothing".to_owned()).into());
    }
    Ok(Profile { threads, functions })
}

/// A line such as `12.34%`, a thread and perhaps a symbol behind `[.]` (ours) or `[k]` (the kernel's).
fn share(line: &str) -> Option<(f64, String)> {
    let (percent, rest) = line.trim().split_once('\t')?;
    let percent = percent.trim().trim_end_matches('%').parse().ok()?;
    let parts = rest.split('\t').map(|part| {
        let part = part.trim();
        let symbol = part.strip_prefix("[.] ");
        let kernel = part
            .strip_prefix("[k] ")
            .map(|name| format!("kernel {name}"));
        kernel.unwrap_or_else(|| symbol.unwrap_or(part).to_owned())
    });
    Some((percent, parts.collect::<Vec<_>>().join(": ")))
}

impl Profile {
    /// As Markdown: two tables, and where the next step begins.
    pub(crate) fn markdown(&self) -> String {
        let rows = |head: &str, shares: &[(f64, String)]| {
            let mut text = format!("| share | {head} |\n|--:|---|\n");
            for (percent, name) in shares {
                let name = name.replace('|', "\\|");
                text.push_str(&format!("| {percent:.1} % | `{name}` |\n"));
            }
            text
        };
        let threads = rows("thread", &self.threads);
        let functions = rows("thread: function", &self.functions);
        let next = self.functions.first().map_or(String::new(), |(percent, name)| {
            format!("\nThe greatest single item, and so where a next step begins: `{name}`, {percent:.1} % of it.\n")
        });
        format!("{threads}\n{functions}{next}")
    }
}
