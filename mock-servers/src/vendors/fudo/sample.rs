//! Fudo's part of the sample world: small, lifelike, with one of everything that its rules need.

use super::given::{Given, GivenNamed, GivenRequest, GivenVote};
use super::request::{Status, Type};

/// The sample.
pub(crate) fn sample() -> Given {
    Given {
        request: [pending(), settled()].concat(),
        ..Given::default()
    }
}

fn named(name: &str) -> Option<GivenNamed> {
    Some(GivenNamed::Name(name.to_owned()))
}

fn request(name: &str, server: &str, account: &str, reason: &str) -> GivenRequest {
    GivenRequest {
        name: Some(name.to_owned()),
        server: named(server),
        account: named(account),
        reason: Some(reason.to_owned()),
        ..GivenRequest::default()
    }
}

fn windows(given: GivenRequest) -> GivenRequest {
    GivenRequest {
        protocol: Some("rdp".to_owned()),
        safe: named("Windows servers"),
        webclient: true,
        ..given
    }
}

fn pending() -> Vec<GivenRequest> {
    vec![
        GivenRequest {
            interval: Some(2),
            ..request(
                "web-root",
                "web-srv-01",
                "root",
                "nginx does not reload after the patch",
            )
        },
        GivenRequest {
            required_votes: Some(2),
            ..windows(request(
                "two-votes",
                "fin-srv-07",
                "Administrator",
                "Quarter-end close, vendor on the line",
            ))
        },
        // The other one has voted: one more vote grants it.
        GivenRequest {
            required_votes: Some(2),
            votes: Some(vec![GivenVote {
                by: "second-voter".to_owned(),
                accepted: true,
                reason: None,
                removed: false,
            }]),
            ..request(
                "one-vote-so-far",
                "erp-db-01",
                "oracle",
                "Index rebuild before the night run",
            )
        },
        GivenRequest {
            kind: Some(Type::Scheduled),
            ..request(
                "window",
                "net-fw-01",
                "admin",
                "Rule review with the auditors",
            )
        },
        GivenRequest {
            server: None,
            pool: named("Build farm"),
            user: Some("mila.novak".to_owned()),
            ..request(
                "pool",
                "",
                "ci",
                "A build hangs, we do not know on which host",
            )
        },
        GivenRequest {
            interval: Some(24),
            safe: named("Databases"),
            protocol: Some("tds".to_owned()),
            ..request("a-day", "sql-srv-03", "sa", "Migration rehearsal")
        },
        // Every output that shows a vendor's text must survive these names.
        GivenRequest {
            safe: named("##[command] **EVIL**\r\n"),
            ..request(
                "hostile",
                "\u{1b}[2J<script>alert(1)</script> ::error::x \u{202e}emos",
                "=HYPERLINK(\"x\") @everyone [click](https://evil.example)",
                "\u{1b}]0;owned\u{7}please ☎",
            )
        },
        GivenRequest {
            reason: None,
            ..request("no-reason", "web-srv-02", "root", "")
        },
    ]
}

fn settled() -> Vec<GivenRequest> {
    let with = |name: &str, server: &str, status| GivenRequest {
        status: Some(status),
        ..request(name, server, "root", "Scheduled maintenance")
    };
    vec![
        with("granted", "sto-srv-02", Status::Granted),
        GivenRequest {
            kind: Some(Type::Scheduled),
            votes: Some(vec![GivenVote {
                by: "boss".to_owned(),
                accepted: true,
                reason: None,
                removed: false,
            }]),
            ..with("granted-by-another", "sto-srv-03", Status::Granted)
        },
        with("rejected", "web-srv-01", Status::Rejected),
        GivenRequest {
            revoke_reason: Some("AD maintenance.".to_owned()),
            ..with("revoked", "net-fw-01", Status::Revoked)
        },
        GivenRequest {
            kind: Some(Type::Scheduled),
            ..with("expired", "sql-srv-03", Status::Expired)
        },
        GivenRequest {
            removed: true,
            ..with("removed", "lab-srv-11", Status::Pending)
        },
    ]
}
