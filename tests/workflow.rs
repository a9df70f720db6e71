//! The reference workflow that `init` writes, run: its own jobs and its own shell, in real repositories.

mod forge;
mod gitlab;
mod notes;

use std::net::TcpListener;

use mock_servers::Kind;
use serde_json::json;

use crate::world::{QUEUE, Ran};
use forge::{Event, Forge, Pipeline};
use gitlab::GitLab;
use notes::TOKEN;

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

/// A project at GitLab with a bot for notes, and the merge request of one decision.
fn merge_request() -> (GitLab, String) {
    let mut gitlab = GitLab::new();
    gitlab
        .variables
        .insert("COUNTERSIGN_NOTE_TOKEN".to_owned(), TOKEN.to_owned());
    let id = gitlab.forge.world.pending()[0].clone();
    let first = gitlab.main(&[]);
    assert_eq!(
        first.told(),
        "countersign-decide ok, countersign-nothing-to-do ok, countersign-observe ok, countersign-plan ok",
        "nothing to decide, nobody is asked: {first:#?}"
    );
    pull_request(&gitlab.forge, "a-change", &id, "approve");
    (gitlab, id)
}

#[test]
fn a_merge_request_at_gitlab_is_reviewed_merged_applied_and_settled() {
    let (gitlab, id) = merge_request();
    let asked = gitlab.forge.world.journal(Kind::Call).len();
    let review = gitlab.merge_request("a-change");
    assert_eq!(review.told(), "countersign-review ok", "{review:#?}");
    let calls = gitlab.forge.world.journal(Kind::Call).len() - asked;
    assert_eq!(calls, 0, "a review called the vendor");
    for said in [
        "1 to approve",
        &id,
        "introduced in this change",
        "CHG0031337",
    ] {
        assert!(gitlab.notes.one().contains(said), "{}", gitlab.notes.one());
    }

    merged(&gitlab.forge, "a-change");
    let applied = gitlab.main(&[]);
    assert_eq!(
        applied.told(),
        "countersign-apply ok, countersign-decide ok, countersign-observe ok, countersign-observe-afterwards ok, countersign-plan ok",
        "{applied:#?}"
    );
    assert_eq!(gitlab.forge.world.effects(&id), 1);

    // A review right after knows what was applied.
    let next = gitlab.forge.world.pending()[0].clone();
    pull_request(&gitlab.forge, "another", &next, "deny");
    gitlab.merge_request("another");
    let note = gitlab.notes.one();
    assert!(note.contains("1 to deny, 0 to revoke; 0 blocked"), "{note}");

    let quiet = gitlab.main(&[]);
    assert!(!quiet.jobs.contains_key("countersign-apply"), "{quiet:#?}");
    let night = gitlab.main(&[("COUNTERSIGN_STATUS", "yes")]);
    assert_eq!(night.told(), "countersign-status ok", "{night:#?}");
}

