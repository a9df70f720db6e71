//! What a reviewer is told of rules that do not fit what was asked for, of an existing policy, and of who is told.

use super::*;

fn narrow(rules: Vec<PermitRule>) -> Permit {
    Permit {
        application: PermitApplication::New("Debug View".to_owned()),
        scope: PermitScope::Computer,
        rules,
        policy: PermitPolicy::New,
        mode: PermitMode::Rules,
        elevation: false,
        ringfence: None,
        notify: false,
        policy_expires: None,
    }
}

/// A rule of these parts; an empty one is none.
fn rule(path: &str, certificate: &str, hash: &str) -> PermitRule {
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    PermitRule {
        path: part(path),
        certificate: part(certificate),
        hash: part(hash),
        ..PermitRule::default()
    }
}

fn facts() -> Facts {
    [
        ("path", VendorText::new(r"c:\tools\dbgview.exe")),
        ("hash", VendorText::new("71fd")),
        ("sha256", VendorText::new("61B4")),
        (
            "certificate",
            VendorText::new("CN=Other; CN=Example, O=Example Ltd [C0FFEE]"),
        ),
        ("requestor", VendorText::new("anna@example.com")),
    ]
    .into()
}

fn told(permit: &Permit, reviewed: &Guard, facts: &Facts) -> Vec<String> {
    permit.words(&Asked {
        reviewed,
        facts,
        grounds: &Grounds::default(),
        organization: "9b2c",
    })
}

/// What is said of a permit that the narrowest does not say.
fn more(permit: &Permit) -> Vec<String> {
    let usual = told(
        &narrow(vec![rule("", "", "71FD")]),
        &Guard::default(),
        &facts(),
    );
    let mut words = told(permit, &Guard::default(), &facts());
    words.retain(|word| !usual.contains(word) && !word.starts_with("custom rules"));
    words
}

#[test]
fn rules_that_the_file_fits_are_told_without_an_alarm() {
    for fitting in [
        rule("", "", "71FD"),
        rule("", "", "61b4"),
        rule(r"C:\Tools\DbgView.exe", "cn=example, o=example ltd", ""),
        rule(r"%ProgramFiles%\x.exe", "", ""),
        rule(r"c:\tools\dbgview.ex?", "", ""),
    ] {
        assert_eq!(more(&narrow(vec![fitting.clone()])), [""; 0], "{fitting:?}");
    }
    for pattern in [
        r"c:\*",
        r"*\dbgview.exe",
        r"c:\*\*.exe",
        "*",
        r"c:\*s\*v*.exe",
    ] {
        let words = more(&narrow(vec![rule(pattern, "", "")]));
        let only = format!("WILDCARD custom rules: path {pattern:?}");
        assert_eq!(words, [only]);
    }
    // What the request does not show speaks against no rule.
    let unseen = told(
        &narrow(vec![rule("x", "CN=X", "AA")]),
        &Guard::default(),
        &Facts::new(),
    );
    assert!(!unseen.concat().contains("NOT THE FILE"), "{unseen:?}");
}

