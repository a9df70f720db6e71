//! What the two lists say, row by row; and look-ups, which read both.

use std::collections::BTreeSet;

use super::*;
use crate::model::{ReadErrorKind, Sighting, Status};
use crate::vendors::Whole;

fn row(id: u64) -> String {
    format!(
        "{{\"RequestID\":{id},\"SystemName\":\"db01\",\"AccountName\":\"svc\",\"AccessType\":\"View\",\"Status\":\"?\"}}"
    )
}

fn list(ids: &[u64]) -> Act {
    let rows: Vec<String> = ids.iter().map(|id| row(*id)).collect();
    say(&format!("[{}]", rows.join(",")))
}

async fn told(
    queue: &Beyondtrust,
    pending_only: bool,
    named: Option<&[&str]>,
    since: Option<&str>,
) -> (Vec<String>, Result<Unlisted, ReadError>) {
    let since = since.map(RequestId::canonical);
    let named: Option<BTreeSet<RequestId>> =
        named.map(|ids| ids.iter().map(|id| RequestId::canonical(id)).collect());
    let listing = Listing {
        pending_only,
        whole: named.as_ref().map_or(Whole::All, Whole::Named),
        since: since.as_ref(),
        at_once: 1,
    };
    let mut rows = Vec::new();
    let end = queue
        .list(listing, &mut |row| {
            rows.push(match row {
                Row::Whole(request) => format!("{} {}", request.id, request.status.word()),
                Row::Brief { id, status } => format!("({id} {})", status.word()),
                Row::Unreadable { id, why } => format!(
                    "!{} {}",
                    id.map_or_else(|| "?".to_owned(), |id| id.to_string()),
                    why.what
                ),
            });
        })
        .await;
    (rows, end)
}

#[tokio::test]
async fn pending_is_read_before_active_and_in_both_is_active() {
    let server = Server::start([welcome(), list(&[9, 1, 2]), list(&[2, 7])]).await;
    let (rows, end) = told(&queue(&server), false, None, None).await;
    assert_eq!(rows, ["9 pending", "1 pending", "2 approved", "7 approved"]);
    assert_eq!(end, Ok(Unlisted::Absent));
    assert_eq!(
        lines(&server.asked())[1..],
        [
            "GET /Requests?status=pending&queue=app",
            "GET /Requests?status=active&queue=app"
        ]
    );
}

