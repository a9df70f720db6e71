//! Signing in and out: both ways, again where a read finds the session ended, never in vain.

use super::*;
use crate::model::{ReadErrorKind, Sighting};
use crate::vendors::Whole;

fn client() -> Account {
    Account::Client {
        id: "an id".into(),
        secret: "s&cret".into(),
    }
}

fn token(value: &str) -> Act {
    say(&format!(
        "{{\"access_token\":\"{value}\",\"expires_in\":3600,\"token_type\":\"Bearer\"}}"
    ))
}

fn header(asked: &Asked, name: &str) -> String {
    let prefix = format!("{name}: ");
    let found = asked
        .head
        .lines()
        .find_map(|line| line.strip_prefix(&prefix));
    found.unwrap_or_default().to_owned()
}

async fn read(queue: &Beyondtrust) -> Result<Unlisted, ReadError> {
    let listing = Listing {
        pending_only: true,
        whole: Whole::All,
        since: None,
        at_once: 1,
    };
    queue.list(listing, &mut |_| {}).await
}

#[tokio::test]
async fn ps_auth_signs_in_once_sends_cookie_and_header_and_signs_out() {
    let server = Server::start([welcome(), say("[]"), say("[]"), say("")]).await;
    let queue = queue(&server);
    assert_eq!(server.asked().len(), 0, "connecting sends nothing");
    read(&queue).await.expect("read");
    read(&queue).await.expect("read");
    queue.leave().await;
    queue.leave().await;
    let asked = server.asked();
    assert_eq!(
        lines(&asked),
        [
            "POST /Auth/SignAppIn",
            "GET /Requests?status=pending&queue=app",
            "GET /Requests?status=pending&queue=app",
            "POST /Auth/Signout",
        ]
    );
    for one in &asked {
        let expected = format!("PS-Auth key={KEY}; runas=svc-approver; pwd=[p@ss];");
        assert_eq!(header(one, "authorization"), expected);
        assert_eq!(one.body, "");
    }
    let cookies: Vec<String> = asked.iter().map(|one| header(one, "cookie")).collect();
    assert_eq!(cookies, ["", COOKIE, COOKIE, COOKIE]);
    assert_eq!(header(&asked[0], "content-length"), "0");
}

#[tokio::test]
async fn a_password_is_left_out_where_none_is_configured() {
    let server = Server::start([welcome(), say("[]")]).await;
    let account = Account::PsAuth {
        key: KEY.into(),
        run_as: "CORP\\svc".to_owned(),
        password: None,
    };
    let queue = queue_of(&server, account, Eyes::OfDecider);
    read(&queue).await.expect("read");
    let expected = format!("PS-Auth key={KEY}; runas=CORP\\svc;");
    assert_eq!(header(&server.asked()[0], "authorization"), expected);
}

#[tokio::test]
async fn a_client_gets_a_token_first() {
    let script = [token("t1"), welcome(), say("[]"), say("")];
    let server = Server::start(script).await;
    let queue = queue_of(&server, client(), Eyes::OfDecider);
    read(&queue).await.expect("read");
    queue.leave().await;
    let asked = server.asked();
    assert_eq!(
        lines(&asked),
        [
            "POST /Auth/connect/token",
            "POST /Auth/SignAppIn",
            "GET /Requests?status=pending&queue=app",
            "POST /Auth/Signout"
        ]
    );
    assert_eq!(
        asked[0].body,
        "grant_type=client_credentials&client_id=an%20id&client_secret=s%26cret"
    );
    assert_eq!(
        header(&asked[0], "content-type"),
        "application/x-www-form-urlencoded"
    );
    let headers: Vec<String> = asked
        .iter()
        .map(|one| header(one, "authorization"))
        .collect();
    assert_eq!(headers, ["", "Bearer t1", "Bearer t1", "Bearer t1"]);
}

#[tokio::test]
async fn a_read_that_finds_its_session_ended_signs_in_again_once() {
    let over = || Act::Say(json(401, ""));
    let server = Server::start([
        token("t1"),
        welcome(),
        over(),
        token("t2"),
        welcome(),
        say("[]"),
    ])
    .await;
    let queue = queue_of(&server, client(), Eyes::OfDecider);
    read(&queue).await.expect("read");
    let asked = server.asked();
    assert_eq!(asked.len(), 6);
    // The old session stands in neither header while a new one is begun.
    assert_eq!(
        (
            header(&asked[3], "authorization"),
            header(&asked[3], "cookie")
        ),
        (String::new(), String::new())
    );
    assert_eq!(header(&asked[5], "authorization"), "Bearer t2");

    let server = Server::start([welcome(), over(), welcome(), over(), say("")]).await;
    let queue = self::queue(&server);
    let why = read(&queue).await.expect_err("rejected twice");
    assert_eq!(why.kind, ReadErrorKind::Credential);
    assert!(why.what.contains("right after signing in"), "{}", why.what);
    queue.leave().await;
    assert_eq!(
        lines(&server.asked()).last().map(String::as_str),
        Some("POST /Auth/Signout")
    );
}

