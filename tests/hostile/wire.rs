//! Answers that no vendor gives: too deep, too large, twice, packed, cut, in another encoding, about another id. Each in
//! place of every read, and then in place of the answer to the call that decides.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mock_servers::Vendor;
use serde_json::Value;

use super::between::{Answer, Between, Mangle, Of};
use super::corpus;
use super::reader::inert;
use crate::world::{Ran, World, report, side_by_side};

/// A name, and what becomes of an honest answer.
type Shape = (&'static str, Mangle);

fn shape(name: &'static str, mangle: impl Fn(&Answer) -> Vec<u8> + Send + Sync + 'static) -> Shape {
    (name, Arc::new(mangle))
}

impl Answer {
    /// The same head with another body.
    fn with(&self, body: &[u8]) -> Vec<u8> {
        self.headed("", body)
    }

    /// With another body and further headers, each with its line end.
    fn headed(&self, headers: &str, body: &[u8]) -> Vec<u8> {
        let replaced = ["content-length", "transfer-encoding", "connection"];
        let kept = self.head.lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            let again = headers
                .split(':')
                .next()
                .is_some_and(|new| name.eq_ignore_ascii_case(new));
            !again && !replaced.iter().any(|gone| name.eq_ignore_ascii_case(gone))
        });
        let head: String = kept.map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        let mut bytes =
            format!("{head}{headers}connection: close\r\ncontent-length: {length}\r\n\r\n")
                .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// With something put in before the end of the first object.
    fn with_member(&self, member: &str) -> Vec<u8> {
        let text = self.text();
        match text.find('{') {
            Some(at) => {
                self.with(format!("{}{member},{}", &text[..=at], &text[at + 1..]).as_bytes())
            }
            None => self.with(format!("{{{member}}}").as_bytes()),
        }
    }

    /// With every member that is called like an id, whoever it names, replaced by these bytes.
    fn with_ids(&self, token: &str) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice::<Value>(&self.body) else {
            return self.with(token.as_bytes());
        };
        put_ids(&mut value);
        self.with(value.to_string().replace("\"@ID@\"", token).as_bytes())
    }
}

/// Each member of each object twice; `otherwise` the first time as null.
fn twice(value: &Value, otherwise: bool) -> String {
    let all = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Object(members) => {
            let pair = |(name, member): (&String, &Value)| {
                let (name, member) = (Value::from(name.as_str()), twice(member, otherwise));
                let first = if otherwise { "null" } else { &member };
                format!("{name}:{first},{name}:{member}")
            };
            format!("{{{}}}", all(members.iter().map(pair).collect()))
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| twice(item, otherwise));
            format!("[{}]", all(items.collect()))
        }
        _ => value.to_string(),
    }
}

