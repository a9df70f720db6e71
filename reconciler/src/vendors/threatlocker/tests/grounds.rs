//! What a permit names, against lists that name things of others, or one thing twice.

use super::*;

async fn found(permit: &Permit, list: Value) -> (Grounds, String) {
    let acts = [sample().to_string(), list.to_string(), "null".to_owned()];
    let server = Server::start(acts.map(|text| Act::Say(say(200, &text)))).await;
    let id = RequestId::canonical(ID);
    let found = queue(&server).grounds(&id, permit).await.expect("grounds");
    (found, server.asked()[1].head.clone())
}

async fn read_with(
    eyes: Eyes,
    permit: &Permit,
    document: Value,
    list: Vec<u8>,
) -> Result<Grounds, ReadError> {
    let acts = [say(200, &document.to_string()), list.clone(), list];
    let server = Server::start(acts.map(Act::Say)).await;
    let queue = queue_read_with(&server, eyes);
    queue.grounds(&RequestId::canonical(ID), permit).await
}

#[tokio::test]
async fn what_the_reader_may_is_not_what_the_decider_may() {
    let wide = Permit {
        scope: PermitScope::Organization,
        ..narrow()
    };
    for set in [true, false] {
        let document = || with("/policyLevel/canUseEntireOrganization", json!(set));
        let other = read_with(Eyes::OfAnother, &wide, document(), Vec::new()).await;
        let other = other.expect("grounds");
        assert_eq!(other.obstacles, Vec::<String>::new());
        assert!(other.unproven[0].starts_with("whether the deciding user may approve"));
        let own = read_with(Eyes::OfDecider, &wide, document(), Vec::new()).await;
        let own = own.expect("grounds");
        assert_eq!(
            (own.obstacles.len(), own.unproven.len()),
            (usize::from(!set), 0)
        );
    }
    // What is the organization's is everybody's.
    let fenced = Permit {
        ringfence: Some(1),
        ..narrow()
    };
    let without = with("/hasRingfencingAsProduct", json!(false));
    let other = read_with(Eyes::OfAnother, &fenced, without, Vec::new()).await;
    assert_eq!(other.expect("grounds").obstacles.len(), 1);
    // A refusal says whom it was said to.
    let no = json!({ "LoggerId": "x", "StatusCode": 401, "Message": "Missing the 'x' permission" });
    let refused = || say(401, &no.to_string());
    let why = read_with(Eyes::OfAnother, &to_group("Servers"), sample(), refused()).await;
    let why = why.expect_err("refused").what;
    assert!(
        why.ends_with("as the user of `credentials`, not of `write-credentials`"),
        "{why}"
    );
    let why = read_with(Eyes::OfDecider, &to_group("Servers"), sample(), refused()).await;
    assert!(why.expect_err("refused").what.ends_with("answered 401"));
}

fn to_group(named: &str) -> Permit {
    Permit {
        scope: PermitScope::Group(named.to_owned()),
        ..narrow()
    }
}

const OTHER: &str = "9b2c1c1e-0000-4000-8000-0000000000ff";
const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn a_group_of_others_too_is_not_the_group_that_was_named() {
    let row = |id: &str, organization: &str, global: Value| {
        json!({ "computerGroupId": id, "name": "Servers", "organizationId": organization,
            "organizationName": null, "default": null, "osType": 1, "isGlobal": global })
    };
    let own = row("b1", &ORGANIZATION.to_uppercase(), json!(false));
    let (one, head) = found(&to_group("Servers"), json!([own])).await;
    assert_eq!(one.group.expect("our own").id, "b1");
    assert!(head.contains("hideGlobals=true"), "{head}");
    let (one, _) = found(&to_group("Servers"), json!([row("b1", NIL, Value::Null)])).await;
    assert_eq!(one.group.expect("said of nobody").id, "b1");
    for (other, says) in [
        (row("b2", ORGANIZATION, json!(true)), "is global"),
        (row("b2", ORGANIZATION, json!("yes")), "is global"),
        (row("b2", OTHER, json!(false)), "of another organization"),
    ] {
        for named in ["Servers", "b2"] {
            let (held, _) = found(&to_group(named), json!([other])).await;
            assert_eq!(held.group, None, "{other}");
            assert_eq!(held.obstacles.len(), 1, "{held:?}");
            assert!(held.obstacles[0].contains(says), "{held:?}");
        }
        let (one, _) = found(&to_group("Servers"), json!([other, own])).await;
        assert_eq!(
            (one.group.expect("our own").id, one.obstacles),
            ("b1".to_owned(), vec![])
        );
    }
}

#[tokio::test]
async fn what_a_list_names_twice_is_one_thing_unless_it_is_told_otherwise() {
    let group = json!({ "label": "Servers", "value": "b1" });
    let (one, _) = found(&to_group("b1"), json!([group, group])).await;
    assert_eq!(one.group.expect("one").id, "b1");
    let renamed = json!({ "label": "Everything", "value": "B1" });
    let (held, _) = found(&to_group("b1"), json!([group, renamed])).await;
    assert_eq!(held.group, None);
    assert!(held.obstacles[0].contains("twice"), "{held:?}");
    assert!(!held.obstacles[0].contains("by its id"), "{held:?}");
    // Once as ours, and once as everybody's.
    let row =
        |global: bool| json!({ "computerGroupId": "b1", "name": "Servers", "isGlobal": global });
    let (held, _) = found(&to_group("b1"), json!([row(false), row(true)])).await;
    assert_eq!(held.group, None);
    assert!(held.obstacles[0].contains("twice"), "{held:?}");

    let existing = Permit {
        application: PermitApplication::Existing("a1".to_owned()),
        ..narrow()
    };
    let application = |owner: &str| {
        json!({ "name": "App", "applicationName": "App", "applicationId": "a1",
            "organizationId": owner, "organizationName": "Contoso", "osType": 1 })
    };
    let ours = application(ORGANIZATION);
    let (one, _) = found(&existing, json!([ours, ours])).await;
    assert_eq!(one.application.expect("one").id, "a1");
    let (held, _) = found(&existing, json!([ours, application(OTHER)])).await;
    assert_eq!(held.application, None);
    assert!(held.obstacles[0].contains("twice"), "{held:?}");
    let matching = Permit {
        application: PermitApplication::Matching(None),
        ..narrow()
    };
    let twice = json!({ "matchingApplications": [ours, ours], "hasMatching": true });
    let (one, _) = found(&matching, twice).await;
    assert_eq!(one.application.expect("one").id, "a1");
}
