//! A model check of the real code: every interleaving of two runs, a human and a slow network, for one request.
//!
//! The code of a run is deterministic: what it asks, writes and says next follows from what it was answered so far.
//! So a run is searched as that function, worked out by the code itself on the stage and remembered by history
//! ([`Program`]), and a state is the world, the ledger's bytes and the history of each run. States that are equal
//! have equal futures; each is gone through once, the nearest first, so that the first trace found is a shortest.
//!
//! One request; two runners, each of which may crash at any step and start once more; a human who may decide once,
//! either way; a call that acts at once, later (even when its sender is dead) or never, and whose answer may be lost.
//! Reads are answered in time; a pause ends once nothing else is awaited, and a read-back is tried once.
//! Safeguards are switched off from outside, through the traits of vendor, ledger and lock ([`Guards`]).
//!
//! What remains red with all of them on: no client can close the window between its last read and the vendor's
//! processing, so that X overrides and C cuts. *Late no* is a call of a dead run that arrives right after recovery has
//! read its request as pending: where a repeat is harmless recovery calls that *not sent*, since whatever comes next
//! looks again, and a second call does nothing; where it is not, it stays in doubt, which is why X and C have none.
//! A hidden decider makes no false *applied*: the product then says *state reached*, and of R only what was confirmed
//! is applied. The rows without read-back or ledger say more than that is wrong, since here every line is checked.

mod program;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;

use insta::assert_snapshot;

use crate::fakes::{ACTS_AGAIN, MAY_CANCEL, REJECTS, WILLING};
use crate::model::{Capabilities, Outcome, Verdict};
use program::{Answered, Asks, Heard, Life, Next, Program, Shown, Stands, When, Who};

/// What a vendor does with a call for a request that is decided already.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// Nothing, and says that all is well.
    N,
    /// It refuses.
    R,
    /// It grants, whatever stood there.
    X,
    /// A denial cancels what a human has granted; otherwise it refuses.
    C,
}

/// What keeps a run from doing harm; each can be off.
#[derive(Clone, Copy)]
struct Guards {
    /// Off: a lock that lets everybody in.
    lock: bool,
    /// Off: a ledger that is empty whenever it is opened.
    remembers: bool,
    /// Off: the read before a call shows what the plan was made from.
    pre_check: bool,
    /// Off: the read after a call shows what the answer claimed.
    read_back: bool,
    /// Off: the capability table calls every repeat harmless, whatever the vendor does.
    never_again: bool,
    /// Off: the vendor hides who decided.
    decider: bool,
    /// Off: nobody decides in the portal.
    human: bool,
}

const ALL: Guards = Guards {
    lock: true,
    remembers: true,
    pre_check: true,
    read_back: true,
    never_again: true,
    decider: true,
    human: true,
};

const NOTHING: Guards = Guards {
    lock: false,
    remembers: false,
    pre_check: false,
    read_back: false,
    never_again: false,
    ..ALL
};

#[rustfmt::skip]
const ROWS: [(&str, Guards); 11] = [
    ("nothing, retry on timeout", NOTHING),
    ("pre-check + retry", Guards { pre_check: true, ..NOTHING }),
    ("lock + pre-check + retry", Guards { lock: true, pre_check: true, ..NOTHING }),
    ("all, but re-send once", Guards { never_again: false, ..ALL }),
    ("all but the lock", Guards { lock: false, ..ALL }),
    ("all but the durable intent", Guards { remembers: false, ..ALL }),
    ("all but the pre-check", Guards { pre_check: false, ..ALL }),
    ("all but the read-back", Guards { read_back: false, ..ALL }),
    ("all, decider hidden", Guards { decider: false, ..ALL }),
    ("all", ALL),
    ("all, and no human", Guards { human: false, ..ALL }),
];

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    /// One decision has acted twice.
    Double,
    /// What a human had denied was granted.
    Overrides,
    /// What a human had granted was cancelled.
    Cuts,
    /// *Applied*, and no call of ours has acted.
    FalseApplied,
    /// *Not sent* or *refused*, and a call of ours has acted.
    FalseNo,
    /// *Not sent*, though it may have left, and it has acted just now.
    LateNo,
}

/// One runner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Runner {
    /// May start so many times yet.
    Idle(u8),
    /// Is at work, with this history.
    At(usize, u8),
}

/// All that the future depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    shown: Shown,
    /// How often a call of ours has acted; 2 is often.
    effects: u8,
    /// Calls that are on their way.
    in_flight: u8,
    human: bool,
    ledger: u32,
    /// In order: they are alike.
    runners: [Runner; 2],
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Start,
    Answer(usize, Answered),
    /// Its call is on its way, and it hears nothing.
    Silence(usize),
    Crash(usize),
    Arrives,
    Human(Stands),
}

