//! Every field that the permit document is known to have: the vendor's document and its public interface
//! description, taken together. A field that is not here could widen an approval, and holds the line.

use serde_json::{Map, Value};

/// The document itself. The last three are in its sample alone.
const DOCUMENT: &str = "\
    computerId computerGroupId organizationId organizationIds osType userInstance approvalRequest \
    isFromApproval actionLog isFromActionLog actionType isElevationRequest isExtensionRequest \
    edgeStoreUrl chromeStoreUrl canViewOnSystemLookup systemLookupUrl canViewVirusTotal virusTotalUrl \
    fileHistoryChecked suggestCustomRule fileDetails matchingApplications policyConditions \
    policyExpirationDate ringfencingOptions networkExclusions ringfenceActionId isRingfenced \
    hasRingfencingAsProduct hasElevation organizationHasElevation elevationStatus elevationExpiration \
    elevationExpirationDate policyLevel adminNotes applicationList systemAudits allowTMM \
    hasOriginApprovalCenter responseSubject responseReason notifyOnResponse isExecutionRequest \
    appliesToId appliesToOrganizationId fileExclusions";

/// `approvalRequest`.
const REQUEST: &str = "\
    statusIdEscalatedToMSP statusIdEscalatedByCustomer masterOrganizationId approvedBy approvalRequestId \
    dateTime path hash username hostname statusId computerId organizationName json ticketId requestor \
    requestorReason requestorEmailAddress comments actionDate organizationId multiLevelApprovalRequestId \
    approvalNumber approvedByTierLevel tempPolicyId policyId tempApplicationId applicationId \
    multiLevelApprovalStatusId initialApprovalTierLevel approvalCount pendingTierLevel \
    hasPendingApprovalRequest ipAddress isAssigned assigneeUserId threatLockerDataCenterId instanceName \
    assigneeUsername assigneeFirstName assigneeLastname threatLockerActionDto notes signature \
    tlInstructions suggestCustomRule authorizeForPermit portalApiUrl cyberHeroManagementConfigured \
    maxTriggeredStartDate isEscalatedByCyberHero isEscalatedByCustomer ticketApprovalManager \
    showMfaChallenge showMfaRegistration linkedMfaUser serialNumber approvalRequestTimerDto \
    canRequestNewBuiltIn isAssigneeLoggedIntoMaster retrievedAssigneeUsername count";

/// `approvalRequest.threatLockerActionDto`; the sample writes some names in another case.
const ACTION: &str = "\
    fullpath policyid username actionid hash processName certs applicationId datetime logAction \
    SerialNumber deviceType actionType size processId ringFence policyName applicationName \
    encryptionStatus installedBy monitorOnly notes sha256 ringfencePolicyId remotePresence \
    organizationId hostname computerId manufacturer osType destinationIP DomainName organizationName \
    fullPath policyId actionId serialNumber domainName";

/// `approvalRequest.approvalRequestTimerDto`.
const TIMER: &str = "\
    approvalRequestId requestDate assignedDate escalatedDate returnedDate reassignedDate actionedDate \
    totalTimeInSeconds";

/// `actionLog`.
const LOG: &str = "\
    actionLogId eActionLogId organizationId computerId dateTime dateTimeImported organizationName \
    hostname username fullPath policyName actionType actionTypeId actionId action isMonitorMode \
    monitorMode learningModeEndDate policyId policyLocation policyOrganizationId processId processPath \
    hash createdByProcess data remotePresence remotePresenceText remotePresenceThreatLockerDetected \
    deviceType cert certs certExists certificates certText organizationParents applicationOrganizationId \
    applicationIsBuiltIn applicationId applicationName notes serialNumber encryption size sha256Hash \
    policyExists policyEnabled storagePolicyExists nacPolicyExists secureNetworkPolicyExists \
    twPolicyExists webControlPolicyExists optionToRequest allowPermitVendorButton effectiveAction \
    encryptionStatus reportMissing virusTotalCheckName virusTotalCheckArgument osType isExtension \
    edgeStoreUrl chromeStoreUrl firefoxStoreUrl actionLogCreatedByProcesses totalCount lastSortValue \
    networkDirection sourceIPAddress destinationIPAddress groupByCount destinationPort batchId \
    isProtectedProcess memoryBytes processName parentProcessId parentProcessName \
    hasViewComputerPermission allowFileUpload canViewOnSystemLookup systemLookupUrl hasPolicyData \
    threatLockerItem integrationTypeId isCloudLog isCloudActionType threatSeverityLevel engineRatings \
    isVirusTotalUnavailable deleteFileRequestSent isAccessDevice";