/// A session may end at any time, and that says nothing against the credential: only signing in does.
#[tokio::test]
async fn a_write_that_finds_its_session_ended_is_a_no_and_the_next_one_has_a_new_session() {
    let over = || Act::Say(json(401, ""));
    let done = || Act::Say(reply_with(204, &[], ""));
    let script = [
        token("t1"),
        welcome(),
        over(),
        token("t2"),
        welcome(),
        done(),
    ];
    let server = Server::start(script).await;
    let queue = queue_of(&server, client(), Eyes::OfDecider);
    let first = queue.send(&composed(Verdict::Approve)).await;
    let Meaning::NotSent(why) = first.meaning else {
        panic!("{first:?}");
    };
    assert!(why.starts_with("answered 401"), "{why}");
    assert!(first.digest.is_some());
    let second = queue.send(&composed(Verdict::Deny)).await;
    assert_eq!(second.meaning, Meaning::Claimed);
    let asked = server.asked();
    let writes: Vec<String> = lines(&asked)
        .into_iter()
        .filter(|line| line.starts_with("PUT"))
        .collect();
    assert_eq!(
        writes,
        ["PUT /Requests/4711/Approve", "PUT /Requests/4711/Deny"]
    );
    assert_eq!(header(&asked[5], "authorization"), "Bearer t2");

    // Signing in is rejected too: the next call would meet the same.
    let server = Server::start([welcome(), over(), over()]).await;
    let queue = self::queue(&server);
    let first = queue.send(&composed(Verdict::Approve)).await;
    assert!(
        matches!(first.meaning, Meaning::CredentialRejected(_)),
        "{first:?}"
    );
    let second = queue.send(&composed(Verdict::Deny)).await;
    assert!(matches!(second.meaning, Meaning::NotSent(_)), "{second:?}");
    assert_eq!(server.asked().len(), 3);

    // Signing in fails for another reason: that says nothing against the credential either.
    let server = Server::start([welcome(), over(), say("no user"), welcome(), done()]).await;
    let queue = self::queue(&server);
    let first = queue.send(&composed(Verdict::Approve)).await;
    assert!(matches!(first.meaning, Meaning::NotSent(_)), "{first:?}");
    let second = queue.send(&composed(Verdict::Deny)).await;
    assert_eq!(second.meaning, Meaning::Claimed);
}

/// While somebody signs in again, the calls of others go on with what they have.
#[tokio::test]
async fn what_every_call_carries_changes_once_a_session_stands() {
    let over = || Act::Say(json(401, ""));
    let script = [
        token("t1"),
        welcome(),
        over(),
        Act::Say(json(403, "")),
        say("[]"),
    ];
    let server = Server::start(script).await;
    let queue = queue_of(&server, client(), Eyes::OfDecider);
    let answer = queue.send(&composed(Verdict::Approve)).await;
    assert!(matches!(answer.meaning, Meaning::NotSent(_)), "{answer:?}");
    let get = crate::vendors::http::Get {
        path: "/Requests".to_owned(),
        query: Vec::new(),
        limit: 1000,
    };
    queue.http.read(&get).await.expect("an answer");
    let asked = server.asked();
    assert_eq!(header(&asked[3], "authorization"), "");
    let carried = (
        header(&asked[4], "authorization"),
        header(&asked[4], "cookie"),
    );
    assert_eq!(carried, ("Bearer t1".to_owned(), COOKIE.to_owned()));
}

#[tokio::test]
async fn look_ups_after_a_dead_session_share_one_new_one() {
    let script = [
        welcome(),
        say("[]"),
        say("[]"),
        Act::Say(json(401, "")),
        welcome(),
        say("[]"),
        say("[]"),
        say("[]"),
        say("[]"),
    ];
    let server = Server::start(script).await;
    let queue = queue(&server);
    let id = RequestId::canonical("1");
    queue.look_up(&id).await;
    let both = tokio::join!(queue.look_up(&id), queue.look_up(&id));
    assert_eq!(
        (both.0.sighting, both.1.sighting),
        (Sighting::Absent, Sighting::Absent)
    );
    let signed_in = lines(&server.asked())
        .iter()
        .filter(|line| line.contains("SignAppIn"))
        .count();
    assert_eq!(signed_in, 2);
}

