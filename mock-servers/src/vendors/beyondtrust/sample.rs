//! The world without a world file: a working day's vault, with the variety the vendor's rules need.

use super::given::{
    Given, GivenAccount, GivenAlias, GivenNamed, GivenPolicy, GivenRequest, GivenSchedule,
    GivenTicketSystem,
};
use super::request::{AccessType, Status};

/// Password Safe's part of the sample world.
pub(crate) fn sample() -> Given {
    Given {
        ticket_system: vec![
            ticket_system("ServiceNow", "Change and incident tickets", true),
            ticket_system("Jira", "Project tickets", false),
        ],
        policy: policies(),
        account: accounts(),
        alias: vec![GivenAlias {
            id: None,
            name: "erp-db-primary".to_owned(),
            account: Some("ERP-DB-01/oracle".to_owned()),
        }],
        application: vec![GivenNamed {
            id: None,
            name: "SQL Server Management Studio".to_owned(),
        }],
        request: [pending(), settled()].concat(),
        ..Given::default()
    }
}

fn ticket_system(name: &str, description: &str, default: bool) -> GivenTicketSystem {
    GivenTicketSystem {
        id: None,
        name: name.to_owned(),
        description: description.to_owned(),
        default: Some(default),
    }
}

fn policies() -> Vec<GivenPolicy> {
    let policy = |name: &str, approvers| GivenPolicy {
        name: name.to_owned(),
        approvers: Some(approvers),
        auto_approve: None,
        ticket_required: false,
        ticket_system: None,
        rotation_override: None,
        schedule: Vec::new(),
    };
    vec![
        policy("two people", 2),
        policy("seven people", 7),
        GivenPolicy {
            auto_approve: Some(true),
            ..policy("monitoring", 0)
        },
        GivenPolicy {
            ticket_required: true,
            rotation_override: Some(false),
            ..policy("change window", 1)
        },
        GivenPolicy {
            schedule: vec![GivenSchedule {
                access_types: Some(vec![AccessType::View, AccessType::Ssh]),
                ..GivenSchedule::default()
            }],
            ..policy("no desktop", 1)
        },
    ]
}

fn accounts() -> Vec<GivenAccount> {
    vec![
        account("WEB-SRV-01", "root", "default"),
        account("WEB-SRV-02", "root", "no desktop"),
        GivenAccount {
            domain: Some("EXAMPLE".to_owned()),
            systems: vec!["FIN-SRV-08".to_owned()],
            ..account("FIN-SRV-07", "Administrator", "two people")
        },
        account("ERP-DB-01", "oracle", "default"),
        account("SQL-SRV-03", "sa", "default"),
        account("NET-FW-01", "admin", "change window"),
        account("MON-SRV-01", "svc_probe", "monitoring"),
        GivenAccount {
            api_access: Some(false),
            ..account("DC-SRV-01", "krbtgt_backup", "default")
        },
        account("HSM-01", "officer", "seven people"),
        GivenAccount {
            rotates: Some(false),
            ..account("LAB-SRV-11", "student", "default")
        },
    ]
}

fn account(system: &str, name: &str, policy: &str) -> GivenAccount {
    GivenAccount {
        name: name.to_owned(),
        system: Some(system.to_owned()),
        policy: Some(policy.to_owned()),
        ..GivenAccount::default()
    }
}

fn pending() -> Vec<GivenRequest> {
    vec![
        GivenRequest {
            access_type: Some(AccessType::Ssh),
            duration: Some(120),
            ..request(
                "web-root",
                "WEB-SRV-01/root",
                "nginx does not reload after the patch",
            )
        },
        GivenRequest {
            access_type: Some(AccessType::Rdp),
            duration: Some(240),
            ..request(
                "two-people",
                "FIN-SRV-07/Administrator",
                "Quarter-end close, vendor on the line",
            )
        },
        GivenRequest {
            account: None,
            alias: Some("erp-db-primary".to_owned()),
            requestor: Some("requestor-approver".to_owned()),
            ..request("alias", "", "Index rebuild before the night run")
        },
        GivenRequest {
            application: Some("SQL Server Management Studio".to_owned()),
            duration: Some(60),
            ..request(
                "application",
                "SQL-SRV-03/sa",
                "Customer record 88213 is locked",
            )
        },
        GivenRequest {
            ticket: Some("CHG0031337".to_owned()),
            requestor: Some("requestor-approver".to_owned()),
            access_type: Some(AccessType::Ssh),
            ..request("ticket", "NET-FW-01/admin", "Rule review with the auditors")
        },
        GivenRequest {
            duration: Some(525_600),
            rotate_on_check_in: Some(false),
            ..request(
                "a-year",
                "LAB-SRV-11/student",
                "Course account for the whole year",
            )
        },
        // Every output that shows a vendor's text must survive these names.
        GivenRequest {
            system: Some("\u{1b}[2J<script>alert(1)</script> ::error::x \u{202e}emos".to_owned()),
            account: Some("=HYPERLINK(\"x\") @everyone [click](https://evil.example)".to_owned()),
            domain: Some("##[command] **EVIL**\r\n".to_owned()),
            ..request("hostile", "", "\u{1b}]0;owned\u{7}please ☎")
        },
        GivenRequest {
            reason: None,
            ..request("no-reason", "WEB-SRV-02/root", "")
        },
    ]
}

fn settled() -> Vec<GivenRequest> {
    let with = |name: &str, account: &str, status| GivenRequest {
        status: Some(status),
        ..request(name, account, "Scheduled maintenance")
    };
    vec![
        with("auto-approved", "MON-SRV-01/svc_probe", Status::Active),
        GivenRequest {
            requestor: Some("requestor-approver".to_owned()),
            ..with("approved", "STO-SRV-02/root", Status::Active)
        },
        GivenRequest {
            approved_by: vec!["boss".to_owned()],
            ..with("approved-by-another", "STO-SRV-03/root", Status::Active)
        },
        GivenRequest {
            denied_reason: Some("Use the read-only account".to_owned()),
            ..with("denied", "WEB-SRV-01/root", Status::Denied)
        },
        with("checked-in", "ERP-DB-01/oracle", Status::CheckedIn),
        with("expired", "SQL-SRV-03/sa", Status::Expired),
        with("cancelled", "NET-FW-01/admin", Status::Cancelled),
    ]
}

fn request(name: &str, account: &str, reason: &str) -> GivenRequest {
    GivenRequest {
        name: Some(name.to_owned()),
        account: (!account.is_empty()).then(|| account.to_owned()),
        reason: Some(reason.to_owned()),
        ..GivenRequest::default()
    }
}