fn put_ids(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.to_ascii_lowercase().as_str() {
                    "id" | "requestid" | "approvalrequestid" => *member = "@ID@".into(),
                    _ => put_ids(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(put_ids),
        _ => {}
    }
}

const DEEP: usize = 10_000;

/// Ids that are none: paths, queries, headers, numbers that no number type holds.
const IDS: [(&str, &str); 15] = [
    ("id ../", "\"../7001\""),
    ("id ?", "\"7001?x=1\""),
    ("id %2f", "\"7001%2f7002\""),
    ("id #", "\"7001#x\""),
    ("id crlf", "\"7001\\r\\nX: y\""),
    ("id bidi", "\"\u{202e}1007\""),
    ("id empty", "\"\""),
    ("id null", "null"),
    ("id true", "true"),
    ("id object", "{\"id\":7001}"),
    ("id 1e400", "1e400"),
    ("id -0", "-0"),
    ("id 2^64", "18446744073709551616"),
    ("id 7001.0", "7001.0"),
    ("id 7e3", "7e3"),
];

fn shapes() -> Vec<Shape> {
    let mut shapes = vec![
        shape("deep", |answer| answer.with("[".repeat(DEEP).as_bytes())),
        shape("deep, closed", |answer| {
            answer.with(format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)).as_bytes())
        }),
        shape("deep objects", |answer| {
            answer.with("{\"a\":".repeat(DEEP).as_bytes())
        }),
        shape("every key twice", |answer| {
            let value = serde_json::from_slice(&answer.body).expect("JSON");
            answer.with(twice(&value, false).as_bytes())
        }),
        shape("every key twice, otherwise", |answer| {
            let value = serde_json::from_slice(&answer.body).expect("JSON");
            answer.with(twice(&value, true).as_bytes())
        }),
        shape("says gzip", |answer| {
            answer.headed("content-encoding: gzip\r\n", &answer.body)
        }),
        shape("says br", |answer| {
            answer.headed("Content-Encoding: BR\r\n", &answer.body)
        }),
        shape("gzip bomb", |answer| {
            answer.headed("content-encoding: gzip\r\n", &bomb())
        }),
        shape("gzip unsaid", |answer| answer.with(&bomb())),
        shape("invalid UTF-8", |answer| {
            let mut body = answer.body.clone();
            let at = body
                .iter()
                .position(|byte| *byte == b'"')
                .map_or(0, |at| at + 1);
            body.insert(at, 0xff);
            answer.with(&body)
        }),
        shape("overlong UTF-8", |answer| {
            answer
                .with_member("\"\u{1}\":1")
                .into_iter()
                .map(|byte| if byte == 1 { 0xc0 } else { byte })
                .collect()
        }),
        shape("UTF-16", |answer| {
            let units = answer.text().encode_utf16().collect::<Vec<_>>();
            answer.with(
                &units
                    .iter()
                    .flat_map(|unit| unit.to_le_bytes())
                    .collect::<Vec<_>>(),
            )
        }),
        shape("two BOMs", |answer| {
            answer.with(format!("\u{feff}\u{feff}{}", answer.text()).as_bytes())
        }),
        shape("NaN", |answer| answer.with_member("\"x\":NaN")),
        shape("a comment", |answer| {
            answer.with(format!("/* x */{}", answer.text()).as_bytes())
        }),
        shape("cut in half", |answer| {
            answer.with(&answer.body[..answer.body.len() / 2])
        }),
        shape("twice", |answer| {
            answer.with(answer.text().repeat(2).as_bytes())
        }),
        shape("something behind", |answer| {
            answer.with(format!("{} x", answer.text()).as_bytes())
        }),
        shape("nothing", |answer| answer.with(b"")),
        shape("null", |answer| answer.with(b"null")),
        shape("a string", |answer| {
            answer.with(b"\"::error::\\u001b[2J <b>\"")
        }),
        shape("a number", |answer| answer.with(b"-1e999")),
        shape("[null]", |answer| answer.with(b"[null]")),
        shape("[{}]", |answer| answer.with(b"[{}]")),
        shape("{}", |answer| answer.with(b"{}")),
        shape("an error, 200", |answer| {
            answer.with(
                b"{\"Message\":\"\\u001b[2J::error::\",\"error\":\"x\",\"result\":\"failure\"}",
            )
        }),
        shape("a web page", |answer| {
            answer.headed(
                "content-type: text/html\r\n",
                b"<html>\x1b[2J<title>Sign in",
            )
        }),
        shape("HTML that says JSON", |answer| {
            answer.with(b"<html><!-- ::error:: -->")
        }),
        shape("JSON that says HTML", |answer| {
            answer.headed("content-type: text/html\r\n", &answer.body)
        }),
        shape("no HTTP", |_| b"\x16\x03\x01 hello\r\n\r\n".to_vec()),
        shape("two lengths", |answer| {
            answer.headed("content-length: 3\r\n", &answer.body)
        }),
        shape("a length of 2^64", |_| {
            b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551616\r\n\r\n[]".to_vec()
        }),
        shape("a length of 1 TB", |_| {
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1099511627776\r\n\r\n[".to_vec()
        }),
    ];
    let ids = IDS.map(|(name, token)| shape(name, move |answer| answer.with_ids(token)));
    shapes.extend(ids);
    shapes.push(shape("id of 10 kB", |answer| {
        answer.with_ids(&"7".repeat(10_000))
    }));
    shapes
}