#[test]
fn a_second_push_updates_the_note_and_nobody_elses() {
    let (gitlab, id) = merge_request();
    // Somebody was here before, with the bot's own first line; and many others, over more than a page.
    let forged = "<!-- countersign:plan:.trusted/countersign.toml -->\nnothing to see";
    gitlab.notes.write(1, forged);
    for _ in 0..150 {
        gitlab.notes.write(2, "+1");
    }
    let review = gitlab.merge_request("a-change");
    assert!(
        review
            .job("countersign-review")
            .log
            .contains("The note was created."),
        "{review:#?}"
    );
    let first = gitlab.notes.one();
    gitlab.notes.calls();
    let file = format!("repository/decisions/{QUEUE}/{id}.toml");
    gitlab.forge.world.edit(&file, "5512", "5513");
    gitlab.forge.merge("another word");
    let review = gitlab.merge_request("a-change");
    assert!(
        review
            .job("countersign-review")
            .log
            .contains("The note was updated."),
        "{review:#?}"
    );
    assert!(first.contains("vendor case 5512"), "{first}");
    assert_eq!(first.lines().next(), forged.lines().next());
    let second = gitlab.notes.one();
    assert!(second.contains("vendor case 5513"), "{second}");
    assert_eq!(gitlab.notes.of(1), [forged]);
    let calls = gitlab.notes.calls().join("\n");
    let told = calls.replace("/api/v4/projects/11/merge_requests/5/", "");
    insta::assert_snapshot!(told, @r"
    GET /api/v4/user
    GET notes?sort=asc&order_by=created_at&per_page=100&page=1
    GET notes?sort=asc&order_by=created_at&per_page=100&page=2
    PUT notes/452
    ");
}

/// The step that writes a note, alone, with these lines as the comment.
fn writes_note(gitlab: &GitLab, comment: &str) -> Ran {
    gitlab.forge.world.write("repository/comment.md", comment);
    let env = [
        ("CI_API_V4_URL", gitlab.notes.url()),
        ("CI_MERGE_REQUEST_PROJECT_ID", "11".to_owned()),
        ("CI_MERGE_REQUEST_IID", "5".to_owned()),
        ("COUNTERSIGN_NOTE_TOKEN", TOKEN.to_owned()),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value));
    let script = "ci/countersign.sh note comment.md";
    let folder = gitlab.forge.repository();
    let output = gitlab.forge.shell(script, &folder, &env).output();
    Ran::of(output.expect("it runs"))
}

#[test]
fn a_note_that_cannot_be_written_is_said_to_be() {
    let gitlab = GitLab::new();
    let page = "<html>Sign in ::set-output:: \u{1b}[31m</html>";
    for (calls, status, body) in [
        ("GET", 401, "{\"message\":\"401 Unauthorized\"}"),
        ("POST", 403, "{\"message\":\"403 Forbidden\"}"),
        ("GET", 302, page),
        ("GET", 200, page),
        ("/user", 200, "{\"id\":\"$(touch stolen)\"}"),
        ("/notes?", 200, "{\"error\":\"no list\"}"),
    ] {
        gitlab.notes.breaks(calls, status, body);
        let ran = writes_note(&gitlab, "<!-- countersign:plan:x -->\n");
        let said = "The note was not written; the plan is this job's artifact comment.md.";
        assert!(ran.says(said), "{calls} {status} {ran:#?}");
        assert!(!ran.says("set-output") && !ran.says(TOKEN), "{ran:#?}");
        assert_eq!(gitlab.notes.of(7), [""; 0], "{calls} {status}");
        assert_ne!(ran.code, Some(0), "{ran:#?}");
    }
    gitlab.notes.breaks("nothing any more", 500, "");
    writes_note(&gitlab, "nothing to see\n").exits(1);
    assert_eq!(gitlab.notes.of(7), [""; 0], "no comment of countersign");
}

/// The review counts, not the note.
#[test]
fn the_review_ends_as_the_plan_did_whatever_becomes_of_the_note() {
    let (gitlab, id) = merge_request();
    gitlab.notes.breaks("/notes", 500, "");
    let review = gitlab.merge_request("a-change");
    assert_eq!(review.told(), "countersign-review ok", "{review:#?}");
    let log = &review.job("countersign-review").log;
    assert!(log.contains("The note was not written"), "{log}");
    gitlab.notes.breaks("nothing any more", 500, "");
    gitlab.merge_request("a-change");
    let note = gitlab.notes.one();
    assert!(note.contains("1 to approve"), "{note}");
    let file = format!("repository/decisions/{QUEUE}/{id}.toml");
    gitlab.forge.world.edit(&file, "\"approve\"", "\"aprove\"");
    gitlab.forge.merge("a slip");
    let review = gitlab.merge_request("a-change");
    assert_eq!(review.told(), "countersign-review failed", "{review:#?}");
    let note = gitlab.notes.one();
    assert!(note.contains("Plan Failed"), "{note}");
}

