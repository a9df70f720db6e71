//! Explorations: at every vendor the real client holds every law where it writes and where it looks before and after.
//!
//! What is tried here is bounded; `WHOLE` tries all of it.

use libtest_mimic::{Failed, Trial};
use scenarios::{Explored, Exploring, Settings};

use crate::CLIENT;

/// Every fault at every call of these stories, for a quiet hour.
const WHOLE: &str = "countersign scenario explore --filter '{STORIES}'";

/// What tells most about a client at one call: nothing done, done and unheard, an answer that is none, another world,
/// and its own end.
const TELLING: &str = "{request-lost,empty-before,redirected,status-404,ack-lost,ack-html,portal-approves,portal-denies,gone,kill-during,kill-after}";

/// A story, which of its calls, which disturbances of them (empty: all), and in how many worlds at least a law could
/// be asked: fewer would mean that calls were not disturbed at all.
const STORIES: &[(&str, &str, &str, usize)] = &[
    ("admin-by-request/happy-path", "apply/*", "", 200),
    (
        "beyondtrust/happy-path",
        "apply/*{.approve:*,.deny:*,.list::[36]}",
        TELLING,
        30,
    ),
    (
        "beyondtrust/release-request",
        "*/*{.create:*,.check-in:*,requests.approve:*}",
        TELLING,
        20,
    ),
    (
        "threatlocker/happy-path",
        "apply/*{.permit:*,.reject:*,.permit-document:*:[23]}",
        TELLING,
        40,
    ),
    // Here a repeat would act again.
    (
        "threatlocker/may-edit-actioned",
        "apply/*{.permit:*,.reject:*}",
        TELLING,
        15,
    ),
    (
        "fudo/happy-path",
        "apply*/*{.vote:*,.revoke:*,.get:*:2}",
        TELLING,
        50,
    ),
    ("ekran/ratified", "plan/*", "", 20),
    (
        "together/one-evening",
        "apply/*{.approve:*,requests.deny:*,.permit:*,.vote:*}",
        TELLING,
        30,
    ),
];

/// One trial for each story.
pub(crate) fn trials(stories: &[scenarios::Trial]) -> Vec<Trial> {
    let trial = |(name, calls, disturbances, least): &(&str, &str, &str, usize)| {
        let story = stories.iter().find(|trial| trial.name == *name).cloned();
        let only = match *disturbances {
            "" => (*calls).to_owned(),
            some => format!("{calls}/{some}"),
        };
        let least = *least;
        Trial::test(format!("explore/{name}"), move || {
            let story = story.ok_or("the story is gone")?;
            let explored = explore(&story, vec![CLIENT.to_owned()], &only)?;
            if explored.held() && explored.holding().count() >= least {
                return Ok(());
            }
            Err(told(&explored).into())
        })
    };
    STORIES.iter().map(trial).collect()
}

/// Explores with this client, only in the worlds that match.
pub(crate) fn explore(
    story: &scenarios::Trial,
    client: Vec<String>,
    only: &str,
) -> Result<Explored, Failed> {
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

/// The matrix, and how to see more.
pub(crate) fn told(explored: &Explored) -> String {
    let name = &explored.name;
    let stories: Vec<&str> = STORIES.iter().map(|(name, ..)| *name).collect();
    let whole = WHOLE.replace("STORIES", &stories.join(","));
    let text = scenarios::explored_text(explored, |cell| {
        let cell = globset::escape(&cell.name());
        format!("countersign scenario explore --filter '{name}' --only '{cell}'")
    });
    format!("{text}All of it: {whole}\n")
}
