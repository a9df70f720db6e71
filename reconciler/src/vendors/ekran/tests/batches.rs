//! Both readings of `afterId`, and everything that ends a walk.

use super::*;

fn after(line: &str) -> &str {
    line.strip_prefix(FIRST)
        .and_then(|rest| rest.strip_prefix("&afterId="))
        .unwrap_or("-")
}

/// What is told, how it ends, and the `afterId` of each call.
async fn walked(script: Vec<Act>) -> (Vec<String>, Result<Unlisted, ReadErrorKind>, String) {
    let server = Server::start(script).await;
    let (rows, end) = list(&queue(&server), Whole::All).await;
    let lines = lines(&server);
    let asked: Vec<&str> = lines.iter().map(|line| after(line)).collect();
    (ids(&rows), end.map_err(|why| why.kind), asked.join(" "))
}

fn numbers(ids: impl IntoIterator<Item = u64>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

#[tokio::test]
async fn null_ends_the_walk_whatever_the_batch_holds() {
    for ids in [&[][..], &[1], &[1, 2, 3]] {
        let (rows, end, asked) = walked(vec![batch("null", ids)]).await;
        assert_eq!(rows, numbers(ids.iter().copied()));
        assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), "-"));
    }
}

#[tokio::test]
async fn after_id_may_be_the_last_id_of_the_batch() {
    let script = vec![
        batch("2", &[1, 2]),
        batch("5", &[4, 5]),
        batch("null", &[9]),
    ];
    let (rows, end, asked) = walked(script).await;
    assert_eq!(rows, numbers([1, 2, 4, 5, 9]));
    assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), "- 2 5"));
}

#[tokio::test]
async fn after_id_may_be_the_first_id_of_the_batch_and_the_parameter_name_the_batch() {
    let script = vec![
        batch("1", &[1, 2]),
        batch("4", &[4, 5]),
        batch("null", &[9]),
    ];
    let (rows, end, asked) = walked(script).await;
    assert_eq!(rows, numbers([1, 2, 4, 5, 9]));
    assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), "- 1 4"));
}

/// The first id, and "greater than": one batch comes nearly whole again, and only one.
#[tokio::test]
async fn after_id_may_be_the_first_id_and_the_parameter_a_lower_bound() {
    let script = vec![
        batch("1", &[1, 2, 3]),
        batch("2", &[2, 3, 4]),
        batch("5", &[5, 6, 7]),
        batch("8", &[8, 9, 10]),
        batch("null", &[11]),
    ];
    let (rows, end, asked) = walked(script).await;
    assert_eq!(rows, numbers(1..=11));
    assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), "- 1 4 7 10"));
}

/// An id that no batch has shown yet would be left out if the parameter means "greater than".
#[tokio::test]
async fn after_id_beyond_the_batch_is_not_trusted() {
    let script = vec![batch("3", &[1, 2]), batch("null", &[3, 4])];
    let (rows, end, asked) = walked(script).await;
    assert_eq!(rows, numbers(1..=4));
    assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), "- 2"));
}

#[tokio::test]
async fn an_empty_batch_ends_the_walk_whatever_it_leads_to() {
    let script = vec![batch("2", &[1, 2]), batch("99", &[])];
    let (rows, end, asked) = walked(script).await;
    assert_eq!(rows, numbers([1, 2]));
    assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), "- 2"));
}

/// "From this id on": the last row comes again and again, and no batch is empty or leads to null.
#[tokio::test]
async fn a_cursor_that_does_not_grow_ends_the_walk_where_everything_was_read() {
    let inclusive = [
        vec![
            batch("1", &[1, 2, 3]),
            batch("1", &[1, 2, 3]),
            batch("3", &[3, 4, 5]),
            batch("5", &[5]),
        ],
        vec![
            batch("3", &[1, 2, 3]),
            batch("5", &[3, 4, 5]),
            batch("5", &[5]),
        ],
    ];
    for (script, calls) in inclusive.into_iter().zip(["- 1 3 5", "- 3 5"]) {
        let (rows, end, asked) = walked(script).await;
        assert_eq!(rows, numbers(1..=5));
        assert_eq!((end, asked.as_str()), (Ok(Unlisted::Absent), calls));
    }
}

