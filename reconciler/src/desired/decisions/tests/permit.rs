//! `[decision.permit]`: what is read, in TOML and in JSON lines, and what is a mistake.

use super::*;
use crate::desired::bench::terms;
use crate::model::{
    Permit, PermitApplication, PermitMode, PermitPolicy, PermitScope, Terms, Vendor,
};
use crate::vendors::capabilities;

const ID: &str = "7f3e1d00-0000-4000-8000-000000000001";

const NARROW: &str = "application = { new = \"Debug View\" }\nscope = \"computer\"\nrules = []\npolicy = \"new\"\nmode = \"rules\"\n";

fn queues() -> Vec<Terms> {
    let allowlist = Terms {
        can: capabilities(Vendor::Threatlocker),
        ..terms("allowlist", "https://portalapi.g.threatlocker.com")
    };
    vec![allowlist, terms("helpdesk", "https://abr.example.com")]
}

fn read(queue: &str, id: &str, permit: &str) -> Written {
    let text = approve(queue, id, permit);
    schema::checked(&text, parse("p.toml", &text, &queues(), Keep::Nothing))
}

fn approve(queue: &str, id: &str, permit: &str) -> String {
    format!(
        "[[decision]]\nqueue = \"{queue}\"\nrequest = \"{id}\"\nticket = \"CHG1\"\nverdict = \"approve\"\nreason = \"why\"\nexpires = 2026-12-01T00:00:00Z\n[decision.permit]\n{permit}"
    )
}

fn permit(written: &Written) -> &Permit {
    assert_eq!(told(written), "");
    written.desired.decisions[0]
        .permit
        .as_ref()
        .expect("a permit")
}

#[test]
fn what_is_left_out_is_the_narrowest() {
    let written = read("allowlist", ID, NARROW);
    let Permit {
        application,
        scope,
        rules,
        policy,
        mode,
        elevation,
        ringfence,
        notify,
        policy_expires,
    } = permit(&written);
    assert_eq!(
        *application,
        PermitApplication::New("Debug View".to_owned())
    );
    assert_eq!((scope, rules.len()), (&PermitScope::Computer, 0));
    assert_eq!((policy, mode), (&PermitPolicy::New, &PermitMode::Rules));
    assert_eq!(
        (*elevation, *ringfence, *notify, *policy_expires),
        (false, None, false, None)
    );
}

#[test]
fn json_lines_say_the_same() {
    let toml = read(
        "allowlist",
        ID,
        "application = \"matching\"\nscope = { group = \"G\" }\nrules = [{ path = 'C:\\x', created-by = 'y' }, { hash = 'AB' }]\npolicy = \"new\"\nmode = \"install\"\nringfence = { action = 2 }\n",
    );
    let line = format!(
        r#"{{"queue":"allowlist","request":"{ID}","ticket":"CHG1","verdict":"approve","reason":"why","expires":"2026-12-01T00:00:00Z","permit":{{"application":"matching","scope":{{"group":"G"}},"rules":[{{"path":"C:\\x","created-by":"y"}},{{"hash":"AB"}}],"policy":"new","mode":"install","ringfence":{{"action":2}}}}}}"#
    );
    let json = parse("p.jsonl", &line, &queues(), Keep::Nothing);
    assert_eq!(permit(&toml).rules.len(), 2);
    assert_eq!(permit(&toml), permit(&json));
}

#[test]
fn mistakes_are_told_and_nothing_is_guessed() {
    for key in ["application", "scope", "rules", "policy", "mode"] {
        let without: String = NARROW
            .lines()
            .filter(|line| !line.starts_with(key))
            .map(|line| format!("{line}\n"))
            .collect();
        let written = read("allowlist", ID, &without);
        assert!(
            told(&written).contains(&format!("`{key}` is missing")),
            "{key}"
        );
        assert!(written.desired.decisions.is_empty(), "{key}");
    }
    for (from, to) in [
        ("{ new = \"Debug View\" }", "{ new = \"\" }"),
        (
            "{ new = \"Debug View\" }",
            "{ new = \"A\", existing = \"B\" }",
        ),
        ("{ new = \"Debug View\" }", "\"anything\""),
        ("\"computer\"", "\"everywhere\""),
        ("\"computer\"", "{ group = 7 }"),
        ("[]", "[{}]"),
        ("[]", "[{ path = '' }]"),
        ("[]", "[{ folder = 'x' }]"),
        ("[]", "\"*\""),
        ("policy = \"new\"", "policy = \"existing\""),
        ("\"rules\"", "\"learn\""),
        ("mode = ", "ringfence = true\nmode = "),
        ("mode = ", "elevation = \"no\"\nmode = "),
        ("mode = ", "duration = \"1h\"\nmode = "),
    ] {
        assert_eq!(NARROW.matches(from).count(), 1, "{from}");
        let written = read("allowlist", ID, &NARROW.replace(from, to));
        assert!(written.desired.decisions.is_empty(), "{to}");
        assert_ne!(told(&written), "", "{to}");
    }
    assert!(told(&read("helpdesk", "7", NARROW)).contains("has no permits"));
}

const EXISTING: &str = "application = { existing = \"Tools\" }\nscope = \"organization\"\nrules = [{ hash = 'AB' }]\npolicy = \"existing\"\nmode = \"rules\"\n";

#[test]
fn an_existing_policy_gets_rules_and_is_promised_nothing_else() {
    assert_eq!(told(&read("allowlist", ID, EXISTING)), "");
    let narrow = format!("{EXISTING}elevation = false\nringfence = false\nnotify = true\n");
    assert_eq!(told(&read("allowlist", ID, &narrow)), "");
    let is_set = [
        ("mode", "mode = \"learning\""),
        ("elevation", "elevation = true"),
        ("ringfence", "ringfence = { action = 2 }"),
        ("policy-expires", "policy-expires = 2027-01-01T00:00:00Z"),
    ];
    let also = |more: &str| match more.starts_with("mode") {
        true => EXISTING.replace("mode = \"rules\"", more),
        false => format!("{EXISTING}{more}\n"),
    };
    for (key, more) in is_set {
        let written = read("allowlist", ID, &also(more));
        let (told, wanted) = (
            told(&written),
            format!("that it takes `{key}` is documented"),
        );
        assert!(told.contains(&wanted), "{key}: {told}");
        assert_eq!(written.mistakes.len(), 1, "{told}");
        assert!(written.desired.decisions.is_empty(), "{key}");
        let text = approve("allowlist", ID, &also(more));
        assert_ne!(schema::editor_says(&text), "", "{key}");
        // A new policy takes all of them.
        let new = also(more).replace("policy = \"existing\"", "policy = \"new\"");
        assert_eq!(self::told(&read("allowlist", ID, &new)), "", "{key}");
    }
    // All of them are told at once.
    let all = is_set[1..]
        .iter()
        .fold(also(is_set[0].1), |text, (_, more)| {
            format!("{text}{more}\n")
        });
    assert_eq!(read("allowlist", ID, &all).mistakes.len(), 4);
}
