//! The corpus: text that means harm, through every renderer.

use maud::html;
use proptest::prelude::*;
use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::documents::{read_html, read_junit, without_ours};
use super::fixture::{self, AT_80, AT_200};
use crate::apply::{Ended, Event};
use crate::error::{Diagnostic, Failure, Severity};
use crate::exit::Exit;
use crate::model::{FilingProof, Outcome, RequestId, VendorText};
use crate::render::Style;
use crate::render::apply::ApplyContext;
use crate::render::escape::{self, Hostile, lookalike, markdown_prose};
use crate::render::events::{self, UiEvent};
use crate::render::{apply, html as page, json, junit, markdown, mistakes, plan, sheet};

const CORPUS: [&str; 30] = [
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{1b}]8;;http://evil.example\u{1b}\\here\u{1b}]8;;\u{1b}\\",
    "\u{9b}31mred",
    "a\rb\u{8}\u{8}c",
    "line\n::add-mask::secret",
    "\n##[command]evil",
    " ##vso[task.setvariable variable=x]y",
    "::stop-commands::x",
    "section_start:0:x\r\u{1b}[0K",
    "\u{202e}gnp.exe",
    "zero\u{200b}width\u{feff}",
    "\u{2066}isolate\u{2069}",
    "line\u{2028}sep\u{2029}par",
    "tag\u{e0041}\u{e0042}",
    "blank\u{3164}filler\u{2800}",
    "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "`code` ``more`` ```fence",
    "| cell | \\| other",
    "@org/all and user@example.com",
    "<img src=x onerror=alert(1)><details>",
    "--><script>",
    "![x](http://evil.example/a.png) [y](http://evil.example)",
    "https://evil.example www.evil.example #1 GH-1",
    "=HYPERLINK(\"http://evil.example\")",
    "\t=1+1",
    "+ approve  vault/1    guard     matches",
    "\\u{1b}[2J",
    "\u{ad}soft\u{61c}mark",
    "\u{fff9}anno\u{fffb}\u{e000}\u{f0000}",
];

/// Said again here, apart from the code: what must never reach a reader as it is.
fn dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{10ffff}' | '\u{a0}')
}

fn assert_inert(text: &str, what: &str) {
    if let Some(c) = text.chars().find(|c| *c != '\n' && dangerous(*c)) {
        panic!("{what}: U+{:04X} in {text}", u32::from(c));
    }
    for line in text.lines() {
        let line = line.trim_start();
        assert!(!line.starts_with("::"), "{what}: {line}");
        // A Markdown title is ours; no text of others begins a line there.
        let title =
            what.starts_with("markdown") && (line.starts_with("## ") || line.starts_with("### "));
        assert!(title || !line.contains("##"), "{what}: {line}");
    }
}

fn everything(text: &str) -> Vec<(&'static str, String)> {
    let (mut plan_of, mut report) = (super::scopes::based(text), fixture::report(text));
    plan_of.changes.push(fixture::filing(text));
    plan_of.settled.push(fixture::filed(text));
    let filed = Outcome::Filed {
        id: RequestId::canonical(&format!("4713{text}")),
        proof: FilingProof::Found,
    };
    let filed = Ended::of(&fixture::filing(text), Some(40), filed);
    report.lines.push(filed);
    let context = fixture::context();
    let account = ApplyContext {
        exit: Exit::InDoubt,
        plan: Some(&plan_of),
        name: text,
    };
    let verbose = Style {
        verbose: true,
        ..AT_200
    };
    let diagnostic = Diagnostic {
        file: format!("decisions/{text}.toml"),
        line: 3,
        column: 5,
        length: 9,
        severity: Severity::Error,
        message: format!("unknown key {text}"),
        hint: Some(format!("did you mean {text}?")),
        source_line: Some(format!("  x = {text}")),
    };
    let failure = Failure::error("cannot read")
        .at(text)
        .because(text)
        .hint(text);
    let at = "2026-11-22T09:12:04.120Z".parse().unwrap();
    let mut shown = vec![
        ("plan 80", plan::text(&plan_of, &context, AT_80)),
        ("plan verbose", plan::text(&plan_of, &context, verbose)),
        ("apply", apply::text(&report, account, AT_80)),
        ("markdown plan", markdown::plan(&plan_of, &context).text),
        ("markdown apply", markdown::apply(&report, account).text),
        ("json plan", json::plan(&plan_of)),
        ("json apply", json::apply(&report, account)),
        (
            "mistakes",
            mistakes::list(std::slice::from_ref(&diagnostic), AT_80),
        ),
        ("failure", mistakes::failure(&failure, AT_80)),
        ("markdown stopped", markdown::stopped(&failure, &report)),
    ];
    for sheet in [
        sheet::plan(&plan_of, &context),
        sheet::status(&plan_of, &context),
        sheet::apply(&report, account, &context),
        sheet::stopped(&failure, &report),
    ] {
        shown.push(("html", without_ours(&page::document(&sheet))));
        shown.push(("junit", junit::document(&sheet)));
    }
    let mut events = vec![
        events::lines(&UiEvent::Diagnostic(&diagnostic), at),
        events::lines(&UiEvent::Failure(&failure), at),
        events::lines(&UiEvent::ChangeSummary(&plan_of), at),
    ];
    for change in &plan_of.changes {
        events.push(events::lines(
            &UiEvent::PlannedDecision(change, &plan_of),
            at,
        ));
    }
    for hold in &plan_of.holds {
        events.push(events::lines(&UiEvent::Held(hold, &plan_of), at));
    }
    for removed in plan_of.base.iter().flat_map(|base| &base.removed) {
        events.push(events::lines(&UiEvent::TakenOut(removed), at));
    }
    for line in &report.lines {
        let event = Event::Ended(line);
        events.push(events::lines(&UiEvent::Apply(&event), at));
    }
    shown.extend(events.into_iter().map(|event| ("event", event)));
    shown
}

#[test]
fn the_corpus_is_inert_in_every_renderer() {
    for text in CORPUS {
        for (what, shown) in everything(text) {
            assert_inert(&shown, what);
        }
    }
}

#[test]
fn json_stays_json_and_says_the_same() {
    for text in CORPUS {
        let plan_of = fixture::plan(text);
        let shown = json::plan(&plan_of);
        let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(value["changes"][0]["ticket"], format!("CHG0031314{text}"));
        for (what, shown) in everything(text) {
            if what == "event" {
                for line in shown.lines() {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                }
            }
        }
    }
}

#[test]
fn pages_and_suites_keep_their_form_and_say_the_same() {
    for text in CORPUS {
        let ticket = |ticket: &str| Hostile::from(&format!("{ticket}{text}")).terminal();
        let (planned, recovered) = (ticket("CHG0031314"), ticket("CHG9"));
        for (what, shown) in everything(text) {
            if what == "html" {
                let page = read_html(&shown);
                let said = page.contains(&planned) || page.contains(&recovered);
                assert!(said, "{planned} in {page}");
            } else if what == "junit" {
                read_junit(&shown);
            }
        }
    }
}

#[test]
fn every_line_of_a_table_has_its_cells() {
    for text in CORPUS {
        for (what, shown) in everything(text) {
            if !what.starts_with("markdown") {
                continue;
            }
            let mut columns = 0;
            for line in shown.lines() {
                let pipes = line.replace("\\|", "").matches('|').count();
                if line.starts_with("|---") {
                    columns = pipes;
                } else if line.starts_with('|') && columns > 0 {
                    assert_eq!(pipes, columns, "{what}: {line}");
                } else if !line.starts_with('|') {
                    columns = 0;
                }
            }
        }
    }
}

#[test]
fn each_reader_gets_its_own_form() {
    let text = VendorText::new("\u{1b}[2J C:\\new\\u{1b} |`x`|\n");
    assert_eq!(
        Hostile::from(&text).terminal(),
        "\\u{1b}[2J C:\\new\\u{5c}u{1b} |`x`|\\u{a}"
    );
    assert_eq!(
        Hostile::from(&text).markdown(),
        "``\\u{1b}[2J C:\\new\\u{5c}u{1b} \\u{7c}`x`\\u{7c}\\u{a}``"
    );
    assert_eq!(in_html("<b>&\"\u{202e}"), {
        let shown = "&lt;b&gt;&amp;&quot;\\u{202e}";
        format!("<i class=\"{shown}\">{shown}</i>")
    });
    assert_eq!(Hostile::from("=1+\"1\"").csv(), "\"'=1+\"\"1\"\"\"");
    assert_eq!(
        Hostile::from("a::b ##[c]").terminal(),
        "a:\\u{3a}b #\\u{23}[c]"
    );
    assert_eq!(
        Hostile::from(" a  b ").terminal(),
        "\\u{20}a \\u{20}b\\u{20}"
    );
    assert_eq!(
        Hostile::from("Żółć สวัสดี नमस्ते 日本").terminal(),
        "Żółć สวัสดี नमस्ते 日本"
    );
    assert_eq!(markdown_prose("in the portal only"), "in the portal only");
    assert_eq!(markdown_prose("ask @boss"), "`ask @boss`");
    assert_eq!(markdown_prose("::"), "`:\\u{3a}`");
    assert_eq!(
        escape::json("\"\u{202e}##[x]\u{7f}😀\""),
        "\"\\u202e#\\u0023[x]\\u007f😀\""
    );
}

#[test]
fn a_long_text_keeps_head_tail_length_and_hash() {
    let text = format!("head{}tail", "x".repeat(5000));
    let shown = Hostile::from(&text).at_most(60).terminal();
    assert!(
        shown.starts_with("head") && shown.ends_with("tail"),
        "{shown}"
    );
    assert!(shown.contains("5008 characters, sha256 "), "{shown}");
}

#[test]
fn lookalikes_are_flagged_and_plain_names_are_not() {
    insta::assert_debug_snapshot!(
        ["anna", "Łukasz", "Ирина", "\u{430}nna", "\u{430}\u{441}\u{435}", "C:\\Users\\Ирина\\x.exe", "ad\u{3bc}in"]
            .map(lookalike), @r#"
[
    None,
    None,
    None,
    Some(
        "looks like anna, U+0430",
    ),
    Some(
        "looks like ace, U+0430 U+0441 U+0435",
    ),
    None,
    Some(
        "mixed scripts, U+03BC",
    ),
]
"#);
}

/// A text and an attribute, as a page holds them.
fn in_html(text: &str) -> String {
    let shown = Hostile::from(text).terminal();
    html! { i class=(shown) { (shown) } }.into_string()
}

/// The same in a suite.
fn in_xml(text: &str) -> String {
    let shown = Hostile::from(text).terminal();
    let mut xml = Writer::new(Vec::new());
    xml.create_element("i")
        .with_attribute(("class", shown.as_str()))
        .write_text_content(BytesText::new(&shown))
        .unwrap();
    String::from_utf8(xml.into_inner()).unwrap()
}

proptest! {
    #[test]
    fn whatever_comes_in_only_allowed_characters_come_out(text in "\\PC*|.*|[\u{0}-\u{ff}]{0,40}|[:#`| \\\\u{}\u{202e}\n]{0,30}") {
        let hostile = Hostile::from(&text);
        for shown in [hostile.terminal(), hostile.comment(), in_html(&text), in_xml(&text), hostile.csv(), hostile.markdown()] {
            prop_assert!(!shown.chars().any(dangerous), "{shown:?}");
            prop_assert!(!shown.contains("::") && !shown.contains("##"), "{shown:?}");
        }
        prop_assert!(!hostile.markdown().contains('|'));
        for written in [in_html(&text), in_xml(&text)] {
            prop_assert_eq!(written.matches('<').count(), 2, "{}", written);
            prop_assert_eq!(written.matches('>').count(), 2, "{}", written);
            prop_assert_eq!(written.matches('"').count(), 2, "{}", written);
            prop_assert_eq!(written.matches("&lt;").count(), 2 * text.matches('<').count());
        }
        let forbidden = |c: char| c < ' ' || matches!(u32::from(c), 0xfffe | 0xffff);
        prop_assert!(!hostile.terminal().contains(forbidden));
    }

    #[test]
    fn two_texts_never_look_the_same(a in "[ :#a\\\\u{}1b\n]{0,12}", b in "[ :#a\\\\u{}1b\n]{0,12}") {
        prop_assert_eq!(a == b, Hostile::from(&a).terminal() == Hostile::from(&b).terminal());
    }

    #[test]
    fn any_text_is_inert_in_every_renderer(text in any::<String>()) {
        for (what, shown) in everything(&text) {
            assert_inert(&shown, what);
        }
    }
}