/// A cursor compares ids. Where a batch is in another order, what it leads on to leaves rows out, and nothing shows which.
#[tokio::test]
async fn a_batch_in_another_order_that_leads_on_is_an_error_and_never_a_part() {
    for (script, calls) in [
        (
            vec![
                batch("9", &[5, 1, 9]),
                batch("4", &[2, 3, 4]),
                batch("8", &[6, 7, 8]),
                batch("null", &[10]),
            ],
            1,
        ),
        (vec![batch("5", &[5, 1, 9]), batch("null", &[10])], 1),
        // Each batch is in order, and what was asked for is behind what is shown.
        (vec![batch("5", &[4, 5]), batch("null", &[1, 2])], 2),
        (
            vec![
                batch("2", &[1, 2]),
                batch("4", &[3, 4]),
                batch("null", &[1, 5]),
            ],
            3,
        ),
    ] {
        let (rows, end, asked) = walked(script).await;
        assert_eq!(end, Err(ReadErrorKind::Paging), "{asked}");
        assert_eq!(asked.split(' ').count(), calls, "{asked}");
        let once: BTreeSet<&String> = rows.iter().collect();
        assert_eq!(once.len(), rows.len(), "each request is told of once");
    }
    let server = Server::start([batch("9", &[5, 1, 9])]).await;
    let (_, end) = list(&queue(&server), Whole::All).await;
    let why = end.expect_err("a part of the queue");
    assert!(why.what.contains("order of their ids"), "{}", why.what);
    assert!(why.hint.contains("`since`"), "{}", why.hint);
}

#[tokio::test]
async fn the_last_batch_may_be_in_any_order() {
    let (rows, end, _) = walked(vec![batch("null", &[5, 1, 9])]).await;
    assert_eq!((rows, end), (numbers([5, 1, 9]), Ok(Unlisted::Absent)));
    let script = vec![batch("2", &[1, 2]), batch("null", &[9, 4])];
    let (rows, end, _) = walked(script).await;
    assert_eq!((rows, end), (numbers([1, 2, 9, 4]), Ok(Unlisted::Absent)));
}

/// Which of the two is true, nobody knows. What is the same is one row.
#[tokio::test]
async fn an_id_that_stands_in_two_batches_and_differs_is_neither_of_the_two() {
    let denied = |id| row(id).replace("Approved", "Denied");
    let again = [row(2), denied(3), row(4)];
    let script = || vec![batch("1", &[1, 2, 3]), batch_of("null", &again)];
    let (rows, end, _) = walked(script()).await;
    assert_eq!(rows, ["1", "2", "3 odd", "4"]);
    assert_eq!(end, Ok(Unlisted::Absent));
    // It stays so, whatever a third one shows.
    let thrice = vec![
        batch("1", &[1, 2, 3]),
        batch_of("1", &[row(1), row(2), denied(3)]),
        batch("null", &[3]),
    ];
    let (rows, _, asked) = walked(thrice).await;
    assert_eq!(
        (rows, asked),
        (
            ["1", "2", "3 odd"].map(str::to_owned).to_vec(),
            "- 1 3".to_owned()
        )
    );
    let server = Server::start(script()).await;
    let found = queue(&server).look_up(&RequestId::canonical("3")).await;
    let Sighting::Failed(why) = found.sighting else {
        panic!("one of two was chosen")
    };
    assert_eq!(why.what, "request 3: it stands in two batches, and differs");
}

#[tokio::test]
async fn what_does_not_grow_is_an_error_and_never_a_loop() {
    for (script, calls) in [
        // The same batch again and again.
        (vec![batch("2", &[1, 2]), batch("2", &[1, 2])], 2),
        (
            vec![
                batch("1", &[1, 2]),
                batch("1", &[1, 2]),
                batch("1", &[1, 2]),
            ],
            3,
        ),
        // Back to where it was.
        (
            vec![
                batch("2", &[1, 2]),
                batch("4", &[3, 4]),
                batch("3", &[5, 6]),
            ],
            3,
        ),
        (vec![batch("2", &[1, 2]), batch("0", &[3])], 2),
        // Asked from its last id on, it shows that row, and leads elsewhere.
        (vec![batch("2", &[1, 2]), batch("1", &[2])], 2),
        // A row that cannot be read stands where another batch may begin.
        (
            vec![
                batch("2", &[1, 2]),
                batch_of("2", &[row(2), "{}".to_owned()]),
            ],
            2,
        ),
    ] {
        let (rows, end, asked) = walked(script).await;
        assert_eq!(end, Err(ReadErrorKind::Paging), "{asked}");
        assert_eq!(asked.split(' ').count(), calls, "{asked}");
        let once: BTreeSet<&String> = rows.iter().collect();
        assert_eq!(once.len(), rows.len(), "each request is told of once");
    }
}

