//! `[review] ref`: an approve acts only as it stands on the reviewed ref, and deny never waits for one.

use crate::world::{QUEUE, World, decision_file};

/// A repository with two decided requests on `main`, which is the reviewed ref.
struct Story {
    world: World,
    ids: [String; 2],
}

impl Story {
    fn new(verdicts: [&str; 2]) -> Self {
        let world = World::new();
        let pending = world.pending();
        let ids = [pending[0].clone(), pending[1].clone()];
        world.decide(&[(&ids[0], verdicts[0]), (&ids[1], verdicts[1])]);
        let config = world.read("countersign.toml");
        world.write(
            "countersign.toml",
            &format!("{config}\n[review]\nref = \"main\"\n"),
        );
        let story = Self { world, ids };
        story.world.git(&["init", "-q", "-b", "main"]);
        story.merge();
        story
    }

    fn merge(&self) {
        self.world.commit("decided");
    }

    fn forget_ref(&self) {
        let known = "ref = \"main\"";
        self.world
            .edit("countersign.toml", known, "ref = \"origin/main\"");
    }
}

#[test]
fn an_unknown_ref_holds_approves_and_lets_deny_pass() {
    let story = Story::new(["approve", "deny"]);
    let (world, ids) = (&story.world, &story.ids);
    story.forget_ref();
    let plan = world.run(&["plan"]).exits(0);
    assert!(
        plan.out
            .contains("Plan: 0 to approve, 1 to deny, 0 to revoke; 1 blocked")
    );
    assert!(plan.says("Git does not know origin/main"), "{}", plan.err);
    world.plan("plan.json");
    world.run(&["apply", "plan.json"]).exits(0);
    assert_eq!(ids.each_ref().map(|id| world.effects(id)), [0, 1]);
}

#[test]
fn what_stands_on_the_ref_is_planned() {
    let story = Story::new(["approve", "approve"]);
    assert_eq!(story.world.planned(), "change change");
    let file = decision_file(&story.ids[0]);
    story
        .world
        .edit(&file, "vendor case 5512", "vendor case 5513");
    assert_eq!(story.world.planned(), "change unmerged");
}

#[test]
fn a_table_further_down_does_not_change_a_merged_block() {
    let story = Story::new(["approve", "approve"]);
    let file = decision_file(&story.ids[0]);
    let whole = story.world.read(&file);
    let (block, guard) = whole.split_once("[decision.guard]").expect("a guard");
    // On the ref the guard is missing; the addition keeps every byte of the block.
    story.world.write(&file, block);
    story.merge();
    let added = format!("{block}\n[\"\\u0064ecision\".guard]{guard}");
    story.world.write(&file, &added);
    assert_eq!(story.world.planned(), "change unmerged");
}

#[test]
fn machine_made_lines_are_compared_too() {
    let story = Story::new(["approve", "approve"]);
    let (world, id) = (&story.world, &story.ids[0]);
    let text = world.read(&decision_file(id));
    let fingerprint = text.split('"').find(|word| word.starts_with("v1:"));
    let line = serde_json::json!({
        "queue": QUEUE, "request": id, "ticket": "CHG1", "verdict": "approve", "reason": "case 5512",
        "expires": "2026-04-01T00:00:00Z", "guard": {"fingerprint": fingerprint.expect("one")},
    });
    std::fs::remove_file(world.path(&decision_file(id))).expect("removed");
    world.edit(
        "countersign.toml",
        "decisions = [",
        "decisions = [\"decisions/*.jsonl\", ",
    );
    world.write("decisions/made.jsonl", &format!("{line}\n"));
    assert_eq!(world.planned(), "change unmerged");
    story.merge();
    assert_eq!(world.planned(), "change change");
}

#[test]
fn a_resolve_that_nobody_merged_is_left_out() {
    let story = Story::new(["approve", "deny"]);
    let (world, id) = (&story.world, &story.ids[0]);
    world.write(
        "decisions/resolve.toml",
        &format!(
            "[[resolve]]\nqueue = \"{QUEUE}\"\nrequest = \"{id}\"\nintent = 2\nas = \"not-applied\"\nbecause = \"the portal shows it\"\n"
        ),
    );
    world.plan("plan.json");
    let left = "this [[resolve]] does not stand on main";
    assert!(world.run(&["apply", "plan.json"]).exits(0).says(left));
    story.merge();
    assert!(!world.run(&["apply", "plan.json"]).says(left));
}