/// The vendor's own answer, and something beside it that nobody asked for: it changes nothing, or is refused.
fn beside() -> Vec<Shape> {
    vec![
        shape("deep member", |answer| {
            let nested = format!("\"x\":{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
            answer.with_member(&nested)
        }),
        shape("lone surrogate", |answer| {
            answer.with_member("\"x\":\"\\ud800\"")
        }),
        shape("number 1e400", |answer| answer.with_member("\"x\":1e400")),
    ]
}

/// A gzip member of a stored block: what it holds does not matter, it is never unpacked.
fn bomb() -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 0, 0xfd, 0xff];
    bytes.extend_from_slice(b"[]");
    bytes.extend([0; 8]);
    bytes
}

/// A queue of this vendor behind somebody who answers in its place, one request approved and one denied, and the plan
/// of it saved.
fn decided(vendor: Vendor) -> (World, Between) {
    let world = World::of(|options| options.vendors = vec![vendor]);
    let between = Between::of(&world, vendor);
    let ids = world.pending();
    world.decide(&[(&ids[0], "approve"), (&ids[1], "deny")]);
    world.plan("p.plan");
    (world, between)
}

/// What a run said, on one line.
fn said(ran: &Ran) -> String {
    let said = format!("{} {}", ran.out, ran.err);
    let said: Vec<&str> = said.split_whitespace().collect();
    said.join(" ")
}

/// Why something could not be read, without the call and without numbers.
fn reason(what: &str, ran: &Ran) -> String {
    let said = said(ran);
    let (_, why) = said
        .split_once("read: ")
        .unwrap_or_else(|| panic!("{what}: {said}"));
    let end = [" (row-unreadable)", ": queue ", " from decisions/"].map(|end| why.find(end));
    let why = &why[..end.into_iter().flatten().min().unwrap_or(why.len())];
    let why = match why.strip_prefix("GET ") {
        Some(call) => call.split_once(": ").map_or(call, |(_, why)| why),
        None => why,
    };
    let digits = |c: char| if c.is_ascii_digit() { '#' } else { c };
    let mut why: String = why.chars().map(digits).collect();
    while why.contains("##") {
        why = why.replace("##", "#");
    }
    why
}

#[track_caller]
fn quiet(what: &str, ran: &Ran) {
    inert(what, &ran.out);
    inert(what, &ran.err);
    let said = said(ran);
    assert!(
        !said.contains("panicked") && !said.contains("fault of countersign"),
        "{what}: {said}"
    );
    assert!(ran.code.is_some(), "{what}: ended by a signal");
}

