//! HTML and JUnit: that they say what the text says, that their forms hold, and what a pipeline counts.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sha2::{Digest as _, Sha256};

use super::{fixture, scopes};
use crate::apply::Report;
use crate::error::Failure;
use crate::exit::Exit;
use crate::fakes::{WILLING, request};
use crate::model::{Outcome, QueueName, Status, Verdict};
use crate::plan::{Envelope, Plan, SavedPlan, Why};
use crate::render::apply::ApplyContext;
use crate::render::queue::{Coverage, Pending, QueueReport};
use crate::render::sheet::{self, Sheet};
use crate::render::{Style, html, junit, markdown, plan as plan_text, status};

/// Elements that have no end.
const VOID: [&str; 3] = ["!DOCTYPE", "meta", "input"];

/// All attributes that the page uses: none loads, follows or runs anything.
const ATTRIBUTES: [&str; 18] = [
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
    "data-queue",
    "data-verdict",
    "data-state",
    "html",
    "",
];

/// The page without its style and its script, which are no text of others.
pub(super) fn without_ours(page: &str) -> String {
    let mut page = page.to_owned();
    for element in ["style", "script"] {
        let begin = page.find(&format!("<{element}>")).expect("its begin");
        let end = format!("</{element}>");
        let till = page.find(&end).expect("its end") + end.len();
        page.replace_range(begin..till, "");
    }
    page
}

/// What a browser shows of it; fails where an element is not closed, or has an attribute of strangers.
#[track_caller]
pub(super) fn read_html(page: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let mut text = String::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let end = at + rest[at..].find('>').expect("the end of a tag");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{text}"),
            None => {
                let name = tag.split(' ').next().unwrap_or_default();
                let own = |c: char| c.is_ascii_alphanumeric() || c == '!';
                assert!(name.chars().all(own), "<{tag}>");
                // Every other piece between quotes is a value.
                let names = tag[name.len()..].split('"').step_by(2).collect::<String>();
                for attribute in names.split([' ', '=']) {
                    assert!(ATTRIBUTES.contains(&attribute), "{attribute} in <{tag}>");
                }
                if !VOID.contains(&name) {
                    open.push(name);
                }
            }
        }
        if !text.ends_with([' ', '\n']) && !matches!(tag, "span" | "/span" | "mark" | "/mark") {
            text.push('\n');
        }
    }
    assert!(open.is_empty(), "{open:?}");
    text.push_str(rest);
    assert!(!text.contains(['<', '>', '"']), "{text}");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Each case and how it counts; fails where the numbers of a suite are not those of its cases.
#[track_caller]
pub(super) fn read_junit(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut all, mut said) = (BTreeMap::new(), BTreeMap::new());
    let mut shown = String::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "testsuites" => all = attributes(&tag),
                "testsuite" => {
                    said = attributes(&tag);
                    shown.push_str(&format!("{}\n", said["name"]));
                }
                "testcase" => {
                    *counted.entry("tests").or_default() += 1;
                    let attributes = attributes(&tag);
                    shown.push_str(&format!("  {}\n", attributes["name"]));
                }
                "failure" => note(&mut shown, &mut counted, "failures", &tag),
                "error" => note(&mut shown, &mut counted, "errors", &tag),
                "skipped" => note(&mut shown, &mut counted, "skipped", &tag),
                "properties" | "property" | "system-out" => {}
                other => panic!("{other}"),
            },
            Event::End(tag) if tag.name().as_ref() == "testsuite" => {
                for name in ["tests", "failures", "errors", "skipped"] {
                    let counted = counted.get(name).copied().unwrap_or_default();
                    assert_eq!(said[name], counted.to_string(), "{name} in {xml}");
                    let left = all.get(name).and_then(|all: &String| all.parse().ok());
                    let left: Option<usize> = left;
                    if let Some(left) = left {
                        all.insert(name.to_owned(), (left - counted).to_string());
                    }
                }
                counted.clear();
            }
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    for name in ["tests", "failures", "errors"] {
        assert_eq!(all[name], "0", "{name} beyond the suites in {xml}");
    }
    shown
}

fn note<'a>(
    shown: &mut String,
    counted: &mut BTreeMap<&'a str, usize>,
    name: &'a str,
    tag: &BytesStart<'_>,
) {
    *counted.entry(name).or_default() += 1;
    let attributes = attributes(tag);
    shown.push_str(&format!("    {name}: {}\n", attributes["message"]));
}

