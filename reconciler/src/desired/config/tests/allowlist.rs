//! A queue of ThreatLocker: its token, its one path, the organizations whose requests it decides.

use super::*;

const OWN: &str = "9B2C1C1E-0000-4000-8000-00000000000A";

fn queue(more: &str) -> String {
    format!(
        "schema = 1\n[queues.allowlist]\nvendor = \"threatlocker\"\nurl = \"https://portalapi.g.threatlocker.com/portalapi\"\ncredentials = {{ token = {{ env = \"T\" }} }}\n{more}\n"
    )
}

#[test]
fn the_organization_is_required_and_children_are_named() {
    let child = "9b2c1c1e-0000-4000-8000-00000000000b";
    let text = queue(&format!(
        "organization = \"{OWN}\"\nchild-organizations = [\"{child}\"]"
    ));
    let read = loaded(&text).unwrap().queues.pop_first().unwrap().1;
    assert_eq!(read.organizations, [OWN.to_lowercase(), child.to_owned()]);
    for wrong in [
        String::new(),
        "organization = \"Contoso\"".to_owned(),
        format!("organization = \"{OWN}\"\nchild-organizations = [\"{OWN}\"]"),
        format!("organization = \"{OWN}\"\ndeciders = [\"a@example.com\"]"),
    ] {
        assert!(loaded(&queue(&wrong)).is_err(), "{wrong}");
    }
}
