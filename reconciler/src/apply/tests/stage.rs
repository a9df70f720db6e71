//! A stage for the real code of apply: it asks, and whoever directs it answers, in any order and in any way.
//!
//! A [`Process`] is one whole run as `commands::apply` composes it: open the ledger, recover, observe, plan, carry
//! out, close. Every question that it has for the world outside (a read, a call, a pause) stands on its [`Board`]
//! until somebody answers it. Nothing here knows what a right answer is, and nothing waits for real time.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::apply::ledger::storage::{Held, Served, Storage, Tail};
use crate::apply::ledger::writer::Writer;
use crate::apply::ledger::{Holder, Ledger, LedgerError, Run, read_at};
use crate::apply::{Event, Provenance, Report, Runner, Stop, Time, carry_out, recover};
use crate::fakes::now;
use crate::model::{Call, Desired, Outcome, Past, QueueName, ReadError, RequestId, Terms};
use crate::observed::{Ask, observe};
use crate::plan::{Brakes, World, plan};
use crate::steps::Steps;
use crate::vendors::{Answer, Listing, LookedOwn, LookedUp, Promise, Queue, Row, Unlisted};

/// What a run may ask of the world.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Question {
    /// May the ledger be opened?
    Open,
    /// What stands in the ledger, now that recovery has written to it?
    Reread,
    LookUp(QueueName, RequestId),
    /// Is there a place in the rate limit?
    Turn(QueueName),
    Send(QueueName, Call),
    Sleep(Duration),
}

/// What the world may say.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Yes; go on; so much time has passed.
    Go,
    Found(LookedUp),
    Answered(Answer),
}

/// The questions of one run that wait for an answer, in the order in which they were asked.
#[derive(Default)]
pub(super) struct Board(Mutex<Questions>);

#[derive(Default)]
struct Questions {
    asked: usize,
    open: BTreeMap<usize, Open>,
}

struct Open {
    question: Question,
    reply: Option<Reply>,
    waker: Option<Waker>,
}

impl Board {
    fn ask(self: &Arc<Self>, question: Question) -> Asking {
        let mut questions = held(&self.0);
        let number = questions.asked;
        questions.asked += 1;
        let open = Open {
            question,
            reply: None,
            waker: None,
        };
        questions.open.insert(number, open);
        Asking {
            board: self.clone(),
            number,
        }
    }

    /// Those without an answer, by number.
    pub(super) fn open(&self) -> Vec<(usize, Question)> {
        let questions = held(&self.0);
        let open = questions.open.iter();
        open.map(|(number, open)| (*number, open.question.clone()))
            .collect()
    }

    /// The first of them that is no pause; where all are, the one that ends first.
    pub(super) fn first(&self) -> Option<(usize, Question)> {
        let lasts = |(_, question): &(usize, Question)| match question {
            Question::Sleep(pause) => Some(*pause),
            Question::Open
            | Question::Reread
            | Question::LookUp(..)
            | Question::Turn(_)
            | Question::Send(..) => None,
        };
        self.open().into_iter().min_by_key(lasts)
    }

    fn reply(&self, number: usize, reply: Reply) {
        let mut questions = held(&self.0);
        let open = questions.open.get_mut(&number).expect("it is asked");
        open.reply = Some(reply);
        if let Some(waker) = open.waker.take() {
            waker.wake();
        }
    }
}

/// One question, until it is answered or given up.
struct Asking {
    board: Arc<Board>,
    number: usize,
}