#[test]
fn a_rule_that_another_file_fits_is_an_alarm() {
    let blocked = "NOT THE FILE THAT WAS ASKED FOR, which stays blocked: ";
    for (other, words) in [
        (rule("", "", "aa"), r#"hash "aa""#),
        (rule(r"c:\tools", "", ""), r#"path "c:\\tools""#),
        (
            rule(r"c:\tools\dbgview.exe", "CN=Eve", ""),
            r#"path "c:\\tools\\dbgview.exe" and certificate "CN=Eve""#,
        ),
    ] {
        let permit = narrow(vec![other]);
        assert_eq!(more(&permit), [format!("{blocked}{words}")]);
    }
    for pattern in [r"d:\*", r"*\dbgview", r"c:\tools\dbgview.exe*.exe", r"*xx*"] {
        let words = more(&narrow(vec![rule(pattern, "", "")])).join("\n");
        assert!(words.contains(blocked), "{pattern}: {words}");
    }
    // The file is permitted beside it, or may be.
    let mut also = narrow(vec![
        rule("", "", "71fd"),
        rule("", "", "aa"),
        rule("", "", "bb"),
    ]);
    let beside = [r#"NOT THE FILE THAT WAS ASKED FOR: hash "aa"; or hash "bb""#];
    assert_eq!(more(&also), beside);
    also.rules.remove(0);
    also.mode = PermitMode::Install;
    assert!(more(&also).contains(&beside[0].to_owned()));
    also.application = PermitApplication::Existing("Tools".to_owned());
    assert!(more(&also).contains(&beside[0].to_owned()));
}

#[test]
fn a_rule_that_names_no_file_is_an_alarm() {
    let words = more(&narrow(vec![rule("", "CN=Example", "")]));
    let wide = r#"PERMITS MORE THAN THE FILE: everything with certificate "CN=Example""#;
    assert_eq!(words, [wide]);
    let written = PermitRule {
        created_by: Some("setup.exe".to_owned()),
        process: Some("x.exe".to_owned()),
        ..PermitRule::default()
    };
    let wide =
        r#"PERMITS MORE THAN THE FILE: everything with process "x.exe" and created-by "setup.exe""#;
    assert_eq!(more(&narrow(vec![written])), [wide]);
}

#[test]
fn a_permit_that_permits_nothing_says_so() {
    let begins = |permit: &Permit, word: &str| more(permit).iter().any(|one| one.starts_with(word));
    let mut permit = narrow(Vec::new());
    assert!(begins(&permit, "PERMITS NOTHING: "));
    permit.mode = PermitMode::Learning;
    assert!(!begins(&permit, "PERMITS NOTHING: "));
    permit.mode = PermitMode::Rules;
    permit.application = PermitApplication::Existing("Tools".to_owned());
    assert!(!begins(&permit, "PERMITS NOTHING: ") && !begins(&permit, "ADDS NOTHING: "));
    permit.policy = PermitPolicy::Existing;
    assert!(begins(&permit, "ADDS NOTHING: "));
}

#[test]
fn of_an_existing_policy_nothing_is_promised() {
    let permit = Permit {
        application: PermitApplication::Existing("Tools".to_owned()),
        scope: PermitScope::Organization,
        policy: PermitPolicy::Existing,
        ..narrow(vec![rule("", "", "71fd")])
    };
    let words = told(&permit, &Guard::default(), &facts()).join("\n");
    assert!(words.contains("ELEVATION, ringfencing and end are as its policies have them"));
    for promise in ["not elevated", "not ringfenced", "the policy does not end"] {
        assert!(!words.contains(promise), "{words}");
    }
}

#[test]
fn whom_the_vendor_is_asked_to_tell() {
    let reviewed = |requestor: &str| Guard {
        facts: [("requestor".to_owned(), requestor.to_owned())]
            .into_iter()
            .collect(),
        ..Guard::default()
    };
    let mut permit = narrow(Vec::new());
    let said = |permit: &Permit, reviewed: &Guard, facts: &Facts| {
        let mut words = told(permit, reviewed, facts);
        words.retain(|word| word.contains("tell"));
        words.concat()
    };
    let known = reviewed("anna@example.com");
    assert_eq!(said(&permit, &known, &facts()), "");
    assert_eq!(permit.tells(&known), None);
    permit.notify = true;
    assert_eq!(permit.tells(&known), Some("anna@example.com"));
    let own = "tells the user at the request's own address, if it has one, which its readable facts do not name";
    for (reviewed, words) in [
        (
            known,
            r#"tells "anna@example.com", as the reviewed facts have it"#,
        ),
        (reviewed("Anna Berg"), own),
        (reviewed("anna"), own),
        (reviewed("Anna <anna@example.com>"), own),
        (Guard::default(), own),
    ] {
        assert_eq!(said(&permit, &reviewed, &facts()), words);
    }
    let nobody = said(&permit, &Guard::default(), &Facts::new());
    assert_eq!(
        nobody,
        "asks the vendor to tell the user; the request shows no address"
    );
}