#[test]
fn whatever_is_read_nothing_is_sent_and_it_is_said_why() {
    let told = side_by_side(Vendor::ALL, |vendor| {
        let (world, between) = decided(*vendor);
        let mut told = BTreeMap::new();
        for (name, mangle) in shapes() {
            let what = format!("{} {name}", vendor.slug());
            between.mangles(Of::Reads, mangle);
            // A plan of Ekran's has no line to apply, so only a plan reads.
            let ran = match vendor {
                Vendor::Ekran => world.run(&["plan"]),
                _ => world.run(&["apply", "p.plan", "--report", "r.json"]),
            };
            assert!(between.rests() > 0, "{what}: nothing was read");
            quiet(&what, &ran);
            assert!(
                world.writes().is_empty(),
                "{what}: {:?}\n{}",
                world.writes(),
                ran.out
            );
            if *vendor != Vendor::Ekran {
                let report = report(&world.path("r.json"));
                assert_eq!(report["exit"], ran.code.expect("a code"), "{what}");
            }
            assert!(!ran.says("Apply complete!"), "{what}: {}", ran.out);
            let said = (
                vendor.slug(),
                ran.code.expect("a code"),
                reason(&what, &ran),
            );
            told.entry(said).or_insert_with(Vec::new).push(name);
        }
        // And nothing of all that is remembered: the vendor's own answers are believed.
        let ran = world.run(&["apply", "p.plan"]).exits(0);
        quiet(vendor.slug(), &ran);
        told
    });
    let lines = told
        .into_iter()
        .flatten()
        .map(|((vendor, code, reason), names)| {
            format!("{vendor} {code}, {reason}: {}", names.join("; "))
        });
    let lines: Vec<String> = lines.collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    admin-by-request 1, the answer did not arrive whole: it is not HTTP as it should be, # tries: no HTTP; two lengths; a length of 2^64
    admin-by-request 3, field `application` is given twice: every key twice, otherwise
    admin-by-request 3, field `file` is given twice: every key twice
    admin-by-request 3, field `id` is missing or not # to # digits: {}; an error, 200; id ../; id ?; id %2f; id #; id crlf; id bidi; id empty; id null; id true; id object; id -0; id 2^64; id 7001.0; id 7e3
    admin-by-request 3, it has another shape than a request at line #, column #: deep; deep, closed; null; a string; [null]; [{}]
    admin-by-request 3, it is cut off: deep objects; cut in half
    admin-by-request 3, it is not JSON at line #, column #: UTF-16; two BOMs; NaN; a comment; twice; something behind; a number; HTML that says JSON; id 1e400; id of 10 kB
    admin-by-request 3, the answer is compressed, which was not asked for: says gzip; says br; gzip bomb
    admin-by-request 3, the answer is empty: nothing
    admin-by-request 3, the answer is larger than # KiB: a length of 1 TB
    admin-by-request 3, the answer is not JSON but something else, such as a web page: a web page; JSON that says HTML
    admin-by-request 3, the answer is not UTF-#: gzip unsaid; invalid UTF-8; overlong UTF-8
    beyondtrust 1, it is cut off: deep; cut in half
    beyondtrust 1, it is not JSON at line #, column #: UTF-16; NaN
    beyondtrust 1, something follows the array of requests: twice; something behind
    beyondtrust 1, the answer did not arrive whole: it is not HTTP as it should be, # tries: no HTTP; two lengths; a length of 2^64
    beyondtrust 1, the answer is compressed, which was not asked for: says gzip; says br; gzip bomb
    beyondtrust 1, the answer is larger than # KiB: a length of 1 TB
    beyondtrust 1, the answer is not JSON but something else, such as a web page: a web page; JSON that says HTML
    beyondtrust 1, the answer is not UTF-#: invalid UTF-8; overlong UTF-8
    beyondtrust 1, the answer is not an array of requests: deep objects; gzip unsaid; two BOMs; a comment; nothing; null; a string; a number; {}; an error, 200; HTML that says JSON
    beyondtrust 3, the lists do not show it, but # rows have no id that can be read: deep, closed; every key twice; every key twice, otherwise; [null]; [{}]; id ../; id ?; id %2f; id #; id crlf; id bidi; id empty; id null; id true; id object; id 1e400; id -0; id 2^64; id 7001.0; id 7e3; id of 10 kB
    threatlocker 1, the answer did not arrive whole: it is not HTTP as it should be, # tries: no HTTP; two lengths; a length of 2^64
    threatlocker 3, a key stands twice in an object, at line #, column #: every key twice; every key twice, otherwise
    threatlocker 3, approvalRequest.approvalRequestId is not text: id true; id object; id -0; id 2^64; id 7001.0; id 7e3
    threatlocker 3, the answer is about another request, or about none: {}; an error, 200; id ../; id ?; id %2f; id #; id crlf; id bidi; id empty; id null
    threatlocker 3, the answer is compressed, which was not asked for: says gzip; says br; gzip bomb
    threatlocker 3, the answer is cut off: cut in half
    threatlocker 3, the answer is empty: nothing; null
    threatlocker 3, the answer is larger than # KiB: a length of 1 TB
    threatlocker 3, the answer is not JSON at line #, column #: deep; deep, closed; deep objects; UTF-16; two BOMs; NaN; a comment; twice; something behind; a number; HTML that says JSON; id 1e400; id of 10 kB
    threatlocker 3, the answer is not JSON but something else, such as a web page: a web page; JSON that says HTML
    threatlocker 3, the answer is not UTF-#: gzip unsaid; invalid UTF-8; overlong UTF-8
    threatlocker 3, the answer is not a permit document: a string; [null]; [{}]
    fudo 1, the answer did not arrive whole: it is not HTTP as it should be, # tries: no HTTP; two lengths; a length of 2^64
    fudo 3, duplicate field `access_request`: every key twice; every key twice, otherwise
    fudo 3, field `id` is missing or not # to # digits: deep, closed; [null]; [{}]; {}; id ../; id ?; id %2f; id #; id crlf; id bidi; id empty; id null; id true; id object; id -0; id 2^64; id 7001.0; id 7e3
    fudo 3, it has another shape than an answer of this vendor at line #, column #: null; a string
    fudo 3, it is cut off: deep; deep objects; cut in half; nothing
    fudo 3, it is not JSON at line #, column #: UTF-16; two BOMs; NaN; a comment; twice; something behind; a number; HTML that says JSON; id 1e400; id of 10 kB
    fudo 3, the answer does not say `success`: an error, 200
    fudo 3, the answer is compressed, which was not asked for: says gzip; says br; gzip bomb
    fudo 3, the answer is larger than # KiB: a length of 1 TB
    fudo 3, the answer is not JSON but something else, such as a web page: a web page; JSON that says HTML
    fudo 3, the answer is not UTF-#: gzip unsaid; invalid UTF-8; overlong UTF-8
    ekran 0, no batch shows it, but # rows have no id that can be read: id ../; id ?; id %2f; id #; id crlf; id bidi; id empty; id null; id true; id object; id 1e400; id -0; id 2^64; id 7001.0; id 7e3; id of 10 kB
    ekran 1, it has another shape than in the vendor's document at line #, column #: deep, closed; every key twice; every key twice, otherwise; null; a string; [null]; [{}]; {}; an error, 200
    ekran 1, it is cut off: deep; deep objects; cut in half; nothing
    ekran 1, it is not JSON at line #, column #: UTF-16; two BOMs; NaN; a comment; twice; something behind; a number; HTML that says JSON
    ekran 1, the answer did not arrive whole: it is not HTTP as it should be, # tries: no HTTP; two lengths; a length of 2^64
    ekran 1, the answer is compressed, which was not asked for: says gzip; says br; gzip bomb
    ekran 1, the answer is larger than # KiB: a length of 1 TB
    ekran 1, the answer is not JSON but something else, such as a web page: a web page; JSON that says HTML
    ekran 1, the answer is not UTF-#: gzip unsaid; invalid UTF-8; overlong UTF-8
    ");
}