fn attributes(tag: &BytesStart<'_>) -> BTreeMap<String, String> {
    let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let attribute = attribute.expect("an attribute");
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .expect("a value");
        let name = attribute.key.as_ref().to_owned();
        (name, value.into_owned())
    };
    tag.attributes().map(attribute).collect()
}

fn account(plan: Option<&Plan>) -> ApplyContext<'_> {
    ApplyContext {
        exit: Exit::InDoubt,
        plan,
        name: "countersign.toml",
    }
}

fn pending() -> QueueReport {
    let queue = QueueName::new("helpdesk").expect("a name");
    let pending = |named, id| Pending {
        queue: queue.clone(),
        named,
        request: request(id, Status::Pending),
        can: &WILLING,
    };
    let mut coverage = Coverage::of(&queue, "pending", false);
    (
        coverage.rows,
        coverage.unnamed,
        coverage.drafted,
        coverage.decided,
    ) = (3, 1, 1, 1);
    QueueReport {
        queues: vec![coverage],
        pending: vec![
            pending("new", "1"),
            pending("drafted", "2"),
            pending("decided", "3"),
        ],
        ..QueueReport::default()
    }
}

/// What a browser shows of its page.
fn shown(sheet: &Sheet) -> String {
    read_html(&without_ours(&html::document(sheet)))
}

/// Where the reader wants whole lines.
const WIDE: Style = Style {
    width: 240,
    colour: false,
    verbose: true,
};

#[track_caller]
fn says_the_same(text: &str, sheet: &Sheet) {
    let page = shown(sheet);
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let fields = text.lines().filter_map(|line| line.strip_prefix("      "));
    let values = fields.filter_map(|field| field.split_once("  "));
    // What a caret stands under is marked in the page.
    let values = values.map(|(_, value)| value.trim());
    let values: Vec<&str> = values.filter(|value| !value.starts_with('^')).collect();
    assert!(values.len() > 10, "{text}");
    let stable = text.lines().filter(|line| !line.starts_with("  "));
    let stable = stable.filter(|line| line.starts_with("Plan:") || line.starts_with("Digest:"));
    for said in values.into_iter().chain(stable) {
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(&said), "{said}\nis missing in\n{page}");
    }
}

#[test]
fn the_page_says_everything_that_the_text_says() {
    let context = fixture::context();
    for plan in [fixture::plan(""), scopes::based("")] {
        says_the_same(
            &plan_text::text(&plan, &context, WIDE),
            &sheet::plan(&plan, &context),
        );
        says_the_same(
            &status::text(&plan, &context, WIDE),
            &sheet::status(&plan, &context),
        );
    }
    let many = fixture::many(Verdict::Approve, 9);
    says_the_same(
        &plan_text::text(&many, &context, WIDE),
        &sheet::plan(&many, &context),
    );
}

#[test]
fn one_changed_character_is_marked() {
    let mut plan = fixture::plan("");
    let differences = vec![fixture::mismatch("file", "dbgview.exe", "dbgv1ew.exe")];
    plan.holds[0].why = Why::GuardMismatch { differences };
    let page = html::document(&sheet::plan(&plan, &fixture::context()));
    assert!(page.contains("is  dbgv<mark>1</mark>ew.exe"), "{page}");
}

