//! Explorations: the real client holds every law in every disturbed world, and broken ones are found out by a law.

use libtest_mimic::{Failed, Trial};
use scenarios::{Explored, Exploring, Settings};

use crate::{CLIENT, broken};

/// The story that is explored.
pub(crate) const STORY: &str = "admin-by-request/happy-path";

/// A broken client, the world in which it is found out, and the law that finds it out.
const FOUND_OUT: &[(&str, &str, &str)] = &[
    (
        "sends-until-answered",
        "apply/*.approve:*/request-lost",
        "nothing is done twice: admin-by-request.requests.approve",
    ),
    (
        "calls-loss-failure",
        "apply/*.approve:*/ack-lost",
        "the exit code tells the truth: exit 4, and yet all of it was done",
    ),
    (
        "trusts-ok",
        "apply/*.approve:*/portal-denies",
        "the exit code tells the truth: exit 0, and yet: no approve stands",
    ),
    (
        "shows-its-key",
        "apply/*.approve:*/ack-reset",
        "no secret shows: a credential in the output",
    ),
];

/// One trial for the real client, one for each broken one.
pub(crate) fn trials(stories: &[scenarios::Trial]) -> Vec<Trial> {
    let story = stories.iter().find(|trial| trial.name == STORY).cloned();
    let real = story.clone();
    let mut trials = vec![Trial::test("explore/the-real-client", move || {
        let explored = explore(real.as_ref(), vec![CLIENT.to_owned()], "apply/*")?;
        // Fewer would mean that calls were not disturbed at all.
        if explored.held() && explored.cells.len() > 200 {
            return Ok(());
        }
        Err(told(&explored).into())
    })];
    for (mistake, only, said) in FOUND_OUT {
        let story = story.clone();
        trials.push(Trial::test(format!("explore/{mistake}"), move || {
            let this = std::env::current_exe()?.display().to_string();
            let client = [&this, broken::ARGUMENT, mistake, CLIENT].map(str::to_owned);
            let explored = explore(story.as_ref(), client.to_vec(), only)?;
            let mut laws = explored.cells.iter().flat_map(|cell| &cell.broken);
            if laws.any(|(law, how)| format!("{law}: {how}").starts_with(said)) {
                return Ok(());
            }
            Err(format!("{said:?} is not what was found:\n{}", told(&explored)).into())
        }));
    }
    trials
}

fn explore(
    story: Option<&scenarios::Trial>,
    client: Vec<String>,
    only: &str,
) -> Result<Explored, Failed> {
    let story = story.ok_or("the story is gone")?;
    let settings = Settings {
        cli: client,
        path: std::env::var("PATH").unwrap_or_default(),
        real_now: jiff::Timestamp::now,
        keep: false,
        update: false,
    };
    let exploring = Exploring {
        only: Some(globset::Glob::new(only)?.compile_matcher()),
        jobs: 8,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let explored = runtime.block_on(scenarios::explore(story, &settings, &exploring));
    match &explored.trouble {
        None => Ok(explored),
        Some(trouble) => Err(trouble.clone().into()),
    }
}

fn told(explored: &Explored) -> String {
    scenarios::explored_text(explored, |cell| {
        let cell = cell.name();
        format!("countersign scenario explore --filter '{STORY}' --only '{cell}'")
    })
}
