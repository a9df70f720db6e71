//! What request bodies may hold: the members and types of the vendor's public interface description.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a member holds. Null fits everything: the vendor's own documents are full of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Date,
    Text,
    Int,
    Long,
    Flag,
    /// A flag that the article writes between quotes.
    QuotedFlag,
    Any,
    /// An object of this name.
    Object(&'static str),
}

/// One member of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) list: bool,
}

/// The members of the object called `name`; none for a name that is not here.
pub(super) fn members(name: &str) -> &'static [Member] {
    SHAPES.get(name).map(Vec::as_slice).unwrap_or_default()
}

static SHAPES: LazyLock<BTreeMap<&'static str, Vec<Member>>> = LazyLock::new(|| {
    let objects = OBJECTS.split("\n\n").filter_map(|object| {
        let (name, list) = object.trim().split_once(':')?;
        Some((name, list.split(',').filter_map(member).collect()))
    });
    objects.collect()
});

fn member(text: &'static str) -> Option<Member> {
    let (name, kind) = text.trim().split_once(' ')?;
    let bare = kind.trim_start_matches('[').trim_end_matches(']');
    Some(Member {
        name,
        kind: match bare {
            "uuid" => Kind::Uuid,
            "date" => Kind::Date,
            "text" => Kind::Text,
            "int" => Kind::Int,
            "long" => Kind::Long,
            "flag" => Kind::Flag,
            "quoted-flag" => Kind::QuotedFlag,
            "any" => Kind::Any,
            object => Kind::Object(object),
        },
        list: kind.starts_with('['),
    })
}

/// Object by object, `name kind` with square brackets for a list. The last three of the permit are in
/// the guide alone.
const OBJECTS: &str = "
ApprovalRequestParametersDto: statusId int, searchText text, userApprovalTierLevel int,
    showCurrentTierOnly flag, showChildOrganizations flag, requestTypeId int, orderBy text, isAscending flag,
    actionType [text], pageSize int, pageNumber int

PermitApplicationDto: computerId uuid, computerGroupId uuid, organizationId uuid, organizationIds [uuid],
    osType int, userInstance text, approvalRequest ApprovalRequestDto, isFromApproval flag,
    actionLog ActionLogDto, isFromActionLog flag, actionType text, isElevationRequest flag,
    isExtensionRequest flag, edgeStoreUrl text, chromeStoreUrl text, canViewOnSystemLookup flag,
    systemLookupUrl text, canViewVirusTotal flag, virusTotalUrl text, fileHistoryChecked flag,
    suggestCustomRule flag, fileDetails PermitFileDetails, matchingApplications PermitMatchingApplications,
    policyConditions PermitPolicyConditions, policyExpirationDate date, ringfencingOptions AdvRFPolicy,
    networkExclusions [NetworkExclusionDto], ringfenceActionId int, isRingfenced flag,
    hasRingfencingAsProduct flag, hasElevation flag, organizationHasElevation flag, elevationStatus int,
    elevationExpiration int, elevationExpirationDate date, policyLevel PermitPolicyLevel,
    adminNotes PermitAdminNotes, applicationList [ApplicationOnlineDto], systemAudits [SystemAuditItem],
    allowTMM flag, hasOriginApprovalCenter flag, responseSubject text, responseReason text,
    notifyOnResponse flag, isExecutionRequest flag, fileExclusions [any], appliesToId uuid, appliesToOrganizationId uuid

ApprovalRequestUpdateParametersDto: approvalRequestDtos [ApprovalRequestDto], type text, ignoreSubject text,
    ignoreReason text, responseSubject text, responseReason text, rejectReason text, isVDI flag,
    notifyOnIgnore flag, notifyOnResponse flag, usingCustomApprovals flag,
    allowedApprovalRequestDtos [ApprovalRequestDto], deniedApprovalRequestDtos [ApprovalRequestDto]