/// `fileDetails`.
const FILE: &str = "\
    fullPath processPath hash certificates createdByProcesses filename sha256 date originalHostname \
    hostname username organizationName policyName applicationName requestorReason approvalStatus \
    approvalBy size";

/// `matchingApplications`.
const MATCHING: &str = "\
    hasMatchingApplication useMatchingApplication matchingApplication useExistingApplication \
    existingApplication useNewApplication newApplicationName";

/// Both applications of `matchingApplications`.
const APPLICATION: &str = "\
    name applicationName applicationId organizationId organizationName osType suggestedPolicyId status \
    isMaintained researchApplicationId";

/// `policyConditions`.
const CONDITIONS: &str = "\
    useExistingPolicy createManualPolicy manualOptions ruleId certSubjects createdByProcesses \
    disableProtection includedAdditionalFiles";

/// `ringfencingOptions`.
const RINGFENCING: &str = "\
    hideCustomRules restrictApplicationSpawning restrictRegistryAccess restrictFileAccess \
    restrictNetworkAccess restrictApplication rfFilePolicy rfNetworkPolicy rfRegistryPolicy \
    rfAssociatedApplicationPolicy";

/// `policyLevel`.
const LEVEL: &str = "\
    canUseEntireOrganization toEntireOrganization toComputerGroup selectedComputerGroup toComputer";

/// `policyLevel.selectedComputerGroup`.
const GROUP: &str = "\
    computerGroupId name organizationId organizationName default osType isGlobal";

/// `adminNotes`.
const NOTES: &str = "\
    ticket requestorEmail comments";

/// Each object of the document, by its path, with its fields.
const OBJECTS: [(&[&str], &str); 14] = [
    (&[], DOCUMENT),
    (&["approvalRequest"], REQUEST),
    (&["approvalRequest", "threatLockerActionDto"], ACTION),
    (&["approvalRequest", "approvalRequestTimerDto"], TIMER),
    (&["actionLog"], LOG),
    (&["fileDetails"], FILE),
    (&["matchingApplications"], MATCHING),
    (
        &["matchingApplications", "matchingApplication"],
        APPLICATION,
    ),
    (
        &["matchingApplications", "existingApplication"],
        APPLICATION,
    ),
    (&["policyConditions"], CONDITIONS),
    (&["ringfencingOptions"], RINGFENCING),
    (&["policyLevel"], LEVEL),
    (&["policyLevel", "selectedComputerGroup"], GROUP),
    (&["adminNotes"], NOTES),
];

/// Fields that are on no list, as paths; in them only letters and digits of the vendor's.
pub(super) fn unknown(document: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (path, known) in OBJECTS {
        let Some((object, at)) = walk(document, path) else {
            found.push(format!("{} is not an object", path.join(".")));
            continue;
        };
        let known: Vec<&str> = known.split_whitespace().collect();
        let Some(object) = object else { continue };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let plain = name.chars().filter(char::is_ascii_alphanumeric).take(60);
            found.push(format!("{at}{}", plain.collect::<String>()));
        }
    }
    found
}

/// The object at a path; nothing where it is missing or null.
fn walk<'a>(
    document: &'a Map<String, Value>,
    path: &[&str],
) -> Option<(Option<&'a Map<String, Value>>, String)> {
    let mut object = document;
    let mut at = String::new();
    for name in path {
        at.push_str(name);
        at.push('.');
        match object.get(*name) {
            None | Some(Value::Null) => return Some((None, at)),
            Some(Value::Object(inner)) => object = inner,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return None;
            }
        }
    }
    Some((Some(object), at))
}