/// One cell of the table.
struct Search<'a> {
    program: &'a mut Program,
    class: Class,
    guards: Guards,
    states: Vec<(State, usize, Option<Step>)>,
    known: HashMap<State, usize>,
    /// What went wrong, and in which state it showed first.
    wrong: BTreeMap<Wrong, (usize, Step)>,
}

impl Search<'_> {
    fn all(program: &mut Program, class: Class, guards: Guards) -> Search<'_> {
        let mut search = Search {
            program,
            class,
            guards,
            states: Vec::new(),
            known: HashMap::new(),
            wrong: BTreeMap::new(),
        };
        let first = State {
            shown: Shown::default(),
            effects: 0,
            in_flight: 0,
            human: guards.human,
            ledger: 0,
            runners: [Runner::Idle(2); 2],
        };
        search.known.insert(first, 0);
        search.states.push((first, 0, None));
        let mut waiting = VecDeque::from([0]);
        while let Some(at) = waiting.pop_front() {
            let state = search.states[at].0;
            for step in search.steps(&state) {
                let mut wrong = Vec::new();
                let mut then = search.take(state, step, &mut wrong);
                then.runners.sort_unstable();
                for wrong in wrong {
                    search.wrong.entry(wrong).or_insert((at, step));
                }
                if !search.known.contains_key(&then) {
                    search.known.insert(then, search.states.len());
                    waiting.push_back(search.states.len());
                    search.states.push((then, at, Some(step)));
                }
            }
        }
        search
    }

    /// Everything that can happen next.
    fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::new();
        let is_at_work = |runner: &Runner| matches!(runner, Runner::At(..));
        let is_free = !self.guards.lock || !state.runners.iter().any(is_at_work);
        if is_free
            && state
                .runners
                .iter()
                .any(|one| matches!(one, Runner::Idle(1..)))
        {
            steps.push(Step::Start);
        }
        for (who, runner) in state.runners.iter().enumerate() {
            let Runner::At(life, _) = runner else {
                continue;
            };
            match self.program.lives[*life].next.asks {
                Asks::Ledger => steps.push(Step::Answer(who, Answered::Ledger(state.ledger))),
                Asks::Read(_) => {
                    let shown = Answered::Read(self.shown(state.shown));
                    steps.push(Step::Answer(who, shown));
                }
                Asks::Call => {
                    let mut vendor = *state;
                    let heard = self.acts(&mut vendor, &mut Vec::new());
                    steps.push(Step::Answer(who, Answered::Called(heard)));
                    steps.push(Step::Silence(who));
                }
                Asks::Write => steps.push(Step::Answer(who, Answered::Written)),
                Asks::Nothing => unreachable!("it is idle then"),
            }
            steps.push(Step::Crash(who));
        }
        if state.in_flight > 0 {
            steps.push(Step::Arrives);
        }
        if state.human && state.shown.stands == Stands::Pending {
            steps.extend([Stands::Approved, Stands::Denied].map(Step::Human));
        }
        steps
    }

    fn take(&mut self, mut state: State, step: Step, wrong: &mut Vec<Wrong>) -> State {
        match step {
            Step::Start => {
                let idle = |one: &&mut Runner| matches!(one, Runner::Idle(1..));
                let Some(one) = state.runners.iter_mut().find(idle) else {
                    unreachable!("one may start")
                };
                let Runner::Idle(starts) = *one else {
                    unreachable!("it is idle")
                };
                *one = Runner::At(0, starts - 1);
                let who = state
                    .runners
                    .iter()
                    .position(|one| matches!(one, Runner::At(0, _)));
                if !self.guards.remembers {
                    state.ledger = 0;
                }
                let opened = Answered::Ledger(state.ledger);
                self.answer(&mut state, who.unwrap(), opened, wrong);
            }
            Step::Answer(who, Answered::Called(_)) => {
                let heard = self.acts(&mut state, wrong);
                self.answer(&mut state, who, Answered::Called(heard), wrong);
            }
            Step::Answer(who, answered) => self.answer(&mut state, who, answered, wrong),
            Step::Silence(who) => {
                state.in_flight += 1;
                self.answer(&mut state, who, Answered::Called(Heard::Nothing), wrong);
            }
            Step::Crash(who) => {
                let Runner::At(life, starts) = state.runners[who] else {
                    unreachable!("it is at work")
                };
                if self.program.lives[life].next.asks == Asks::Call {
                    state.in_flight += 1;
                }
                state.runners[who] = Runner::Idle(starts);
            }
            Step::Arrives => {
                state.in_flight -= 1;
                self.acts(&mut state, wrong);
            }
            Step::Human(stands) => {
                state.human = false;
                let by = Who::Human;
                state.shown = Shown { stands, by };
            }
        }
        state
    }

    /// Gives an answer, and those that a safeguard would have asked for and that is off.
    fn answer(
        &mut self,
        state: &mut State,
        who: usize,
        answered: Answered,
        wrong: &mut Vec<Wrong>,
    ) {
        let Runner::At(before, starts) = state.runners[who] else {
            unreachable!("it is at work")
        };
        let life = self.program.after(before, answered);
        state.runners[who] = Runner::At(life, starts);
        let Life {
            planned,
            heard,
            ref next,
            ..
        } = self.program.lives[life];
        let Next { asks, wrote, said } = next.clone();
        if !wrote.is_empty() {
            let stood = &self.program.ledgers[usize::try_from(state.ledger).unwrap()];
            let bytes = [stood, wrote.as_ref()].concat();
            state.ledger = self.program.ledger(&bytes);
        }
        wrong.extend(
            said.iter()
                .filter_map(|said| is_false(&said.outcome, state)),
        );
        let believed = match heard {
            Heard::Claimed => Shown {
                stands: self.wanted(),
                by: Who::Us,
            },
            Heard::Refused | Heard::Nothing => planned,
        };
        match asks {
            Asks::Nothing => state.runners[who] = Runner::Idle(0),
            Asks::Read(When::RightBefore) if !self.guards.pre_check => {
                self.answer(state, who, Answered::Read(planned), wrong);
            }
            Asks::Read(When::After) if !self.guards.read_back => {
                self.answer(state, who, Answered::Read(self.shown(believed)), wrong);
            }
            Asks::Ledger | Asks::Read(_) | Asks::Call | Asks::Write => {}
        }
    }

    fn shown(&self, shown: Shown) -> Shown {
        let by = if self.guards.decider {
            shown.by
        } else {
            Who::Nobody
        };
        Shown { by, ..shown }
    }

    fn wanted(&self) -> Stands {
        match self.class {
            Class::C => Stands::Denied,
            Class::N | Class::R | Class::X => Stands::Approved,
        }
    }

    /// The vendor receives a call.
    fn acts(&self, state: &mut State, wrong: &mut Vec<Wrong>) -> Heard {
        let stood = state.shown;
        match (self.class, stood.stands) {
            (_, Stands::Pending) => {}
            (Class::N, _) => return Heard::Claimed,
            (Class::R, _) | (Class::C, Stands::Denied) => return Heard::Refused,
            (Class::X, Stands::Denied) => wrong.push(Wrong::Overrides),
            (Class::C, Stands::Approved) => wrong.push(Wrong::Cuts),
            (Class::X, Stands::Approved) => {}
        }
        state.effects = (state.effects + 1).min(2);
        if state.effects == 2 {
            wrong.push(Wrong::Double);
        }
        state.shown = Shown {
            stands: self.wanted(),
            by: Who::Us,
        };
        Heard::Claimed
    }

    /// A shortest way to what went wrong.
    fn trace(&self, wrong: Wrong) -> String {
        let Some((mut at, last)) = self.wrong.get(&wrong).copied() else {
            return format!("never {wrong}");
        };
        let mut steps = vec![last];
        while let (_, before, Some(step)) = self.states[at] {
            steps.push(step);
            at = before;
        }
        let lines: Vec<String> = steps.iter().rev().map(|step| format!("{step}\n")).collect();
        format!("{}=> {wrong}", lines.concat())
    }
}

