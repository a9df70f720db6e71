//! Clients whose course is set from outside: one that is told to end in the middle of a call, two that take turns.
//! No sleeping: a client goes on when the call it stands in is released. Whether one that is told to end hears that
//! before its answer is luck, and no story may rest on it.

use futures_util::future::{BoxFuture, FutureExt as _};

use crate::child::{Ran, Running};
use crate::story::{Race, Signal, Signalled, Step};
use crate::world::World;

/// One client, and the signal that reaches it in the middle.
pub(crate) async fn run(words: &[String], step: &Step, world: &World) -> Result<Ran, String> {
    let running = world.start(words, &step.env, step.stdin.as_deref())?;
    match &step.signal {
        None => running.end().await,
        Some(signalled) => signal(running, signalled, world).await,
    }
}

// The client gets its signal while it stands inside a call; the call goes on, whoever is left to hear it.
async fn signal(running: Running, signalled: &Signalled, world: &World) -> Result<Ran, String> {
    let group = running.group();
    let ending = running.end();
    tokio::pin!(ending);
    tokio::select! {
        ended = &mut ending => {
            let (ended, op) = (ended?, &signalled.inside.op);
            return Err(format!("the client ended ({}) before it came to {op}\n{}{}", ended.end, ended.stdout, ended.stderr));
        }
        () = world.mocks.held(1) => {}
    }
    group.signal(signalled.send);
    if signalled.send == Signal::Kill {
        let ended = ending.await;
        world.mocks.release_all();
        return ended;
    }
    world.mocks.release_all();
    ending.await
}

/// Two clients, and which of them may go on.
pub(crate) async fn race(race: &Race, step: &Step, world: &World) -> Result<Vec<Ran>, String> {
    let Some(inside) = &race.inside else {
        return interleave(race, step, world).await;
    };
    let first = world.run(&race.first, &step.env, None);
    tokio::pin!(first);
    // No sleeping and no luck: the second starts when the first stands inside its call.
    tokio::select! {
        ended = &mut first => {
            let ended = ended?;
            return Err(format!("the first client ended ({}) before it came to {}\n{}{}", ended.end, inside.op, ended.stdout, ended.stderr));
        }
        () = world.mocks.held(1) => {}
    }
    let second = tokio::select! {
        second = world.run(&race.second, &step.env, None) => second?,
        ended = &mut first => return Err(format!("the first client ended while it was held: {}", ended?.end)),
    };
    world.mocks.release_all();
    Ok(vec![first.await?, second])
}

// Every call is held as it arrives, so whichever client may go on is the only one that can make a new one.
async fn interleave(race: &Race, step: &Step, world: &World) -> Result<Vec<Ran>, String> {
    let start = |words| world.start(words, &step.env, None);
    let mut clients = [
        Client::of(start(&race.first)?, world).await?,
        // The second starts when the first stands in its first call.
        Client::of(start(&race.second)?, world).await?,
    ];
    let mut turn = 0;
    while clients.iter().any(|client| client.ended.is_none()) {
        clients[turn % 2].go_on(world).await?;
        turn += 1;
    }
    Ok(clients
        .into_iter()
        .filter_map(|client| client.ended)
        .collect())
}

/// A client that stands in a call, or has ended.
struct Client {
    ending: Option<BoxFuture<'static, Result<Ran, String>>>,
    stands_in: Option<u64>,
    ended: Option<Ran>,
}

impl Client {
    async fn of(running: Running, world: &World) -> Result<Self, String> {
        let mut client = Self {
            ending: Some(running.end().boxed()),
            stands_in: None,
            ended: None,
        };
        let others = world.mocks.holds().len();
        client.until(others + 1, world).await?;
        Ok(client)
    }

    async fn go_on(&mut self, world: &World) -> Result<(), String> {
        if let Some(call) = self.stands_in.take() {
            // Counted before it goes on: its next call may be there at once.
            let held = world.mocks.holds().len();
            world.mocks.release(call);
            self.until(held, world).await?;
        }
        Ok(())
    }

    // Until so many calls are held: the newest is its own, since nobody else may go on.
    async fn until(&mut self, held: usize, world: &World) -> Result<(), String> {
        let Some(ending) = &mut self.ending else {
            return Ok(());
        };
        tokio::select! {
            ended = ending => {
                self.ended = Some(ended?);
                self.ending = None;
            }
            () = world.mocks.held(held) => self.stands_in = world.mocks.holds().last().copied(),
        }
        Ok(())
    }
}
