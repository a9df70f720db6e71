//! Queues as the tests of this folder need them: no vendor's real table, only its shape.

use std::num::NonZeroUsize;

use crate::model::{
    Capabilities, Deciding, Fact, FactKind, QueueName, ReadAbilities, RequestId, Terms, TextUnit,
    Vendor,
};

const fn text(key: &'static str) -> Fact {
    Fact {
        key,
        kind: FactKind::Text,
    }
}

static CAN: Capabilities = Capabilities {
    vendor: Vendor::AdminByRequest,
    approve: None,
    deny: None,
    revoke: None,
    filing: None,
    ratifies: None,
    needs_permit: false,
    otherwise: "portal only",
    facts: &[
        text("user"),
        text("email"),
        text("computer"),
        text("file"),
        text("scan"),
        text("reason"),
        text("requested-at"),
    ],
    who: &["user", "email"],
    on_what: &["computer", "file"],
    anchors: &[],
    alarms: &[],
    text_limit: 1000,
    text_unit: TextUnit::CodePoint,
    read: ReadAbilities {
        whole_rows: true,
        look_up: true,
        pending_filter: true,
        key_ranges: false,
        page: 1000,
    },
    absent_means: "dropped",
    same_for_all: true,
    names_decider: true,
    codes: &[],
    cannot_verify: &[],
    assumptions: &[],
    canonical_id: digits,
};

fn digits(id: &str) -> Result<RequestId, String> {
    let fits = !id.is_empty() && id.len() <= 18 && id.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| RequestId::canonical(id.trim_start_matches('0')))
        .ok_or_else(|| "an id has digits only, as in 65430027".to_owned())
}

/// A queue at an origin of its own.
pub(super) fn terms(name: &str, origin: &str) -> Terms {
    Terms {
        queue: QueueName::new(name).unwrap(),
        origin: origin.to_owned(),
        organization: None,
        deciding: Deciding::default(),
        deciders: vec!["boss@example.com".to_owned()],
        can: &CAN,
        parallelism: NonZeroUsize::MIN,
        rate: None,
    }
}

/// `helpdesk`, and `mirror`, which is the same instance, and `other`, which is not.
pub(super) fn queues() -> Vec<Terms> {
    vec![
        terms("helpdesk", "https://one.example"),
        terms("mirror", "https://one.example"),
        terms("other", "https://two.example"),
    ]
}
