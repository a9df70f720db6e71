//! What Ekran can do: nothing but show. Data, checked by `plan` and `doctor`.

use crate::model::{
    Capabilities, Fact, FactKind, Ratification, ReadAbilities, RequestId, TextUnit, Vendor,
};

/// What Ekran can do. Source: the document's one endpoint, "a list of … access requests that have been processed".
pub static CAPABILITIES: Capabilities = Capabilities {
    vendor: Vendor::Ekran,
    approve: None,
    deny: None,
    revoke: None,
    filing: None,
    // `requestedAt` has milliseconds, so that with the user it names one request nearly always.
    ratifies: Some(Ratification {
        named_by: &["user", "requested-at"],
    }),
    needs_permit: false,
    otherwise: "console only: the API shows what was processed there, and changes nothing",
    facts: &[text("user"), text("requested-at"), text("remote-ip")],
    who: &["user"],
    on_what: &["remote-ip"],
    anchors: &["user", "remote-ip"],
    alarms: &[],
    same_for_all: true,
    names_decider: false,
    codes: &[],
    // Nothing is sent: reason and ticket stay in Git.
    text_limit: 0,
    text_unit: TextUnit::CodePoint,
    read: ReadAbilities {
        look_up: false,
        whole_rows: true,
        pending_filter: false,
        key_ranges: false,
        page: 1000,
    },
    absent_means: "not processed yet, or processed before the queue's `since`",
    cannot_verify: &[
        "what nobody has processed yet: the API does not show it",
        "which ticket a request belongs to: this vendor has no field for it",
        "when exactly something was asked or processed: its times have no zone",
    ],
    assumptions: &[],
    canonical_id,
};

const fn text(key: &'static str) -> Fact {
    Fact {
        key,
        kind: FactKind::Text,
    }
}

/// Digits without leading zeros, 19 at most: `007` is `7`.
fn canonical_id(raw: &str) -> Result<RequestId, String> {
    let digits = !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit());
    let significant = match raw.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    if digits && significant.len() <= 19 {
        Ok(RequestId::canonical(significant))
    } else {
        Err("a request id of Ekran has 1 to 19 digits and nothing else; where it is not known, leave `request` out and give guard.user and guard.requested-at".to_owned())
    }
}
