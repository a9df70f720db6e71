//! The adapter as a queue, against canned answers: what is asked, what is told, and that nothing is ever sent.

mod batches;
mod rows;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::*;
use crate::model::{Deciding, Method, QueueName, ReadErrorKind, Verdict};
use crate::vendors::http::tests::server::{Act, Server, json, reply};
use crate::vendors::http::tests::settings;

/// Of the vendor's form: punctuation.
const KEY: &str = "xJ)tsCNcpj)l+]}(@_|lt!t~%20&=;\"'<>";

const FIRST: &str =
    "/ekranapi/AccessRequests/GetEndpointAccessRequests?start=2026-11-01T08%3A00&count=1000";

fn terms(origin: &str) -> Terms {
    Terms {
        queue: QueueName::new("endpoints").expect("a name"),
        origin: origin.to_owned(),
        organization: None,
        deciding: Deciding {
            credential: "env EKRAN_API_KEY".to_owned(),
            acting_as: None,
            run_as: None,
            client: None,
        },
        deciders: Vec::new(),
        can: &CAPABILITIES,
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}

fn queue(server: &Server) -> Ekran {
    let mut settings = settings(&server.url());
    settings.base_url.push_str("/ekranapi");
    let since = "2026-11-01T08:00".to_owned();
    connect(terms(&server.url()), settings, KEY.into(), since, 5_000).expect("usable settings")
}

fn row(id: u64) -> String {
    format!(
        r#"{{"id":{id},"requestedAt":"2023-02-08T13:26:{:02}.763","userName":"windev\\user{id}","sessionDuration":"00:40:34.4150000","sessionProductiveDuration":"1.00:28:02.8690000","status":"Approved","remoteIp":"172.31.240.1","statusChangedAt":"2023-02-08T13:32:34.437","statusChangedBy":"admin","statusChangeComment":"approve message"}}"#,
        id % 60
    )
}

fn batch_of(after: &str, rows: &[String]) -> Act {
    let body = format!(r#"{{"afterId":{after},"requests":[{}]}}"#, rows.join(","));
    Act::Say(json(200, &body))
}

fn batch(after: &str, ids: &[u64]) -> Act {
    let rows: Vec<String> = ids.iter().map(|id| row(*id)).collect();
    batch_of(after, &rows)
}

async fn list(queue: &Ekran, whole: Whole<'_>) -> (Vec<Row>, Result<Unlisted, ReadError>) {
    let listing = Listing {
        pending_only: true,
        whole,
        since: None,
        at_once: 1,
    };
    let mut rows = Vec::new();
    let end = queue.list(listing, &mut |row| rows.push(row)).await;
    (rows, end)
}

fn ids(rows: &[Row]) -> Vec<String> {
    let id = |row: &Row| match row {
        Row::Whole(request) => request.id.to_string(),
        Row::Brief { id, .. } => format!("{id} brief"),
        Row::Unreadable { id, .. } => {
            let id = id.as_ref().map_or("?", RequestId::as_str);
            format!("{id} odd")
        }
    };
    rows.iter().map(id).collect()
}

fn lines(server: &Server) -> Vec<String> {
    let asked = server.asked();
    let line = |head: &str| head.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.iter().map(|asked| line(&asked.head)).collect()
}

#[test]
fn it_can_do_nothing_but_show() {
    for verdict in Verdict::ALL {
        assert!(CAPABILITIES.operation(verdict).is_none());
    }
    assert!(CAPABILITIES.filing.is_none() && CAPABILITIES.ratifies.is_some());
    let canonical = |raw| (CAPABILITIES.canonical_id)(raw).map(|id| id.to_string());
    assert_eq!(canonical("007"), Ok("7".to_owned()));
    for odd in ["", "x", "-1", "1.0", " 1", "12345678901234567890", "a@b"] {
        assert!(canonical(odd).is_err(), "{odd}");
    }
}

#[tokio::test]
async fn whatever_is_sent_stays_here() {
    let server = Server::start([]).await;
    let queue = queue(&server);
    for method in [Method::Put, Method::Post, Method::Delete] {
        let call = Call {
            method,
            path: "/AccessRequests/GetEndpointAccessRequests".to_owned(),
            query: Vec::new(),
            body: None,
            organization: None,
            over: None,
        };
        let answer = queue.send(&call).await;
        assert!(matches!(answer.meaning, Meaning::NotSent(_)));
    }
    assert_eq!(queue.own().await.own, Own::NotRead);
    queue.turn().await;
    queue.leave().await;
    assert_eq!((server.asked().len(), queue.calls()), (0, 0));
}

#[tokio::test]
async fn the_key_is_sent_as_it_is_and_reads_are_gets() {
    let server = Server::start([batch("null", &[1])]).await;
    let (rows, end) = list(&queue(&server), Whole::All).await;
    assert_eq!(
        (ids(&rows), end),
        (vec!["1".to_owned()], Ok(Unlisted::Absent))
    );
    let head = server.asked().remove(0).head;
    assert!(
        head.starts_with(&format!("GET {FIRST} HTTP/1.1\r\n")),
        "{head}"
    );
    assert!(head.contains(&format!("apikey: {KEY}\r\n")), "{head}");
}

#[tokio::test]
async fn a_request_is_looked_up_by_its_id_or_by_what_stands_for_it() {
    let by_id = RequestId::canonical("2");
    let facts = |id| super::wire::batch(&format!(r#"{{"afterId":null,"requests":[{}]}}"#, row(id)));
    let request = facts(2)
        .expect("a batch")
        .rows
        .remove(0)
        .request
        .expect("a request");
    let by_key = CAPABILITIES.key_of(&request.facts).expect("a key");
    for id in [&by_id, &by_key] {
        let server = Server::start([batch("3", &[1, 2, 3]), batch("null", &[4])]).await;
        let found = queue(&server).look_up(id).await;
        assert_eq!(found.sighting, Sighting::Seen(request.clone()), "{id}");
        assert!(found.digest.is_some_and(|digest| digest.len() == 71));
        assert_eq!(lines(&server).len(), 2);
        let server = Server::start([batch("null", &[1, 3])]).await;
        assert_eq!(queue(&server).look_up(id).await.sighting, Sighting::Absent);
        // What could not be read may be it.
        let odd = ["{}".to_owned()];
        let server = Server::start([batch_of("null", &odd)]).await;
        let found = queue(&server).look_up(id).await;
        assert!(matches!(found.sighting, Sighting::Failed(_)), "{id}");
        let server = Server::start([Act::Say(reply(401, "text/plain", ""))]).await;
        let found = queue(&server).look_up(id).await;
        assert!(
            matches!(found.sighting, Sighting::Failed(why) if why.kind == ReadErrorKind::Credential)
        );
    }
    let twins = [row(2), row(2).replace(r#""id":2,"#, r#""id":7,"#)];
    let server = Server::start([batch_of("null", &twins)]).await;
    let Sighting::Failed(why) = queue(&server).look_up(&by_key).await.sighting else {
        panic!("one of two was chosen")
    };
    assert_eq!(why.kind, ReadErrorKind::Ambiguous);
    assert_eq!(why.what, "2 requests fit: 2, 7");
}

#[tokio::test]
async fn only_named_rows_are_whole_and_a_listing_may_begin_later() {
    let named = BTreeSet::from([RequestId::canonical("2")]);
    let server = Server::start([batch("null", &[1, 2, 3])]).await;
    let (rows, _) = list(&queue(&server), Whole::Named(&named)).await;
    assert_eq!(ids(&rows), ["1 brief", "2", "3 brief"]);
    let server = Server::start([batch("null", &[1, 2, 3])]).await;
    let from = RequestId::canonical("2");
    let listing = Listing {
        pending_only: false,
        whole: Whole::All,
        since: Some(&from),
        at_once: 1,
    };
    let mut rows = Vec::new();
    let end = queue(&server)
        .list(listing, &mut |row| rows.push(row))
        .await;
    assert_eq!(
        (ids(&rows), end),
        (vec!["2".to_owned(), "3".to_owned()], Ok(Unlisted::Absent))
    );
}
