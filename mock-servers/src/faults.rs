//! Faults as data: which call is disturbed, when, and how. What they do to a call is `serve.rs`, to a socket `listener.rs`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actors::{Deed, PlacedAct};
use crate::given::id_text;
use crate::journal::op_matches;
use crate::nearest;
use crate::vendors::{Call, Vendor};

/// When a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The vendor has done nothing yet; an answer or a cut here means it never will.
    #[default]
    BeforeEffect,
    /// The vendor has done its work; its answer is replaced before it was written.
    AfterEffect,
    /// The vendor has written its answer (the journal shows its status); it is disturbed on the way.
    Response,
}

/// How a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Answers `status`, with `body` if given.
    Status,
    /// Answers one of the vendor's own errors, by `name`.
    VendorError,
    /// Answers the vendor's throttling answer, `seconds` until its end.
    RateLimit,
    /// Waits `ms` milliseconds of real time.
    Delay,
    /// Waits until released.
    Hold,
    /// Resets the connection.
    Reset,
    /// Closes the connection without an answer.
    Close,
    /// Sends the answer's head and only the first `bytes` of its body (default: half), then closes.
    Truncate,
    /// Answers success with bytes that are no JSON.
    Garbage,
    /// Answers a proxy's page, with `status` (default 502).
    Html,
    /// Answers success with an empty body.
    Empty,
    /// Sends the client on to another host, with `status` (default 307, which keeps method and body): this very
    /// server under the name `localhost`, and below `/elsewhere`, which no vendor's document knows. Whoever follows
    /// has carried the key away, and stands in the journal.
    Redirect,
}

/// One fault. See the contract of `PUT /faults`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A name; defaults to `f1`, `f2`, … by position.
    #[serde(default)]
    pub id: String,
    /// The operation, or a pattern ending in `*`.
    pub op: String,
    /// Only calls about this request.
    #[serde(
        default,
        deserialize_with = "id_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub object: Option<String>,
    /// The first matching call to disturb, from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many matching calls in a row.
    #[serde(default = "one")]
    pub times: u64,
    /// When.
    #[serde(default)]
    pub phase: Phase,
    /// How; may be absent when there is an act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Whether a run in which it never struck is a failed one.
    #[serde(default = "yes")]
    pub must_fire: bool,
    /// For `delay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// For `status`, and optional for `html`, `garbage`, `empty`, `redirect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// For `status`: text, or JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// For `vendor-error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For `rate-limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// For `truncate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// Somebody acts at this very point of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<PlacedAct>,
}

fn one() -> u64 {
    1
}

fn yes() -> bool {
    true
}

/// A fault and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Armed {
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// Matching calls so far.
    pub seen: u64,
    /// How often it struck.
    pub hits: u64,
}

/// The armed faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Armed>);

impl Faults {
    /// Replaces the set, or answers what is wrong with it and changes nothing.
    pub(crate) fn replace(&mut self, faults: Vec<Fault>, vendors: &[Vendor]) -> Result<(), String> {
        let mut armed: Vec<Armed> = Vec::with_capacity(faults.len());
        for (position, mut fault) in faults.into_iter().enumerate() {
            if fault.id.is_empty() {
                fault.id = format!("f{}", position + 1);
            }
            check(&fault, vendors).map_err(|error| format!("fault {}: {error}", fault.id))?;
            if armed.iter().any(|other| other.fault.id == fault.id) {
                return Err(format!("fault {}: given twice", fault.id));
            }
            armed.push(Armed {
                fault,
                seen: 0,
                hits: 0,
            });
        }
        self.0 = armed;
        Ok(())
    }

    pub(crate) fn all(&self) -> &[Armed] {
        &self.0
    }

    /// Counts the call, and answers the faults that strike it.
    pub(crate) fn strike(&mut self, call: &Call) -> Vec<Fault> {
        let mut struck = Vec::new();
        let (Some(operation), object) = (call.op(), call.object()) else {
            return struck;
        };
        for armed in &mut self.0 {
            let fault = &armed.fault;
            let concerns = fault.object.is_none() || fault.object.as_deref() == object;
            if concerns && op_matches(&fault.op, operation.id) {
                armed.seen += 1;
                if armed.seen >= fault.nth && armed.seen - fault.nth < fault.times {
                    struck.push(fault.clone());
                }
            }
        }
        struck
    }

    pub(crate) fn hit(&mut self, id: &str) {
        if let Some(armed) = self.0.iter_mut().find(|armed| armed.fault.id == id) {
            armed.hits += 1;
        }
    }
}

