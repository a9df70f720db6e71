//! Headers, pages, absences and sends, against a server that says exactly what it is told to.

use std::collections::BTreeSet;

use super::*;
use crate::model::ReadErrorKind;
use crate::vendors::Whole;

fn id(number: u32) -> String {
    format!("7f3e1d00-0000-4000-8000-{number:012}")
}

fn rows(numbers: &[u32]) -> String {
    let rows: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let mut row = row();
            row["approvalRequestId"] = json!(id(*number));
            row
        })
        .collect();
    json!(rows).to_string()
}

/// A page, with the vendor's header.
fn page(numbers: &[u32], total: u64, pages: u64) -> Act {
    let header =
        json!({ "currentPage": 1, "itemsPerPage": 100, "totalItems": total, "totalPages": pages });
    let headers = [
        ("content-type", "application/json"),
        ("pagination", &header.to_string()),
    ];
    Act::Say(reply_with(200, &headers, &rows(numbers)))
}

async fn listed(server: &Server) -> Result<Vec<String>, ReadError> {
    let nobody = BTreeSet::new();
    let listing = Listing {
        pending_only: true,
        whole: Whole::Named(&nobody),
        since: None,
        at_once: 1,
    };
    let mut told = Vec::new();
    let mut seen = |row| match row {
        Row::Brief { id, .. } => told.push(id.as_str().to_owned()),
        Row::Whole(request) => told.push(format!("whole {}", request.id)),
        Row::Unreadable { why, .. } => told.push(why.what),
    };
    queue(server).list(listing, &mut seen).await?;
    Ok(told)
}

#[tokio::test]
async fn the_token_is_sent_as_it_is_and_the_organization_always() {
    let server = Server::start([page(&[1], 1, 1), Act::Say(say(200, &sample().to_string()))]).await;
    listed(&server).await.expect("a list");
    let wanted = RequestId::canonical(ID);
    let seen = queue(&server).look_up(&wanted).await.sighting;
    assert!(matches!(seen, Sighting::Seen(_)), "{seen:?}");
    for asked in server.asked() {
        let head = asked.head.to_lowercase();
        assert!(
            head.contains(&format!("\r\nauthorization: {TOKEN}\r\n")),
            "{head}"
        );
        assert!(
            head.contains(&format!("\r\nmanagedorganizationid: {ORGANIZATION}\r\n")),
            "{head}"
        );
    }
    let asked: Value = serde_json::from_str(&server.asked()[0].body).expect("JSON");
    assert_eq!(
        asked,
        json!({ "isAscending": true, "orderBy": "dateTime", "pageNumber": 1, "pageSize": 100,
            "showChildOrganizations": false, "showCurrentTierOnly": false, "statusId": 1 })
    );
}

#[tokio::test]
async fn pages_are_read_to_the_last_and_each_id_is_told_once() {
    let twice = |pass: [Act; 2]| [pass.clone(), pass].into_iter().flatten();
    let server = Server::start(twice([page(&[1, 2], 3, 2), page(&[2, 3], 3, 2)])).await;
    assert_eq!(
        listed(&server).await.expect("a list"),
        [id(1), id(2), id(3)]
    );
    // Somebody decided in between, so that the second page began too late: read again.
    let moved = [
        page(&[1, 2], 4, 2),
        page(&[4], 3, 2),
        page(&[2, 3], 3, 2),
        page(&[4], 3, 2),
        page(&[2, 3], 3, 2),
        page(&[4], 3, 2),
    ];
    let server = Server::start(moved).await;
    assert_eq!(
        listed(&server).await.expect("a list"),
        [id(1), id(2), id(4), id(3)]
    );
    // A header that ends the list before its own count is reached ends nothing; and a list that never holds what it
    // counts is no list.
    let server = Server::start(twice([page(&[1], 2, 1), page(&[2], 2, 1)])).await;
    assert_eq!(listed(&server).await.expect("a list"), [id(1), id(2)]);
    let short = || [page(&[1], 3, 2), page(&[2], 3, 2), page(&[], 3, 2)];
    let server = Server::start([short(), short(), short()].into_iter().flatten()).await;
    let why = listed(&server).await.expect_err("incomplete");
    assert_eq!(why.kind, ReadErrorKind::Paging);
    // Without the header, only an empty page is the end.
    let bare = |numbers: &[u32]| Act::Say(say(200, &rows(numbers)));
    let pass = [bare(&[1]), bare(&[2]), bare(&[])];
    let server = Server::start([pass.clone(), pass].into_iter().flatten()).await;
    assert_eq!(listed(&server).await.expect("a list"), [id(1), id(2)]);
    // A full page, and nothing on the next: what stood there may have moved to the one that was read.
    let hundred: Vec<u32> = (1..=100).collect();
    let rests: Vec<u32> = (2..=101).collect();
    let passes = [
        bare(&hundred),
        bare(&[]),
        bare(&rests),
        bare(&[]),
        bare(&rests),
        bare(&[]),
    ];
    let server = Server::start(passes).await;
    assert_eq!(listed(&server).await.expect("a list").len(), 101);
    // A page that only repeats is no end: nothing can be concluded from it.
    let server = Server::start([bare(&[1]), bare(&[2]), bare(&[2])]).await;
    let why = listed(&server).await.expect_err("no list");
    assert_eq!(why.kind, crate::model::ReadErrorKind::Paging);
}

