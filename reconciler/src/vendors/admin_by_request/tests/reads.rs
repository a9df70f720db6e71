//! Pages walked, requests looked up.

use std::collections::BTreeSet;

use super::*;
use crate::model::{Request, sha256};
use crate::vendors::Whole;

fn row(id: u64) -> String {
    format!(
        r#"{{"scanResults":[],"id":"{id}","status":"Pending approval","statusCode":4,"user":{{"account":"A{id}"}}}}"#
    )
}

fn pages(pages: &[&[u64]]) -> Vec<Act> {
    let page = |ids: &&[u64]| {
        let rows: Vec<String> = ids.iter().map(|id| row(*id)).collect();
        Act::Say(json(200, &format!("[{}]", rows.join(","))))
    };
    pages.iter().map(page).collect()
}

async fn list(
    queue: &AdminByRequest,
    pending_only: bool,
    named: &[&str],
    since: Option<&str>,
) -> (Vec<Row>, Result<(), ReadError>) {
    let named: BTreeSet<RequestId> = named.iter().map(|id| RequestId::canonical(id)).collect();
    let since = since.map(RequestId::canonical);
    let listing = Listing {
        pending_only,
        whole: Whole::Named(&named),
        since: since.as_ref(),
        at_once: 1,
    };
    let mut rows = Vec::new();
    let end = queue.list(listing, &mut |row| rows.push(row)).await;
    (rows, end.map(drop))
}