#[test]
fn a_page_of_a_plan() {
    let page = shown(&sheet::plan(&fixture::plan(""), &fixture::context()));
    insta::assert_snapshot!(page, @r#"

countersign plan of countersign.toml
countersign
plan of countersign.toml
Plan: 1 to approve, 1 to deny, 0 to revoke; 2 blocked, 1 waiting, 1 settled.
Digest: sha256:a8d75a625dba663c5dbb1170689caf0b3daebf551321906e9551a38db8c280be
1
 approve
1
 deny
2
 blocked
1
 waiting
1
 settled
1
 undecided
1
 queues unread
1
 inert
compared
6 decisions
commit
9ab2e10c4d5e6f708192a3b4c5d6e7f8091a2b3c
read at
2026-11-22T09:12:04Z
the clock is virtual: http://127.0.0.1:7700
That these decisions were reviewed is not verified by countersign itself.
Look here first (1)
vault NOT READ: no answer: GET /Requests: connection refused
said
"try later"
next
countersign doctor
Find Verdict any
approve
deny
Queue any
helpdesk
State any
blocked
inert
settled
to do
undecided
waiting
Sort by as listed
request
ticket
who and on what
verdict
state
Show all
Grants (1)
+ approve
 helpdesk/27 CHG0031327 to do
AZUREAD\ANNA on FIN-LT-22
what
email=anna@example.com file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb834e3281dfbb0c8e13a94273ba85a70f6e141de637aa9632fab9cb type="Run As Admin" settings=Global asked
"Driver fault on my machine"
reason
"Driver fault, vendor case 5512"
guard
fingerprint and 10 fields match
from
decisions/helpdesk/27.toml:1
decides
as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
unproven
which ticket a request belongs to
notifies
the user, by email
undo
in the portal only
Deny, revoke, give back (1)
- deny
 helpdesk/14 CHG0031314 to do
AZUREAD\ANNA on FIN-LT-22
what
email=anna@example.com file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb834e3281dfbb0c8e13a94273ba85a70f6e141de637aa9632fab9cb type="Run As Admin" settings=Global asked
"Driver fault on my machine"
reason
"Driver fault, vendor case 5512"
guard
CONTENT CHANGED SINCE REVIEW: file, sha256
from
decisions/helpdesk/14.toml:1
decides
as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
unproven
which ticket a request belongs to
notifies
the user, by email
undo
in the portal only
Blocked: a person must look (2)
! approve
 helpdesk/28 CHG0031328 blocked
guard-mismatch
why
changed since review: version
version
was 4.90
is  4.91
sha256
was 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
is  3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3
file
was C:\Program Files\Vendor\Deep\Folder\Of\Tools\That\Are\Long\dbgview.exe
is  C:\Program Files\Vendor\Deep\Folder\0f\Tools\That\Are\Long\dbgview.exe
from
decisions/helpdesk/28.toml:1
next
Look at what changed. If it is still right: `countersign draft --target helpdesk/28 --refresh-guard`, then review the decision again.
! approve
 helpdesk/29 CHG0031329 blocked
contradicted
why
the vendor shows it denied; decided by "m.lee@example.com"
from
decisions/helpdesk/29.toml:1
next
Accept it: edit or delete the decision. Or undo it at the vendor, with verdict `revoke` where the vendor can.
Waiting: time will tell (1)
~ approve
 helpdesk/30 CHG0031330 waiting
not-granted-yet
why
not granted yet: still pending
from
decisions/helpdesk/30.toml:1
next
Wait; what is to be revoked can be denied instead.
Settled (1)
= approve
 helpdesk/3 CHG3 settled
how
applied by us (ledger 12), decided by countersign@example.com
from
decisions/helpdesk/3.toml:1
Undecided: drafted, nobody has decided (1)
?  helpdesk/40 undecided
from
decisions/helpdesk/40.toml:1
next
countersign queue
Inert: past their expiry, not looked up (1)
~ deny
 helpdesk/1 inert
why
expired 2026-11-01T00:00:00Z
from
decisions/helpdesk/1.toml:1
next
delete this block
How the queues were read
helpdesk
pending list, 14 calls, 312 rows
"#);
}

#[test]
fn grants_come_first_and_what_widens_before_them() {
    let mut plan = fixture::many(Verdict::Approve, 2);
    plan.changes[1].permits = vec!["ORGANIZATION-WIDE: on every computer".to_owned()];
    plan.changes
        .insert(0, fixture::change(Verdict::Deny, "9", ""));
    let page = html::document(&sheet::plan(&plan, &fixture::context()));
    let at = |address: &str| page.find(&format!("\">{address}<")).expect("a line");
    assert!(at("helpdesk/101") < at("helpdesk/100") && at("helpdesk/100") < at("helpdesk/9"));
    assert!(page.contains("<dd class=\"alarm\">ORGANIZATION-WIDE: on every computer</dd>"));
}

#[test]
fn what_a_pipeline_counts() {
    let (plan, context) = (fixture::plan(""), fixture::context());
    let counted = |sheet: &Sheet| read_junit(&junit::document(sheet));
    insta::assert_snapshot!(counted(&sheet::plan(&plan, &context)), @r#"
helpdesk
  helpdesk read
  helpdesk/27 approve
  helpdesk/14 deny
  helpdesk/28 approve
    failures: guard-mismatch: changed since review: version
  helpdesk/29 approve
    failures: contradicted: the vendor shows it denied; decided by "m.lee@example.com"
  helpdesk/30 approve
    skipped: not-granted-yet: not granted yet: still pending
  helpdesk/3 approve
  helpdesk/40 undecided
    skipped: drafted, nobody has decided
  helpdesk/1 deny
    skipped: expired 2026-11-01T00:00:00Z
vault
  vault read
    errors: NOT READ: no answer: GET /Requests: connection refused
"#);
    let report = fixture::report("");
    insta::assert_snapshot!(counted(&sheet::apply(&report, account(Some(&plan)), &context)), @r#"
helpdesk
  helpdesk read
  helpdesk/9 approve
  helpdesk/56 approve
    failures: in doubt: no answer within 30 s
  helpdesk/54 approve
    failures: refused: 403: no rights; the vendor says "Request is locked"
  helpdesk/53 approve
    failures: contradicted: the vendor shows it denied, decided by m.lee@example.com
  helpdesk/52 approve
    failures: stale, nothing sent: file differs, decided by m.lee@example.com
  helpdesk/55 approve
    failures: not sent: connection refused
  helpdesk/28 approve
    failures: guard-mismatch: changed since review: version
  helpdesk/29 approve
    failures: contradicted: the vendor shows it denied; decided by "m.lee@example.com"
  helpdesk/14 deny
    skipped: planned, not begun by this run
  helpdesk/27 approve
    skipped: planned, not begun by this run
  helpdesk/50 deny
  helpdesk/51 approve
  helpdesk/30 approve
    skipped: not-granted-yet: not granted yet: still pending
  helpdesk/3 approve
  helpdesk/40 undecided
    skipped: drafted, nobody has decided
  helpdesk/1 deny
    skipped: expired 2026-11-01T00:00:00Z
vault
  vault read
    errors: NOT READ: no answer: GET /Requests: connection refused
"#);
    insta::assert_snapshot!(counted(&sheet::queue(&pending())), @r"
helpdesk
  helpdesk read
  helpdesk/1 new
    skipped: new: no decision file names it
  helpdesk/2 drafted
    skipped: drafted, nobody has decided
  helpdesk/3 decided
");
    let failure = Failure::new(Exit::Locked, "another apply holds the lock").hint("wait for it");
    insta::assert_snapshot!(counted(&sheet::stopped(&failure, &report)), @r"
countersign
  apply stopped
    errors: another apply holds the lock
helpdesk
  helpdesk/9 approve
");
}

#[test]
fn a_suite_of_one_change() {
    let plan = fixture::many(Verdict::Deny, 1);
    let xml = junit::document(&sheet::plan(&plan, &fixture::context()));
    insta::assert_snapshot!(xml, @r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="countersign plan" tests="2" failures="0" errors="0">
  <testsuite name="helpdesk" tests="2" failures="0" errors="0" skipped="0" timestamp="2026-11-22T09:12:04">
    <properties>
      <property name="name" value="countersign.toml"/>
      <property name="digest" value="sha256:1a6251e13734ed8390ab605b263931ee20a3575cbb53b455f992092c30f25c0b"/>
      <property name="compared" value="1 decision"/>
      <property name="commit" value="9ab2e10c4d5e6f708192a3b4c5d6e7f8091a2b3c"/>
      <property name="read-at" value="2026-11-22T09:12:04Z"/>
      <property name="approve" value="0"/>
      <property name="deny" value="1"/>
      <property name="revoke" value="0"/>
      <property name="file" value="0"/>
      <property name="check-in" value="0"/>
      <property name="blocked" value="0"/>
      <property name="waiting" value="0"/>
      <property name="settled" value="0"/>
      <property name="undecided" value="0"/>
      <property name="queues-unread" value="0"/>
      <property name="inert" value="0"/>
    </properties>
    <testcase name="helpdesk read" classname="countersign.plan.helpdesk" time="0">
      <system-out>pending list, 14 calls, 312 rows</system-out>
    </testcase>
    <testcase name="helpdesk/100 deny" classname="countersign.plan.helpdesk" time="0">
      <system-out>CHG00313100  AZUREAD\ANNA on FIN-LT-22
what      email=anna@example.com file=dbgview.exe vendor=Sysinternals version=4.90 sha256=fad6b64ecb834e3281dfbb0c8e13a94273ba85a70f6e141de637aa9632fab9cb type=&quot;Run As Admin&quot; settings=Global
asked     &quot;Driver fault on my machine&quot;
reason    &quot;Driver fault, vendor case 5512&quot;
guard     fingerprint and 10 fields match
from      decisions/helpdesk/100.toml:1
decides   as countersign@example.com with env ABR_API_KEY, decided by boss@example.com
unproven  which ticket a request belongs to
notifies  the user, by email
undo      in the portal only</system-out>
    </testcase>
  </testsuite>
</testsuites>
"#);
}

#[test]
fn the_policy_allows_this_style_and_this_script_and_nothing_else() {
    let page = html::document(&sheet::plan(&Plan::default(), &fixture::context()));
    let between = |begin: &str, end: &str| {
        let rest = page.split_once(begin).expect("its begin").1;
        rest.split_once(end).expect("its end").0.to_owned()
    };
    let hash = |element: &str| {
        let text = between(&format!("<{element}>"), &format!("</{element}>"));
        STANDARD.encode(Sha256::digest(text))
    };
    let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let policy = policy
        .replace(&hash("style"), "STYLE")
        .replace(&hash("script"), "SCRIPT");
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'sha256-STYLE'; script-src 'sha256-SCRIPT'; base-uri 'none'; \
         form-action 'none'"
    );
}

#[test]
fn a_stale_plan_says_so_and_names_each_of_its_facts_once() {
    let origin = |queue: &str| (queue.to_owned(), format!("https://{queue}.example.com"));
    let envelope = Envelope {
        tool: "0.1.0".to_owned(),
        schema: 1,
        files: BTreeMap::new(),
        origins: [origin("helpdesk"), origin("vault")].into(),
        commit: None,
        created: "2026-11-20T00:00:00Z".parse().expect("a time"),
        expires: "2026-11-21T00:00:00Z".parse().expect("a time"),
    };
    let saved = SavedPlan::seal(fixture::many(Verdict::Deny, 1), envelope);
    let sheet = sheet::saved(&saved, Some("it expired"), &fixture::context());
    let page = shown(&sheet);
    assert!(
        page.contains("\nSTALE: it expired\nPlan: 0 to approve"),
        "{page}"
    );
    assert!(
        page.contains("origin of vault\nhttps://vault.example.com"),
        "{page}"
    );
    let xml = junit::document(&sheet);
    let mut names: Vec<&str> = xml.split("<property name=\"").skip(1).collect();
    names
        .iter_mut()
        .for_each(|rest| *rest = rest.split('"').next().unwrap_or_default());
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
}

#[test]
fn a_queue_that_was_not_read_is_an_error_and_is_not_read_as_well() {
    let mut context = fixture::context();
    context.queues[0].queue = QueueName::new("vault").expect("a name");
    let shown = read_junit(&junit::document(&sheet::plan(&fixture::plan(""), &context)));
    assert_eq!(shown.matches("vault read").count(), 1, "{shown}");
}

#[test]
fn what_needs_nobody_does_not_bury_the_rest_of_a_status() {
    let plan = fixture::many(Verdict::Approve, 50);
    let lines = |style: Style| {
        let text = status::text(&plan, &fixture::context(), style);
        let changes = text.lines().filter(|line| line.starts_with("  + approve"));
        (
            changes.count(),
            text.contains("  … 30 more: -v shows all\n"),
        )
    };
    assert_eq!(lines(Style::PLAIN), (20, true));
    let verbose = Style {
        verbose: true,
        ..Style::PLAIN
    };
    assert_eq!(lines(verbose), (50, false));
}

#[test]
fn an_account_of_many_grants_names_each_and_tells_of_those_not_done_in_full() {
    let ended = |n: usize| {
        let outcome = match n % 100 {
            0 => Outcome::InDoubt {
                why: "no answer".to_owned(),
            },
            _ => Outcome::Applied,
        };
        fixture::ended(Verdict::Approve, &(1_000 + n).to_string(), outcome)
    };
    let account = ApplyContext {
        exit: Exit::InDoubt,
        plan: None,
        name: "countersign.toml",
    };
    for (grants, fits) in [(10, true), (600, true), (1_500, true), (9_000, false)] {
        let report = Report {
            lines: (0..grants).map(ended).collect(),
            ..Report::default()
        };
        let comment = markdown::apply(&report, account);
        assert!(comment.text.len() <= 60_000, "{grants}");
        assert_eq!(comment.fits, fits, "{grants}");
        let named =
            (0..grants).filter(|n| comment.text.contains(&format!("`helpdesk/{}`", 1_000 + n)));
        assert_eq!(named.count(), if fits { grants } else { 0 });
        let told = comment.text.matches("| `in doubt: no answer").count();
        assert_eq!(
            told,
            if fits { grants.div_ceil(100) } else { 0 },
            "{grants}"
        );
    }
}
