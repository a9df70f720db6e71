//! A result as lines with labelled rows: what HTML and JUnit are both written from.
//!
//! Every text in it went through `Hostile` or is ours: one line, safe for a terminal. Whoever writes it
//! escapes it once more for its own format, where nothing is written unescaped.

mod apply;
mod base;
mod held;
mod plan;
mod queue;
mod status;

use jiff::Timestamp;

use super::context::{PlanContext, QueueRead};
use super::head::queue_read;
use super::layout::Role;
use super::words;
use crate::model::{Address, QueueName};

pub use apply::{of as apply, stopped};
pub use plan::{of as plan, saved};
pub use queue::of as queue;
pub use status::of as status;

/// Everything that the text of a result says, and how each line of it is to be counted.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Which command's result it is.
    pub(super) command: &'static str,
    /// What to call it: the configuration or the plan, as given.
    pub(super) name: String,
    /// The answer: the stable lines that people grep for, and what a command says before them.
    pub(super) answer: Vec<(Role, String)>,
    /// What a reader should know beforehand.
    pub(super) notes: Vec<String>,
    /// How many lines of each sort; those of which there are none too.
    pub(super) counts: Vec<(&'static str, usize, Role)>,
    /// What is known of the whole: digest, commit, ledger.
    pub(super) facts: Vec<(String, String)>,
    /// When the queues were read.
    pub(super) read_at: Option<Timestamp>,
    /// What went wrong beside the lines.
    pub(super) troubles: Vec<Trouble>,
    /// The lines, those that a person must see first at the top.
    pub(super) sections: Vec<Section>,
    /// What many lines have in common: whose they are, and the rows.
    pub(super) terms: Vec<(String, Vec<Row>)>,
    /// How each queue was read.
    pub(super) readings: Vec<(QueueName, String)>,
}

/// What went wrong and is no line: nothing follows from what is missing then.
#[derive(Debug)]
pub(super) struct Trouble {
    /// Where, if it is one queue's.
    pub(super) queue: Option<QueueName>,
    pub(super) code: &'static str,
    pub(super) what: String,
    pub(super) rows: Vec<Row>,
}

/// Lines under a title.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) role: Role,
    pub(super) lines: Vec<Line>,
}

/// One request.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) queue: QueueName,
    /// `queue/id`.
    pub(super) address: String,
    /// Never alone: the verdict stands beside it.
    pub(super) sign: &'static str,
    /// A verdict, or `?` where the decision files disagree; empty where nobody has decided.
    pub(super) verdict: &'static str,
    pub(super) ticket: String,
    /// Who and on what, or the code of a hold.
    pub(super) about: String,
    /// What it is in, one word or code: `blocked`, `settled`, `in-doubt`.
    pub(super) state: &'static str,
    pub(super) role: Role,
    pub(super) rows: Vec<Row>,
    pub(super) counts_as: CountsAs,
}

/// What a line is to a pipeline that counts tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CountsAs {
    Passed,
    /// Time will tell, or nobody has decided.
    Skipped(String),
    /// A person must look.
    Failed {
        code: &'static str,
        why: String,
    },
}

/// A label and what is said under it, piece by piece.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) values: Vec<String>,
    pub(super) role: Role,
    /// Carets under the columns of the value that are not what the reviewer saw; empty where none is marked.
    pub(super) marks: String,
}

impl Row {
    fn new(label: &str, value: String) -> Self {
        Self::of(label, vec![value])
    }

    fn of(label: &str, values: Vec<String>) -> Self {
        Self {
            label: label.to_owned(),
            values,
            role: Role::Plain,
            marks: String::new(),
        }
    }

    fn alarm(label: &str, value: String) -> Self {
        Self {
            role: Role::Alarm,
            ..Self::new(label, value)
        }
    }
}

impl Sheet {
    /// Adds lines under a title; nothing where there is none.
    fn section(&mut self, title: &str, role: Role, lines: impl IntoIterator<Item = Line>) {
        let lines: Vec<Line> = lines.into_iter().collect();
        if !lines.is_empty() {
            self.sections.push(Section {
                title: title.to_owned(),
                role,
                lines,
            });
        }
    }

    fn fact(&mut self, name: &str, value: String) {
        self.facts.push((name.to_owned(), value));
    }

    /// How the queues were read, what a reader should know, and which commit was compared.
    fn context(&mut self, context: &PlanContext) {
        self.readings = context.queues.iter().map(reading).collect();
        self.notes
            .extend(context.notes.iter().map(|note| prose(note)));
        self.read_at = context.read_at;
        if let Some(commit) = &context.commit {
            self.fact("commit", cut(commit, 64));
        }
        if let Some(at) = context.read_at {
            self.fact("read at", words::moment(at));
        }
    }
}

fn reading(read: &QueueRead) -> (QueueName, String) {
    let words = queue_read(read);
    let how = words.strip_prefix(read.queue.as_str()).unwrap_or(&words);
    (read.queue.clone(), how.trim_start().to_owned())
}

impl Line {
    /// A line of which nothing but the request is known yet.
    fn at(address: &Address) -> Self {
        Self {
            queue: address.queue.clone(),
            address: words::address(address),
            sign: "",
            verdict: "",
            ticket: String::new(),
            about: String::new(),
            state: "",
            role: Role::Plain,
            rows: Vec::new(),
            counts_as: CountsAs::Passed,
        }
    }
}

fn prose(text: &str) -> String {
    super::escape::Hostile::prose(text).terminal()
}

fn cut(text: &str, most: usize) -> String {
    super::escape::Hostile::from(text).at_most(most).terminal()
}