/// Each answer another error, which says another text of the corpus, in a form of one of the vendors.
fn errors(texts: Vec<String>) -> Mangle {
    let calls = AtomicUsize::new(0);
    Arc::new(move |answer| {
        let nth = calls.fetch_add(1, Ordering::Relaxed);
        let text = format!("heard {}", texts[nth % texts.len()]);
        let told = Value::from(text.as_str());
        let status = [400, 403, 404, 409, 422][nth % 5];
        let body = match nth % 6 {
            0 => told.to_string(),
            1 => format!("{{\"Message\":{told}}}"),
            2 => format!("{{\"LoggerId\":1,\"StatusCode\":{status},\"Message\":{told}}}"),
            3 => format!("{{\"errorMessage\":{told},\"error\":{told}}}"),
            4 => format!(
                "{{\"result\":\"failure\",\"errors\":[{{\"message\":{told}}}],\"message\":{told}}}"
            ),
            _ => text,
        };
        let first = answer.head.lines().next().unwrap_or_default();
        let head = answer
            .head
            .replacen(first, &format!("HTTP/1.1 {status} ::error::"), 1);
        let answer = Answer {
            head,
            body: Vec::new(),
        };
        answer.with(body.as_bytes())
    })
}

/// A vendor's own words in an error are shown, and nobody speaks through them.
#[test]
fn what_an_error_says_is_shown_and_does_nothing() {
    let mut texts: Vec<String> = corpus::texts().into_iter().map(|text| text.text).collect();
    // What looks like an escape already is the one that is rightly escaped again.
    texts.retain(|text| !text.contains("\\u{"));
    side_by_side(Vendor::ALL, |vendor| {
        let vendor = *vendor;
        let plain = vec!["plain"; texts.len()];
        let world = corpus::world(vendor, &plain);
        let between = Between::of(&world, vendor);
        world
            .run(&["draft", "--expires", "7d", "--ticket", "CHG1"])
            .exits(0);
        for file in
            std::fs::read_dir(world.path(&format!("decisions/{}", vendor.slug()))).expect("drafts")
        {
            let name = file
                .expect("a file")
                .file_name()
                .into_string()
                .expect("text");
            let file = format!("decisions/{}/{name}", vendor.slug());
            world.edit(&file, "\"undecided\"", "\"deny\"");
            world.edit(&file, "reason  = \"\"", "reason  = \"no\"");
        }
        world.plan("p.plan");
        between.mangles(Of::Reads, errors(texts.clone()));
        // Where one list shows all, one answer says one thing.
        let times = match vendor {
            Vendor::BeyondTrust | Vendor::Ekran => 4,
            _ => 1,
        };
        let mut heard = false;
        for _ in 0..times {
            let commands: [&[&str]; 5] = [
                &["plan", "-v"],
                &["doctor", "-v"],
                &["queue", "-v"],
                &["draft", "--prune"],
                &["observe", "--out", "s.jsonl"],
            ];
            for command in commands {
                let ran = world.run(command);
                quiet(&format!("{} {command:?}", vendor.slug()), &ran);
                let twice = ran.says("\\u{5c}u{");
                assert!(!twice, "made visible twice: {}", said(&ran));
                heard |= ran.says("heard");
            }
        }
        between.rests();
        if vendor != Vendor::Ekran {
            between.mangles(Of::Writes, errors(texts.clone()));
            let told = [
                "--report",
                "r.json",
                "--json-into",
                "e.jsonl",
                "--verify-timeout",
                "50ms",
            ];
            let ran = world.run(&[&["apply", "p.plan", "-v"][..], &told].concat());
            assert!(
                between.rests() >= texts.len(),
                "{}: every request was denied",
                vendor.slug()
            );
            quiet(vendor.slug(), &ran);
            heard |= ran.says("heard");
            for file in ["r.json", "e.jsonl"] {
                inert(file, &world.read(file));
            }
            for args in [
                &["ledger", "show", "-v"][..],
                &["ledger", "export"],
                &["status", "-v"],
            ] {
                quiet(vendor.slug(), &world.run(args));
            }
        }
        assert!(heard, "{}: no word was shown", vendor.slug());
    });
}

