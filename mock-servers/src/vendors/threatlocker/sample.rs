//! The world without a world file: a working day of a company with two subsidiaries, with the variety the rules need.

use super::ACROBAT_ID;
use super::given::{
    Given, GivenApplication, GivenComputer, GivenGroup, GivenOrganization, GivenRequest, GivenRule,
};
use super::request::{Os, Status};

/// Subject of the certificate that the matching built-in and one request share.
const ADOBE: &str = "CN=Adobe Inc., O=Adobe Inc., L=San Jose, S=California, C=US";

/// ThreatLocker's part of the sample world.
pub(crate) fn sample() -> Given {
    Given {
        organization: vec![
            organization("Example Retail", "Example Group"),
            organization("Example Retail Nordics", "Example Retail"),
        ],
        group: groups(),
        computer: computers(),
        application: applications(),
        request: [pending(), elsewhere(), settled()].concat(),
        ..Given::default()
    }
}

fn organization(name: &str, parent: &str) -> GivenOrganization {
    GivenOrganization {
        id: None,
        name: name.to_owned(),
        parent: Some(parent.to_owned()),
    }
}

fn groups() -> Vec<GivenGroup> {
    let group = |name: &str, os, global| GivenGroup {
        id: None,
        name: name.to_owned(),
        organization: None,
        os: Some(os),
        global,
    };
    vec![
        group("All Windows computers", Os::Windows, true),
        group("Workstations", Os::Windows, false),
        group("Finance laptops", Os::Windows, false),
        group("Macs", Os::Mac, false),
    ]
}

fn computers() -> Vec<GivenComputer> {
    let computer = |name: &str, organization: Option<&str>, group: &str, os| GivenComputer {
        id: None,
        name: name.to_owned(),
        organization: organization.map(str::to_owned),
        group: Some(group.to_owned()),
        os: Some(os),
    };
    vec![
        computer("FIN-LT-22", None, "Finance laptops", Os::Windows),
        computer("DEV-WS-04", None, "Workstations", Os::Windows),
        computer("HR-LT-09", None, "Workstations", Os::Windows),
        computer("DES-MB-02", None, "Macs", Os::Mac),
        computer("SHOP-POS-3", Some("Example Retail"), "Tills", Os::Windows),
        computer(
            "OSLO-PC-1",
            Some("Example Retail Nordics"),
            "Tills",
            Os::Windows,
        ),
    ]
}

fn applications() -> Vec<GivenApplication> {
    let custom = |name: &str, organization: Option<&str>, rule: GivenRule| GivenApplication {
        name: name.to_owned(),
        organization: organization.map(str::to_owned),
        rule: vec![rule],
        ..GivenApplication::default()
    };
    let certificate = |subject: &str| GivenRule {
        certificate: Some(subject.to_owned()),
        ..GivenRule::default()
    };
    let path = |path: &str| GivenRule {
        path: Some(path.to_owned()),
        ..GivenRule::default()
    };
    vec![
        GivenApplication {
            id: Some(ACROBAT_ID.to_owned()),
            name: "Adobe Acrobat (Built-In)".to_owned(),
            built_in: true,
            rule: vec![certificate(ADOBE)],
            ..GivenApplication::default()
        },
        GivenApplication {
            name: "Google Chrome (Built-In)".to_owned(),
            built_in: true,
            rule: vec![certificate(
                "CN=Google LLC, O=Google LLC, L=Mountain View, S=California, C=US",
            )],
            ..GivenApplication::default()
        },
        GivenApplication {
            name: "Zoom for macOS (Built-In)".to_owned(),
            built_in: true,
            os: Some(Os::Mac),
            rule: vec![certificate(
                "Developer ID Application: Zoom Video Communications, Inc.",
            )],
            ..GivenApplication::default()
        },
        custom("Sysinternals", None, path(r"c:\tools\procmon.exe")),
        custom(
            "Payroll",
            None,
            path(r"c:\program files\payroll\payroll.exe"),
        ),
        custom(
            "Till Software",
            Some("Example Retail"),
            path(r"c:\till\till.exe"),
        ),
    ]
}

fn request(name: &str, computer: &str, path: &str, reason: &str, at: &str) -> GivenRequest {
    GivenRequest {
        name: Some(name.to_owned()),
        computer: Some(computer.to_owned()),
        path: Some(path.to_owned()),
        reason: Some(reason.to_owned()),
        at: at.parse().ok().map(crate::given::Moment),
        ..GivenRequest::default()
    }
}

