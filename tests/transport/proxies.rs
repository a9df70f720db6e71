//! Which proxies of the environment are used, and what they get to see.

use std::net::Ipv4Addr;

use mock_servers::Vendor;

use super::stage::Stage;
use super::wire::{Act, End, Wire, reply};
use crate::world::Ran;

const NAMES: [&str; 7] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "FTP_PROXY",
];

fn proxy() -> Wire {
    let gone = reply(502, &[], "");
    Wire::alone(Ipv4Addr::LOCALHOST, move |_| {
        Act::say(gone.clone(), End::Close)
    })
}

#[test]
fn no_proxy_stands_before_a_vendor_on_this_machine() {
    let stage = Stage::new(Vendor::AdminByRequest, "deny");
    let proxy = proxy();
    for name in NAMES {
        let variables = [(name, proxy.url())];
        let variables = variables
            .each_ref()
            .map(|(name, url)| (*name, url.as_str()));
        stage.run(&["plan"], &variables).0.exits(0);
    }
    let url = proxy.url();
    let all = NAMES.map(|name| (name, url.as_str()));
    stage.run(&["apply", "p.plan"], &all).0.exits(0);
    assert_eq!(proxy.bytes(), 0);
}

/// Another host is reached through `HTTPS_PROXY` alone, `NO_PROXY` or not, and the proxy sees where to, and no key.
#[test]
fn a_proxy_sees_the_host_and_nothing_else() {
    let stage = Stage::new(Vendor::AdminByRequest, "deny");
    let through = stage.wire.url();
    stage
        .world
        .edit("countersign.toml", &through, "https://vendor.invalid");
    let key = &stage.world.mocks.queues()["admin-by-request"].credentials["api-key"];
    for name in NAMES {
        let proxy = proxy();
        let url = proxy.url();
        let variables = [(name, url.as_str()), ("NO_PROXY", "*")];
        // The mock's clock is for mock vendors only.
        let run = |args: &[&str]| {
            let mut command = stage.world.command(args);
            command.env_remove("COUNTERSIGN_MOCK_CLOCK").envs(variables);
            Ran::of(command.output().expect("it runs")).exits(1)
        };
        let ran = run(&["queue", "--timeout", "2s"]);
        let asked = proxy.asked();
        if !name.eq_ignore_ascii_case("HTTPS_PROXY") {
            assert_eq!(proxy.bytes(), 0, "{name}: {ran:?}");
            continue;
        }
        assert!(!asked.is_empty(), "{name}: {ran:?}");
        for one in asked {
            assert_eq!(one.line, "CONNECT vendor.invalid:443");
            assert!(!one.head.contains(key.as_str()), "{name}");
        }
        let doctor = run(&["doctor"]);
        let named = format!("{name} is set: calls go through that proxy");
        assert!(doctor.says(&named), "{doctor:?}");
    }
}
