//! The reference workflow that `init` writes, run: its own jobs and its own shell, in real repositories.

mod forge;

use std::net::TcpListener;

use mock_servers::Kind;
use serde_json::json;

use crate::world::QUEUE;
use forge::{Event, Forge, Pipeline};

/// A branch of its own for a pull request, with one decision more; the working folder stays on it.
fn pull_request(forge: &Forge, branch: &str, id: &str, verdict: &str) -> Event {
    forge.git(&["checkout", "-q", "-b", branch, "origin/main"]);
    forge.decides(id, verdict);
    forge.merge(&format!("{verdict} {id}"));
    Event::pull_request(branch)
}

/// Merges that branch, and answers what its merge sets off.
fn merged(forge: &Forge, branch: &str) -> Event {
    forge.git(&["checkout", "-q", "main"]);
    forge.git(&["merge", "-q", "--no-ff", "-m", branch, branch]);
    forge.git(&["push", "-q", "origin", "main"]);
    Event::push(&forge.git(&["rev-parse", "HEAD"]))
}

#[test]
fn a_change_is_reviewed_merged_applied_and_settled() {
    let forge = Forge::new();
    let id = &forge.world.pending()[0];
    let first = forge.pipeline(&Event::schedule("*/15 * * * *"));
    assert_eq!(first.told(), "observe ok, plan ok", "{first:#?}");

    let event = pull_request(&forge, "a-change", id, "approve");
    let asked = forge.world.journal(Kind::Call).len();
    let review = forge.pipeline(&event);
    assert_eq!(review.told(), "comment ok, review ok", "{review:#?}");
    let comment = forge.comment();
    for said in [
        "1 to approve",
        id,
        "introduced in this change",
        "CHG0031337",
    ] {
        assert!(comment.contains(said), "{said}\n{comment}");
    }
    assert_eq!(review.job("review").summary, comment);
    let calls = forge.world.journal(Kind::Call).len() - asked;
    assert_eq!(calls, 0, "a review called the vendor");

    // The comment is replaced, not repeated.
    forge.world.edit(
        &format!("repository/decisions/{QUEUE}/{id}.toml"),
        "5512",
        "5513",
    );
    forge.merge("another word");
    forge.pipeline(&event);
    assert!(
        forge.comment().contains("vendor case 5513"),
        "{}",
        forge.comment()
    );
    let calls = forge.client_calls();
    let methods: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.split("--method ").nth(1)?.get(..5))
        .collect();
    assert_eq!(methods, ["POST ", "PATCH"], "{calls:#?}");

    let applied = forge.pipeline(&merged(&forge, "a-change"));
    assert_eq!(
        applied.told(),
        "apply ok, observe ok, plan ok",
        "{applied:#?}"
    );
    assert!(
        applied.job("plan").summary.contains("1 to approve"),
        "{applied:#?}"
    );
    assert!(
        applied.job("apply").summary.contains("state reached"),
        "{applied:#?}"
    );
    assert_eq!(forge.world.effects(id), 1);

    let quiet = forge.pipeline(&Event::schedule("*/15 * * * *"));
    assert_eq!(
        quiet.told(),
        "observe ok, plan ok",
        "nothing to decide, nobody is asked: {quiet:#?}"
    );
    let night = forge.pipeline(&Event::schedule("7 5 * * *"));
    assert_eq!(night.told(), "status ok", "{night:#?}");
}

/// The GitLab include, job by job: its scripts are read out of the file, too.
#[test]
fn the_same_steps_run_where_gitlab_calls_them() {
    let forge = Forge::new();
    let id = &forge.world.pending()[0];
    assert!(!forge.gitlab("countersign-observe", "main").failed);
    pull_request(&forge, "a-change", id, "approve");
    let review = forge.gitlab("countersign-review", "a-change");
    assert!(!review.failed, "{review:#?}");
    assert!(
        review.log.contains("introduced in this change"),
        "{review:#?}"
    );
    merged(&forge, "a-change");
    for job in [
        "countersign-plan",
        "countersign-apply",
        "countersign-status",
    ] {
        let ended = forge.gitlab(job, "main");
        assert!(!ended.failed, "{job} {ended:#?}");
    }
    assert_eq!(forge.world.effects(id), 1);
}

/// A review that comes to nothing says so in the place of the comment before.
#[test]
fn a_plan_that_cannot_be_made_replaces_the_comment() {
    let forge = Forge::new();
    let id = &forge.world.pending()[0];
    forge.pipeline(&Event::schedule("*/15 * * * *"));
    let event = pull_request(&forge, "a-change", id, "approve");
    forge.pipeline(&event);
    assert!(
        forge.comment().contains("1 to approve"),
        "{}",
        forge.comment()
    );
    let file = format!("repository/decisions/{QUEUE}/{id}.toml");
    forge.world.edit(&file, "\"approve\"", "\"aprove\"");
    forge.merge("a slip");
    let review = forge.pipeline(&event);
    assert_eq!(review.told(), "comment ok, review failed", "{review:#?}");
    let comment = forge.comment();
    assert!(
        comment.contains("Plan Failed") && comment.contains("    "),
        "{comment}"
    );
    assert!(!comment.contains("1 to approve"), "{comment}");
    let calls = forge.client_calls();
    let last = calls.last().expect("a call");
    assert!(last.contains("--method PATCH"), "in its place: {calls:#?}");
}