impl Future for Asking {
    type Output = Reply;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let mut questions = held(&self.board.0);
        let open = questions.open.get_mut(&self.number).expect("it is asked");
        match open.reply.take() {
            Some(reply) => Poll::Ready(reply),
            None => {
                open.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        held(&self.board.0).open.remove(&self.number);
    }
}

/// A queue whose vendor is whoever directs the stage.
struct Window {
    board: Arc<Board>,
    terms: Terms,
}

impl Queue for Window {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn list<'a>(
        &'a self,
        _: Listing<'a>,
        _: &'a mut (dyn FnMut(Row) + Send),
    ) -> Promise<'a, Result<Unlisted, ReadError>> {
        unreachable!("a handful of requests is looked up one by one")
    }

    fn look_up<'a>(&'a self, id: &'a RequestId) -> Promise<'a, LookedUp> {
        let question = Question::LookUp(self.terms.queue.clone(), id.clone());
        let asking = self.board.ask(question);
        Box::pin(async {
            match asking.await {
                Reply::Found(found) => found,
                other @ (Reply::Go | Reply::Answered(_)) => panic!("{other:?} to a look-up"),
            }
        })
    }

    fn own(&self) -> Promise<'_, LookedOwn> {
        unreachable!("nothing is filed on this stage")
    }

    fn turn(&self) -> Promise<'_, ()> {
        let asking = self.board.ask(Question::Turn(self.terms.queue.clone()));
        Box::pin(async { drop(asking.await) })
    }

    fn send<'a>(&'a self, call: &'a Call) -> Promise<'a, Answer> {
        let question = Question::Send(self.terms.queue.clone(), call.clone());
        let asking = self.board.ask(question);
        Box::pin(async {
            match asking.await {
                Reply::Answered(answer) => answer,
                other @ (Reply::Go | Reply::Found(_)) => panic!("{other:?} to a call"),
            }
        })
    }

    fn leave(&self) -> Promise<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        None
    }

    fn calls(&self) -> u64 {
        0
    }
}

/// It is always the same time here, and a pause lasts as long as the director says.
struct Standing(Arc<Board>);

impl Time for Standing {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, pause: Duration) -> Promise<'static, ()> {
        let asking = self.0.ask(Question::Sleep(pause));
        Box::pin(async { drop(asking.await) })
    }
}

/// A test that fails while it holds something has poisoned it; that is told already.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the disk is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Read,
    Lock,
    Open,
    Append,
    Sync,
    Cut,
}

/// A file as the disk keeps it: what is written, and how much of that is durable.
#[derive(Default)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) durable: usize,
    /// All that it was asked to do.
    pub(super) done: Vec<Work>,
    /// What it refuses, by the place in `done`; of an append that fails, so many bytes stand there all the same.
    pub(super) fails: Option<Fails>,
    /// Whether a process holds the lock.
    pub(super) locked: bool,
    /// Whether a sync says that it is done, and does nothing.
    pub(super) lies: bool,
    /// Whether the lock keeps anybody out.
    pub(super) unguarded: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fails {
    pub(super) at: usize,
    pub(super) for_ever: bool,
    pub(super) stand: usize,
}

impl File {
    /// A file with these bytes, all of them durable.
    pub(super) fn with(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            durable: bytes.len(),
            ..Self::default()
        }
    }

    fn works(&mut self, work: Work) -> io::Result<()> {
        let at = self.done.len();
        self.done.push(work);
        let fails = |fails: Fails| fails.at == at || fails.for_ever && fails.at < at;
        if self.fails.is_some_and(fails) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }
}

/// The disk under one process, and its writer, which writes when it is told to.
#[derive(Clone)]
pub(super) struct Shelf {
    file: Arc<Mutex<File>>,
    writer: Arc<Mutex<Option<Writer>>>,
    /// Its process is dead: nothing that it does reaches the disk.
    dead: Arc<AtomicBool>,
}

impl Shelf {
    pub(super) fn on(file: &Arc<Mutex<File>>) -> Self {
        Self {
            file: file.clone(),
            writer: Arc::default(),
            dead: Arc::default(),
        }
    }

    fn works(&self, work: Work) -> io::Result<()> {
        held(&self.file).works(work)
    }

    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }
}

/// The lock of one process.
struct Guard(Arc<Mutex<File>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).locked = false;
    }
}

impl Storage for Shelf {
    fn path(&self) -> &Path {
        Path::new("ledger.jsonl")
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut file = held(&self.file);
        file.works(Work::Read)?;
        Ok(file.bytes.clone())
    }

