//! How a terminal, a forge, a browser and a spreadsheet read what is written; what a stranger may do to none of them.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use pulldown_cmark::{Event, Options, Parser, Tag as Markup};
use quick_xml::events::Event as Xml;
use quick_xml::reader::Reader;
use serde_json::Value;

/// The characters that may reach anybody, said here once more, apart from the code: what ASCII shows, letters of the
/// scripts that the corpus writes in, and the signs of our own prose. A letter of another script belongs in here
/// with the text that brings it.
fn allowed(c: char) -> bool {
    matches!(c,
        '\n' | ' '..='~'
        | '\u{c0}'..='\u{24f}' | '\u{301}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{4ff}'
        | '\u{660}'..='\u{669}' | '\u{ff01}'..='\u{ff5e}' | '…' | '—' | '–')
}

/// Nothing in the text acts on a terminal or a CI runner, or hides from a person.
#[track_caller]
pub(super) fn inert(what: &str, text: &str) {
    if let Some(c) = text.chars().find(|c| !allowed(*c)) {
        panic!("{what}: U+{:04X} in\n{text}", u32::from(c));
    }
    // Marks over one letter, beyond which they are a blot over the lines around it; and none over a space or a quote.
    for blot in ["\u{301}\u{301}\u{301}\u{301}", " \u{301}", "\"\u{301}"] {
        assert!(!text.contains(blot), "{what}: marks in\n{text}");
    }
    for line in text.lines() {
        let begins = line.trim_start();
        // GitHub: `::name::` at the beginning of a line, `##[name]` anywhere; Azure: `##vso[` anywhere; TeamCity alike.
        assert!(!begins.starts_with("::"), "{what}: {line}");
        let title = begins.starts_with("## ") || begins.starts_with("### ");
        assert!(title || !line.contains("##"), "{what}: {line}");
        // GitLab knows its sections by a carriage return, which is not allowed at all.
    }
}

/// The same in colour: of escapes only those that choose one.
#[track_caller]
pub(super) fn inert_in_colour(what: &str, text: &str) {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (numbers, rest) = part.split_once('m').unwrap_or((part, ""));
        let chooses = |c: char| c.is_ascii_digit() || c == ';';
        assert!(numbers.chars().all(chooses), "{what}: {part}");
        plain.push_str(rest);
    }
    inert(what, &plain);
}

/// One document, or one a line.
#[track_caller]
pub(super) fn json(what: &str, text: &str) {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    assert!(stream.all(|document| document.is_ok()), "{what}:\n{text}");
}

/// As a forge shows a comment: our own headings, tables and folds, and of a stranger's text nothing but code.
#[track_caller]
pub(super) fn markdown(what: &str, text: &str) {
    let all = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
        | Options::ENABLE_WIKILINKS;
    for event in Parser::new_ext(text, all) {
        match event {
            Event::Text(words) => prose(what, &words),
            // Our own emphasis ends where it began, in one line of ours.
            Event::Start(Markup::Emphasis | Markup::Strikethrough | Markup::BlockQuote(_))
            | Event::Start(
                Markup::Link { .. } | Markup::Image { .. } | Markup::FootnoteDefinition(_),
            )
            | Event::Start(Markup::CodeBlock(_) | Markup::MetadataBlock(_))
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => panic!("{what}: {event:?} in\n{text}"),
            Event::Html(html) | Event::InlineHtml(html) => ours(what, &html),
            Event::Start(_)
            | Event::End(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule => {}
        }
    }
}

/// Text outside of code spans: a forge looks in it for links, people, issues and emoji.
#[track_caller]
fn prose(what: &str, words: &str) {
    for harm in [
        "@", "://", "www.", "xmpp:", "GH-", "evil", "<", ">", "\\", "`", "$",
    ] {
        assert!(
            !words.contains(harm),
            "{what}: {harm} outside of code: {words}"
        );
    }
    let issue = words.split('#').skip(1);
    for behind in issue {
        let digit = behind.starts_with(|c: char| c.is_ascii_digit());
        assert!(!digit, "{what}: an issue outside of code: {words}");
    }
}

/// HTML in a comment: the marker by which a pipeline finds it again, and folds.
#[track_caller]
fn ours(what: &str, html: &str) {
    let mut rest = html.trim();
    if rest == "<br>" {
        return;
    }
    if let Some(name) = rest.strip_prefix("<!-- countersign:") {
        let name = name
            .strip_suffix(" -->")
            .unwrap_or_else(|| panic!("{what}: {html}"));
        assert!(!name.contains(['<', '>', '-']), "{what}: {html}");
        return;
    }
    for tag in ["<details>", "<summary>"] {
        rest = rest.strip_prefix(tag).unwrap_or(rest);
    }
    for tag in ["</details>", "</summary>"] {
        rest = rest.strip_suffix(tag).unwrap_or(rest);
    }
    let title = |c: char| c.is_ascii_alphanumeric() || " :,()".contains(c);
    assert!(rest.chars().all(title), "{what}: {html}");
}

const ELEMENTS: [&str; 31] = [
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "h1", "h2",
    "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "b", "span", "div", "mark", "form", "label",
    "input", "select", "option", "button", "script", "footer",
];

/// Attributes with the values that they may have in every page; those that hold a word of ours, whatever it is.
const ATTRIBUTES: [&str; 17] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "hidden",
    "role",
    "type",
    "autocomplete",
    "spellcheck",
    "value",
    "for",
    "data-queue",
    "data-verdict",
    "data-state",
];

