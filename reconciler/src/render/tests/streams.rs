//! The `Ui`: what goes where, and what happens when nobody reads on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::fixture::AT_80;
use crate::error::Failure;
use crate::render::events::UiEvent;
use crate::render::{Amount, Screen, Stage, Streams, Ui};

#[derive(Clone, Default)]
struct Sink {
    text: Arc<Mutex<Vec<u8>>>,
    fails: Option<io::ErrorKind>,
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.fails {
            Some(kind) => Err(kind.into()),
            None => self.text.lock().unwrap().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const SCREEN: Screen = Screen {
    style: AT_80,
    stderr_colour: false,
    bars: false,
    quiet: false,
    events_on_stdout: false,
};

fn ui(out: &Sink, err: &Sink, into: Option<&Sink>, screen: Screen) -> Ui {
    let streams = Streams {
        stdout: Box::new(out.clone()),
        stderr: Box::new(err.clone()),
        events: into.map(|sink| Box::new(sink.clone()) as Box<dyn Write + Send>),
    };
    Ui::new(streams, screen)
}

#[test]
fn results_go_to_stdout_and_all_else_to_stderr() {
    let (out, err) = (Sink::default(), Sink::default());
    let ui = ui(&out, &err, None, SCREEN);
    ui.result("No changes.\n");
    ui.status("reading \u{1b}[2J");
    ui.warning("a warning");
    ui.hint("run this");
    ui.failure(&Failure::error("cannot read").at("x.toml").hint("look"));
    ui.finish().unwrap();
    assert_eq!(out.text(), "No changes.\n");
    insta::assert_snapshot!(err.text(), @r#"
reading \u{1b}[2J
warning: a warning
hint: run this
error: cannot read: x.toml
hint: look
"#);
}

#[test]
fn quiet_leaves_results_warnings_and_errors() {
    let (out, err) = (Sink::default(), Sink::default());
    let quiet = Screen {
        quiet: true,
        ..SCREEN
    };
    let ui = ui(&out, &err, None, quiet);
    ui.status("status");
    ui.hint("hint");
    ui.warning("watch out");
    ui.result("result\n");
    assert_eq!(err.text(), "warning: watch out\n");
    assert_eq!(out.text(), "result\n");
}

#[test]
fn with_events_on_stdout_every_byte_there_is_json() {
    let (out, err, into) = (Sink::default(), Sink::default(), Sink::default());
    let screen = Screen {
        events_on_stdout: true,
        ..SCREEN
    };
    let ui = ui(&out, &err, Some(&into), screen);
    ui.event(
        &UiEvent::Version,
        "2026-11-22T09:12:04.12Z".parse().unwrap(),
    );
    ui.result("Plan: …\n");
    insta::assert_snapshot!(out.text(), @r#"{"@level":"info","@message":"countersign 0.1.0","@module":"countersign.ui","@timestamp":"2026-11-22T09:12:04.120Z","countersign":"0.1.0","type":"version","ui":"1.0"}"#);
    assert_eq!(out.text(), into.text());
}

#[test]
fn a_closed_pipe_ends_quietly_and_a_full_disk_does_not() {
    let err = Sink::default();
    let closed = Sink {
        fails: Some(io::ErrorKind::BrokenPipe),
        ..Sink::default()
    };
    let ui_of = |out: &Sink| ui(out, &err, None, SCREEN);
    let ui = ui_of(&closed);
    ui.result("a\n");
    ui.result("b\n");
    assert_eq!(ui.finish(), Ok(()));
    let full = Sink {
        fails: Some(io::ErrorKind::StorageFull),
        ..Sink::default()
    };
    let ui = ui_of(&full);
    ui.result("a\n");
    let failure = ui.finish().unwrap_err();
    assert_eq!(failure.exit.code(), 1);
}

fn rows(rows: u64) -> Amount {
    Amount {
        stage: Stage::Rows { rows, share: None },
        held_back: None,
        limit: None,
    }
}

#[test]
fn lines_move_on_a_terminal_and_leave_nothing_behind() {
    let (out, err) = (Sink::default(), Sink::default());
    let bars = Screen {
        bars: true,
        ..SCREEN
    };
    let ui = ui(&out, &err, None, bars);
    let began = Instant::now();
    let mut watch = ui.watch("reading", began);
    watch.show([("helpdesk", rows(5)), ("vault", rows(7))], began);
    let later = began + Duration::from_secs(60);
    watch.show([("helpdesk", rows(65))], later);
    drop(watch);
    let drawn = err.text();
    assert!(drawn.contains("vault: 7 rows"), "{drawn:?}");
    assert!(!drawn.contains("reading: "), "{drawn:?}");
    assert!(drawn.ends_with("\u{1b}[2K"), "{drawn:?}");
    assert_eq!(out.text(), "");
}

/// A long run in CI is not silent for minutes, nor does it fill the log.
#[test]
fn where_nothing_can_move_a_line_is_said_twice_a_minute() {
    let (out, err) = (Sink::default(), Sink::default());
    let quiet = Screen {
        quiet: true,
        ..SCREEN
    };
    for (screen, said) in [
        (
            SCREEN,
            "reading: helpdesk: 30 rows, 1.0/s; vault: 300 rows, 10/s\n\
             reading: helpdesk: 60 rows, 1.0/s, the last one\n",
        ),
        (quiet, ""),
    ] {
        let err = Sink::default();
        let ui = ui(&out, &err, None, screen);
        let began = Instant::now();
        let mut watch = ui.watch("reading", began);
        for second in 0..=89 {
            let both = [("helpdesk", rows(second)), ("vault", rows(second * 10))];
            let there = if second < 40 { 2 } else { 1 };
            let now = began + Duration::from_secs(second);
            watch.show(both.into_iter().take(there), now);
        }
        drop(watch);
        assert_eq!(err.text(), said);
    }
    assert_eq!((out.text(), err.text()), (String::new(), String::new()));
}