#[tokio::test]
async fn an_endless_queue_ends_at_max_requests() {
    let page = |nth: u64| {
        let ids: Vec<u64> = (nth * 1000 + 1..=nth * 1000 + 1000).collect();
        batch(&(nth * 1000 + 1000).to_string(), &ids)
    };
    let server = Server::start((0..9).map(page)).await;
    let (rows, end) = list(&queue(&server), Whole::All).await;
    let why = end.expect_err("over the limit");
    assert_eq!((rows.len(), why.kind), (5_000, ReadErrorKind::Paging));
    assert!(why.hint.contains("since") && why.hint.contains("max-requests"));
}

#[tokio::test]
async fn an_error_in_the_middle_is_one_and_rows_told_stay_told() {
    let script = vec![
        batch("2", &[1, 2]),
        Act::Say(reply(200, "text/html", "<html>Sign in</html>")),
    ];
    let (rows, end, _) = walked(script).await;
    assert_eq!(
        (rows, end),
        (numbers([1, 2]), Err(ReadErrorKind::Malformed))
    );
}

#[tokio::test]
async fn what_an_answer_without_success_means_is_said() {
    for (act, kind, words) in [
        (
            reply(404, "text/html", "<h1>x</h1>"),
            ReadErrorKind::Refused,
            "not available in SaaS",
        ),
        (
            reply(404, "text/plain", ""),
            ReadErrorKind::Refused,
            "premises",
        ),
        (
            json(400, r#""bad start""#),
            ReadErrorKind::Refused,
            "`since`",
        ),
        (
            reply(401, "text/plain", ""),
            ReadErrorKind::Credential,
            "punctuation",
        ),
        (
            reply(403, "text/plain", ""),
            ReadErrorKind::Credential,
            "rejected",
        ),
        (
            reply(302, "text/plain", ""),
            ReadErrorKind::Refused,
            "never followed",
        ),
        (json(200, "[]"), ReadErrorKind::Malformed, "another shape"),
        (
            json(200, r#"{"requests":[]}"#),
            ReadErrorKind::Malformed,
            "another shape",
        ),
        (
            json(200, r#"{"afterId":null}"#),
            ReadErrorKind::Malformed,
            "another shape",
        ),
        (
            json(200, r#"{"afterId":null,"requests":null}"#),
            ReadErrorKind::Malformed,
            "shape",
        ),
        (
            json(200, r#"{"afterId":"7","requests":[]}"#),
            ReadErrorKind::Malformed,
            "`afterId`",
        ),
        (
            json(200, r#"{"afterId":1.5,"requests":[]}"#),
            ReadErrorKind::Malformed,
            "`afterId`",
        ),
        (
            json(200, r#"{"afterId":null,"afterId":1,"requests":[]}"#),
            ReadErrorKind::Malformed,
            "shape",
        ),
        (
            json(200, r#"{"afterId":null,"requests":["#),
            ReadErrorKind::Malformed,
            "cut off",
        ),
        (json(200, ""), ReadErrorKind::Malformed, "cut off"),
    ] {
        let server = Server::start([Act::Say(act)]).await;
        let (_, end) = list(&queue(&server), Whole::All).await;
        let why = end.expect_err("no list");
        assert_eq!(why.kind, kind, "{}", why.what);
        assert!(
            format!("{} {}", why.what, why.hint).contains(words),
            "{why:?}"
        );
        assert!(!why.what.contains(KEY));
    }
    let server = Server::start([Act::Say(json(400, r#"{"Message":"count"}"#))]).await;
    let (_, end) = list(&queue(&server), Whole::All).await;
    assert_eq!(end.expect_err("no list").said, Some("count".into()));
}