/// Whether a line is false, said in this state.
fn is_false(outcome: &Outcome, state: &State) -> Option<Wrong> {
    let has_acted = state.effects > 0;
    match outcome {
        Outcome::Applied => (!has_acted).then_some(Wrong::FalseApplied),
        Outcome::NotSent {
            may_have_left: true,
            ..
        } => has_acted.then_some(Wrong::LateNo),
        Outcome::NotSent { .. } | Outcome::Refused { .. } => has_acted.then_some(Wrong::FalseNo),
        Outcome::Recorded { .. }
        | Outcome::StateReached
        | Outcome::AlreadyDecided { .. }
        | Outcome::Stale { .. }
        | Outcome::Held { .. }
        | Outcome::Contradicted { .. }
        | Outcome::GrantedOtherwise { .. }
        | Outcome::Filed { .. }
        | Outcome::InDoubt { .. } => None,
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Double => "double",
            Self::Overrides => "overrides",
            Self::Cuts => "cuts",
            Self::FalseApplied => "false applied",
            Self::FalseNo => "false no",
            Self::LateNo => "late no",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => write!(f, "a run starts and opens the ledger"),
            Self::Answer(who, Answered::Read(shown)) => {
                write!(f, "run {who} reads: {:?} by {:?}", shown.stands, shown.by)
            }
            Self::Answer(who, Answered::Called(heard)) => {
                write!(f, "run {who} calls and is answered: {heard:?}")
            }
            Self::Answer(who, Answered::Ledger(_)) => write!(f, "run {who} reads the ledger"),
            Self::Answer(who, Answered::Written) => write!(f, "run {who} writes to the ledger"),
            Self::Silence(who) => write!(f, "run {who} calls and hears nothing"),
            Self::Crash(who) => write!(f, "run {who} crashes"),
            Self::Arrives => write!(f, "a call arrives late"),
            Self::Human(stands) => write!(f, "a human decides: {stands:?}"),
        }
    }
}

