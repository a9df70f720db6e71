//! A result as JUnit XML: a suite for each queue, a case for each line, a failure where a person must look.
//!
//! Elements and attributes are those of `junit-10.xsd` of Jenkins' xUnit plugin, and none beside them. What
//! waits or is undecided is skipped, what was not read is an error.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::layout::Role;
use super::sheet::{CountsAs, Line, Row, Sheet, Trouble};

/// The suite of what belongs to no queue.
const NO_QUEUE: &str = "countersign";

/// The document; ends with a line feed.
#[must_use]
pub fn document(sheet: &Sheet) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Memory takes whatever is written to it.
    let _ = suites(&mut xml, sheet);
    let mut text = String::from_utf8(xml.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

type Xml = Writer<Vec<u8>>;

/// One test of a suite.
struct Case<'a> {
    name: String,
    what: What<'a>,
}

enum What<'a> {
    /// A queue that was read, and how.
    Read(&'a str),
    Line(&'a Line),
    Trouble(&'a Trouble),
}

fn suites(xml: &mut Xml, sheet: &Sheet) -> io::Result<()> {
    let suites = by_queue(sheet);
    let all = || suites.values().flatten();
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .with_attribute(("name", format!("countersign {}", sheet.command).as_str()))
        .with_attribute(("tests", all().count().to_string().as_str()))
        .with_attribute(("failures", number(all(), Kind::Failure).as_str()))
        .with_attribute(("errors", number(all(), Kind::Error).as_str()))
        .write_inner_content(|xml| {
            for (queue, cases) in &suites {
                suite(xml, sheet, queue, cases)?;
            }
            Ok(())
        })?;
    Ok(())
}

/// Cases by queue. Readers drop one of two cases of the same name, so there are no such two.
fn by_queue(sheet: &Sheet) -> BTreeMap<&str, Vec<Case<'_>>> {
    let mut suites: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    let mut add = |queue, name: String, what| {
        let cases = suites.entry(queue).or_default();
        cases.push(Case { name, what });
    };
    for trouble in &sheet.troubles {
        let queue = trouble.queue.as_ref().map(|queue| queue.as_str());
        let name = match queue {
            Some(queue) => format!("{queue} read"),
            None => format!("{} {}", sheet.command, trouble.code),
        };
        add(queue.unwrap_or(NO_QUEUE), name, What::Trouble(trouble));
    }
    for (queue, how) in &sheet.readings {
        let failed = |trouble: &Trouble| trouble.queue.as_ref() == Some(queue);
        if !sheet.troubles.iter().any(failed) {
            let name = format!("{queue} read");
            add(queue.as_str(), name, What::Read(how));
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in sheet.sections.iter().flat_map(|section| &section.lines) {
        let verdict = Some(line.verdict).filter(|verdict| !verdict.is_empty());
        let mut name = format!("{} {}", line.address, verdict.unwrap_or(line.state));
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            name = format!("{name} ({times})");
        }
        add(line.queue.as_str(), name, What::Line(line));
    }
    suites
}

fn suite(xml: &mut Xml, sheet: &Sheet, queue: &str, cases: &[Case<'_>]) -> io::Result<()> {
    let mut suite = xml
        .create_element("testsuite")
        .with_attribute(("name", queue))
        .with_attribute(("tests", cases.len().to_string().as_str()))
        .with_attribute(("failures", number(cases, Kind::Failure).as_str()))
        .with_attribute(("errors", number(cases, Kind::Error).as_str()))
        .with_attribute(("skipped", number(cases, Kind::Skipped).as_str()));
    if let Some(at) = sheet.read_at {
        suite = suite.with_attribute(("timestamp", zoneless(at).as_str()));
    }
    suite.write_inner_content(|xml| {
        xml.create_element("properties")
            .write_inner_content(|xml| properties(xml, sheet))?;
        let class = format!("countersign.{}.{queue}", sheet.command);
        cases.iter().try_for_each(|one| case(xml, &class, one))
    })?;
    Ok(())
}

/// Of the whole result, not of one queue: the digest is one.
fn properties(xml: &mut Xml, sheet: &Sheet) -> io::Result<()> {
    let mut property = |name: &str, value: &str| {
        xml.create_element("property")
            .with_attribute(("name", name))
            .with_attribute(("value", value))
            .write_empty()
            .map(|_| ())
    };
    if !sheet.name.is_empty() {
        property("name", &sheet.name)?;
    }
    for (name, value) in &sheet.facts {
        property(&name.replace(" ", "-"), value)?;
    }
    for (name, count, _) in &sheet.counts {
        property(&name.replace(" ", "-"), &count.to_string())?;
    }
    Ok(())
}

fn case(xml: &mut Xml, class: &str, case: &Case<'_>) -> io::Result<()> {
    xml.create_element("testcase")
        .with_attribute(("name", case.name.as_str()))
        .with_attribute(("classname", class))
        .with_attribute(("time", "0"))
        .write_inner_content(|xml| match case.what {
            What::Read(how) => said(xml, how),
            What::Line(line) => of_line(xml, line),
            What::Trouble(trouble) => {
                let Trouble { code, what, .. } = trouble;
                bad(xml, "error", (code, what), &rows(&trouble.rows))
            }
        })?;
    Ok(())
}

fn of_line(xml: &mut Xml, line: &Line) -> io::Result<()> {
    let head = [line.ticket.as_str(), line.about.as_str()];
    let head = head.into_iter().filter(|part| !part.is_empty());
    let head = head.collect::<Vec<_>>().join("  ");
    let text = format!("{head}\n{}", rows(&line.rows));
    match &line.counts_as {
        CountsAs::Passed => said(xml, text.trim()),
        CountsAs::Skipped(why) => {
            xml.create_element("skipped")
                .with_attribute(("message", why.as_str()))
                .write_empty()?;
            said(xml, text.trim())
        }
        CountsAs::Failed { code, why } => bad(xml, "failure", (code, why), text.trim()),
    }
}

fn said(xml: &mut Xml, text: &str) -> io::Result<()> {
    xml.create_element("system-out")
        .write_text_content(BytesText::new(text))?;
    Ok(())
}

fn bad(xml: &mut Xml, element: &str, (code, why): (&str, &str), text: &str) -> io::Result<()> {
    xml.create_element(element)
        .with_attribute(("type", code))
        .with_attribute(("message", why))
        .write_text_content(BytesText::new(text))?;
    Ok(())
}

/// A line each; what must not be overlooked is marked, since there are no colours.
fn rows(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let mark = if row.role == Role::Alarm { "!! " } else { "" };
        format!("{:<9} {mark}{}\n", row.label, row.values.join(" "))
    };
    rows.iter().map(line).collect()
}

/// As `xs:dateTime` without a zone, in UTC, which is how the usual readers want it.
fn zoneless(at: Timestamp) -> String {
    super::words::moment(at).trim_end_matches('Z').to_owned()
}

/// How many of them are counted as that.
fn number<'a, 'b: 'a>(cases: impl IntoIterator<Item = &'a Case<'b>>, kind: Kind) -> String {
    let counted = cases.into_iter().filter(|case| case.kind() == kind);
    counted.count().to_string()
}

/// What a case is counted as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Skipped,
    Failure,
    Error,
}

impl Case<'_> {
    fn kind(&self) -> Kind {
        match self.what {
            What::Read(_) => Kind::Passed,
            What::Trouble(_) => Kind::Error,
            What::Line(line) => match line.counts_as {
                CountsAs::Passed => Kind::Passed,
                CountsAs::Skipped(_) => Kind::Skipped,
                CountsAs::Failed { .. } => Kind::Failure,
            },
        }
    }
}