// Of the top organization, oldest first.
fn pending() -> Vec<GivenRequest> {
    vec![
        GivenRequest {
            user: Some(r"EXAMPLE\anna.berg".to_owned()),
            certificate: Some(
                "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"
                    .to_owned(),
            ),
            requestor: Some("Anna Berg".to_owned()),
            requestor_email: Some("anna.berg@example.com".to_owned()),
            created_by: vec![r"c:\windows\explorer.exe".to_owned()],
            ..request(
                "tool",
                "FIN-LT-22",
                r"c:\tools\dbgview.exe",
                "Driver fault, vendor case 5512",
                "2026-03-02T05:40:00Z",
            )
        },
        GivenRequest {
            user: Some(r"EXAMPLE\omar.haddad".to_owned()),
            certificate: Some(ADOBE.to_owned()),
            requestor: Some("Omar Haddad".to_owned()),
            ..request(
                "matching",
                "HR-LT-09",
                r"c:\users\omar\downloads\acrobat_installer.exe",
                "Forms from the tax office",
                "2026-03-02T06:05:00Z",
            )
        },
        GivenRequest {
            user: Some(r"EXAMPLE\jonas.lind".to_owned()),
            ticket: Some("CHG0031337".to_owned()),
            requestor: Some("Jonas Lind".to_owned()),
            requestor_email: Some("jonas.lind@example.com".to_owned()),
            ..request(
                "ticket",
                "DEV-WS-04",
                r"c:\work\build\runner.exe",
                "Build agent of the release, see the change",
                "2026-03-02T06:20:00Z",
            )
        },
        GivenRequest {
            user: Some("lena".to_owned()),
            certificate: Some("Developer ID Application: Figma, Inc.".to_owned()),
            ..request(
                "mac",
                "DES-MB-02",
                "/Applications/Figma.app/Contents/MacOS/Figma",
                "Design review at ten",
                "2026-03-02T06:45:00Z",
            )
        },
        GivenRequest {
            user: Some(r"EXAMPLE\mila.novak".to_owned()),
            action: Some("install".to_owned()),
            ..request(
                "install",
                "DEV-WS-04",
                r"c:\users\mila\downloads\python-3.13.2-amd64.exe",
                "Przygotowanie danych 📊",
                "2026-03-02T07:00:00Z",
            )
        },
        GivenRequest {
            user: Some(r"EXAMPLE\piet.smit".to_owned()),
            requestor: Some("Piet \u{202e}timS".to_owned()),
            ..request(
                "hostile",
                "HR-LT-09",
                r#"c:\temp\=HYPERLINK("http://evil.example")<script>alert(1)</script>.exe"#,
                "::error::please\u{1b}[2J @everyone ## [click](http://evil.example)",
                "2026-03-02T07:10:00Z",
            )
        },
        GivenRequest {
            user: Some(r"EXAMPLE\jonas.lind".to_owned()),
            action: Some("elevate".to_owned()),
            ..request(
                "elevation",
                "DEV-WS-04",
                r"c:\windows\system32\mmc.exe",
                "Certificate store of this machine",
                "2026-03-02T07:30:00Z",
            )
        },
        GivenRequest {
            user: Some(r"EXAMPLE\anna.berg".to_owned()),
            action: Some("storage".to_owned()),
            ..request(
                "storage",
                "FIN-LT-22",
                r"e:\audit-2025.zip",
                "Auditor's USB stick",
                "2026-03-02T07:45:00Z",
            )
        },
    ]
}

// Of the subsidiaries.
fn elsewhere() -> Vec<GivenRequest> {
    let of = |organization: &str, request: GivenRequest| GivenRequest {
        organization: Some(organization.to_owned()),
        ..request
    };
    vec![
        of(
            "Example Retail",
            request(
                "child",
                "SHOP-POS-3",
                r"c:\till\update.exe",
                "New price lists",
                "2026-03-02T06:30:00Z",
            ),
        ),
        of(
            "Example Retail Nordics",
            request(
                "grandchild",
                "OSLO-PC-1",
                r"c:\till\kasse.exe",
                "Norsk kasse",
                "2026-03-02T07:20:00Z",
            ),
        ),
    ]
}

fn settled() -> Vec<GivenRequest> {
    let of = |status, name: &str, computer: &str, path: &str| GivenRequest {
        status: Some(status),
        changed_at: "2026-03-01T15:00:00Z"
            .parse()
            .ok()
            .map(crate::given::Moment),
        ..request(name, computer, path, "", "2026-03-01T14:00:00Z")
    };
    vec![
        of(Status::Approved, "approved", "HR-LT-09", r"c:\tools\7z.exe"),
        of(
            Status::Rejected,
            "rejected",
            "HR-LT-09",
            r"c:\temp\coinminer.exe",
        ),
        of(
            Status::AddedToApplication,
            "added",
            "DEV-WS-04",
            r"c:\tools\procmon64.exe",
        ),
        of(
            Status::Escalated,
            "escalated",
            "FIN-LT-22",
            r"c:\temp\remote-help.exe",
        ),
        of(
            Status::SelfApproved,
            "self-approved",
            "DEV-WS-04",
            r"c:\work\bin\tool.exe",
        ),
        of(
            Status::NotLearned,
            "not-learned",
            "DEV-WS-04",
            r"c:\work\bin\old.exe",
        ),
    ]
}