/// An answer without an end is given up at the limit; there is room for little more than that.
#[test]
fn an_answer_that_never_ends_does_not_fill_the_memory() {
    // Password Safe does not page: its one list may hold half a GiB.
    let paged = |vendor: &&Vendor| **vendor != Vendor::BeyondTrust;
    let vendors: Vec<Vendor> = Vendor::ALL.iter().filter(paged).copied().collect();
    side_by_side(&vendors, |vendor| {
        let (world, between) = decided(*vendor);
        let endless = |answer: &Answer| {
            let kept = answer
                .head
                .lines()
                .filter(|line| !line.starts_with("content-length"));
            let head: String = kept.map(|line| format!("{line}\r\n")).collect();
            let mut bytes = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
            for _ in 0..65 {
                bytes.extend_from_slice(b"100000\r\n");
                bytes.resize(bytes.len() + (1 << 20), b' ');
                bytes.extend_from_slice(b"\r\n");
            }
            bytes
        };
        between.mangles(Of::Reads, Arc::new(endless));
        let command = world.command(&["plan", "--parallelism", "1"]);
        let ran = with_little_memory(&command);
        assert!(between.rests() > 0, "{}", vendor.slug());
        quiet(vendor.slug(), &ran);
        assert!(
            ran.says("the answer is larger than"),
            "{}: {ran:?}",
            vendor.slug()
        );
    });
}

