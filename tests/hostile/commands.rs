//! The corpus through every command in every format, at every vendor: read as terminals, forges, browsers, CI servers
//! and spreadsheets read it.

use mock_servers::Vendor;

use super::corpus::{self, Text};
use super::reader::{self, inert, inert_in_colour};
use crate::world::{Ran, World};

/// Commands that print one result in each of these forms.
const FORMATS: [&str; 5] = ["text", "json", "markdown", "html", "junit"];

/// A world of one vendor, in which everything that is said is read.
struct Told {
    vendor: Vendor,
    world: World,
}

#[test]
fn nobody_speaks_through_admin_by_request() {
    every_command(Vendor::AdminByRequest);
}

#[test]
fn nobody_speaks_through_beyondtrust() {
    every_command(Vendor::BeyondTrust);
}

#[test]
fn nobody_speaks_through_threatlocker() {
    every_command(Vendor::ThreatLocker);
}

#[test]
fn nobody_speaks_through_fudo() {
    every_command(Vendor::Fudo);
}

#[test]
fn nobody_speaks_through_ekran() {
    every_command(Vendor::Ekran);
}

fn every_command(vendor: Vendor) {
    let texts = corpus::texts();
    let all: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
    let told = Told {
        vendor,
        world: corpus::world(vendor, &all),
    };
    told.in_every_format(&["queue", "-v", "--max", "1000"]);
    told.run(&["draft", "--expires", "7d", "--ticket", "CHG1"])
        .exits(0);
    let files = told.drafts();
    assert_eq!(
        files.len(),
        all.len(),
        "{}: a draft for each",
        vendor.slug()
    );
    told.run(&["queue", "--new"]).exits(0);
    told.undecided(&files);
    told.decide(&files);
    told.files();
    told.planned();
    told.lookalikes_are_flagged(&texts);
    told.changed_after_review(&files);
    let reads = "reading, drafting and planning send nothing";
    assert_eq!(told.world.writes(), [], "{reads}");
    told.applied();
    let sent = told.world.writes().len();
    told.ledger();
    told.tidied();
    assert_eq!(told.world.writes().len(), sent, "nor does tidying up");
}

impl Told {
    /// Runs a command and reads both streams as a terminal does.
    #[track_caller]
    fn run(&self, args: &[&str]) -> Ran {
        let ran = self.world.run(args);
        inert(&self.what(args), &ran.out);
        inert(&self.what(args), &ran.err);
        ran
    }

    fn what(&self, args: &[&str]) -> String {
        format!("{}: {}", self.vendor.slug(), args.join(" "))
    }

    /// Reads a result as whoever it is meant for.
    #[track_caller]
    fn read(&self, what: &str, format: &str, text: &str) {
        assert!(!text.is_empty(), "{what}: nothing said");
        match format {
            "json" => reader::json(what, text),
            "markdown" => reader::markdown(what, text),
            "html" => reader::html(what, text),
            "junit" => reader::junit(what, text),
            _ => inert(what, text),
        }
    }

    #[track_caller]
    fn in_every_format(&self, args: &[&str]) {
        for format in FORMATS {
            let args = [args, &["--format", format]].concat();
            let ran = self.run(&args).exits(0);
            self.read(&self.what(&args), format, &ran.out);
        }
        let args = [args, &["--color", "always"]].concat();
        let ran = self.world.run(&args).exits(0);
        inert_in_colour(&self.what(&args), &ran.out);
    }

    /// Each draft, read as a terminal would show it.
    fn drafts(&self) -> Vec<String> {
        let folder = self
            .world
            .path(&format!("decisions/{}", self.vendor.slug()));
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("drafts")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .map(|name| format!("decisions/{}/{name}", self.vendor.slug()))
            .collect();
        files.sort();
        for file in &files {
            inert(file, &self.world.read(file));
        }
        files
    }

    fn undecided(&self, files: &[String]) {
        self.run(&["plan", "-v"]).exits(0);
        self.run(&["draft", "--prune"]).exits(0);
        assert_eq!(self.drafts(), files, "nothing has gone");
    }

    fn refresh_guards(&self) {
        let target = format!("{}/*", self.vendor.slug());
        self.run(&["draft", "--refresh-guard", "--target", &target])
            .exits(0);
    }

    /// Approves every other request, and denies the rest.
    fn decide(&self, files: &[String]) {
        for (number, file) in files.iter().enumerate() {
            let verdict = ["\"approve\"", "\"deny\""][number % 2];
            self.world.edit(file, "\"undecided\"", verdict);
            self.world
                .edit(file, "reason  = \"\"", "reason  = \"seen\"");
            if number % 2 == 0 {
                self.world.take_permit(file);
            }
        }
    }

    fn files(&self) {
        self.run(&["validate", "-v"]).exits(0);
        self.run(&["fmt", "--check"]);
        self.run(&["fmt"]).exits(0);
        self.drafts();
        self.run(&["doctor", "-v"]).exits(0);
        self.run(&["explain"]).exits(0);
        self.run(&["explain", "\u{1b}[2J::x"]).exits(64);
    }