    fn lock(&self, _: &Run, _: Timestamp, _: Duration) -> Result<Held, LedgerError> {
        let path = self.path().to_owned();
        let mut file = held(&self.file);
        if let Err(cause) = file.works(Work::Lock) {
            let doing = "lock";
            return Err(LedgerError::Io { doing, path, cause });
        }
        if file.locked && !file.unguarded {
            let holder = Holder::default();
            return Err(LedgerError::Locked { path, holder });
        }
        file.locked = true;
        Ok(Box::new(Guard(self.file.clone())))
    }

    fn open(&self) -> io::Result<Box<dyn Tail>> {
        self.works(Work::Open)?;
        Ok(Box::new(self.clone()))
    }

    fn serve(&self, writer: Writer) -> Served {
        *held(&self.writer) = Some(writer);
        let writer = self.writer.clone();
        Box::new(move || held(&writer).take().map(Writer::serve))
    }
}

impl Tail for Shelf {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut file = held(&self.file);
        if self.is_dead() || bytes.is_empty() {
            return Ok(());
        }
        if let Err(error) = file.works(Work::Append) {
            let stand = file.fails.map_or(0, |fails| fails.stand).min(bytes.len());
            file.bytes.extend_from_slice(&bytes[..stand]);
            return Err(error);
        }
        file.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut file = held(&self.file);
        if !self.is_dead() {
            file.works(Work::Sync)?;
            if !file.lies {
                file.durable = file.bytes.len();
            }
        }
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut file = held(&self.file);
        file.works(Work::Cut)?;
        file.bytes.truncate(usize::try_from(length).unwrap());
        file.durable = file.bytes.len();
        Ok(())
    }
}

/// What a run is told to do.
pub(super) struct Play {
    pub(super) terms: BTreeMap<QueueName, Terms>,
    pub(super) desired: Desired,
    pub(super) verify_timeout: Duration,
}

/// A line that a run has spoken: how a change of its own ended, or one of an earlier run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) queue: QueueName,
    pub(super) id: RequestId,
    pub(super) intent: Option<u64>,
    pub(super) outcome: Outcome,
}

/// One run, which goes on only as far as its questions are answered.
pub(super) struct Process {
    pub(super) board: Arc<Board>,
    shelf: Shelf,
    said: Arc<Mutex<Vec<Said>>>,
    run: Pin<Box<dyn Future<Output = Result<Report, LedgerError>>>>,
    bell: Arc<Bell>,
    /// How it ended, once it has.
    pub(super) ended: Option<Result<Report, LedgerError>>,
}

/// Whether the run wants to be polled again.
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Process {
    /// A run that has not asked anything yet but whether it may open its ledger.
    pub(super) fn new(play: &Arc<Play>, file: &Arc<Mutex<File>>, stop: Stop) -> Self {
        let shelf = Shelf::on(file);
        let board = Arc::new(Board::default());
        let said = Arc::default();
        let stage = Stage {
            play: play.clone(),
            board: board.clone(),
            shelf: shelf.clone(),
            said: Arc::clone(&said),
            stop,
        };
        let mut process = Self {
            board,
            shelf,
            said,
            run: Box::pin(apply(stage)),
            bell: Arc::new(Bell(true.into())),
            ended: None,
        };
        process.go_on();
        process
    }

    /// Answers a question, and lets the run come to its next.
    pub(super) fn reply(&mut self, number: usize, reply: Reply) {
        self.board.reply(number, reply);
        self.go_on();
    }

    /// Lets the writer write what waits for it; says whether anything did.
    pub(super) fn write(&mut self) -> bool {
        let wrote = held(&self.shelf.writer).as_mut().is_some_and(Writer::turn);
        self.go_on();
        wrote
    }

    pub(super) fn go_on(&mut self) {
        let waker = Waker::from(self.bell.clone());
        while self.ended.is_none() && self.bell.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(ended) = self.run.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.ended = Some(ended);
            }
        }
    }

    /// What it has said since it was last listened to.
    pub(super) fn said(&self) -> Vec<Said> {
        std::mem::take(&mut *held(&self.said))
    }
}

impl Drop for Process {
    /// Killed: what it does on its way out reaches nothing.
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.shelf.dead.store(true, Ordering::Relaxed);
        }
    }
}

