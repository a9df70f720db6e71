//! Pages walked, requests looked up.

use std::collections::BTreeSet;

use super::*;
use crate::plan::fingerprint;
use crate::vendors::Whole;

/// Nineteen digits that end so.
fn long(id: u64) -> u64 {
    5_620_492_334_958_379_000 + id
}

fn row(id: u64) -> Value {
    with("id", json!(long(id).to_string()))
}

fn page_of(rows: &[Value]) -> Act {
    let body = json!({ "result": "success", "access_request": rows });
    Act::Say(say(200, &body.to_string()))
}

fn page(ids: &[u64]) -> Act {
    let rows: Vec<Value> = ids.iter().map(|id| row(*id)).collect();
    page_of(&rows)
}

async fn list(
    queue: &Fudo,
    pending_only: bool,
    whole: Whole<'_>,
) -> (Vec<Row>, Result<Unlisted, ReadError>) {
    let listing = Listing {
        pending_only,
        whole,
        since: None,
        at_once: 1,
    };
    let mut rows = Vec::new();
    let end = queue.list(listing, &mut |row| rows.push(row)).await;
    (rows, end)
}

/// The ends of the ids that were told of, and how it ended.
async fn ids(
    pages: impl IntoIterator<Item = Act>,
) -> (Vec<u64>, Result<Unlisted, ReadError>, usize) {
    let server = Server::start(pages).await;
    let (rows, end) = list(&queue(&server), false, Whole::All).await;
    let id = |row: &Row| match row {
        Row::Whole(request) => request.id.as_str().parse::<u64>().expect("digits") - long(0),
        Row::Brief { .. } | Row::Unreadable { .. } => panic!("{row:?}"),
    };
    (rows.iter().map(id).collect(), end, server.asked().len())
}

fn queries(server: &Server) -> Vec<String> {
    let asked = server.asked();
    let lines = asked
        .iter()
        .map(|asked| asked.head.split(' ').nth(1).expect("a line"));
    lines.map(|line| line.replace("%2C", ",")).collect()
}

#[tokio::test]
async fn every_attribute_is_asked_for_by_name_and_pages_overlap() {
    let pages = [page(&[1, 2, 3]), page(&[3, 4]), page(&[4]), page(&[])];
    let server = Server::start(pages).await;
    let named = BTreeSet::from([RequestId::canonical(&long(4).to_string())]);
    let (rows, end) = list(&queue(&server), true, Whole::Named(&named)).await;
    assert_eq!(end, Ok(Unlisted::Absent));
    let brief: Vec<bool> = rows
        .iter()
        .map(|row| matches!(row, Row::Brief { .. }))
        .collect();
    assert_eq!(brief, [true, true, true, false]);
    let asked = queries(&server);
    let path = format!("/api/v2/access_request?fields={FIELDS}&filter=status.in%28pending%29");
    let expected = [0, 2, 3, 4].map(|offset| format!("{path}&limit=100&offset={offset}"));
    assert_eq!(asked, expected);
    for field in [
        "status",
        "votes",
        "user_id",
        "account_id",
        "server_id",
        "safe_id",
        "pool_id",
        "protocol",
    ] {
        assert!(FIELDS.split(',').any(|one| one == field), "{field}");
    }
}

#[tokio::test]
async fn only_an_empty_page_ends_a_list() {
    assert_eq!(ids([page(&[])]).await, (vec![], Ok(Unlisted::Absent), 1));
    assert_eq!(
        ids([page(&[1]), page(&[1]), page(&[])]).await,
        (vec![1], Ok(Unlisted::Absent), 3)
    );
    // A page that holds the overlap alone is as short as any other: the vendor may give a row at a time, or filter
    // what it has cut into pages.
    let one_by_one = [1, 1, 2, 2, 3, 3].map(|id| page(&[id]));
    let (told, end, calls) = ids(one_by_one.into_iter().chain([page(&[])])).await;
    assert_eq!((told, end, calls), (vec![1, 2, 3], Ok(Unlisted::Absent), 7));
    let gap = [
        page(&[1, 2]),
        page(&[2]),
        page(&[3, 4]),
        page(&[4]),
        page(&[]),
    ];
    let (told, end, calls) = ids(gap).await;
    assert_eq!(
        (told, end, calls),
        (vec![1, 2, 3, 4], Ok(Unlisted::Absent), 5)
    );
}