ApprovalRequestDto: statusIdEscalatedToMSP int, statusIdEscalatedByCustomer int, masterOrganizationId uuid,
    approvedBy text, approvalRequestId uuid, dateTime date, path text, hash text, username text,
    hostname text, statusId int, computerId uuid, organizationName text, json text, ticketId text,
    requestor text, requestorReason text, requestorEmailAddress text, comments text, actionDate date,
    organizationId uuid, multiLevelApprovalRequestId uuid, approvalNumber int, approvedByTierLevel int,
    tempPolicyId uuid, policyId uuid, tempApplicationId uuid, applicationId uuid,
    multiLevelApprovalStatusId int, initialApprovalTierLevel int, approvalCount int, pendingTierLevel int,
    hasPendingApprovalRequest flag, ipAddress text, isAssigned flag, assigneeUserId uuid,
    threatLockerDataCenterId uuid, instanceName text, assigneeUsername text, assigneeFirstName text,
    assigneeLastname text, threatLockerActionDto ThreatLockerActionDto, notes text, signature text,
    tlInstructions text, suggestCustomRule flag, authorizeForPermit flag, portalApiUrl text,
    cyberHeroManagementConfigured flag, maxTriggeredStartDate date, isEscalatedByCyberHero flag,
    isEscalatedByCustomer flag, ticketApprovalManager text, showMfaChallenge flag, showMfaRegistration flag,
    linkedMfaUser text, serialNumber text, approvalRequestTimerDto ApprovalRequestTimerDto,
    canRequestNewBuiltIn flag, isAssigneeLoggedIntoMaster flag, retrievedAssigneeUsername flag, count int

ApplicationMatchParameterDto: hash text, sha256 text, path text, processPath text, organizationIds [uuid],
    certs [MatchedCert], createdBys [text], osType int, filename text, folder text,
    approvalRequestId uuid, builtInPartialMatchingFiles [ApplicationFileDto]

ActionLogDto: actionLogId long, eActionLogId text, organizationId uuid, computerId uuid, dateTime date,
    dateTimeImported date, organizationName text, hostname text, username text, fullPath text,
    policyName text, actionType text, actionTypeId int, actionId int, action text, isMonitorMode flag,
    monitorMode text, learningModeEndDate date, policyId uuid, policyLocation text, policyOrganizationId uuid,
    processId int, processPath text, hash text, createdByProcess text, data text, remotePresence flag,
    remotePresenceText text, remotePresenceThreatLockerDetected flag, deviceType text, cert text,
    certs [text], certExists flag, certificates [Certificate], certText text,
    organizationParents [OrganizationParentsDto], applicationOrganizationId uuid, applicationIsBuiltIn flag,
    applicationId uuid, applicationName text, notes text, serialNumber text, encryption int, size long,
    sha256Hash text, policyExists flag, policyEnabled flag, storagePolicyExists flag, nacPolicyExists flag,
    secureNetworkPolicyExists flag, twPolicyExists flag, webControlPolicyExists flag, optionToRequest flag,
    allowPermitVendorButton flag, effectiveAction text, encryptionStatus text, reportMissing flag,
    virusTotalCheckName text, virusTotalCheckArgument text, osType int, isExtension flag, edgeStoreUrl text,
    chromeStoreUrl text, firefoxStoreUrl text, actionLogCreatedByProcesses [ActionLogCreatedByProcessesDto],
    totalCount long, lastSortValue long, networkDirection int, sourceIPAddress text,
    destinationIPAddress text, groupByCount int, destinationPort text, batchId text, isProtectedProcess flag,
    memoryBytes long, processName text, parentProcessId int, parentProcessName text,
    hasViewComputerPermission flag, allowFileUpload flag, canViewOnSystemLookup flag, systemLookupUrl text,
    hasPolicyData flag, threatLockerItem ThreatLockerItemDto, integrationTypeId uuid, isCloudLog flag,
    isCloudActionType flag, threatSeverityLevel text, engineRatings [EngineRating],
    isVirusTotalUnavailable flag, deleteFileRequestSent flag, isAccessDevice flag

PermitFileDetails: fullPath text, processPath text, hash text, certificates [ThreatLockerCertDto],
    createdByProcesses [text], filename text, sha256 text, date date, originalHostname text, hostname text,
    username text, organizationName text, policyName text, applicationName text, requestorReason text,
    approvalStatus text, approvalBy text, size long

PermitMatchingApplications: hasMatchingApplication flag, useMatchingApplication flag,
    matchingApplication ApplicationOnlineDto, useExistingApplication flag,
    existingApplication ApplicationOnlineDto, useNewApplication flag, newApplicationName text