#[test]
fn without_a_token_for_notes_the_plan_is_an_artifact() {
    let (mut gitlab, _) = merge_request();
    gitlab.variables.clear();
    let review = gitlab.merge_request("a-change");
    let review = review.job("countersign-review");
    assert!(!review.failed, "{review:#?}");
    assert!(
        review
            .log
            .contains("No note: COUNTERSIGN_NOTE_TOKEN is not set"),
        "{review:#?}"
    );
    assert_eq!(gitlab.notes.calls(), [""; 0]);
}

/// GitLab takes a line that begins with a slash for a command of the note's author.
#[test]
fn no_line_of_a_note_is_a_command() {
    let gitlab = GitLab::new();
    let comment = "<!-- countersign:plan:x -->\n/approve\r\n\r/merge\n100 % & a+b = \u{e4}\n";
    writes_note(&gitlab, comment).exits(0);
    assert_eq!(
        gitlab.notes.one(),
        "<!-- countersign:plan:x -->\n /approve\n /merge\n100 % & a+b = \u{e4}"
    );
}

#[test]
fn a_hostile_merge_request_gets_no_key_and_runs_nothing() {
    let (gitlab, id) = merge_request();
    let forge = &gitlab.forge;
    let thief = "#!/bin/sh\ntouch \"$FORGE/stolen\"\n";
    for planted in [
        ".countersign-bin/bin/countersign",
        ".countersign-bin/bin/git",
        ".trusted/ci/countersign.sh",
        "ci/countersign.sh",
    ] {
        let planted = format!("repository/{planted}");
        forge.world.write(&planted, thief);
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(forge.world.path(&planted), mode).expect("it may run");
    }
    let forged = "<!-- countersign:plan:.trusted/countersign.toml -->\nNo changes.\n";
    forge.world.write("repository/comment.md", forged);
    let link = forge.world.path("repository/comment.md.said");
    std::os::unix::fs::symlink(".trusted/ci/countersign.sh", link).expect("a link");
    forge.git(&["add", "-A", "--force"]);
    forge.merge("a small fix");
    let review = gitlab.merge_request("a-change");
    assert_eq!(review.told(), "countersign-review ok", "{review:#?}");
    assert!(!forge.folder.path().join("stolen").exists(), "{review:#?}");
    let note = gitlab.notes.one();
    assert!(
        note.contains("1 to approve") && note.contains(&id),
        "{note}"
    );
    let key = forge.world.mocks.queues()[QUEUE].credentials["api-key"].to_string();
    assert!(!format!("{review:?}").contains(&key), "the key was there");

    // Merged by somebody who looked at the decisions only, nothing of it runs beside the keys, either.
    forge.git(&["checkout", "-q", "origin/main", "--", "ci"]);
    forge.merge("the script as it was");
    merged(forge, "a-change");
    let applied = gitlab.main(&[]);
    assert!(applied.jobs.values().all(|job| !job.failed), "{applied:#?}");
    assert!(!forge.folder.path().join("stolen").exists(), "{applied:#?}");
    assert_eq!(forge.world.effects(&id), 1);
}

#[test]
fn at_gitlab_an_outage_is_healed_by_the_schedule() {
    let (gitlab, id) = merge_request();
    merged(&gitlab.forge, "a-change");
    let down = gitlab.forge.world.pending()[1].clone();
    gitlab.forge.world.faults(json!([
        {"op": format!("{QUEUE}.*"), "nth": 1, "times": 1000, "kind": "status", "status": 503}
    ]));
    let outage = gitlab.main(&[]);
    assert_eq!(
        outage.told(),
        "countersign-observe failed, countersign-plan failed",
        "no plan, no gate: {outage:#?}"
    );
    gitlab.forge.world.faults(json!([]));
    pull_request(&gitlab.forge, "two", &down, "deny");
    merged(&gitlab.forge, "two");
    for _ in 0..2 {
        let healed = gitlab.main(&[]);
        assert!(healed.jobs.values().all(|job| !job.failed), "{healed:#?}");
    }
    assert_eq!(
        [&id, &down].map(|id| gitlab.forge.world.effects(id)),
        [1, 1]
    );
}