/// A request that is decided while the list is read moves all after it: none of them is missed.
#[tokio::test]
async fn a_list_that_moves_is_read_again_and_each_row_told_once() {
    let moved = [page(&[1, 2, 3]), page(&[4, 5]), page(&[5]), page(&[])];
    let again = [page(&[2, 3, 7]), page(&[7, 4, 5]), page(&[5]), page(&[])];
    let (told, end, calls) = ids(moved.into_iter().chain(again)).await;
    assert_eq!(
        (told, end, calls),
        (vec![1, 2, 3, 4, 5, 7], Ok(Unlisted::Absent), 8)
    );
    // The last row was removed in between.
    let again = [page(&[1]), page(&[1]), page(&[])];
    let (told, end, calls) = ids([page(&[1, 2]), page(&[])].into_iter().chain(again)).await;
    assert_eq!((told, end, calls), (vec![1, 2], Ok(Unlisted::Absent), 5));
    // A new one came before all others, and a page brings nothing new.
    let pushed = [page(&[1, 2, 3]), page(&[2, 3]), page(&[3]), page(&[])];
    let again = [page(&[9, 1, 2, 3]), page(&[3]), page(&[])];
    let (told, end, calls) = ids(pushed.into_iter().chain(again)).await;
    assert_eq!(
        (told, end, calls),
        (vec![1, 2, 3, 9], Ok(Unlisted::Absent), 7)
    );
    // It came in the very last moment: what stands beyond the end was told before.
    let pushed = [page(&[1, 2]), page(&[2]), page(&[2])];
    let again = [page(&[9, 1, 2]), page(&[2]), page(&[])];
    let (told, end, calls) = ids(pushed.into_iter().chain(again)).await;
    assert_eq!((told, end, calls), (vec![1, 2, 9], Ok(Unlisted::Absent), 6));
}

/// Somebody may have been moved past every page that was read, so nothing follows from not being listed.
#[tokio::test]
async fn a_list_that_never_rests_is_not_complete() {
    let restless = || [page(&[1, 2]), page(&[])];
    let (told, end, calls) = ids((0..3).flat_map(|_| restless())).await;
    assert_eq!((told, calls), (vec![1, 2], 6));
    let Ok(Unlisted::Unknown(why)) = end else {
        panic!("{end:?}");
    };
    assert_eq!(why.kind, ReadErrorKind::Paging);
    assert!(why.what.ends_with("so that some of it may be missing"));
}

#[tokio::test]
async fn two_rows_of_one_request_that_differ_are_none() {
    let mut other = row(2);
    other["status"] = json!("granted");
    let rows = [row(1), row(2), other, row(3), row(3)];
    let server = Server::start([page_of(&rows), page(&[3]), page(&[])]).await;
    let (rows, end) = list(&queue(&server), false, Whole::All).await;
    assert_eq!(end, Ok(Unlisted::Absent));
    let [
        Row::Whole(first),
        Row::Unreadable { id, why },
        Row::Whole(third),
    ] = rows.as_slice()
    else {
        panic!("{rows:?}");
    };
    let second = RequestId::canonical(&long(2).to_string());
    assert_eq!(
        (&first.id, &third.id),
        (
            &read(&row(1)).expect("it").id,
            &read(&row(3)).expect("it").id
        )
    );
    assert_eq!(id.as_ref(), Some(&second));
    assert_eq!(
        why.what,
        format!("request {second} in a list: it stands twice in a page, and differs")
    );
}

#[tokio::test]
async fn pages_that_do_not_move_on_end_in_an_error() {
    let (_, end, calls) = ids([page(&[1, 2, 3]), page(&[1, 2, 3])]).await;
    let why = end.expect_err("it would never end");
    assert_eq!((why.kind, calls), (ReadErrorKind::Paging, 2));
    let server = Server::start([page(&[1, 2]), page(&[2, 3])]).await;
    let mut queue = queue(&server);
    queue.max_requests = 2;
    let (_, end) = list(&queue, false, Whole::All).await;
    assert_eq!(end.expect_err("too many").kind, ReadErrorKind::Paging);
}