PermitPolicyConditions: useExistingPolicy flag, createManualPolicy flag, manualOptions [PolicyManualOption],
    ruleId int, certSubjects [text], createdByProcesses [text], disableProtection flag,
    includedAdditionalFiles [ActionLogDto]

AdvRFPolicy: hideCustomRules flag, restrictApplicationSpawning flag, restrictRegistryAccess flag,
    restrictFileAccess flag, restrictNetworkAccess flag, restrictApplication flag, rfFilePolicy [FilePolicy],
    rfNetworkPolicy [NetworkPolicy], rfRegistryPolicy [RegistryPolicy],
    rfAssociatedApplicationPolicy [AssociatedApplicationPolicy]

NetworkExclusionDto: policyId uuid, tagPrefixTypeId int, value text

PermitPolicyLevel: canUseEntireOrganization flag, toEntireOrganization flag, toComputerGroup flag,
    selectedComputerGroup ComputerGroupItemDto, toComputer flag

PermitAdminNotes: ticket text, requestorEmail text, comments text

ApplicationOnlineDto: name text, applicationName text, applicationId uuid, organizationId uuid,
    organizationName text, osType int, suggestedPolicyId uuid, status int, isMaintained flag,
    researchApplicationId uuid

SystemAuditItem: organizationId uuid, userId uuid, username text, action text, ipAddress text,
    effectiveAction text, details SystemAuditDetails, masterViewOnly flag, dateTime date, systemAuditId uuid,
    systemAuditObjectTypeId int, organizationName text, ticketNumber text, notes text

ThreatLockerActionDto: fullpath text, policyid text, username text, actionid int, hash text, processName text,
    certs [ThreatLockerCertDto], applicationId text, datetime date, logAction flag, SerialNumber text,
    deviceType text, actionType text, size long, processId int, ringFence flag, policyName text,
    applicationName text, encryptionStatus int, installedBy [text], monitorOnly flag, notes text, sha256 text,
    ringfencePolicyId text, remotePresence flag, organizationId text, hostname text, computerId text,
    manufacturer text, osType int, destinationIP text, DomainName text, organizationName text

ApprovalRequestTimerDto: approvalRequestId uuid, requestDate date, assignedDate date, escalatedDate date,
    returnedDate date, reassignedDate date, actionedDate date, totalTimeInSeconds int

ThreatLockerCertDto: sha text, subject text, validCert flag

MatchedCert: sha text, subject text, validCert quoted-flag

ApplicationFileDto: applicationFileId long, applicationId uuid, fullPath text, cert text, hash text,
    processPath text, notes text, installedBy text, name text, applicationFileDetails text, keyFile flag,
    originalFullPath text, originalCert text, originalHash text, originalProcessPath text, originalNotes text,
    originalInstalledBy text, originalKeyFile flag, osType int, isHashOnly flag, minSize long, maxSize long,
    updateStatus int, createdBy text, applicationName text, organizationId uuid

Certificate: subject text, sha text, value text, validCert flag

OrganizationParentsDto: organizationId uuid, displayName text

ActionLogCreatedByProcessesDto: createdByProcess text, count int

ThreatLockerItemDto: d date, u text, pid uuid, pn text, at int, aid int, a [Int32ObjectKeyValuePair]

EngineRating: name text, rating text

PolicyManualOption: fullPath text, processPath text, cert text, hash text, createdBy text,
    isDefaultOption flag, disabled flag

FilePolicy: filePolicyId text, path text, action int, permission int

NetworkPolicy: networkPolicyId text, server text, port int, action int, serverDisplayName text

RegistryPolicy: registryPolicyId text, path text, action int, permission int

AssociatedApplicationPolicy: name text, applicationId text, osType int

ComputerGroupItemDto: computerGroupId uuid, name text, organizationId uuid, organizationName text,
    default flag, osType int, isGlobal flag

SystemAuditDetails: page text, function text, objectId uuid, details text

Int32ObjectKeyValuePair: key int, value any
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_that_is_named_is_there() {
        assert_eq!(SHAPES.len(), 33);
        for member in SHAPES.values().flatten() {
            if let Kind::Object(name) = member.kind {
                assert!(!members(name).is_empty(), "{name} of {}", member.name);
            }
        }
    }
}