fn lines(server: &Server) -> Vec<String> {
    let line = |asked: &crate::vendors::http::tests::server::Asked| {
        asked.head.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    server.asked().iter().map(line).collect()
}

#[tokio::test]
async fn pages_are_walked_to_an_empty_one_and_named_rows_are_whole() {
    let server = Server::start(pages(&[&[3, 5, 9], &[10], &[]])).await;
    let (rows, end) = list(&queue(&server), true, &["5", "10", "77"], None).await;
    assert_eq!(end, Ok(()));
    let brief = |row: &Row| matches!(row, Row::Brief { .. });
    assert_eq!(
        rows.iter().map(brief).collect::<Vec<_>>(),
        [true, false, true, false]
    );
    let Row::Whole(five) = &rows[1] else {
        panic!("not whole")
    };
    assert_eq!(five.facts.get("user"), Some(&"A5".into()));
    assert_eq!(
        lines(&server),
        [
            "/requests?status=pending&take=1000",
            "/requests?status=pending&startid=10&take=1000",
            "/requests?status=pending&startid=11&take=1000"
        ]
    );
}

#[tokio::test]
async fn an_empty_queue_is_one_call_and_since_is_where_it_begins() {
    let server = Server::start(pages(&[&[]])).await;
    let (rows, end) = list(&queue(&server), false, &[], Some("65430931")).await;
    assert_eq!((rows.len(), end), (0, Ok(())));
    assert_eq!(lines(&server), ["/requests?startid=65430931&take=1000"]);
}

#[tokio::test]
async fn a_misleading_tail_costs_a_call_but_no_request() {
    let nested = format!(
        "[{},{}]",
        row(1),
        r#"{"id":2,"status":"Denied","statusCode":3,"scanResults":[{"id":1000}]}"#
    );
    let next = |ids: &[u64]| pages(&[ids]).remove(0);
    let script = [
        Act::Say(json(200, &nested)),
        next(&[]),
        next(&[3]),
        next(&[]),
    ];
    let server = Server::start(script).await;
    let (rows, end) = list(&queue(&server), false, &[], None).await;
    assert_eq!((rows.len(), end), (3, Ok(())));
    assert_eq!(
        lines(&server),
        [
            "/requests?take=1000",
            "/requests?startid=1001&take=1000",
            "/requests?startid=3&take=1000",
            "/requests?startid=4&take=1000"
        ]
    );
}

#[tokio::test]
async fn a_vendor_that_feeds_the_last_id_back_is_deduped_or_refused_but_never_looped() {
    let server = Server::start(pages(&[&[1, 2], &[2, 3], &[]])).await;
    let (rows, end) = list(&queue(&server), false, &[], None).await;
    assert_eq!((rows.len(), end), (3, Ok(())));
    for second in [&[2][..], &[1], &[3, 3], &[4, 3]] {
        let server = Server::start(pages(&[&[1, 2], second, &[]])).await;
        let (_, end) = list(&queue(&server), false, &[], None).await;
        assert_eq!(
            end.map_err(|why| why.kind),
            Err(ReadErrorKind::Paging),
            "{second:?}"
        );
    }
}

#[tokio::test]
async fn rows_without_a_readable_id_are_counted_once_and_end_a_listing_only_where_it_can_end() {
    let odd = r#"{"id":"x","status":"Pending approval"}"#;
    let page = |rows: &[&str]| Act::Say(json(200, &format!("[{}]", rows.join(","))));
    let (one, two, four) = (row(1), row(2), row(4));
    let unreadable = |rows: &[Row]| {
        let odd = |row: &&Row| matches!(row, Row::Unreadable { .. });
        rows.iter().filter(odd).count()
    };
    for (script, all, odd_ones, calls) in [
        (vec![page(&[&one, &two, odd]), page(&[odd])], 3, 1, 2),
        (vec![page(&[&one, &two]), page(&[odd])], 3, 1, 2),
        (vec![page(&[odd])], 1, 1, 1),
        (
            vec![page(&[&one, &two, odd]), page(&[odd, &four]), page(&[])],
            4,
            1,
            3,
        ),
    ] {
        let server = Server::start(script).await;
        let (rows, end) = list(&queue(&server), false, &[], None).await;
        assert_eq!(
            (rows.len(), unreadable(&rows), end),
            (all, odd_ones, Ok(()))
        );
        assert_eq!(lines(&server).len(), calls);
    }
    // As long as the page before it: what stands beyond it cannot be asked for.
    let server = Server::start(vec![page(&[&one, &two]), page(&[odd, odd])]).await;
    let (_, end) = list(&queue(&server), false, &[], None).await;
    assert_eq!(end.map_err(|why| why.kind), Err(ReadErrorKind::Paging));
}

#[tokio::test]
async fn an_endless_queue_ends_at_max_requests() {
    let forever: Vec<Vec<u64>> = (0..50)
        .map(|page| (page * 300 + 1..=page * 300 + 300).collect())
        .collect();
    let forever: Vec<&[u64]> = forever.iter().map(Vec::as_slice).collect();
    let server = Server::start(pages(&forever)).await;
    let (rows, end) = list(&queue(&server), false, &[], None).await;
    let why = end.expect_err("over the limit");
    assert_eq!(why.kind, ReadErrorKind::Paging);
    assert!(why.hint.contains("max-requests"));
    assert!(rows.len() <= 10_000);
}

#[tokio::test]
async fn a_list_that_fails_later_says_so_and_rows_told_stay_told() {
    let mut script = pages(&[&[1, 2]]);
    script.push(Act::Say(reply(200, "text/html", "<html>Sign in</html>")));
    let server = Server::start(script).await;
    let (rows, end) = list(&queue(&server), false, &[], None).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(end.map_err(|why| why.kind), Err(ReadErrorKind::Malformed));
    for (act, kind) in [
        (
            json(401, r#"{"Message":"Invalid API key"}"#),
            ReadErrorKind::Credential,
        ),
        (json(403, "{}"), ReadErrorKind::Refused),
        (json(404, ""), ReadErrorKind::Refused),
        (
            reply_with(302, &[("location", "/login")], ""),
            ReadErrorKind::Refused,
        ),
        (json(200, ""), ReadErrorKind::Malformed),
        (json(200, r#"{"Message":"busy"}"#), ReadErrorKind::Malformed),
        (json(200, "[{\"id\":1}"), ReadErrorKind::Malformed),
    ] {
        let server = Server::start([Act::Say(act)]).await;
        let (rows, end) = list(&queue(&server), false, &[], None).await;
        assert_eq!((rows.len(), end.map_err(|why| why.kind)), (0, Err(kind)));
    }
}

async fn find(act: Act) -> LookedUp {
    let server = Server::start([act]).await;
    let found = queue(&server).look_up(&RequestId::canonical("7")).await;
    assert_eq!(lines(&server)[0], "/requests/7");
    found
}

#[tokio::test]
async fn a_look_up_shows_the_request_its_absence_or_why_not() {
    let body = row(7);
    let found = find(Act::Say(json(200, &body))).await;
    assert_eq!(found.digest, Some(sha256(body.as_bytes())));
    let Sighting::Seen(request) = found.sighting else {
        panic!("not seen")
    };
    let Request { id, .. } = *request;
    assert_eq!(id.as_str(), "7");

    assert_eq!(
        find(Act::Say(json(404, ""))).await.sighting,
        Sighting::Absent
    );
    let failed = |found: LookedUp| match found.sighting {
        Sighting::Failed(why) => why,
        other @ (Sighting::Seen(_) | Sighting::Absent) => panic!("not failed: {other:?}"),
    };
    for act in [
        json(200, &row(8)),
        json(200, &format!("[{}]", row(7))),
        json(200, ""),
        json(200, "null"),
        json(200, &format!("{} x", row(7))),
        reply(200, "text/html", &row(7)),
        json(200, r#"{"id":7,"id":7}"#),
    ] {
        assert_eq!(
            failed(find(Act::Say(act)).await).kind,
            ReadErrorKind::Malformed
        );
    }
    let why = failed(find(Act::Say(json(401, r#"{"Message":"Invalid API key"}"#))).await);
    assert_eq!(why.kind, ReadErrorKind::Credential);
    assert_eq!(why.said, Some("Invalid API key".into()));
    assert!(why.hint.contains("data centre") && why.hint.contains("API access"));
    // A gateway's page about a missing route says nothing of a request.
    let page = reply(404, "text/html", "<h1>Not Found</h1>");
    let why = failed(find(Act::Say(page)).await);
    assert_eq!(why.kind, ReadErrorKind::Refused);
    let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(9000));
    let why = failed(find(Act::Say(json(400, &long))).await);
    assert_eq!(why.said.map(|said| said.raw().len()), Some(300));
    assert!(!why.what.contains('x'));
}