#[test]
fn two_changes_merged_within_a_minute_are_each_applied_once() {
    let forge = Forge::new();
    let pending = forge.world.pending();
    pull_request(&forge, "one", &pending[0], "approve");
    pull_request(&forge, "two", &pending[1], "deny");
    let (one, two) = (merged(&forge, "one"), merged(&forge, "two"));
    // Both have planned before either is let through its gate.
    let (mut first, mut second) = (Pipeline::default(), Pipeline::default());
    forge.job("plan", &one, &mut first);
    forge.job("apply", &one, &mut first);
    forge.job("plan", &two, &mut second);
    forge.job("apply", &two, &mut second);
    // And once more, as somebody may press the button again.
    forge.job("apply", &two, &mut second);
    assert_eq!(first.told(), "apply ok, plan ok", "{first:#?}");
    assert_eq!(second.told(), "apply ok, plan ok", "{second:#?}");
    assert_eq!(
        [&pending[0], &pending[1]].map(|id| forge.world.effects(id)),
        [1, 1]
    );
}

#[test]
fn an_interrupted_job_is_run_again() {
    let forge = Forge::new();
    let id = &forge.world.pending()[0];
    pull_request(&forge, "one", id, "approve");
    let event = merged(&forge, "one");
    let mut pipeline = Pipeline::default();
    forge.job("plan", &event, &mut pipeline);
    forge.world.faults(json!([
        {"op": format!("{QUEUE}.requests.approve"), "object": id, "nth": 1, "kind": "hold"}
    ]));
    let runner = tempfile::tempdir().expect("a runner");
    let mut running = forge.starts("apply", "apply tonight.plan", &event, runner.path());
    forge.world.wait(forge.world.mocks.held(1));
    running.signal("TERM");
    let ran = running.ends();
    assert_eq!(ran.code, Some(5), "{}\n{}", ran.out, ran.err);
    // The call arrives only now, after its sender has gone.
    forge.world.mocks.release_all();
    while forge.world.effects(id) == 0 {
        std::thread::yield_now();
    }
    let push = forge.starts(
        "apply",
        "countersign.sh push",
        &event,
        tempfile::tempdir().expect("a runner").path(),
    );
    push.ends();
    // What that runner wrote down is on the branch; the job, run again, reads what became of the call.
    forge.job("apply", &event, &mut pipeline);
    let again = pipeline.job("apply");
    assert!(!again.failed, "{again:#?}");
    assert_eq!(forge.world.effects(id), 1);
}

#[test]
fn an_outage_is_healed_by_the_schedule() {
    let forge = Forge::new();
    let id = &forge.world.pending()[0];
    pull_request(&forge, "one", id, "approve");
    let event = merged(&forge, "one");
    forge.world.faults(json!([
        {"op": format!("{QUEUE}.*"), "nth": 1, "times": 1000, "kind": "status", "status": 503}
    ]));
    let down = forge.pipeline(&event);
    assert_eq!(down.told(), "observe failed, plan failed", "{down:#?}");
    forge.world.faults(json!([]));
    let healed = forge.pipeline(&Event::schedule("*/15 * * * *"));
    assert_eq!(
        healed.told(),
        "apply ok, observe ok, plan ok",
        "{healed:#?}"
    );
    assert_eq!(forge.world.effects(id), 1);
}

#[test]
fn a_hostile_change_gets_no_key_and_runs_nothing() {
    let forge = Forge::new();
    let id = &forge.world.pending()[0];
    forge.pipeline(&Event::schedule("*/15 * * * *"));
    let thief = TcpListener::bind("127.0.0.1:0").expect("a port");
    thief.set_nonblocking(true).expect("asked, not waited for");
    let address = thief.local_addr().expect("an address");

    let event = pull_request(&forge, "hostile", id, "approve");
    let url = forge.world.mocks.queues()[QUEUE].url.clone();
    forge.world.edit(
        "repository/countersign.toml",
        &url,
        &format!("http://{address}"),
    );
    forge.world.edit(
        "repository/countersign.toml",
        "{ env = \"ABR_API_KEY\" }",
        "{ command = [\"sh\", \"-c\", \"touch $FORGE/stolen\"] }",
    );
    forge.world.write(
        "repository/ci/countersign.sh",
        "#!/bin/sh\ntouch \"$FORGE/stolen\"\n",
    );
    for forged in ["ledger/ledger.jsonl", "snapshot/snapshot.jsonl"] {
        forge.world.write(&format!("repository/{forged}"), "{}\n");
    }
    let file = format!("repository/decisions/{QUEUE}/{id}.toml");
    forge.world.edit(
        &file,
        "vendor case 5512",
        "</details> @everyone ![x](http://example.com) ::set-output::",
    );
    forge.merge("a small fix");

    let review = forge.pipeline(&event);
    assert_eq!(review.told(), "comment ok, review ok", "{review:#?}");
    assert!(thief.accept().is_err(), "it was called");
    assert!(!forge.repository().join("../../stolen").exists());
    let comment = forge.comment();
    assert!(comment.contains("1 to approve"), "{comment}");
    // As code, which no forge takes for anything else.
    assert!(comment.contains("| `</details> @everyone"), "{comment}");
    assert!(!comment.contains("::set-output"), "{comment}");
    let key = forge.world.mocks.queues()[QUEUE].credentials["api-key"].to_string();
    let seen = format!("{review:?}");
    assert!(!seen.contains(&key), "the key was there");
    assert_eq!(forge.world.effects(id), 0);
}
