//! The world without a world file: a working day's queue, with the variety the vendor's rules need.

use super::given::{Given, GivenRequest, GivenUser, PortalUser, RequestType};
use super::request::{App, Status, User};

/// The people of every world that names none.
pub(crate) fn portal_users() -> Vec<PortalUser> {
    [
        ("boss@example.com", "Robin Boss"),
        ("countersign@example.com", "Countersign"),
        ("helpdesk@example.com", "Kim Helpdesk"),
    ]
    .map(|(email, name)| PortalUser {
        email: email.to_owned(),
        name: name.to_owned(),
    })
    .to_vec()
}

/// Admin By Request's part of the sample world.
pub(crate) fn sample() -> Given {
    Given {
        portal_user: portal_users(),
        request: [pending(), settled()].concat(),
        ..Given::default()
    }
}

fn pending() -> Vec<GivenRequest> {
    vec![
        GivenRequest {
            user: Some(GivenUser::Whole(User {
                account: "AZUREAD\\FASTTRACKSOFTWARESUP".to_owned(),
                full_name: "FastTrack Software Support".to_owned(),
                email: "support@fasttracksoftware.com".to_owned(),
                phone: "333.333.3333".to_owned(),
                is_admin: false,
            })),
            app: Some(App {
                sha256: "61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD"
                    .to_owned(),
                ..app(
                    "cmd.exe",
                    "Windows Command Processor",
                    "Microsoft Corporation",
                    "10.0.21390.1 (WinBuild.160101.0800)",
                )
            }),
            ..request("cmd", "Need to run a cmd")
        },
        GivenRequest {
            app: Some(app("dbgview.exe", "DebugView", "Sysinternals", "4.90")),
            ..request("debug-view", "Driver fault, vendor case 5512")
        },
        GivenRequest {
            kind: Some(RequestType::Session),
            ..request("session", "Replacing the network card driver on site")
        },
        GivenRequest {
            app: Some(App {
                threat: Some("EICAR-Test-File (not a virus)".to_owned()),
                ..app("invoice-viewer.exe", "Invoice Viewer", "", "1.0")
            }),
            ..request("malicious", "I got this by mail and must open it")
        },
        // Every output that shows this reason must survive it.
        request(
            "hostile",
            "\u{1b}[2J\u{1b}]0;owned\u{7}<script>alert(1)</script> **urgent** [click](https://evil.example) @everyone\r\n::error::x ##[command] =HYPERLINK(\"x\") \u{202e}gpj.exe",
        ),
        GivenRequest {
            app: Some(app(
                "ZoomInstaller.exe",
                "Zoom",
                "Zoom Video Communications, Inc.",
                "5.17.5",
            )),
            settings: Some("Sales".to_owned()),
            ..request("zoom", "Kundengespräch um 14 Uhr ☎")
        },
        GivenRequest {
            reason: None,
            ..request("no-reason", "")
        },
        request(
            "long-reason",
            &"The installer asks for administrator rights again and again. ".repeat(12),
        ),
    ]
}

fn settled() -> Vec<GivenRequest> {
    let with = |name: &str, status, reason: &str| GivenRequest {
        status: Some(status),
        ..request(name, reason)
    };
    vec![
        with("approved", Status::Approved, "Quarterly report add-in"),
        GivenRequest {
            decided_by: Some("helpdesk@example.com".to_owned()),
            denied_reason: Some("Use the software centre".to_owned()),
            ..with("denied", Status::Denied, "Want a newer browser")
        },
        GivenRequest {
            app: Some(App {
                threat: Some("Trojan.Generic".to_owned()),
                ..app("keygen.exe", "keygen", "", "")
            }),
            ..with("quarantined", Status::Quarantined, "licence")
        },
        with("running", Status::Running, "Reinstalling the scanner"),
        with("finished", Status::Finished, "Printer driver"),
    ]
}

fn request(name: &str, reason: &str) -> GivenRequest {
    GivenRequest {
        name: Some(name.to_owned()),
        reason: Some(reason.to_owned()),
        ..GivenRequest::default()
    }
}

fn app(file: &str, name: &str, vendor: &str, version: &str) -> App {
    App {
        file: file.to_owned(),
        name: name.to_owned(),
        vendor: vendor.to_owned(),
        version: version.to_owned(),
        sha256: String::new(),
        path: "C:\\Users\\Public\\Downloads".to_owned(),
        preapproved: false,
        threat: None,
    }
}