#[tokio::test]
async fn an_odd_row_spoils_no_other_and_a_removed_one_is_not_told_of() {
    let mut odd = row(2);
    odd["votes"] = json!("many");
    let mut removed = row(3);
    removed["removed"] = json!(true);
    let rows = [row(1), odd, removed, json!(7), row(4)];
    let server = Server::start([page_of(&rows), page(&[4]), page(&[])]).await;
    let (rows, _) = list(&queue(&server), false, Whole::All).await;
    let shown: Vec<String> = rows
        .iter()
        .map(|row| match row {
            Row::Whole(request) => format!("whole {}", request.id),
            Row::Brief { id, .. } => format!("brief {id}"),
            Row::Unreadable { id, why } => {
                format!(
                    "{}: {}",
                    id.as_ref().map_or("?", RequestId::as_str),
                    why.what
                )
            }
        })
        .collect();
    let second = long(2);
    assert_eq!(shown.len(), 4, "{shown:?}");
    assert_eq!(shown[0], format!("whole {}", long(1)));
    assert!(shown[1].starts_with(&format!(
        "{second}: request {second} in a list: it has another shape"
    )));
    assert!(shown[2].starts_with("?: a request in a list: "));
    assert_eq!(shown[3], format!("whole {}", long(4)));
}

/// Whoever is not listed may be the row whose id cannot be read.
#[tokio::test]
async fn a_list_with_a_nameless_row_says_of_nobody_that_it_is_absent() {
    let nameless = with("id", json!("eight"));
    let server = Server::start([
        page_of(&[row(1), nameless.clone()]),
        page_of(&[nameless]),
        page(&[]),
    ])
    .await;
    let (rows, end) = list(&queue(&server), false, Whole::All).await;
    assert_eq!(rows.len(), 2);
    let Ok(Unlisted::Unknown(why)) = end else {
        panic!("{end:?}");
    };
    assert_eq!(why.kind, ReadErrorKind::Malformed);
    assert_eq!(
        why.what,
        "the list does not show it, but 1 row has no id that can be read"
    );
    // A row whose id is read hides nothing else.
    let odd = || {
        Act::Say(say(
            200,
            &json!({ "result": "success", "access_request": [with("votes", json!(7))] })
                .to_string(),
        ))
    };
    let server = Server::start([odd(), odd(), page(&[])]).await;
    let (_, end) = list(&queue(&server), false, Whole::All).await;
    assert_eq!(end, Ok(Unlisted::Absent));
}

/// A list that is read again shows the same rows again.
#[tokio::test]
async fn a_nameless_row_is_told_once_however_often_the_list_is_read() {
    let nameless = || with("id", json!("eight"));
    let moved = [page_of(&[nameless(), row(1)]), page(&[2]), page(&[])];
    let again = [page_of(&[nameless(), row(2)]), page(&[2]), page(&[])];
    let server = Server::start(moved.into_iter().chain(again)).await;
    let (rows, end) = list(&queue(&server), false, Whole::All).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(matches!(end, Ok(Unlisted::Unknown(_))), "{end:?}");
}