/// As a browser reads a page: our own elements and attributes, our one style and script, no comment.
#[track_caller]
pub(super) fn html(what: &str, page: &str) {
    let tokenizer = Tokenizer::new(Browser::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(page));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Browser { tags, comments } = tokenizer.sink;
    assert_eq!(comments.into_inner(), Vec::<String>::new(), "{what}");
    let tags = tags.into_inner();
    let scripts = tags.iter().filter(|tag| &*tag.name == "script").count();
    assert!(scripts <= 1 && tags.len() > 10, "{what}: {scripts} scripts");
    for tag in tags {
        assert!(ELEMENTS.contains(&&*tag.name), "{what}: <{}>", tag.name);
        for attribute in &tag.attrs {
            let name = &*attribute.name.local;
            assert!(ATTRIBUTES.contains(&name), "{what}: <{} {name}>", tag.name);
            // A word, a list of words, or the policy and the hints in the head.
            let word = |c: char| c.is_ascii_alphanumeric() || "-_ ".contains(c);
            let plain = attribute.value.chars().all(word);
            assert!(
                plain || &*tag.name == "meta",
                "{what}: {name}={}",
                attribute.value
            );
        }
    }
}

#[derive(Default)]
struct Browser {
    tags: RefCell<Vec<Tag>>,
    comments: RefCell<Vec<String>>,
}

impl TokenSink for Browser {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let raw = match &*tag.name {
                    "title" => Some(RawKind::Rcdata),
                    "style" => Some(RawKind::Rawtext),
                    "script" => Some(RawKind::ScriptData),
                    _ => None,
                };
                self.tags.borrow_mut().push(tag);
                match raw {
                    Some(kind) => TokenSinkResult::RawData(kind),
                    None => TokenSinkResult::Continue,
                }
            }
            Token::CommentToken(comment) => {
                self.comments.borrow_mut().push(comment.to_string());
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

/// As a CI server reads a report: our own elements, well formed, attributes once.
#[track_caller]
pub(super) fn junit(what: &str, suite: &str) {
    let ours = [
        "testsuites",
        "testsuite",
        "testcase",
        "properties",
        "property",
        "failure",
        "error",
        "skipped",
        "system-out",
    ];
    let mut reader = Reader::from_str(suite);
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{what}: {error}\n{suite}"))
        {
            Xml::Start(tag) | Xml::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                assert!(ours.contains(&name.as_str()), "{what}: <{name}>");
                for attribute in tag.attributes() {
                    attribute.unwrap_or_else(|error| panic!("{what}: {error} in <{name}>"));
                }
            }
            Xml::Comment(_) | Xml::CData(_) | Xml::PI(_) | Xml::DocType(_) => {
                panic!("{what}: something that is not ours in\n{suite}")
            }
            Xml::Eof => return,
            Xml::End(_) | Xml::Text(_) | Xml::Decl(_) | Xml::GeneralRef(_) => {}
        }
    }
}

/// As a spreadsheet reads a table: every line has the cells of the first, and no cell is computed.
#[track_caller]
pub(super) fn csv(what: &str, text: &str) {
    let rows: Vec<Vec<String>> = text.lines().map(cells).collect();
    assert!(!rows.is_empty(), "{what}: no table");
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{what}: {row:?}");
        for cell in row {
            let computes = cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t']);
            assert!(!computes, "{what}: {cell}");
        }
    }
}

/// The cells of a line (RFC 4180; no cell of ours holds a line end).
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    assert!(!quoted, "a cell without an end: {line}");
    cells.push(cell);
    cells
}

/// The readers find what they look for: each is shown what it must refuse.
#[test]
fn a_reader_refuses_what_is_not_inert() {
    let refuses = |read: &dyn Fn(&str), text: &str| {
        let read = std::panic::AssertUnwindSafe(|| read(text));
        assert!(std::panic::catch_unwind(read).is_err(), "{text}");
    };
    for text in [
        "\u{1b}[2J",
        "a\r",
        "\u{202e}",
        "\u{3164}",
        "\n ::x",
        "a ##vso[x]",
        "e\u{301}\u{301}\u{301}\u{301}",
        " \u{301}",
        "\u{a0}",
    ] {
        refuses(&|text| inert("", text), text);
    }
    refuses(&|text| inert_in_colour("", text), "\u{1b}[1m\u{1b}[2J");
    for text in [
        "[a](http://b)",
        "![a](b)",
        "<b>",
        "a @b",
        "www.b",
        "x <!-- y -->",
        "|a|\n|-|\n|https://b|",
        "- [x] a",
        "a[^1]\n\n[^1]: b",
        "$a$",
        "~~a~~",
        "    code",
        "> a",
        "see org/a#1",
    ] {
        refuses(&|text| markdown("", text), text);
    }
    let page = "<p>".repeat(11);
    for text in [
        "<img>",
        "<p onclick=x>",
        "<!-- x -->",
        "<p class='a:b'>",
        "<script></script><script>",
    ] {
        refuses(&|text| html("", &format!("{page}{text}")), text);
    }
    html("", &page);
    for text in [
        "<a/>",
        "<testcase name='a' name='b'/>",
        "<!-- x -->",
        "<testcase>&lt;</b>",
    ] {
        refuses(&|text| junit("", text), text);
    }
    for text in ["a,b\nc", "\"=1\"", "a,@b", "\"a"] {
        refuses(&|text| csv("", text), text);
    }
}