fn check(fault: &Fault, vendors: &[Vendor]) -> Result<(), String> {
    let operations = || vendors.iter().flat_map(|vendor| vendor.operations());
    let covered: Vec<_> = operations()
        .filter(|op| op_matches(&fault.op, op.id))
        .collect();
    if covered.is_empty() {
        return Err(nearest::unknown(
            "op",
            &fault.op,
            operations().map(|op| op.id),
        ));
    }
    if fault.object.is_some() && covered.iter().all(|op| op.object.is_none()) {
        return Err(format!(
            "op {:?} is about no single request, so `object` never matches",
            fault.op
        ));
    }
    if fault.nth == 0 || fault.times == 0 {
        return Err("`nth` and `times` count from 1".to_owned());
    }
    check_members(fault)?;
    check_kind(fault, vendors)?;
    match &fault.act {
        Some(placed)
            if placed.act.id.is_none()
                && needs_id(placed.deed)
                && covered.iter().any(|op| op.object.is_none()) =>
        {
            Err(
                "`act` needs an `id`: the calls of this op are not all about one request"
                    .to_owned(),
            )
        }
        Some(placed) if placed.act.vendor.is_none() && vendors.len() > 1 && fault.op == "*" => {
            Err("`act` needs a `vendor` when `op` is `*`".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

fn needs_id(deed: Deed) -> bool {
    match deed {
        Deed::UserSubmit => false,
        Deed::PortalDecide
        | Deed::UserEdit
        | Deed::UserCancel
        | Deed::UserStart
        | Deed::UserFinish
        | Deed::OperatorDecide => true,
    }
}

// A member that its kind ignores would be a fault that does something else than it says.
fn check_members(fault: &Fault) -> Result<(), String> {
    use Kind::{Delay, Empty, Garbage, Html, RateLimit, Redirect, Status, Truncate, VendorError};
    let members: [(&str, bool, &[Kind]); 6] = [
        ("ms", fault.ms.is_some(), &[Delay]),
        (
            "status",
            fault.status.is_some(),
            &[Status, Html, Garbage, Empty, Redirect],
        ),
        ("body", fault.body.is_some(), &[Status]),
        ("name", fault.name.is_some(), &[VendorError]),
        ("seconds", fault.seconds.is_some(), &[RateLimit]),
        ("bytes", fault.bytes.is_some(), &[Truncate]),
    ];
    for (name, given, kinds) in members {
        if given && !fault.kind.is_some_and(|kind| kinds.contains(&kind)) {
            return Err(format!("`{name}` means nothing to this kind"));
        }
    }
    Ok(())
}

fn check_kind(fault: &Fault, vendors: &[Vendor]) -> Result<(), String> {
    let Some(kind) = fault.kind else {
        return if fault.act.is_some() {
            Ok(())
        } else {
            Err("neither `kind` nor `act`".to_owned())
        };
    };
    match kind {
        Kind::Status => match fault.status {
            Some(200..=599) => Ok(()),
            Some(_) => Err("`status` is between 200 and 599".to_owned()),
            None => Err("kind `status` needs `status`".to_owned()),
        },
        Kind::VendorError => {
            let names = || {
                let touched = vendors.iter().filter(|vendor| {
                    vendor
                        .operations()
                        .iter()
                        .any(|op| op_matches(&fault.op, op.id))
                });
                touched.flat_map(|vendor| vendor.errors()).copied()
            };
            match &fault.name {
                Some(name) if names().any(|known| known == name) => Ok(()),
                Some(name) => Err(nearest::unknown("vendor-error", name, names())),
                None => Err("kind `vendor-error` needs `name`".to_owned()),
            }
        }
        Kind::Delay if fault.ms.is_none() => Err("kind `delay` needs `ms`".to_owned()),
        Kind::Truncate if fault.phase == Phase::BeforeEffect => Err(
            "kind `truncate` needs an answer to cut: phase `after-effect` or `response`".to_owned(),
        ),
        Kind::RateLimit
        | Kind::Delay
        | Kind::Hold
        | Kind::Reset
        | Kind::Close
        | Kind::Truncate
        | Kind::Garbage
        | Kind::Html
        | Kind::Empty
        | Kind::Redirect => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(json: &str) -> Result<(), String> {
        let faults: Vec<Fault> = nearest::strict_json(json.as_bytes())?;
        Faults::default().replace(faults, Vendor::ALL)
    }

    #[test]
    fn mistakes_name_the_nearest() {
        let cases = [
            (
                r#"[{"op":"admin-by-request.requests.aprove","kind":"reset"}]"#,
                "admin-by-request.requests.approve",
            ),
            (r#"[{"op":"*","kind":"resett"}]"#, "did you mean `reset`"),
            (
                r#"[{"op":"*","kind":"reset","mustfire":true}]"#,
                "did you mean `must_fire`",
            ),
            (
                r#"[{"op":"*","kind":"vendor-error","name":"admin-by-request:invalid-kye"}]"#,
                "admin-by-request:invalid-key",
            ),
            (
                r#"[{"op":"*","kind":"reset","ms":3}]"#,
                "`ms` means nothing",
            ),
            (r#"[{"op":"*"}]"#, "neither `kind` nor `act`"),
            (r#"[{"op":"*","kind":"delay"}]"#, "needs `ms`"),
            (r#"[{"op":"*","kind":"reset","nth":0}]"#, "count from 1"),
            (
                r#"[{"op":"admin-by-request.requests.list","object":"1","kind":"reset"}]"#,
                "never matches",
            ),
            (
                r#"[{"id":"a","op":"*","kind":"reset"},{"id":"a","op":"*","kind":"close"}]"#,
                "given twice",
            ),
            (r#"[{"op":"*","kind":"truncate"}]"#, "needs an answer"),
        ];
        for (json, expected) in cases {
            let error = replace(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn a_fault_may_be_an_act_alone() {
        replace(r#"[{"op":"admin-by-request.requests.approve","act":{"do":"portal/decide","decision":"deny","by":"x"}}]"#).unwrap();
    }
}
