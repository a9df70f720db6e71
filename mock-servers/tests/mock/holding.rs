//! Calls that wait: holds and delays, clients that hang up, worlds that are reset meanwhile.

use serde_json::json;

use crate::client::world;
use crate::faults::{CMD, approve, effects, fault};

#[tokio::test]
async fn a_hold_before_the_effect_lets_the_portal_be_first() {
    let served = world().await;
    served
        .faults(&fault("before-effect", r#""kind":"hold""#))
        .await;
    let held = async {
        let holds = served.admin("GET", "/holds?wait=1", "").await.json();
        assert_eq!(
            (&holds[0]["op"], &holds[0]["object"]),
            (
                &json!("admin-by-request.requests.approve"),
                &json!("65430027")
            )
        );
        assert_eq!(effects(&served).await, 0);
        served
            .mocks
            .decide(
                mock_servers::Vendor::AdminByRequest,
                "65430027",
                mock_servers::Decision::Deny,
                "boss@example.com",
                Some("No"),
            )
            .unwrap();
        let path = format!("/holds/{}/release", holds[0]["id"]);
        assert_eq!(served.admin("POST", &path, "").await.status, 200);
        assert_eq!(served.admin("POST", &path, "").await.status, 404);
    };
    let (answer, ()) = tokio::join!(approve(&served), held);
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(served.status_of(CMD).await, "Denied");
    assert_eq!(served.journal("?kind=no-op&actor=api").await.len(), 1);
}

#[tokio::test]
async fn a_hold_after_the_effect_is_done_but_unheard() {
    let served = world().await;
    served
        .faults(&fault("after-effect", r#""kind":"hold""#))
        .await;
    let held = async {
        served.mocks.held(1).await;
        assert_eq!(effects(&served).await, 1);
        served.mocks.release_all();
    };
    let (answer, ()) = tokio::join!(approve(&served), held);
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_undo_the_effect() {
    use tokio::io::AsyncWriteExt as _;
    let served = world().await;
    served
        .faults(&fault("before-effect", r#""kind":"hold""#))
        .await;
    let mut stream = tokio::net::TcpStream::connect(&served.address)
        .await
        .unwrap();
    let head = format!(
        "PUT /requests/{CMD} HTTP/1.1\r\nhost: x\r\napikey: {}\r\n\r\n",
        served.key
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    served.mocks.held(1).await;
    drop(stream);
    // Round trips on other connections, so that the mock's end has seen the hang-up before the release.
    for _ in 0..20 {
        assert_eq!(effects(&served).await, 0);
    }
    served.mocks.release_all();
    // The call goes on by itself; the journal's next entry is its doing.
    let mut rounds = 0;
    while effects(&served).await == 0 {
        rounds += 1;
        assert!(rounds < 1000, "the call died with its client");
    }
    assert_eq!(served.status_of(CMD).await, "Approved");
}

#[tokio::test]
async fn a_delay_waits_and_changes_nothing() {
    let served = world().await;
    for phase in ["before-effect", "after-effect", "response"] {
        served
            .faults(&format!(
                r#"[{{"op":"*","phase":"{phase}","kind":"delay","ms":20}}]"#
            ))
            .await;
        let start = std::time::Instant::now();
        assert_eq!(served.get("/requests").await.ids().len(), 8);
        assert!(start.elapsed() >= std::time::Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_reset_of_the_world_drops_held_calls() {
    let served = world().await;
    served
        .faults(&fault("before-effect", r#""kind":"hold""#))
        .await;
    let reset = async {
        served.mocks.held(1).await;
        assert_eq!(served.admin("POST", "/reset", "{}").await.status, 200);
    };
    let (answer, ()) = tokio::join!(approve(&served), reset);
    assert!(answer.is_err());
    assert_eq!(served.status_of(CMD).await, "Pending approval");
    assert_eq!(effects(&served).await, 0);
}

#[tokio::test]
async fn a_reset_of_the_world_forgets_calls_that_were_delayed() {
    let served = world().await;
    let delay = fault("before-effect", r#""kind":"delay","ms":60"#);
    served.faults(&delay).await;
    let reset = async {
        while served.journal("?kind=fault").await.is_empty() {
            tokio::task::yield_now().await;
        }
        served.mocks.set_faults(Vec::new()).unwrap();
        assert_eq!(served.admin("POST", "/reset", "{}").await.status, 200);
    };
    let (answer, ()) = tokio::join!(approve(&served), reset);
    assert!(answer.is_err());
    assert_eq!(effects(&served).await, 0);
    assert_eq!(served.status_of(CMD).await, "Pending approval");
}

#[tokio::test]
async fn the_mock_is_settled_when_a_call_is_over_whose_client_has_gone() {
    use tokio::io::AsyncWriteExt as _;
    let served = world().await;
    let delay = fault("before-effect", r#""kind":"delay","ms":60"#);
    served.faults(&delay).await;
    let mut stream = tokio::net::TcpStream::connect(&served.address)
        .await
        .unwrap();
    let head = format!(
        "PUT /requests/{CMD} HTTP/1.1\r\nhost: x\r\napikey: {}\r\n\r\n",
        served.key
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    while served.journal("?kind=fault").await.is_empty() {
        tokio::task::yield_now().await;
    }
    drop(stream);
    served.mocks.settled().await;
    assert_eq!(effects(&served).await, 1);
}

#[tokio::test]
async fn a_restart_returns_to_the_start_and_keeps_the_journal() {
    let served = world().await;
    approve(&served).await.unwrap();
    served.mocks.restart();
    assert_eq!(served.status_of(CMD).await, "Pending approval");
    assert_eq!(effects(&served).await, 1);
}

#[test]
fn faults_are_checked_without_a_mock() {
    let wrong: Vec<mock_servers::Fault> = serde_json::from_value(
        json!([{ "op": "admin-by-request.requests.aprove", "kind": "reset" }]),
    )
    .unwrap();
    let why = mock_servers::check_faults(&wrong, mock_servers::Vendor::ALL).unwrap_err();
    assert!(why.contains("admin-by-request.requests.approve"), "{why}");
}
