//! A redirect is an answer: nothing goes where it points, and what it was the answer to has not succeeded.

use super::stage::{DEEDS, Deed, Stage};
use super::wire::{Act, End, Wire, reply};
use crate::world::side_by_side;

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// Where a redirect may point: a name, and the headers for two listeners that nobody may call.
type Target = (&'static str, fn(&str, &str) -> Vec<(&'static str, String)>);

const TARGETS: [Target; 7] = [
    ("another host", |_, host| {
        location(&[format!("http://{host}/x")])
    }),
    ("another port", |port, _| {
        location(&[format!("http://{port}/x")])
    }),
    ("another scheme", |port, _| {
        location(&[format!("https://{port}/x")])
    }),
    ("a user in the url", |port, host| {
        location(&[format!("http://{port}@{host}/x")])
    }),
    ("the host alone", |_, host| {
        location(&[format!("//{host}/x")])
    }),
    ("a relative path", |_, _| {
        location(&["/elsewhere".to_owned()])
    }),
    ("several at once", |port, host| {
        location(&[format!("http://{port}/x"), format!("http://{host}/x")])
    }),
];

fn location(urls: &[String]) -> Vec<(&'static str, String)> {
    urls.iter().map(|url| ("location", url.clone())).collect()
}

/// Every call of every adapter, every target, every status: the listeners behind them hear nothing, sign-in and
/// sign-out included.
#[test]
fn nothing_follows_a_redirect() {
    // A look-up that fails holds its line alone, and a plan with a hold exits 0.
    let told = side_by_side(&DEEDS, redirected);
    insta::assert_snapshot!(told.join("\n"), @r"
    admin-by-request GET /requests                                     exit 1
    admin-by-request GET /requests/ID                                  exit 0
    admin-by-request PUT /requests/ID                                  in-doubt, exit 5
    admin-by-request DELETE /requests/ID                               in-doubt, exit 5
    beyondtrust POST /Auth/SignAppIn                                   exit 1
    beyondtrust POST /Auth/Signout                                     exit 0
    beyondtrust GET /Requests                                          exit 1
    beyondtrust PUT /Requests/ID/Approve                               in-doubt, exit 5
    beyondtrust PUT /Requests/ID/Deny                                  in-doubt, exit 5
    threatlocker POST /ApprovalRequestGetByParameters                  exit 1
    threatlocker GET /ApprovalRequestGetPermitApplicationById          exit 0
    threatlocker POST /ApprovalRequestPermitApplication                in-doubt, exit 5
    threatlocker POST /ApprovalRequestUpdateForReject                  in-doubt, exit 5
    fudo GET /access_request                                           exit 1
    fudo GET /access_request/ID                                        exit 0
    fudo POST /access_request/ID/vote                                  in-doubt, exit 5
    fudo POST /access_request/ID/revoke                                in-doubt, exit 5
    ekran GET /GetEndpointAccessRequests                               exit 1
    ");
}

fn redirected(&deed: &Deed) -> String {
    let stage = Stage::new(deed.vendor, deed.verdict);
    let listeners = [[127, 0, 0, 1], [127, 0, 0, 2]]
        .map(|ip| Wire::alone(ip.into(), |_| Act::say(reply(200, &[], "[]"), End::Close)));
    let [port, host] = listeners.each_ref().map(|wire| wire.address.to_string());
    let shift = DEEDS.iter().position(|one| *one == deed);
    let mut said = Vec::new();
    for (nth, (target, headers)) in TARGETS.iter().enumerate() {
        let status = STATUSES[(nth + shift.expect("listed")) % STATUSES.len()];
        let headers = headers(&port, &host);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = reply(status, &headers, "");
        stage.wire.rule(move |asked| match deed.is(asked) {
            true => Act::say(answer.clone(), End::Keep),
            false => Act::pass(),
        });
        let (ran, report) = stage.run(deed.args, &[]);
        let what = format!("{} {status} to {target}: {ran:?}", deed.name());
        for listener in &listeners {
            assert_eq!(listener.bytes(), 0, "{what}");
        }
        let asked = stage.wire.asked();
        assert!(asked.iter().any(|one| deed.is(one)), "{what}");
        assert!(
            !asked.iter().any(|one| one.line.contains("/elsewhere")),
            "{what}"
        );
        if deed.writes() {
            assert_eq!(stage.world.writes(), [], "{what}");
        }
        let ends = format!("exit {}", ran.code.expect("a code"));
        let ends = match report["lines"][0]["outcome"].as_str() {
            Some(outcome) => format!("{outcome}, {ends}"),
            None => ends,
        };
        // A sign-out that fails changes nothing any more.
        if deed.call.1 != "/Auth/Signout" {
            let words = format!("answered {status}, a redirect, which is never followed");
            assert!(ran.says(&words), "{what}");
        }
        said.push(ends);
    }
    said.dedup();
    format!("{:<66} {}", deed.name(), said.join("; "))
}
