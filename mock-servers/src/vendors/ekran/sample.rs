//! Ekran's part of the sample world: what was processed, and what still waits in the console.

use super::given::{Given, GivenRequest};
use super::request::Status;

/// The sample.
pub(crate) fn sample() -> Given {
    Given {
        request: vec![
            approved(
                "vendor",
                "fin-lt-0022\\anna",
                "approve message",
                "40m34s415ms",
            ),
            approved(
                "short",
                "lab-lt-0007\\mila",
                "approve 2 message",
                "4m15s266ms",
            ),
            GivenRequest {
                comment: Some("Nobody told us about this visit".to_owned()),
                ..request("denied", "hr-lt-0003\\omar", Status::Denied)
            },
            request("expired", "ops-lt-0110\\lena", Status::Expired),
            GivenRequest {
                by: Some("countersign".to_owned()),
                comment: None,
                ..approved("by-countersign", "dev-lt-0042\\piet", "", "1h2m3s")
            },
            // Approved, and nobody came.
            GivenRequest {
                session: None,
                ..approved("unused", "fin-lt-0022\\jonas", "CHG0031337", "0s")
            },
            approved("over-a-day", "lab-lt-0007\\mila", "Soak test", "26h3m4s"),
            // Every output that shows a vendor's text must survive these.
            GivenRequest {
                comment: Some(
                    "\u{1b}[2J<script>alert(1)</script> ::error::x =HYPERLINK(\"x\")".to_owned(),
                ),
                ..request(
                    "hostile",
                    "\u{202e}emos\\@everyone **EVIL**\r\n",
                    Status::Denied,
                )
            },
            request("waiting", "fin-lt-0030\\anna", Status::Pending),
            request("waiting-too", "hr-lt-0003\\omar", Status::Pending),
        ],
        ..Given::default()
    }
}

fn request(name: &str, user: &str, status: Status) -> GivenRequest {
    GivenRequest {
        name: Some(name.to_owned()),
        user: Some(user.to_owned()),
        status: Some(status),
        ..GivenRequest::default()
    }
}

fn approved(name: &str, user: &str, comment: &str, session: &str) -> GivenRequest {
    GivenRequest {
        comment: Some(comment.to_owned()),
        session: Some(session.to_owned()),
        ..request(name, user, Status::Approved)
    }
}