    fn planned(&self) {
        self.in_every_format(&["plan", "-v"]);
        self.in_every_format(&["status", "-v"]);
        let events = self.run(&["plan", "--json-events"]).exits(0);
        reader::json("plan --json-events", &events.out);
        self.run(&["plan", "-v", "--out", "p.plan", "--json-into", "plan.jsonl"])
            .exits(0);
        self.run(&["observe", "--out", "seen.jsonl"]).exits(0);
        self.in_every_format(&["plan", "--snapshot", "seen.jsonl"]);
        self.in_every_format(&["show", "p.plan", "-v"]);
        for file in ["p.plan", "plan.jsonl", "seen.jsonl"] {
            inert(file, &self.world.read(file));
        }
    }

    /// A plan says of each name that it is drawn like another, wherever it would act; at Ekran, where nothing is sent,
    /// wherever it agrees.
    fn lookalikes_are_flagged(&self, texts: &[Text]) {
        let plan = self.run(&["plan", "-v"]).exits(0);
        let flags = plan.out.matches("[!! ").count();
        let lookalike = |(number, text): &(usize, &Text)| {
            text.kind == "lookalike" && (self.vendor != Vendor::Ekran || number % 2 == 0)
        };
        let expected = texts.iter().enumerate().filter(lookalike).count();
        assert!(
            flags >= expected && expected > 1,
            "{}: {flags}\n{}",
            self.vendor.slug(),
            plan.out
        );
    }

    /// The differences are drawn, a vendor's text against a reviewer's.
    fn changed_after_review(&self, files: &[String]) {
        for file in files {
            let text = self.world.read(file);
            let (before, digits) = text.split_once("v1:sha256:").expect("a fingerprint");
            let other = format!("{before}v1:sha256:0000{}", &digits[4..]);
            self.world.write(
                file,
                &other.replace("user        = ", "user        = \"\\u202Eother\" #"),
            );
        }
        self.in_every_format(&["plan", "-v"]);
        self.in_every_format(&["status"]);
        for file in files {
            self.world.write(
                file,
                &self.world.read(file).replace("\"\\u202Eother\" #", ""),
            );
        }
        self.refresh_guards();
    }

    fn applied(&self) {
        let world = &self.world;
        self.run(&["plan", "--out", "again.plan"]).exits(0);
        for (nth, ending) in ["json", "html", "md", "xml"].into_iter().enumerate() {
            let report = format!("report.{ending}");
            let mut args = vec!["apply", "again.plan", "-v", "--report", &report];
            args.extend(["--json-into", "apply.jsonl", "--verify-timeout", "300ms"]);
            let format = ["--format", FORMATS[nth]];
            let ran = self.run(&[&args[..], &format].concat());
            self.read(&self.what(&args), FORMATS[nth], &ran.out);
            let form = ["json", "html", "markdown", "junit"][nth];
            let text = world.read(&report);
            inert(&report, &text);
            self.read(&report, form, &text);
            reader::json("apply.jsonl", &world.read("apply.jsonl"));
            inert("apply.jsonl", &world.read("apply.jsonl"));
        }
        let sends = self.vendor != Vendor::Ekran;
        assert_eq!(!world.writes().is_empty(), sends, "{}", self.vendor.slug());
        // What was reviewed is not there any more: every line is told as stale.
        self.run(&[
            "apply",
            "p.plan",
            "--json-events",
            "--report",
            "report.json",
        ]);
        inert("report.json", &world.read("report.json"));
        self.in_every_format(&["status", "-v"]);
    }

    fn ledger(&self) {
        // The ledger itself is canonical JSON, bound by hashes, and shown to people by these commands.
        for format in ["text", "json"] {
            let show = self
                .run(&["ledger", "show", "-v", "--format", format])
                .exits(0);
            self.read("ledger show", format, &show.out);
        }
        let table = self.run(&["ledger", "export"]).exits(0);
        reader::csv("ledger export", &table.out);
        let calls = self.run(&["ledger", "export", "--format", "json"]).exits(0);
        reader::json("ledger export --format json", &calls.out);
        self.run(&["ledger", "verify", "-v"]).exits(0);
        let first = match self.vendor {
            Vendor::ThreatLocker => "a0000000-0000-4000-a000-000000007001",
            _ => "7001",
        };
        let address = format!("{}/{first}", self.vendor.slug());
        self.run(&["ledger", "explain", &address]).exits(0);
        self.run(&["ledger", "explain", "\u{1b}[2J/::x"]);
    }

    fn tidied(&self) {
        self.run(&["archive", "-v"]).exits(0);
        self.run(&["draft", "--prune", "-v"]).exits(0);
        let mut folders = vec![self.world.path("archive"), self.world.path("decisions")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(&path).expect("text");
                    inert(&path.display().to_string(), &text);
                }
            }
        }
        self.run(&["doctor"]).exits(0);
    }
}
