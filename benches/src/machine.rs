//! What was measured on; read from the machine, never typed.

use std::process::Command;

use serde::Serialize;

use crate::process::output;

/// The machine and the moment.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) system: String,
    pub(crate) rust: String,
    pub(crate) python: String,
    /// Before the first bench; afterwards it is our own.
    pub(crate) load: String,
    pub(crate) date: String,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let line = |path: &str, key: &str| {
            let text = file(path);
            let found = text.lines().find_map(|line| line.strip_prefix(key));
            found.map_or("unknown".to_owned(), |rest| {
                rest.trim_start_matches([' ', '\t', ':']).trim().to_owned()
            })
        };
        let said = |program: &str, arguments: &[&str]| {
            output(Command::new(program).args(arguments))
                .map_or("none".to_owned(), |said| said.trim().to_owned())
        };
        let kilobytes = line("/proc/meminfo", "MemTotal:");
        let kilobytes = kilobytes.trim_end_matches(" kB").parse::<f64>();
        let load = file("/proc/loadavg");
        Self {
            processor: line("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory: kilobytes.map_or("unknown".to_owned(), |kilobytes| {
                format!("{:.1} GB", kilobytes * 1024.0 / 1e9)
            }),
            system: format!("Linux {}", file("/proc/sys/kernel/osrelease").trim()),
            rust: said("rustc", &["--version"]),
            python: said("python3", &["--version"]),
            load: load.split(' ').take(3).collect::<Vec<_>>().join(", "),
            date: said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        }
    }

    /// One line a fact.
    pub(crate) fn markdown(&self) -> String {
        let Self {
            processor,
            cores,
            memory,
            system,
            rust,
            python,
            load,
            date,
        } = self;
        format!(
            "- {processor}, {cores} cores, {memory} of memory, {system}\n\
             - {rust}; {python}\n\
             - {date}; load average before it began: {load} (1, 5 and 15 minutes)\n"
        )
    }
}
