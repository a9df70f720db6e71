//! The program: takes the clock, the environment and the streams, and hands them to the library.

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;

use reconciler::render::mistakes::fault;
use reconciler::{Process, Terminals, run};

#[allow(
    clippy::disallowed_methods,
    reason = "this is where clock and environment are taken, and nowhere else"
)]
fn main() -> ExitCode {
    let lossy = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let is_lost = |(name, value): &(std::ffi::OsString, std::ffi::OsString)| {
        let is_ours = name.as_encoded_bytes().starts_with(b"COUNTERSIGN_");
        is_ours && (name.to_str().is_none() || value.to_str().is_none())
    };
    let name =
        |(name, _): (std::ffi::OsString, std::ffi::OsString)| name.to_string_lossy().into_owned();
    std::panic::set_hook(Box::new(|info| {
        // Nobody else is there to be told that this could not be written.
        let _ = stderr().write_all(fault(info.location()).as_bytes());
    }));
    let exit = run(Process {
        args: std::env::args_os().collect(),
        env: std::env::vars_os().filter_map(lossy).collect(),
        unreadable: std::env::vars_os().filter(is_lost).map(name).collect(),
        stdin: Box::new(std::io::BufReader::new(stdin())),
        stdout: Box::new(std::io::BufWriter::new(stdout())),
        stderr: Box::new(stderr()),
        terminals: Terminals {
            stdin: stdin().is_terminal(),
            stdout: stdout().is_terminal(),
            stderr: stderr().is_terminal(),
            width: width(),
        },
        now: jiff::Timestamp::now,
        pid: std::process::id(),
        program: std::env::current_exe().unwrap_or_else(|_| "countersign".into()),
    });
    ExitCode::from(exit.code())
}

/// Columns of the terminal; none where there is no terminal.
fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size()?;
    Some(width.0.into())
}