#[tokio::test]
async fn what_is_no_list_is_an_error() {
    for (answer, kind) in [
        (
            say(200, r#"{"result":"failure","access_request":[]}"#),
            ReadErrorKind::Malformed,
        ),
        (
            say(200, r#"{"result":"success"}"#),
            ReadErrorKind::Malformed,
        ),
        (
            say(200, r#"{"result":"success","access_request":{}}"#),
            ReadErrorKind::Malformed,
        ),
        (
            say(200, r#"{"result":"success","access_request":null}"#),
            ReadErrorKind::Malformed,
        ),
        (
            say(200, r#"{"result":"success","access_request":[]"#),
            ReadErrorKind::Malformed,
        ),
        (say(200, "[7"), ReadErrorKind::Malformed),
        (
            say(200, r#"{"message":"no route"}"#),
            ReadErrorKind::Malformed,
        ),
        (
            say(200, r#"{"access_request":[]}"#),
            ReadErrorKind::Malformed,
        ),
        (reply(200, "text/html", "<html>"), ReadErrorKind::Malformed),
        (say(204, ""), ReadErrorKind::Refused),
        (
            say(401, r#"{"result":"failure"}"#),
            ReadErrorKind::Credential,
        ),
        (
            say(403, r#"{"result":"failure","message":"no"}"#),
            ReadErrorKind::Refused,
        ),
        (say(302, ""), ReadErrorKind::Refused),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let (_, end, _) = ids([Act::Say(answer)]).await;
        assert_eq!(end.expect_err("no list").kind, kind, "{shown}");
    }
}

async fn looked_up(answer: Act, eyes: Eyes) -> Sighting {
    let server = Server::start([answer]).await;
    let id = RequestId::canonical(ID);
    let found = seen_by(&server, eyes).look_up(&id).await;
    let asked = queries(&server);
    assert_eq!(
        asked,
        [format!("/api/v2/access_request/{ID}?fields={FIELDS}")]
    );
    assert!(found.digest.is_some());
    found.sighting
}

#[tokio::test]
async fn a_look_up_shows_what_the_list_does() {
    let seen = looked_up(Act::Say(say(200, &one(&immediate()))), Eyes::OfDecider).await;
    let Sighting::Seen(by_id) = seen else {
        panic!("{seen:?}");
    };
    let pages = [page_of(&[immediate()]), page_of(&[immediate()]), page(&[])];
    let server = Server::start(pages).await;
    let (rows, _) = list(&queue(&server), false, Whole::All).await;
    let [Row::Whole(listed)] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(*listed, by_id);
    let terms = terms();
    let of = |request: &Request| fingerprint(&terms, &request.id, &request.facts);
    assert_eq!(of(listed), of(&by_id));
    // A vote, a grant, a session and a colleague's change move nothing that is covered.
    let mut after = immediate();
    after["votes"] = json!([vote(US, true)]);
    after["status"] = json!("granted");
    after["activated"] = json!(true);
    after["modified_at"] = json!("2026-11-22 11:00:00+00");
    assert_eq!(of(&read(&after).expect("a request")), of(listed));
}

/// Whether objects stand beside `result` or alone is written nowhere that was read.
#[tokio::test]
async fn objects_may_stand_alone() {
    let alone = |value: &Value| Act::Say(say(200, &value.to_string()));
    let two = json!([row(1), row(2)]);
    let pages = [alone(&two), alone(&json!([row(2)])), alone(&json!([]))];
    let (told, end, _) = ids(pages).await;
    assert_eq!((told, end), (vec![1, 2], Ok(Unlisted::Absent)));
    let seen = looked_up(alone(&immediate()), Eyes::OfDecider).await;
    let request = read(&immediate()).expect("a request");
    assert_eq!(seen, Sighting::Seen(Box::new(request)));
    for odd in [
        json!({ "message": "no route" }),
        json!([immediate()]),
        json!({}),
    ] {
        let seen = looked_up(alone(&odd), Eyes::OfDecider).await;
        assert!(matches!(seen, Sighting::Failed(_)), "{odd}: {seen:?}");
    }
}

#[tokio::test]
async fn absence_is_the_vendor_s_own_word() {
    let no = r#"{"result":"failure","message":"not found"}"#;
    for absent in [
        say(404, no),
        say(404, ""),
        say(200, &one(&with("removed", json!(true)))),
    ] {
        assert_eq!(
            looked_up(Act::Say(absent), Eyes::OfDecider).await,
            Sighting::Absent
        );
    }
    // A reader with another role may not be shown what the decider is.
    let hidden = looked_up(Act::Say(say(404, no)), Eyes::OfAnother).await;
    assert!(
        matches!(&hidden, Sighting::Failed(why) if why.kind == ReadErrorKind::OutOfSight),
        "{hidden:?}"
    );
    for odd in [
        reply(404, "text/html", "<html>"),
        say(404, r#"{"message":"no route"}"#),
        say(403, no),
        say(200, no),
        say(200, &one(&with("id", json!("5620492334958379010")))),
        say(200, r#"{"result":"success","access_request":[]}"#),
        say(200, r#"{"result":"success","access_request":null}"#),
    ] {
        let seen = looked_up(Act::Say(odd), Eyes::OfDecider).await;
        assert!(matches!(seen, Sighting::Failed(_)), "{seen:?}");
    }
}