#[tokio::test]
async fn only_what_is_named_is_read_whole_and_pending_alone_needs_one_list() {
    let server = Server::start([welcome(), list(&[1, 2, 3])]).await;
    let (rows, end) = told(&queue(&server), true, Some(&["2"]), Some("2")).await;
    assert_eq!(rows, ["2 pending", "(3 pending)"]);
    assert_eq!(end, Ok(Unlisted::Absent));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_holds_its_line_only() {
    let odd = format!(
        "[{},{{\"RequestID\":2,\"SystemName\":[]}},{},{}]",
        row(1),
        row(3),
        row(3)
    );
    let server = Server::start([welcome(), say(&odd), list(&[])]).await;
    let (rows, end) = told(&queue(&server), false, None, None).await;
    assert_eq!(
        rows,
        [
            "1 pending",
            "!2 request 2 in a list: field `SystemName` is not text or a whole number",
            "3 pending",
            "!3 request 3 stands twice in a list"
        ]
    );
    assert_eq!(end, Ok(Unlisted::Absent));
}

/// What is in neither list may be the row whose id nobody can read.
#[tokio::test]
async fn a_row_without_an_id_makes_absence_unknown() {
    for bad in ["{}", "5", "{\"RequestID\":\"x\"}"] {
        let server = Server::start([
            welcome(),
            say(&format!("[{},{bad}]", row(1))),
            list(&[]),
            say(&format!("[{bad}]")),
            list(&[1]),
        ])
        .await;
        let queue = queue(&server);
        let (rows, end) = told(&queue, false, None, None).await;
        assert!(rows[1].starts_with("!? a row of a list: "), "{rows:?}");
        let Ok(Unlisted::Unknown(why)) = end else {
            panic!("{end:?}");
        };
        assert_eq!(why.kind, ReadErrorKind::Malformed);
        let looked = queue.look_up(&RequestId::canonical("8")).await.sighting;
        assert!(matches!(looked, Sighting::Failed(_)), "{looked:?}");
    }
}

#[tokio::test]
async fn another_user_s_eyes_see_what_is_there_but_not_what_is_absent() {
    let script = [
        welcome(),
        list(&[1]),
        list(&[2]),
        list(&[1]),
        list(&[2]),
        list(&[1]),
        list(&[2]),
    ];
    let server = Server::start(script).await;
    let queue = queue_of(&server, ps_auth(), Eyes::OfAnother);
    let (_, end) = told(&queue, false, None, None).await;
    let Ok(Unlisted::Unknown(why)) = end else {
        panic!("{end:?}");
    };
    assert_eq!(why.kind, ReadErrorKind::OutOfSight);
    let seen = queue.look_up(&RequestId::canonical("2")).await.sighting;
    assert!(matches!(seen, Sighting::Seen(request) if request.status == Status::Approved));
    let unseen = queue.look_up(&RequestId::canonical("3")).await.sighting;
    assert!(matches!(unseen, Sighting::Failed(why) if why.kind == ReadErrorKind::OutOfSight));
}

#[tokio::test]
async fn a_look_up_reads_both_lists_and_says_where_it_stands() {
    let script = [
        welcome(),
        list(&[1, 2]),
        list(&[2]),
        list(&[1]),
        list(&[2]),
        list(&[]),
        list(&[]),
    ];
    let server = Server::start(script).await;
    let queue = queue(&server);
    let look = async |id| queue.look_up(&RequestId::canonical(id)).await;
    let found = look("2").await;
    assert!(
        matches!(found.sighting, Sighting::Seen(request) if request.status == Status::Approved)
    );
    assert!(found.digest.is_some_and(|digest| digest.len() == 7 + 64));
    let found = look("1").await.sighting;
    assert!(matches!(found, Sighting::Seen(request) if request.status == Status::Pending));
    assert_eq!(look("1").await.sighting, Sighting::Absent);
    let failed = look("1").await;
    assert!(matches!(failed.sighting, Sighting::Failed(_)), "{failed:?}");
    assert_eq!(failed.digest, None);
}

/// Whoever asks while the lists are being read gets those that are read next: never an older answer.
#[tokio::test]
async fn look_ups_at_the_same_time_share_a_reading_that_began_after_them() {
    let script = [welcome(), list(&[1]), list(&[]), list(&[2]), list(&[3])];
    let server = Server::start(script).await;
    let queue = queue(&server);
    let ids = ["1", "2", "3", "4"].map(RequestId::canonical);
    let looks = ids.iter().map(|id| queue.look_up(id));
    let found = futures_util::future::join_all(looks).await;
    let words: Vec<&str> = found
        .iter()
        .map(|looked| match &looked.sighting {
            Sighting::Seen(request) => request.status.word(),
            Sighting::Absent => "absent",
            Sighting::Failed(_) => "failed",
        })
        .collect();
    assert_eq!(words, ["pending", "pending", "approved", "absent"]);
    assert_eq!(server.asked().len(), 5, "two readings serve four");
}

#[tokio::test]
async fn a_reading_that_is_cut_short_does_not_leave_others_waiting() {
    let slow = Act::Drip(
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]".to_vec(),
        Duration::from_millis(10),
    );
    let server = Server::start([welcome(), slow, list(&[1]), list(&[])]).await;
    let queue = queue(&server);
    let (first, second) = (RequestId::canonical("1"), RequestId::canonical("1"));
    let mut driver = Box::pin(queue.look_up(&first));
    let mut passenger = Box::pin(queue.look_up(&second));
    tokio::select! {
        biased;
        _ = &mut driver => panic!("too fast"),
        _ = &mut passenger => panic!("too fast"),
        () = tokio::time::sleep(Duration::from_millis(60)) => {}
    }
    drop(driver);
    let found = tokio::time::timeout(Duration::from_secs(5), passenger)
        .await
        .expect("an answer");
    assert!(matches!(found.sighting, Sighting::Seen(_)), "{found:?}");
}

#[tokio::test]
async fn lists_that_are_none_are_errors() {
    for (act, kind, words) in [
        (
            Act::Say(reply(200, "text/html", "<html>[]</html>")),
            ReadErrorKind::Malformed,
            "not JSON",
        ),
        (
            Act::Say(json(200, "")),
            ReadErrorKind::Malformed,
            "not an array",
        ),
        (
            Act::Say(json(200, "[{}")),
            ReadErrorKind::Malformed,
            "cut off",
        ),
        (
            Act::Say(json(403, "\"4033\"")),
            ReadErrorKind::Refused,
            "code 4033: only approvers",
        ),
        (
            Act::Say(json(403, "4032")),
            ReadErrorKind::Refused,
            "code 4032: only requestors",
        ),
        (
            Act::Say(json(302, "")),
            ReadErrorKind::Refused,
            "answered 302",
        ),
        (
            Act::Say(json(500, "")),
            ReadErrorKind::Refused,
            "answered 500",
        ),
    ] {
        let server = Server::start(std::iter::once(welcome()).chain(vec![act; 3])).await;
        let (_, end) = told(&queue(&server), true, None, None).await;
        let why = end.expect_err(words);
        assert_eq!(why.kind, kind, "{words}");
        assert!(why.what.contains(words), "{}", why.what);
    }
    let url_of_many = Server::start([welcome(), list(&[1, 2, 3])]).await;
    let url = url_of_many.url();
    let queue =
        connect(terms(&url), settings(&url), ps_auth(), Eyes::OfDecider, 2).expect("usable");
    let (_, end) = told(&queue, true, None, None).await;
    assert_eq!(
        end.map(drop).map_err(|why| why.kind),
        Err(ReadErrorKind::Paging)
    );
}
