//! A long plan says once what its changes have in common, and on each line what they do not.

use super::fixture::{self, AT_200};
use crate::model::Verdict;
use crate::plan::Plan;
use crate::render::{html, markdown, plan, sheet};

/// Five approves: one tells somebody else, one is another's decision, one leaves more unproven.
fn mixed() -> Plan {
    let mut plan = fixture::many(Verdict::Approve, 5);
    plan.changes[1].notifies = "nobody: it was asked not to".into();
    let decision = std::sync::Arc::make_mut(&mut plan.changes[2].decision);
    decision.decided_by = Some("lee@example.com".to_owned());
    plan.changes[3].cannot_verify.push("what it names".into());
    plan
}

/// What is said of each change under its title, and what after all of them.
fn terms(text: &str) -> String {
    let labels = ["decides ", "unproven ", "notifies ", "undo "];
    let lines = text.lines().map(|line| (line, line.trim_start()));
    let kept = lines.filter_map(|(line, words)| {
        let is_title = line.starts_with("  + ") || line.starts_with("  Each ");
        let title = is_title.then(|| line.split("  CHG").next().unwrap_or_default());
        title.or(labels
            .iter()
            .any(|label| words.starts_with(label))
            .then_some(line))
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_differs_stands_on_the_line() {
    let text = plan::text(&mixed(), &fixture::context(), AT_200);
    insta::assert_snapshot!(terms(&text), @r"
    + approve  helpdesk/100
        decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
        notifies  the user, by email
    + approve  helpdesk/101
        decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
        notifies  nobody: it was asked not to
    + approve  helpdesk/102
        decides   as countersign@example.com with env ABR_API_KEY, decided by lee@example.com
        notifies  the user, by email
    + approve  helpdesk/103
        decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
        unproven  what it names
        notifies  the user, by email
    + approve  helpdesk/104
        decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
        notifies  the user, by email
    Each approve in helpdesk
        unproven  which ticket a request belongs to
        undo      in the portal only
    ");
}

#[test]
fn what_all_have_in_common_is_said_once() {
    let same = fixture::many(Verdict::Approve, 5);
    let text = plan::text(&same, &fixture::context(), AT_200);
    insta::assert_snapshot!(terms(&text), @r"
    + approve  helpdesk/100
    + approve  helpdesk/101
    + approve  helpdesk/102
    + approve  helpdesk/103
    + approve  helpdesk/104
    Each approve in helpdesk
        decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
        unproven  which ticket a request belongs to
        notifies  the user, by email
        undo      in the portal only
    ");
}

#[test]
fn a_comment_and_a_page_say_it_on_the_line_too() {
    let comment = markdown::plan(&mixed(), &fixture::context()).text;
    let row = |id: &str| {
        let mut rows = comment.lines().filter(|line| line.starts_with('|'));
        rows.find(|row| row.contains(&format!("`helpdesk/{id}`")))
            .expect("a row")
            .to_owned()
    };
    for (id, said) in [
        ("100", "<br>`notifies: the user, by email`"),
        ("101", "<br>`notifies: nobody: it was asked not to`"),
        ("102", "decided by lee@example.com`"),
        ("103", "<br>`unproven: what it names`"),
    ] {
        assert!(row(id).contains(said), "{}", row(id));
    }
    assert!(!row("100").contains("unproven"), "{}", row("100"));
    let each: Vec<&str> = comment
        .lines()
        .filter(|line| line.starts_with("- Each"))
        .collect();
    insta::assert_snapshot!(each.join("\n"), @"- Each approve in `helpdesk`: unproven: which ticket a request belongs to");

    let page = html::document(&sheet::plan(&mixed(), &fixture::context()));
    let count = |words: &str| page.matches(words).count();
    assert_eq!(count("nobody: it was asked not to"), 1);
    assert_eq!(count("the user, by email"), 4);
    assert_eq!(count("which ticket a request belongs to"), 1);
}
