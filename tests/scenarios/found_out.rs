//! Broken clients in disturbed worlds: what vendor, what fault, and the law that names the mistake.
//!
//! Vendors differ in what a second send does, so one of each class: *ignored*, *rejected*, *acts again*, *changes its
//! meaning*.

use libtest_mimic::{Failed, Trial};

use crate::explored::{explore, told};
use crate::{CLIENT, broken};

/// A vendor's call, by what a repeat or a meeting with a person comes to.
pub(crate) struct Class {
    name: &'static str,
    vendor: &'static str,
    dialect: &'static str,
    /// The world, and what the reviewer writes about `{id.it}`.
    given: &'static str,
    decide: &'static str,
    /// The operation that decides.
    op: &'static str,
}

/// Admin By Request answers 200 to a second approve and does nothing.
const IGNORED: &str = "ignored";
/// Fudo takes one vote of a voter.
const REJECTED: &str = "rejected";
/// Password Safe answers a second Approve with 4036.
const REJECTED_BY_CODE: &str = "rejected-4036";
/// ThreatLocker writes a second policy, where the user may edit what is actioned.
const AGAIN: &str = "acts-again";
/// Password Safe's Deny cancels what has been granted meanwhile.
const OTHERWISE: &str = "means-otherwise";

/// All of them, *ignored* first.
pub(crate) const CLASSES: &[Class] = &[
    Class {
        name: IGNORED,
        vendor: "admin-by-request",
        dialect: "",
        given: "[[given.admin-by-request.request]]\nname = \"it\"\n",
        decide: "verdict = \"approve\"",
        op: "requests.approve",
    },
    Class {
        name: REJECTED,
        vendor: "fudo",
        dialect: "\"fudo.envelope\" = \"named\"",
        given: "[[given.fudo.request]]\nname = \"it\"\n",
        decide: "verdict = \"approve\"",
        op: "access-requests.vote",
    },
    // A session would be more than these clients need.
    Class {
        name: REJECTED_BY_CODE,
        vendor: "beyondtrust",
        dialect: "\"beyondtrust.header-without-session\" = \"accepted\"",
        given: "[[given.beyondtrust.request]]\nname = \"it\"\n",
        decide: "verdict = \"approve\"",
        op: "requests.approve",
    },
    Class {
        name: AGAIN,
        vendor: "threatlocker",
        dialect: "",
        given: "[[given.threatlocker.user]]\nname = \"approver\"\nwithout = []\n\
                [[given.threatlocker.request]]\nname = \"it\"\nhash = \"0123456789abcdef0123456789abcdef\"\n",
        decide: "verdict = \"approve\", permit = { application = { new = \"DebugView\" }, scope = \"computer\", \
                 rules = [{ hash = \"0123456789abcdef0123456789abcdef\" }], policy = \"new\", mode = \"rules\" }",
        op: "approval-requests.permit",
    },
    Class {
        name: OTHERWISE,
        vendor: "beyondtrust",
        dialect: "\"beyondtrust.header-without-session\" = \"accepted\"",
        given: "[[given.beyondtrust.request]]\nname = \"it\"\n",
        decide: "verdict = \"deny\"",
        op: "requests.deny",
    },
];

/// A mistake, what befalls the call that decides (or the one that is named), the law that is broken, and for each class what is said of it.
type FoundOut = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const TWICE: &str = "nothing is done twice";
const EXIT: &str = "the exit code tells the truth";

