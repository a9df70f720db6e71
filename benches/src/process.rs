//! Runs a process and tells how long it took, or how much memory it had.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// How many seconds a process took, from before its start to after its end; it must end well. What it writes
/// goes into a pipe that is read, as in CI.
pub(crate) fn seconds(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    output(command)?;
    Ok(began.elapsed().as_secs_f64())
}

/// What a process wrote to standard output; it must end well.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{command:?} ended with {}: {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The seconds that a baseline tells of itself.
pub(crate) fn told(command: &mut Command) -> Result<f64> {
    Ok(output(command)?.trim().parse()?)
}

/// The most memory a process had, in MB. Asked for again and again while it lives, for a dead one has none
/// any more; the kernel keeps the peak, so only growth in the last millisecond could be missed. Never a
/// timed run: the asking disturbs.
pub(crate) fn peak(command: &mut Command) -> Result<f64> {
    let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(out);
    let mut child = command.stderr(err).spawn()?;
    let mut peak: f64 = 0.0;
    loop {
        if let Ok(now) = memory(child.id(), "VmHWM:") {
            peak = peak.max(now);
        }
        if let Some(status) = child.try_wait()? {
            return if status.success() && peak > 0.0 {
                Ok(peak)
            } else {
                Err(format!("{command:?} ended with {status}").into())
            };
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A line of a living process's status, in MB of 1,000,000 bytes.
pub(crate) fn memory(id: u32, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kilobytes = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .ok_or("the process shows no memory")?;
    Ok(kilobytes.trim().parse::<f64>()? * 1024.0 / 1_000_000.0)
}

/// A side of a comparison: makes one run and tells its seconds.
pub(crate) type Side<'a> = &'a mut dyn FnMut() -> Result<f64>;

/// Runs the sides in turn, A B A B, and tells the median of each.
pub(crate) fn medians<const N: usize>(rounds: usize, mut sides: [Side<'_>; N]) -> Result<[f64; N]> {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            times.push(side()?);
        }
    }
    Ok(times.map(median))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
