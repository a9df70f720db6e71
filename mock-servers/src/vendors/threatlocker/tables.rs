//! ThreatLocker as data: the operations of the PortalAPI that approval requests need, their parameters, its errors.

use crate::operations::{ObjectAt, Operation, Parameter};

const OS_TYPE: Parameter = Parameter {
    name: "osType",
    kind: "integer",
    says: "1 Windows, 2 MAC, 3 Linux, 5 Windows XP",
};
const REQUEST_ID: &[Parameter] = &[Parameter {
    name: "approvalRequestId",
    kind: "string",
    says: "The approval request, a GUID",
}];

/// A GET.
const fn get(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
) -> Operation {
    Operation {
        id,
        method: "GET",
        path,
        summary,
        parameters,
        object: None,
        body: false,
        writes: false,
    }
}

/// A POST.
const fn post(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    object: Option<ObjectAt>,
    writes: bool,
) -> Operation {
    Operation {
        id,
        method: "POST",
        path,
        summary,
        parameters: &[],
        object,
        body: true,
        writes,
    }
}

/// The operation table.
pub static OPERATIONS: &[Operation] = &[
    post(
        "threatlocker.approval-requests.list",
        "/portalapi/ApprovalRequest/ApprovalRequestGetByParameters",
        "Lists approval requests of one status, page by page",
        None,
        false,
    ),
    get(
        "threatlocker.approval-requests.count",
        "/portalapi/ApprovalRequest/ApprovalRequestGetCount",
        "How many approval requests are pending",
        &[Parameter {
            name: "includeChildOrganizations",
            kind: "boolean",
            says: "Whether child organizations count; default true",
        }],
    ),
    Operation {
        object: Some(ObjectAt::Query("approvalRequestId")),
        ..get(
            "threatlocker.approval-requests.get",
            "/portalapi/ApprovalRequest/ApprovalRequestGetById",
            "One approval request",
            REQUEST_ID,
        )
    },
    Operation {
        object: Some(ObjectAt::Query("approvalRequestId")),
        ..get(
            "threatlocker.approval-requests.permit-document",
            "/portalapi/ApprovalRequest/ApprovalRequestGetPermitApplicationById",
            "One approval request with all that a permit of it needs",
            REQUEST_ID,
        )
    },
    post(
        "threatlocker.approval-requests.permit",
        "/portalapi/ApprovalRequest/ApprovalRequestPermitApplication",
        "Approves: writes an application, rules and a policy",
        Some(ObjectAt::Json("/approvalRequest/approvalRequestId")),
        true,
    ),
    post(
        "threatlocker.approval-requests.reject",
        "/portalapi/ApprovalRequest/ApprovalRequestUpdateForReject",
        "Rejects the requests of a list",
        Some(ObjectAt::Json("/approvalRequestDtos/0/approvalRequestId")),
        true,
    ),
    post(
        "threatlocker.approval-requests.ignore",
        "/portalapi/ApprovalRequest/ApprovalRequestUpdateForIgnore",
        "Ignores the requests of a list",
        Some(ObjectAt::Json("/approvalRequestDtos/0/approvalRequestId")),
        true,
    ),
    post(
        "threatlocker.approval-requests.take-ownership",
        "/portalapi/ApprovalRequest/ApprovalRequestUpdateForTakeOwnership",
        "Assigns a request to the caller",
        Some(ObjectAt::Json("/approvalRequestId")),
        true,
    ),
    post(
        "threatlocker.applications.matching-list",
        "/portalapi/Application/ApplicationGetMatchingList",
        "Applications whose rules match a file",
        None,
        false,
    ),
    get(
        "threatlocker.applications.list-for-add",
        "/portalapi/Application/ApplicationGetListForAddToApplication",
        "Custom applications that a file can be added to",
        &[
            OS_TYPE,
            Parameter {
                name: "searchText",
                kind: "string",
                says: "Part of the name",
            },
        ],
    ),
    get(
        "threatlocker.applications.for-maintenance-mode",
        "/portalapi/Application/ApplicationGetForMaintenanceMode",
        "Applications that a maintenance mode can be used with",
        &[OS_TYPE],
    ),
    get(
        "threatlocker.applications.research-details",
        "/portalapi/Application/ApplicationGetResearchDetailsById",
        "What the vendor's research says about an application",
        &[Parameter {
            name: "applicationId",
            kind: "string",
            says: "The application, a GUID",
        }],
    ),
    get(
        "threatlocker.organizations.children",
        "/portalapi/Organization/OrganizationGetChildrenIdsAndName",
        "Ids and names of child organizations",
        &[],
    ),
    get(
        "threatlocker.computer-groups.dropdown",
        "/portalapi/ComputerGroup/ComputerGroupGetDropdownByOrganizationId",
        "Computer groups of the managed organization",
        &[
            Parameter {
                name: "computerGroupOSTypeId",
                kind: "integer",
                says: "0 any; else as osType",
            },
            Parameter {
                name: "computerOSType",
                kind: "string",
                says: "windows, mac, linux",
            },
            Parameter {
                name: "hideGlobals",
                kind: "boolean",
                says: "Whether groups for all computers are left out; default false",
            },
        ],
    ),
];

/// The vendor's own errors, for faults.
pub static ERRORS: &[&str] = &[
    "threatlocker:401",
    "threatlocker:401-missing-permission",
    "threatlocker:403",
    "threatlocker:403-token-revoked",
    "threatlocker:404",
    "threatlocker:417-new-application-name",
    "threatlocker:417-validation",
    "threatlocker:500-null-reference",
    "threatlocker:500-server-error",
];