/// Where a class is missing, the vendor itself keeps the mistake from doing harm.
const FOUND_OUT: &[FoundOut] = &[
    (
        "sends-until-answered",
        "ack-lost",
        TWICE,
        &[
            (IGNORED, "was sent again without a look"),
            (REJECTED, "was sent again without a look"),
            (REJECTED_BY_CODE, "was sent again without a look"),
            (AGAIN, " 2 times"),
            (OTHERWISE, "was sent again without a look"),
        ],
    ),
    (
        "calls-loss-failure",
        "ack-lost",
        EXIT,
        &[
            (IGNORED, "exit 4, and yet all of it was done"),
            (REJECTED, "exit 4, and yet all of it was done"),
            (REJECTED_BY_CODE, "exit 4, and yet all of it was done"),
            (AGAIN, "exit 4, and yet all of it was done"),
            (OTHERWISE, "exit 4, and yet all of it was done"),
        ],
    ),
    // An answer of success, and nothing was done: an empty one of something in between, or the vendor's own.
    (
        "trusts-ok",
        "empty-before",
        EXIT,
        &[
            (IGNORED, "exit 0, and yet: no approve stands"),
            (REJECTED, "exit 0, and yet: no approve stands"),
            (REJECTED_BY_CODE, "exit 0, and yet: no approve stands"),
            (AGAIN, "exit 0, and yet: no approve stands"),
            (OTHERWISE, "exit 0, and yet: no deny stands"),
        ],
    ),
    (
        "trusts-ok",
        "portal-denies",
        EXIT,
        &[(IGNORED, "exit 0, and yet: no approve stands")],
    ),
    (
        "reads-nothing-back",
        "request-lost",
        EXIT,
        &[
            (IGNORED, "exit 0, and yet: no approve stands"),
            (REJECTED, "exit 0, and yet: no approve stands"),
            (REJECTED_BY_CODE, "exit 0, and yet: no approve stands"),
            (AGAIN, "exit 0, and yet: no approve stands"),
            (OTHERWISE, "exit 0, and yet: no deny stands"),
        ],
    ),
    (
        "sends-without-looking",
        "permit-document:*:1/portal-denies",
        "no person is overruled silently",
        &[(AGAIN, "became approve, exit 0")],
    ),
    (
        "sends-without-looking",
        "portal-approves",
        "nothing is decided against the files",
        &[(OTHERWISE, "revoke reached")],
    ),
    (
        "sends-without-intent",
        "kill-after",
        "nothing is sent before it is written down",
        &[
            (IGNORED, "ledger show does not name it"),
            (REJECTED, "ledger show does not name it"),
            (REJECTED_BY_CODE, "ledger show does not name it"),
            (AGAIN, "ledger show does not name it"),
            (OTHERWISE, "ledger show does not name it"),
        ],
    ),
    (
        "shows-its-key",
        "ack-reset",
        "no secret shows",
        &[
            (IGNORED, "a credential in the output"),
            (REJECTED, "a credential in the output"),
            (REJECTED_BY_CODE, "a credential in the output"),
            (AGAIN, "a credential in the output"),
        ],
    ),
    (
        "follows-redirects",
        "redirected",
        "every call stands in the vendor's document",
        &[
            (IGNORED, "/elsewhere/"),
            (REJECTED, "/elsewhere/"),
            (REJECTED_BY_CODE, "/elsewhere/"),
            (AGAIN, "/elsewhere/"),
        ],
    ),
];

/// One trial for each mistake and class.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (mistake, disturbance, law, classes) in FOUND_OUT {
        for (class, said) in *classes {
            let name = format!("found-out/{mistake}/{disturbance}/{class}");
            trials.push(Trial::test(name, move || {
                is_found_out(mistake, disturbance, law, class, said)
            }));
        }
    }
    trials
}

fn is_found_out(
    mistake: &str,
    disturbance: &str,
    law: &str,
    class: &str,
    said: &str,
) -> Result<(), Failed> {
    let class = CLASSES.iter().find(|known| known.name == class);
    let class = class.ok_or("no such class")?;
    let path = format!("x/{}.scenario.toml", class.name);
    let variants = scenarios::read(&path, &story(class)).map_err(|all| format!("{all:#?}"))?;
    let variant = variants.into_iter().next().ok_or("no story")?;
    let story = scenarios::Trial {
        name: format!("x/{}", class.name),
        path,
        folder: None,
        variant,
    };
    let this = std::env::current_exe()?.display().to_string();
    let client = [&this, broken::ARGUMENT, mistake, CLIENT].map(str::to_owned);
    let only = match disturbance.split_once('/') {
        Some(_) => format!("apply/*{disturbance}"),
        None => format!("apply/*{}:*:1/{disturbance}", class.op),
    };
    let explored = explore(&story, client.to_vec(), &only)?;
    let mut found = explored.cells.iter().flat_map(|cell| &cell.broken);
    if found.any(|(broken, how)| broken == law && how.contains(said)) {
        return Ok(());
    }
    Err(format!(
        "{law}: {said:?} is not what was found:\n{}",
        told(&explored)
    )
    .into())
}

/// Reviewed, planned and applied; without a look afterwards, which a client that writes nothing down need not pass.
pub(crate) fn story(class: &Class) -> String {
    let Class {
        name,
        vendor,
        dialect,
        given,
        decide,
        ..
    } = class;
    format!(
        r#"format = 1

[scenario]
id      = "x/{name}"
title   = "One request, one decision"
vendors = ["{vendor}"]
dialect = {{ {dialect} }}

{given}
[[step]]
name   = "draft"
run    = ["{{cli}}", "draft", "--expires", "7d"]
expect = {{ exit = 0 }}

[[step]]
name   = "review"
decide = [{{ id = "{{id.it}}", ticket = "CHG0031337", reason = "Known and needed", {decide} }}]

[[step]]
name   = "plan"
run    = ["{{cli}}", "plan", "--out", "tonight.plan"]
expect = {{ exit = 0 }}

[[step]]
name   = "apply"
run    = ["{{cli}}", "apply", "tonight.plan"]
expect = {{ exit = 0 }}
"#
    )
}