const COLUMNS: [(Class, Verdict, &Capabilities); 4] = [
    (Class::N, Verdict::Approve, &WILLING),
    (Class::R, Verdict::Approve, &REJECTS),
    (Class::X, Verdict::Approve, &ACTS_AGAIN),
    (Class::C, Verdict::Deny, &MAY_CANCEL),
];

/// All rows of one column.
fn column((class, verdict, can): (Class, Verdict, &'static Capabilities)) -> Vec<String> {
    let mut honest = Program::new(verdict, can);
    // Where a repeat is harmless anyway, the table has nothing to be wrong about.
    let mut wrong = match can.operation(verdict).unwrap().repeat.is_harmless() {
        true => None,
        false => Some(Program::new(verdict, &WILLING)),
    };
    let cell = |(_, guards): &(&str, Guards)| {
        let program = match &mut wrong {
            Some(wrong) if !guards.never_again => wrong,
            Some(_) | None => &mut honest,
        };
        let search = Search::all(program, class, *guards);
        let found: Vec<String> = search.wrong.keys().map(Wrong::to_string).collect();
        let found = match found.is_empty() {
            true => "ok".to_owned(),
            false => found.join(", "),
        };
        format!("{found} ({})", search.states.len())
    };
    ROWS.iter().map(cell).collect()
}

#[test]
fn the_table() {
    let columns: Vec<Vec<String>> = std::thread::scope(|scope| {
        let searches = COLUMNS.map(|one| scope.spawn(move || column(one)));
        let columns = searches.into_iter().map(|search| search.join().unwrap());
        columns.collect()
    });
    let mut table = String::new();
    for (row, (name, _)) in ROWS.iter().enumerate() {
        let cells = columns
            .iter()
            .map(|column| format!(" | {:33}", column[row]));
        let cells: String = cells.collect();
        table.push_str(format!("{name:26}{cells}").trim_end());
        table.push('\n');
    }
    assert_snapshot!(table, @r"
    nothing, retry on timeout  | false applied (13047)             | false no (14351)                  | double, overrides (15254)         | cuts, false no (16747)
    pre-check + retry          | false applied (17721)             | false no (19032)                  | double, overrides (23253)         | cuts, false no (22717)
    lock + pre-check + retry   | false applied (825)               | false no (843)                    | double, overrides (1219)          | cuts, false no (1007)
    all, but re-send once      | late no (2013)                    | late no (1968)                    | double, overrides, late no (1888) | cuts, late no (2163)
    all but the lock           | late no (69909)                   | late no (65532)                   | double, overrides (3221)          | cuts (3954)
    all but the durable intent | ok (1163)                         | ok (1147)                         | double, overrides (509)           | cuts (439)
    all but the pre-check      | late no (1922)                    | late no (1877)                    | overrides (363)                   | cuts (413)
    all but the read-back      | false applied, late no (1729)     | false no, late no (1790)          | overrides (281)                   | cuts (346)
    all, decider hidden        | late no (2013)                    | late no (2006)                    | overrides (310)                   | cuts (430)
    all                        | late no (2013)                    | late no (1968)                    | overrides (375)                   | cuts (425)
    all, and no human          | late no (605)                     | late no (614)                     | ok (116)                          | ok (116)
    ");
}

#[test]
fn a_red_cell_tells_its_shortest_story() {
    let mut program = Program::new(Verdict::Approve, &ACTS_AGAIN);
    let guards = Guards {
        remembers: false,
        ..ALL
    };
    let search = Search::all(&mut program, Class::X, guards);
    assert_snapshot!(search.trace(Wrong::Double), @r"
    a run starts and opens the ledger
    run 1 reads: Pending by Nobody
    run 1 reads: Pending by Nobody
    run 1 writes to the ledger
    run 1 crashes
    a run starts and opens the ledger
    run 1 reads: Pending by Nobody
    run 1 reads: Pending by Nobody
    run 1 writes to the ledger
    run 1 calls and is answered: Claimed
    a call arrives late
    => double
    ");
}
