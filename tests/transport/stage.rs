//! A queue of each vendor behind a man in the middle, with a saved plan that can be applied again and again.

use std::process::Command;

use mock_servers::Vendor;
use serde_json::{Value, json};

use super::wire::{Asked, Wire};
use crate::world::{Ran, World};

/// One kind of call that an adapter makes.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Deed {
    pub(super) vendor: Vendor,
    /// What the saved plan wants.
    pub(super) verdict: &'static str,
    /// The command that makes the call.
    pub(super) args: &'static [&'static str],
    /// The method, and how the target's path ends.
    pub(super) call: (&'static str, &'static str),
}

const APPLY: &[&str] = &["apply", "p.plan", "--verify-timeout", "200ms"];
const PLAN: &[&str] = &["plan"];
const QUEUE: &[&str] = &["queue"];

const fn deed(
    vendor: Vendor,
    verdict: &'static str,
    args: &'static [&'static str],
    method: &'static str,
    path: &'static str,
) -> Deed {
    Deed {
        vendor,
        verdict,
        args,
        call: (method, path),
    }
}

/// Every call of every adapter: lists, look-ups, sessions, writes.
pub(super) const DEEDS: [Deed; 18] = {
    use Vendor::{AdminByRequest, BeyondTrust, Ekran, Fudo, ThreatLocker};
    [
        deed(AdminByRequest, "approve", QUEUE, "GET", "/requests"),
        deed(AdminByRequest, "approve", PLAN, "GET", "/requests/ID"),
        deed(AdminByRequest, "approve", APPLY, "PUT", "/requests/ID"),
        deed(AdminByRequest, "deny", APPLY, "DELETE", "/requests/ID"),
        deed(BeyondTrust, "approve", PLAN, "POST", "/Auth/SignAppIn"),
        deed(BeyondTrust, "approve", PLAN, "POST", "/Auth/Signout"),
        deed(BeyondTrust, "approve", PLAN, "GET", "/Requests"),
        deed(BeyondTrust, "approve", APPLY, "PUT", "/Requests/ID/Approve"),
        deed(BeyondTrust, "deny", APPLY, "PUT", "/Requests/ID/Deny"),
        deed(
            ThreatLocker,
            "approve",
            QUEUE,
            "POST",
            "/ApprovalRequestGetByParameters",
        ),
        deed(
            ThreatLocker,
            "approve",
            PLAN,
            "GET",
            "/ApprovalRequestGetPermitApplicationById",
        ),
        deed(
            ThreatLocker,
            "approve",
            APPLY,
            "POST",
            "/ApprovalRequestPermitApplication",
        ),
        deed(
            ThreatLocker,
            "deny",
            APPLY,
            "POST",
            "/ApprovalRequestUpdateForReject",
        ),
        deed(Fudo, "approve", QUEUE, "GET", "/access_request"),
        deed(Fudo, "approve", PLAN, "GET", "/access_request/ID"),
        deed(Fudo, "approve", APPLY, "POST", "/access_request/ID/vote"),
        deed(Fudo, "revoke", APPLY, "POST", "/access_request/ID/revoke"),
        deed(Ekran, "approve", PLAN, "GET", "/GetEndpointAccessRequests"),
    ]
};

impl Deed {
    /// Whether this is such a call.
    pub(super) fn is(&self, asked: &Asked) -> bool {
        let (method, path) = asked.line.split_once(' ').expect("a request line");
        let path = path.split('?').next().expect("a path");
        let words: Vec<&str> = path.split('/').collect();
        let id = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let generic: Vec<&str> = words
            .iter()
            .map(|word| if id(word) { "ID" } else { word })
            .collect();
        method == self.call.0 && generic.join("/").ends_with(self.call.1)
    }

    /// Whether it reads one request by its id.
    pub(super) fn looks_up(&self) -> bool {
        self.call.0 == "GET" && (self.call.1.ends_with("/ID") || self.call.1.ends_with("ById"))
    }

    /// Whether it decides something.
    pub(super) fn writes(&self) -> bool {
        self.args == APPLY
    }

    pub(super) fn name(&self) -> String {
        format!("{} {} {}", self.vendor.slug(), self.call.0, self.call.1)
    }
}

/// A world whose only queue is reached through the wire.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) wire: Wire,
}

impl Stage {
    /// The first request decided so, and planned in `p.plan`.
    pub(super) fn new(vendor: Vendor, verdict: &str) -> Self {
        let world = World::of(|options| options.vendors = vec![vendor]);
        let queue = &world.mocks.queues()[vendor.slug()];
        let url = queue.url.strip_prefix("http://").expect("plain http");
        let address = url.split('/').next().expect("a host").to_owned();
        let wire = Wire::before(&address);
        world.edit("countersign.toml", &address, &wire.address.to_string());
        let id = world.pending()[0].clone();
        world.decide(&[(&id, verdict)]);
        if verdict == "revoke" {
            let granted =
                json!({"vendor": vendor.slug(), "id": id, "decision": "approve", "by": "boss"});
            world.admin("POST", "actors/portal/decide", &granted);
        }
        world.plan("p.plan");
        wire.asked();
        Self { world, wire }
    }

    /// The binary in a fresh copy of the folder, and what `--report` says where it applies: each run is the first.
    pub(super) fn run(&self, args: &[&str], environment: &[(&str, &str)]) -> (Ran, Value) {
        let copy = tempfile::tempdir().expect("a folder");
        let status = Command::new("cp")
            .arg("-a")
            .arg(self.world.path("."))
            .arg(copy.path())
            .status();
        assert!(status.expect("cp runs").success());
        let applies = args[0] == "apply";
        let report: &[&str] = if applies {
            &["--report", "r.json"]
        } else {
            &[]
        };
        let mut command = self.world.command(&[args, report].concat());
        command.current_dir(copy.path());
        command.envs(environment.iter().copied());
        let ran = Ran::of(command.output().expect("it runs"));
        let report = match applies {
            true => crate::world::report(&copy.path().join("r.json")),
            false => Value::Null,
        };
        (ran, report)
    }
}
