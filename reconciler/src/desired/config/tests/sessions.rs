//! A queue of Fudo: its key, its origin alone, our own user among those who vote.

use super::*;

fn queue(name: &str, more: &str) -> String {
    format!(
        "[queues.{name}]\nvendor = \"fudo\"\nurl = \"https://fudo.example.com\"\ncredentials = {{ api-key = {{ env = \"F\" }} }}\n{more}\n"
    )
}

fn one(more: &str) -> String {
    format!("schema = 1\n{}", queue("sessions", more))
}

#[test]
fn our_own_user_is_required_and_decides() {
    let read = loaded(&one("voter = \"countersign\"")).unwrap();
    let read = read.queues.into_values().next().unwrap();
    assert_eq!(read.url, "https://fudo.example.com");
    assert_eq!(read.rate_limit, None);
    let deciding = read.decides_as();
    assert_eq!(deciding.user().as_deref(), Some("countersign"));
    assert_eq!((deciding.acting_as, deciding.client), (None, None));
    assert!(read.reads_as_decider());
    for wrong in [
        "",
        "voter = \"\"",
        "voter = 7",
        "voter = \"a\\u200Bb\"",
        "voter = \"a\"\nacting-as = \"a\"",
        "voter = \"a\"\ndeciders = [\"a@example.com\"]",
        "voter = \"a\"\norganization = \"a\"",
    ] {
        assert!(loaded(&one(wrong)).is_err(), "{wrong}");
    }
    // Of whom the reading key is, nothing tells.
    let two = one("voter = \"a\"\nwrite-credentials = { api-key = { env = \"W\" } }");
    let two = loaded(&two).unwrap().queues.into_values().next().unwrap();
    assert!(!two.reads_as_decider());
    assert_eq!(two.decides_as().credential, "env W");
}

/// Votes show ids as the vendor writes them, without zeros before them, and names without blanks around them.
#[test]
fn a_voter_that_no_vote_could_show_is_a_mistake() {
    let voters = [
        " countersign",
        "countersign ",
        "007",
        "56204923349583790090",
    ];
    let shown: String = voters
        .map(|voter| told(&one(&format!("voter = \"{voter}\""))))
        .concat();
    insta::assert_snapshot!(shown, @r#"
    conf/countersign.toml:6:9: `voter` is ` countersign`: no name has blanks around it | write it without them: voter = "countersign"
    conf/countersign.toml:6:9: `voter` is `countersign `: no name has blanks around it | write it without them: voter = "countersign"
    conf/countersign.toml:6:9: `voter` is `007`: digits are an id, and none begins with zeros | write it without them: voter = "7"
    conf/countersign.toml:6:9: `voter` is `56204923349583790090`: an id has 19 digits at most | copy the id from the portal, or name our user as votes show it
    "#);
    for voter in ["0", "7", "5620492334958379009", "007s", "anna berg@corp"] {
        assert_eq!(told(&one(&format!("voter = \"{voter}\""))), "", "{voter}");
    }
}

#[test]
fn the_version_of_the_api_is_not_the_configuration_s() {
    let text = one("voter = \"a\"").replace("example.com", "example.com/api/v2");
    insta::assert_snapshot!(told(&text), @r#"conf/countersign.toml:4:7: `url` has a path, and this vendor's API has none | write the host alone: url = "https://fudo.example.com""#);
}

#[test]
fn two_queues_of_one_instance_have_two_voters() {
    let two = |voter: &str| {
        let second = queue("second", &format!("voter = \"{voter}\""));
        loaded(&(one("voter = \"Countersign\"") + &second))
    };
    assert!(two("other").is_ok());
    assert!(two("countersign").is_err());
}