#[tokio::test]
async fn a_rejected_credential_is_tried_once_and_never_signed_out() {
    let server = Server::start([Act::Say(json(401, "\"Not authorized\""))]).await;
    let queue = queue(&server);
    for _ in 0..3 {
        let why = read(&queue).await.expect_err("rejected");
        assert_eq!(why.kind, ReadErrorKind::Credential);
        assert_eq!(why.said, Some("Not authorized".into()));
        assert!(!format!("{why:?}").contains("p@ss"));
    }
    let answer = queue.send(&composed(Verdict::Approve)).await;
    assert!(matches!(answer.meaning, Meaning::NotSent(_)));
    queue.leave().await;
    assert_eq!(lines(&server.asked()), ["POST /Auth/SignAppIn"]);

    let server = Server::start([Act::Say(json(400, r#"{"error":"invalid_client"}"#))]).await;
    let why = read(&queue_of(&server, client(), Eyes::OfDecider))
        .await
        .expect_err("rejected");
    assert_eq!(why.kind, ReadErrorKind::Credential);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_is_no_welcome_is_said_in_words() {
    let factor = reply_with(401, &[("www-authenticate-2fa", "Prompt")], "");
    for (act, kind, words) in [
        (
            Act::Say(factor),
            ReadErrorKind::Credential,
            "a second factor",
        ),
        (
            Act::Say(reply(200, "text/html", "<html>Sign in</html>")),
            ReadErrorKind::Malformed,
            "names no user",
        ),
        (
            Act::Say(json(200, "")),
            ReadErrorKind::Malformed,
            "names no user",
        ),
        (
            Act::Say(json(302, "")),
            ReadErrorKind::Refused,
            "answered 302",
        ),
        (
            Act::Say(json(403, "4033")),
            ReadErrorKind::Refused,
            "answered 403",
        ),
    ] {
        let server = Server::start([act]).await;
        let queue = queue(&server);
        let why = read(&queue).await.expect_err(words);
        assert_eq!(why.kind, kind, "{words}");
        assert!(why.what.contains(words), "{}", why.what);
        queue.leave().await;
        assert_eq!(
            server.asked().len(),
            1,
            "no session, nothing to sign out of"
        );
    }
}

#[tokio::test]
async fn cookies_are_sent_back_as_they_came_and_hostile_ones_are_not() {
    let answer = reply_with(
        200,
        &[
            ("content-type", "application/json"),
            ("set-cookie", "a=1; Path=/"),
            ("set-cookie", "nonsense"),
            ("set-cookie", "b=with blank"),
            ("set-cookie", "=no name"),
            ("Set-Cookie", "B2=x=y; Secure"),
        ],
        "{}",
    );
    let server = Server::start([Act::Say(answer), say("[]")]).await;
    read(&queue(&server)).await.expect("read");
    assert_eq!(header(&server.asked()[1], "cookie"), "a=1; B2=x=y");
}

#[tokio::test]
async fn of_one_cookie_the_last_counts_and_none_that_is_over() {
    let welcome = |cookies: &[&str]| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(cookies.iter().map(|one| ("set-cookie", *one)));
        Act::Say(reply_with(200, &headers, "{}"))
    };
    let past = "expires=Tue, 12-Oct-1999 04:00:00 GMT; path=/";
    let long_past = "old=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    for (cookies, expected) in [
        (vec![format!("{COOKIE}; path=/; HttpOnly")], COOKIE),
        (
            vec![format!("ASP.NET_SessionId=; {past}"), COOKIE.to_owned()],
            COOKIE,
        ),
        (
            vec!["a=1".to_owned(), COOKIE.to_owned(), "a=2".to_owned()],
            "ASP.NET_SessionId=s1ngle; a=2",
        ),
        (
            vec![COOKIE.to_owned(), format!("ASP.NET_SessionId=x; {past}")],
            "",
        ),
        (
            vec![
                long_past.to_owned(),
                "gone=1; Max-Age=0; Expires=Fri, 01 Jan 2999 00:00:00 GMT".to_owned(),
                "b=1; max-age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT".to_owned(),
                "c=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT".to_owned(),
                "d=1; Expires=some day".to_owned(),
            ],
            "b=1; c=1; d=1",
        ),
    ] {
        let cookies: Vec<&str> = cookies.iter().map(String::as_str).collect();
        let server = Server::start([welcome(&cookies), say("[]")]).await;
        read(&queue(&server)).await.expect("read");
        assert_eq!(header(&server.asked()[1], "cookie"), expected);
    }
}

#[test]
fn a_credential_that_would_change_who_signs_in_is_refused() {
    let url = "https://pam.example.com/BeyondTrust/api/public/v3";
    let connect = |key: &str, password: &str| {
        let account = Account::PsAuth {
            key: key.into(),
            run_as: "svc".to_owned(),
            password: Some(password.into()),
        };
        let settings = crate::vendors::http::Settings {
            origin: "https://pam.example.com".to_owned(),
            ..settings(url)
        };
        super::super::connect(
            terms("https://pam.example.com"),
            settings,
            account,
            Eyes::OfDecider,
            1,
        )
        .map(drop)
        .map_err(|error| format!("{error}"))
    };
    assert_eq!(connect("abc", "x;y]"), Ok(()));
    for (key, password) in [
        ("abc; runas=admin", "x"),
        ("abc def", "x"),
        ("abc", "x]; runas=admin;"),
        ("abc\n", "x"),
    ] {
        let why = connect(key, password).expect_err(key);
        assert!(!why.contains("admin"), "{why}");
    }
}