/// The same command where no more than 512 MiB can be had, threads and libraries included.
fn with_little_memory(command: &Command) -> Ran {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 524288; exec \"$@\"", "sh"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
        .current_dir(command.get_current_dir().expect("a folder"))
        .env_clear();
    for (name, value) in command.get_envs() {
        limited.env(name, value.expect("a value"));
    }
    Ran::of(limited.output().expect("it runs"))
}

#[test]
fn what_stands_beside_an_answer_changes_no_plan() {
    side_by_side(Vendor::ALL, |vendor| {
        let (world, between) = decided(*vendor);
        let plan = ["plan", "--format", "json"];
        let honest = world.run(&plan).exits(0);
        for (name, mangle) in beside() {
            let what = format!("{} {name}", vendor.slug());
            between.mangles(Of::Reads, mangle);
            let ran = world.run(&plan);
            assert!(between.rests() > 0, "{what}: nothing was read");
            quiet(&what, &ran);
            let changes = |ran: &Ran| {
                let plan: Value = serde_json::from_str(&ran.out).expect("a document");
                plan["changes"].clone()
            };
            let none = Value::Array(Vec::new());
            let planned = if ran.code == Some(0) {
                changes(&ran)
            } else {
                none.clone()
            };
            assert!(
                planned == changes(&honest) || planned == none,
                "{what}: {planned:#}"
            );
        }
    });
}

#[test]
fn whatever_answers_the_call_that_decides_it_is_read_back_and_done_once() {
    let deciding: Vec<Vendor> = Vendor::ALL
        .iter()
        .copied()
        .filter(|vendor| *vendor != Vendor::Ekran)
        .collect();
    side_by_side(&deciding, |vendor| {
        for (name, mangle) in shapes() {
            let few = [
                "deep",
                "says gzip",
                "invalid UTF-8",
                "nothing",
                "null",
                "an error, 200",
                "a web page",
                "no HTTP",
                "a length of 1 TB",
                "JSON that says HTML",
            ];
            if !few.contains(&name) {
                continue;
            }
            let what = format!("{} {name}", vendor.slug());
            let (world, between) = decided(*vendor);
            between.mangles(Of::Writes, mangle);
            let waits = ["--verify-timeout", "300ms"];
            let ran = world.run(&[&["apply", "p.plan", "--report", "r.json"][..], &waits].concat());
            assert!(between.rests() > 0, "{what}: nothing was sent");
            quiet(&what, &ran);
            let report = report(&world.path("r.json"));
            for line in report["lines"].as_array().expect("lines") {
                let id = line["request"]["id"].as_str().or(line["id"].as_str());
                let outcome = crate::world::text(&line["outcome"]);
                let known = [
                    "applied",
                    "state-reached",
                    "recorded",
                    "in-doubt",
                    "refused",
                ];
                assert!(
                    known.contains(&outcome.as_str()),
                    "{what}: {outcome} {id:?}"
                );
            }
            for id in world.pending() {
                assert!(world.effects(&id) <= 1, "{what}: {id}");
            }
            world.run(&["apply", "p.plan", "--verify-timeout", "300ms"]);
            for id in world.pending() {
                assert!(world.effects(&id) <= 1, "{what}: {id}");
            }
        }
    });
}
