//! Runs a process, bounded in time, and tells how long it took, or how much memory it had.

use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::{Missing, Result};

/// Longest that one process may take.
const LONGEST: Duration = Duration::from_secs(300);
/// Most memory that one process may have, in MB.
const MOST: f64 = 16_000.0;

/// Makes one run of a process that must end well; tells its seconds, from before its start to after its end, and
/// what it wrote. That goes into a pipe that is read, as in CI.
pub(crate) fn run(command: &mut Command) -> Result<(f64, Vec<u8>)> {
    let mut err = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(err.try_clone()?);
    let began = Instant::now();
    let mut child = command.spawn()?;
    let mut pipe = child.stdout.take().ok_or("no output")?;
    let (done, is_done) = mpsc::channel::<()>();
    // Its own thread, for the reading below blocks as long as the process lives.
    let watch = std::thread::spawn(move || {
        let late = is_done.recv_timeout(LONGEST) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            let _ = child.kill();
        }
        child.wait().map(|status| (late, status))
    });
    let mut out = Vec::new();
    let read = pipe.read_to_end(&mut out);
    let took = began.elapsed().as_secs_f64();
    drop(done);
    let (late, status) = watch.join().map_err(|_| "nobody waited")??;
    read?;
    if late {
        return Err(Missing(format!("ended after {} s", LONGEST.as_secs())).into());
    }
    if !status.success() {
        let mut said = String::new();
        err.rewind()?;
        err.read_to_string(&mut said)?;
        return Err(format!("{command:?} ended with {status}: {said}").into());
    }
    Ok((took, out))
}

/// The seconds of one run.
pub(crate) fn seconds(command: &mut Command) -> Result<f64> {
    Ok(run(command)?.0)
}

/// What a process wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8(run(command)?.1)?)
}

/// The seconds that a baseline tells of itself, on its last line.
pub(crate) fn told(command: &mut Command) -> Result<f64> {
    let said = output(command)?;
    let last = said.lines().last().ok_or("the baseline said nothing")?;
    Ok(last.trim().parse()?)
}

/// What was seen of a process from outside while it ran.
pub(crate) struct Watched {
    /// The most memory that it had, in MB.
    pub(crate) peak: f64,
    pub(crate) seconds: f64,
    /// What it wrote to standard output.
    pub(crate) said: String,
}

/// The most memory a process had, in MB.
pub(crate) fn peak(command: &mut Command) -> Result<f64> {
    Ok(watched(command)?.peak)
}

/// Watches a run. The memory is asked for again and again while the process lives, for a dead one has none any more;
/// the kernel keeps the peak, so only growth in the last millisecond could be missed. The asking disturbs, so the
/// seconds are for runs that are too long to be made twice.
pub(crate) fn watched(command: &mut Command) -> Result<Watched> {
    let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(out.try_clone()?);
    let began = Instant::now();
    let mut child = command.stderr(err.try_clone()?).spawn()?;
    let mut peak: f64 = 0.0;
    loop {
        if let Ok(now) = memory(child.id(), "VmHWM:") {
            peak = peak.max(now);
        }
        if let Some(status) = child.try_wait()? {
            let seconds = began.elapsed().as_secs_f64();
            let written = if status.success() { &mut out } else { &mut err };
            let mut said = String::new();
            written.rewind()?;
            written.read_to_string(&mut said)?;
            if status.success() && peak > 0.0 {
                return Ok(Watched {
                    peak,
                    seconds,
                    said,
                });
            }
            return Err(format!("{command:?} ended with {status}: {said}").into());
        }
        if began.elapsed() > LONGEST || peak > MOST {
            child.kill()?;
            child.wait()?;
            let took = began.elapsed().as_secs();
            return Err(Missing(format!("ended after {took} s, at {peak:.0} MB")).into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A line of a living process's status, in MB of 1,000,000 bytes.
pub(crate) fn memory(id: u32, line: &str) -> Result<f64> {
    kilobytes(&format!("/proc/{id}/status"), line)
}

/// How much memory could be had now, in MB.
pub(crate) fn available() -> Result<f64> {
    kilobytes("/proc/meminfo", "MemAvailable:")
}

fn kilobytes(file: &str, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(file)?;
    let kilobytes = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .ok_or("the process shows no memory")?;
    Ok(kilobytes.trim().parse::<f64>()? * 1024.0 / 1_000_000.0)
}
