//! The code of one run as a function: from what it was answered so far to what it asks, writes and says next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::apply::Stop;
use crate::apply::tests::stage::{File, Play, Process, Question, Reply, Said, new_ledger};
use crate::fakes::{decision, queue_name, request, seen, terms};
use crate::model::{Capabilities, Desired, Status, VendorText, Verdict};
use crate::vendors::{Answer, LookedUp, Meaning};

/// The code of a run as a function of what it was answered; worked out by the code, once for each history.
pub(super) struct Program {
    play: Arc<Play>,
    pub(super) lives: Vec<Life>,
    known: HashMap<(usize, Answered), usize>,
    pub(super) ledgers: Vec<Arc<[u8]>>,
    numbers: HashMap<Arc<[u8]>, u32>,
}

impl Program {
    pub(super) fn new(verdict: Verdict, can: &'static Capabilities) -> Self {
        let play = Arc::new(Play {
            terms: [(queue_name(), terms(can))].into(),
            desired: Desired {
                decisions: vec![decision(verdict, "1").into()],
                ..Desired::default()
            },
            verify_timeout: Duration::from_millis(100),
        });
        let mut program = Self {
            play,
            lives: Vec::new(),
            known: HashMap::new(),
            ledgers: Vec::new(),
            numbers: HashMap::new(),
        };
        program.ledger(&new_ledger());
        let next = program.work_out(&[]);
        program.lives.push(Life {
            before: 0,
            answered: None,
            planned: Shown::default(),
            heard: Heard::Nothing,
            next,
        });
        program
    }

    /// The number of a ledger with these bytes; 0 is the new one.
    pub(super) fn ledger(&mut self, bytes: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(bytes) {
            return *number;
        }
        let number = u32::try_from(self.ledgers.len()).unwrap();
        let bytes: Arc<[u8]> = bytes.into();
        self.ledgers.push(bytes.clone());
        self.numbers.insert(bytes, number);
        number
    }

    pub(super) fn after(&mut self, before: usize, answered: Answered) -> usize {
        if let Some(life) = self.known.get(&(before, answered)) {
            return *life;
        }
        let mut history = vec![answered];
        let mut at = before;
        while let Some(answered) = self.lives[at].answered {
            history.push(answered);
            at = self.lives[at].before;
        }
        history.reverse();
        let next = self.work_out(&history);
        let Life {
            mut planned,
            mut heard,
            ..
        } = self.lives[before];
        let asked = self.lives[before].next.asks;
        match answered {
            Answered::Read(shown) if asked == Asks::Read(When::Before) => planned = shown,
            Answered::Called(now) => heard = now,
            Answered::Ledger(_) | Answered::Read(_) | Answered::Written => {}
        }
        self.lives.push(Life {
            before,
            answered: Some(answered),
            planned,
            heard,
            next,
        });
        self.known.insert((before, answered), self.lives.len() - 1);
        self.lives.len() - 1
    }

    /// Runs the real code from its beginning through all these answers.
    fn work_out(&self, history: &[Answered]) -> Next {
        let file = Arc::new(Mutex::new(File::with(b"")));
        let mut process = Process::new(&self.play, &file, Stop::channel().1);
        let mut when = When::Before;
        let (mut asks, mut question) = settle(&mut process, &mut when);
        let mut whole = 0;
        for answered in history {
            process.said();
            whole = file.lock().unwrap().bytes.len();
            match answered {
                Answered::Ledger(number) => {
                    let bytes = &self.ledgers[usize::try_from(*number).unwrap()];
                    whole = bytes.len();
                    *file.lock().unwrap() = File::with(bytes);
                    process.reply(question, Reply::Go);
                }
                Answered::Read(shown) => process.reply(question, Reply::Found(look(*shown))),
                Answered::Called(heard) => {
                    process.reply(question, Reply::Answered(answer(*heard)));
                    when = When::After;
                }
                Answered::Written => assert!(process.write()),
            }
            (asks, question) = settle(&mut process, &mut when);
        }
        let wrote = file.lock().unwrap().bytes[whole..].into();
        Next {
            asks,
            wrote,
            said: process.said().into(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum Stands {
    #[default]
    Pending,
    Approved,
    Denied,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum Who {
    #[default]
    Nobody,
    Us,
    Human,
}

/// What a read shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Shown {
    pub(super) stands: Stands,
    pub(super) by: Who,
}

/// What comes back from a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Heard {
    Claimed,
    Refused,
    Nothing,
}

/// What a run is answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Answered {
    /// The ledger as it stands, by its number, when it is opened or read again.
    Ledger(u32),
    Read(Shown),
    Called(Heard),
    /// What waited for the ledger is durable.
    Written,
}

/// What a run asks next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Asks {
    Ledger,
    Read(When),
    Call,
    Write,
    /// It has ended.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum When {
    Before,
    RightBefore,
    After,
}

/// What a run does, having been answered all that its history holds.
#[derive(Clone)]
pub(super) struct Next {
    pub(super) asks: Asks,
    pub(super) wrote: Arc<[u8]>,
    pub(super) said: Arc<[Said]>,
}

/// One more answer after a history.
pub(super) struct Life {
    before: usize,
    answered: Option<Answered>,
    /// What the plan was made from, and what the last call came back with.
    pub(super) planned: Shown,
    pub(super) heard: Heard,
    pub(super) next: Next,
}

/// Lets time pass until the run asks the world; with the number of its question.
fn settle(process: &mut Process, when: &mut When) -> (Asks, usize) {
    loop {
        if process.ended.is_some() {
            return (Asks::Nothing, 0);
        }
        let open = process.board.open();
        let mut shortest: Option<(Duration, usize)> = None;
        let mut asks = None;
        for (number, question) in open {
            match question {
                Question::Open | Question::Reread => asks = Some((Asks::Ledger, number)),
                Question::LookUp(..) => asks = Some((Asks::Read(*when), number)),
                Question::Send(..) => asks = Some((Asks::Call, number)),
                Question::Turn(_) => {
                    *when = When::RightBefore;
                    shortest = Some((Duration::ZERO, number));
                }
                Question::Sleep(pause) => {
                    let least = shortest.unwrap_or((pause, number));
                    shortest = Some(least.min((pause, number)));
                }
            }
        }
        match (asks, shortest) {
            (Some(asks), _) => return asks,
            (None, Some((_, number))) => process.reply(number, Reply::Go),
            (None, None) => return (Asks::Write, 0),
        }
    }
}

fn look(shown: Shown) -> LookedUp {
    let mut request = request(
        "1",
        match shown.stands {
            Stands::Pending => Status::Pending,
            Stands::Approved => Status::Approved,
            Stands::Denied => Status::Denied,
        },
    );
    request.decided.by = match shown.by {
        Who::Nobody => None,
        Who::Us => Some(VendorText::new("tool@example.com")),
        Who::Human => Some(VendorText::new("boss@example.com")),
    };
    LookedUp {
        sighting: seen(request),
        digest: None,
    }
}

fn answer(heard: Heard) -> Answer {
    let meaning = match heard {
        Heard::Claimed => Meaning::Claimed,
        Heard::Refused => Meaning::DoneBefore("decided already".to_owned()),
        Heard::Nothing => Meaning::Unknown("timed out".to_owned()),
    };
    Answer::without_words(meaning)
}