/// What one run stands on.
struct Stage {
    play: Arc<Play>,
    board: Arc<Board>,
    shelf: Shelf,
    said: Arc<Mutex<Vec<Said>>>,
    stop: Stop,
}

/// The run: what `commands::apply` does, without its files and its words.
async fn apply(stage: Stage) -> Result<Report, LedgerError> {
    let Stage {
        play,
        board,
        shelf,
        said,
        stop,
    } = &stage;
    board.ask(Question::Open).await;
    let run = Run {
        run: "run".to_owned(),
        tool: "0".to_owned(),
        host: None,
        pid: 1,
        plan: None,
    };
    let clock: crate::Clock = Arc::new(now);
    let (ledger, history) = Ledger::open_at(shelf, run, clock, Duration::ZERO, Steps::default())?;
    let say = |said: &Mutex<Vec<Said>>, event: Event<'_>| {
        let (address, intent, outcome) = match event {
            Event::Settled(one) => (&one.address, Some(one.intent), &one.outcome),
            Event::Ended(one) => (&one.address, one.intent, &one.outcome),
            Event::Recovering { .. }
            | Event::Started { .. }
            | Event::Sending(_)
            | Event::Waiting(..)
            | Event::Interrupted(_) => return,
        };
        held(said).push(Said {
            queue: address.queue.clone(),
            id: address.id.clone(),
            intent,
            outcome: outcome.clone(),
        });
    };
    let listen = |event: Event<'_>| say(said, event);
    let time = Standing(board.clone());
    let runner = Runner {
        ledger: &ledger,
        clock: &time,
        stop: stop.clone(),
        verify_timeout: play.verify_timeout,
        patience: Duration::from_secs(120),
        listen: &listen,
        steps: Steps::default(),
    };
    let queues: BTreeMap<QueueName, Box<dyn Queue>> = play
        .terms
        .iter()
        .map(|(name, terms)| {
            let window = Window {
                board: board.clone(),
                terms: terms.clone(),
            };
            (name.clone(), Box::new(window) as Box<dyn Queue>)
        })
        .collect();
    let before = history.past();
    let recovered = tokio::select! {
        biased;
        recovered = recover(&runner, &history, &before, &queues, &[]) => recovered?,
        () = stop.at_once() => {
            let interrupted = stop.asked();
            return Ok(Report {
                interrupted,
                ..Report::default()
            });
        }
    };
    let past = if recovered.is_empty() {
        before
    } else {
        board.ask(Question::Reread).await;
        read_at(shelf)?.past()
    };
    let (ended, failed) = planned(play, &runner, &queues, &past).await;
    let interrupted = stop.asked();
    drop(runner);
    let (head, ledger_failed) = match (failed, ledger.close()) {
        (None, Ok(head)) => (Some(head), None),
        (Some(error), _) | (None, Err(error)) => (None, Some(error.to_string())),
    };
    Ok(Report {
        recovered,
        lines: ended,
        interrupted,
        ledger_failed,
        head,
    })
}

/// A fresh plan, and all of it carried out.
async fn planned(
    play: &Play,
    runner: &Runner<'_>,
    queues: &BTreeMap<QueueName, Box<dyn Queue>>,
    past: &Past,
) -> (Vec<crate::apply::Ended>, Option<LedgerError>) {
    let mut asks: BTreeMap<QueueName, Ask> = BTreeMap::new();
    for decision in &play.desired.decisions {
        let ask = asks.entry(decision.address.queue.clone()).or_default();
        ask.named.insert(decision.address.id.clone());
    }
    let observed = tokio::select! {
        biased;
        observed = observe(queues, &asks, None, &|_| {}) => observed,
        () = runner.stop.at_once() => return (Vec::new(), None),
    };
    let plan = plan(&World {
        desired: &play.desired,
        terms: &play.terms,
        observed: &observed,
        past,
        brakes: &Brakes::default(),
        now: now(),
    });
    carry_out(runner, &plan.changes, queues, past, &Provenance::new()).await
}

/// The bytes of a ledger that knows of nothing.
pub(super) fn new_ledger() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    crate::apply::ledger::init(&path, now()).unwrap();
    std::fs::read(path).unwrap()
}