/// One leaves the first page and another comes: the count is the same, and the third has moved to a page that was read.
#[tokio::test]
async fn a_row_that_moves_past_the_pages_while_they_are_read_is_seen_the_next_time_or_looked_up() {
    let moved = || [page(&[1, 2], 4, 2), page(&[4, 5], 4, 2)];
    let rests = || [page(&[2, 3], 4, 2), page(&[4, 5], 4, 2)];
    let server = Server::start([moved(), rests(), rests()].into_iter().flatten()).await;
    assert_eq!(
        listed(&server).await.expect("a list"),
        [1, 2, 4, 5, 3].map(id)
    );
    assert_eq!(server.asked().len(), 6);
    // What is new stands at the end, and moves nothing.
    let grown = [page(&[1, 2], 4, 2), page(&[3, 4], 4, 2)];
    let before = [page(&[1, 2], 3, 2), page(&[3], 3, 2)];
    let server = Server::start([before, grown].into_iter().flatten()).await;
    assert_eq!(listed(&server).await.expect("a list"), [1, 2, 3, 4].map(id));
    // It never rests.
    let server = Server::start([moved(), rests(), moved()].into_iter().flatten()).await;
    let why = listed(&server).await.expect_err("restless");
    assert_eq!(why.kind, ReadErrorKind::Paging);
    assert!(why.what.contains("changes too fast"), "{}", why.what);
    // Where requests are named, what no page shows is looked up by whoever named them: once is enough.
    let server = Server::start(moved()).await;
    let named = [RequestId::canonical(&id(3))].into();
    let listing = Listing {
        pending_only: true,
        whole: Whole::Named(&named),
        since: None,
        at_once: 1,
    };
    let mut told = 0;
    let end = queue(&server).list(listing, &mut |_| told += 1).await;
    assert_eq!((end, told), (Ok(Unlisted::Absent), 4));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn nothing_and_null_are_no_rows_and_odd_rows_spoil_no_other() {
    for (none, counted) in [
        ("", Some((200, "0"))),
        ("null", Some((403, "{}"))),
        ("[]", Some((200, "0"))),
    ] {
        let count = counted.map(|(status, body)| Act::Say(say(status, body)));
        let server = Server::start(
            [Some(Act::Say(say(200, none))), count]
                .into_iter()
                .flatten(),
        );
        let server = server.await;
        assert_eq!(
            listed(&server).await.expect("a list"),
            Vec::<String>::new(),
            "{none}"
        );
        assert_eq!(server.asked().len(), 1 + usize::from(counted.is_some()));
    }
    for counted in ["3", "", "\"x\""] {
        let acts = [Act::Say(say(200, "")), Act::Say(say(200, counted))];
        let why = listed(&Server::start(acts).await).await.expect_err(counted);
        assert_eq!(why.kind, ReadErrorKind::Malformed, "{counted}");
    }
    let mut foreign = row();
    foreign["organizationId"] = json!(id(9));
    let body = json!([7, { "approvalRequestId": "x" }, foreign, row()]).to_string();
    let server = Server::start([Act::Say(say(200, &body)), Act::Say(say(200, "[]"))]).await;
    let told = listed(&server).await.expect("a list");
    assert_eq!(told.len(), 3, "the last two rows have one id: {told:?}");
    assert!(told[2].contains("another organization"));
    for (status, body) in [
        (401, "{}"),
        (500, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, "["),
    ] {
        let acts = (0..9).map(|_| Act::Say(say(status, body)));
        assert!(
            listed(&Server::start(acts).await).await.is_err(),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn absence_is_the_vendor_s_own_word() {
    let wanted = RequestId::canonical(ID);
    for (status, body) in [(404, "{}"), (404, "")] {
        let server = Server::start([Act::Say(say(status, body))]).await;
        let seen = queue(&server).look_up(&wanted).await.sighting;
        assert_eq!(seen, Sighting::Absent, "{status} {body}");
    }
    let other = with("/organizationId", json!(id(9))).to_string();
    for (status, body) in [
        (200, ""),
        (200, "null"),
        (204, ""),
        (403, "{}"),
        (417, "{}"),
        (200, "[]"),
        (200, &other),
    ] {
        let server = Server::start([Act::Say(say(status, body))]).await;
        let seen = queue(&server).look_up(&wanted).await.sighting;
        assert!(
            matches!(seen, Sighting::Failed(_)),
            "{status} {body}: {seen:?}"
        );
    }
}

/// Reads the sample, or what became of it, and sends a permit that was planned with the sample.
async fn permitted(shown: Value, answer: Vec<u8>) -> (Meaning, Vec<String>) {
    let server = Server::start([Act::Say(say(200, &shown.to_string())), Act::Say(answer)]).await;
    let queue = queue(&server);
    queue.look_up(&RequestId::canonical(ID)).await;
    let decision = decision(Verdict::Approve, Some(narrow()));
    let call = composed(&decision, &facts(sample()), &Grounds::default());
    let meaning = queue.send(&call).await.meaning;
    let bodies = server.asked().into_iter().skip(1);
    (meaning, bodies.map(|asked| asked.body).collect())
}

#[tokio::test]
async fn a_permit_is_laid_over_the_document_of_the_read_before_it_or_not_sent() {
    let (meaning, bodies) = permitted(sample(), say(200, "")).await;
    assert_eq!(meaning, Meaning::Claimed);
    let sent: Value = serde_json::from_str(&bodies[0]).expect("JSON");
    assert_eq!(
        sent["approvalRequest"]["json"],
        sample()["approvalRequest"]["json"]
    );
    assert_eq!(sent["policyLevel"]["toComputer"], false);
    for shown in [
        with("/approvalRequest/json", json!("{}")),
        with("/approvalRequest/statusId", json!(4)),
        with("/approvalRequest/showMfaChallenge", json!(true)),
        with("/approvalRequest/multiLevelApprovalRequestId", json!(ID)),
    ] {
        let (meaning, bodies) = permitted(shown, say(200, "")).await;
        assert!(matches!(meaning, Meaning::NotSent(_)), "{meaning:?}");
        assert_eq!(bodies, Vec::<String>::new());
    }
}

#[tokio::test]
async fn answers_to_a_write_mean_what_the_table_says() {
    let error = |code: u16, message: &str| {
        json!({ "LoggerId": "x", "StatusCode": code, "Message": message }).to_string()
    };
    let meaning = async |status: u16, body: &str| permitted(sample(), say(status, body)).await.0;
    assert_eq!(meaning(200, "{}").await, Meaning::Claimed);
    let no = meaning(417, &error(417, "Must enter a name")).await;
    assert!(matches!(no, Meaning::Refused(_)), "{no:?}");
    let lacks = meaning(401, &error(401, "Missing the '' permission")).await;
    assert!(matches!(lacks, Meaning::Refused(_)), "{lacks:?}");
    let token = meaning(401, &error(401, "Unauthorized")).await;
    assert!(matches!(token, Meaning::CredentialRejected(_)), "{token:?}");
    for (status, body) in [(500, ""), (200, "<html>"), (302, ""), (408, "")] {
        let odd = meaning(status, body).await;
        assert!(matches!(odd, Meaning::Unknown(_)), "{status}: {odd:?}");
    }
    let inside = meaning(200, &error(500, "no")).await;
    assert!(matches!(inside, Meaning::Unknown(_)), "{inside:?}");
}

#[tokio::test]
async fn what_a_permit_names_is_found_once_or_stands_in_its_way() {
    let application = |id: &str, name: &str| {
        json!({ "name": name, "applicationName": "App", "applicationId": id,
        "organizationId": ORGANIZATION, "organizationName": "Contoso", "osType": 1 })
    };
    let (one, two) = (application("a1", "App"), application("a2", "Parent\\App"));
    let ground = async |permit: Permit, list: Value| {
        let acts = [sample().to_string(), list.to_string(), "null".to_owned()];
        let server = Server::start(acts.map(|text| Act::Say(say(200, &text)))).await;
        let id = RequestId::canonical(ID);
        queue(&server).grounds(&id, &permit).await.expect("grounds")
    };
    let existing = |name: &str| Permit {
        application: PermitApplication::Existing(name.to_owned()),
        ..narrow()
    };
    let found = ground(existing("Parent\\App"), json!([one, two])).await;
    assert_eq!(found.application.expect("one").id, "a2");
    let found = ground(existing("Ap"), json!([one, two])).await;
    assert_eq!((found.application, found.obstacles.len()), (None, 1));
    let matching = |named: Option<&str>| Permit {
        application: PermitApplication::Matching(named.map(str::to_owned)),
        ..narrow()
    };
    let several = json!({ "matchingApplications": [one, two], "hasMatching": true });
    let found = ground(matching(None), several.clone()).await;
    assert!(
        found.obstacles[0].starts_with("2 applications match"),
        "{found:?}"
    );
    let found = ground(matching(Some("a1")), several).await;
    assert_eq!(found.application.expect("one").label, "App");
    let found = ground(
        matching(None),
        json!({ "matchingApplications": [], "hasMatching": false }),
    )
    .await;
    assert!(
        found.obstacles[0].starts_with("no application matches"),
        "{found:?}"
    );
    let group = Permit {
        scope: PermitScope::Group("Finance laptops".to_owned()),
        ..narrow()
    };
    let groups = json!([{ "label": "Finance laptops", "value": "b1" }, { "name": "Other", "computerGroupId": "b2" }]);
    assert_eq!(
        ground(group.clone(), groups).await.group.expect("one").id,
        "b1"
    );
    assert_eq!(ground(group, Value::Null).await.obstacles.len(), 1);
}
