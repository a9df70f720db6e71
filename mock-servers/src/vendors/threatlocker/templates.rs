//! Answers of the document with nothing filled in: what is null here and not in the document is set for each request.

use std::sync::LazyLock;

use serde_json::Value;

/// A template, read once.
pub(super) fn copy(of: &LazyLock<Value>) -> Value {
    Value::clone(of)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// From: ApprovalRequestGetByParameters, response body.
pub(super) static ROW: LazyLock<Value> = LazyLock::new(|| read(ROW_TEXT));
const ROW_TEXT: &str = r#"{
  "statusIdEscalatedToMSP": 13, "statusIdEscalatedByCustomer": 17, "masterOrganizationId": null,
  "approvedBy": "", "approvalRequestId": null, "dateTime": null, "path": null, "hash": null, "username": null,
  "hostname": null, "statusId": 1, "computerId": null, "organizationName": null, "json": null, "ticketId": "",
  "requestor": "", "requestorReason": "", "requestorEmailAddress": "", "comments": "", "actionDate": null,
  "organizationId": null, "multiLevelApprovalRequestId": null, "approvalNumber": 0, "approvedByTierLevel": 0,
  "tempPolicyId": null, "policyId": null, "tempApplicationId": null, "applicationId": null,
  "multiLevelApprovalStatusId": 1, "initialApprovalTierLevel": 0, "approvalCount": 0, "pendingTierLevel": 0,
  "hasPendingApprovalRequest": false, "ipAddress": null, "isAssigned": false, "assigneeUserId": null,
  "threatLockerDataCenterId": null, "instanceName": null, "assigneeUsername": "", "assigneeFirstName": "",
  "assigneeLastname": "", "notes": null, "signature": null, "tlInstructions": null, "suggestCustomRule": null,
  "authorizeForPermit": false, "portalApiUrl": "https://portalapi.INSTANCE.threatlocker.com/",
  "cyberHeroManagementConfigured": false, "maxTriggeredStartDate": null, "isEscalatedByCyberHero": false,
  "isEscalatedByCustomer": false, "ticketApprovalManager": null, "showMfaChallenge": false,
  "showMfaRegistration": false, "linkedMfaUser": null, "serialNumber": null, "approvalRequestTimerDto": null,
  "canRequestNewBuiltIn": false, "isAssigneeLoggedIntoMaster": false, "retrievedAssigneeUsername": false,
  "count": 0
}"#;

/// From: the same, `threatLockerActionDto`.
pub(super) static ACTION: LazyLock<Value> = LazyLock::new(|| read(ACTION_TEXT));
const ACTION_TEXT: &str = r#"{
  "fullPath": null, "policyId": null, "username": null, "actionId": 3, "hash": null, "processName": null,
  "certs": [], "applicationId": null, "datetime": null, "logAction": true, "serialNumber": null,
  "deviceType": null, "actionType": null, "size": 0, "processId": 0, "ringFence": false, "policyName": null,
  "applicationName": "", "encryptionStatus": 0, "installedBy": [null], "monitorOnly": false, "notes": null,
  "sha256": null, "ringfencePolicyId": null, "remotePresence": false, "organizationId": null, "hostname": null,
  "computerId": null, "manufacturer": "", "osType": 0, "destinationIP": null, "domainName": "",
  "organizationName": null
}"#;

/// From: ApprovalRequestGetPermitApplicationById, response body; without its two largest members.
pub(super) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| read(DOCUMENT_TEXT));
const DOCUMENT_TEXT: &str = r#"{
  "computerId": null, "computerGroupId": null, "organizationId": null, "organizationIds": [null],
  "appliesToId": null, "appliesToOrganizationId": null, "osType": 0, "userInstance": null,
  "isFromApproval": true, "isFromActionLog": false, "actionType": null, "isElevationRequest": false,
  "isExtensionRequest": false, "edgeStoreUrl": null, "chromeStoreUrl": null, "canViewOnSystemLookup": false,
  "systemLookupUrl": null, "canViewVirusTotal": true, "virusTotalUrl": null, "fileHistoryChecked": false,
  "suggestCustomRule": null,
  "fileDetails": {
    "fullPath": null, "processPath": null, "hash": null,
    "certificates": [{"sha": "", "subject": "", "validCert": true}], "createdByProcesses": [null],
    "filename": null, "sha256": null, "date": null, "originalHostname": null, "hostname": null, "username": null,
    "organizationName": null, "policyName": null, "applicationName": null, "requestorReason": null,
    "approvalStatus": "Pending", "approvalBy": "", "size": 0
  },
  "matchingApplications": {
    "hasMatchingApplication": false, "useMatchingApplication": false,
    "matchingApplication": {
      "name": null, "applicationName": null, "applicationId": null, "organizationId": null,
      "organizationName": null, "osType": 0, "suggestedPolicyId": null, "status": 0, "isMaintained": false,
      "researchApplicationId": null
    },
    "useExistingApplication": false,
    "existingApplication": {
      "name": null, "applicationName": null, "applicationId": null, "organizationId": null,
      "organizationName": null, "osType": 0, "suggestedPolicyId": null, "status": 0, "isMaintained": false,
      "researchApplicationId": null
    },
    "useNewApplication": true, "newApplicationName": null
  },
  "policyConditions": {
    "useExistingPolicy": false, "createManualPolicy": false, "manualOptions": [], "ruleId": 0, "certSubjects": [],
    "createdByProcesses": [null], "disableProtection": false, "includedAdditionalFiles": []
  },
  "policyExpirationDate": null,
  "ringfencingOptions": {
    "hideCustomRules": true, "restrictApplicationSpawning": false, "restrictRegistryAccess": false,
    "restrictFileAccess": false, "restrictNetworkAccess": false, "restrictApplication": false, "rfFilePolicy": [],
    "rfNetworkPolicy": [], "rfRegistryPolicy": [], "rfAssociatedApplicationPolicy": []
  },
  "networkExclusions": [], "ringfenceActionId": 0, "isRingfenced": false, "hasRingfencingAsProduct": true,
  "hasElevation": true, "organizationHasElevation": true, "elevationStatus": 0, "elevationExpiration": 0,
  "elevationExpirationDate": null,
  "policyLevel": {
    "canUseEntireOrganization": true, "toEntireOrganization": false, "toComputerGroup": false,
    "selectedComputerGroup": {
      "computerGroupId": null, "name": null, "organizationId": null, "organizationName": null, "default": null,
      "osType": 0, "isGlobal": false
    },
    "toComputer": false
  },
  "adminNotes": {"ticket": "", "requestorEmail": "", "comments": ""}, "applicationList": [], "systemAudits": [],
  "allowTMM": true, "fileExclusions": [], "hasOriginApprovalCenter": null, "responseSubject": null,
  "responseReason": null, "notifyOnResponse": false, "isExecutionRequest": true
}"#;

/// From: the same, `actionLog`.
pub(super) static ACTION_LOG: LazyLock<Value> = LazyLock::new(|| read(ACTION_LOG_TEXT));
const ACTION_LOG_TEXT: &str = r#"{
  "actionLogId": 0, "eActionLogId": null, "organizationId": null, "computerId": null, "dateTime": null,
  "dateTimeImported": null, "organizationName": null, "hostname": null, "username": null, "fullPath": null,
  "policyName": null, "actionType": null, "actionTypeId": 0, "actionId": 0, "action": null,
  "isMonitorMode": false, "monitorMode": null, "learningModeEndDate": null, "policyId": null,
  "policyLocation": null, "policyOrganizationId": null, "processId": 0, "processPath": null, "hash": null,
  "createdByProcess": null, "data": null, "remotePresence": false, "remotePresenceText": null,
  "remotePresenceThreatLockerDetected": false, "deviceType": null, "cert": null, "certs": null,
  "certExists": false, "certificates": null, "certText": null, "organizationParents": [],
  "applicationOrganizationId": null, "applicationIsBuiltIn": null, "applicationId": null,
  "applicationName": null, "notes": null, "serialNumber": null, "encryption": 0, "size": 0, "sha256Hash": null,
  "policyExists": true, "policyEnabled": true, "storagePolicyExists": false, "nacPolicyExists": false,
  "secureNetworkPolicyExists": false, "twPolicyExists": false, "webControlPolicyExists": false,
  "optionToRequest": false, "allowPermitVendorButton": false, "effectiveAction": null, "encryptionStatus": null,
  "reportMissing": false, "virusTotalCheckName": null, "virusTotalCheckArgument": null, "osType": 0,
  "isExtension": false, "edgeStoreUrl": null, "chromeStoreUrl": null, "firefoxStoreUrl": null,
  "actionLogCreatedByProcesses": null, "totalCount": 0, "lastSortValue": 0, "networkDirection": 0,
  "sourceIPAddress": null, "destinationIPAddress": null, "groupByCount": 0, "destinationPort": null,
  "batchId": null, "isProtectedProcess": false, "memoryBytes": 0, "processName": null, "parentProcessId": 0,
  "parentProcessName": null, "hasViewComputerPermission": false, "allowFileUpload": false,
  "canViewOnSystemLookup": false, "systemLookupUrl": null, "hasPolicyData": true, "threatLockerItem": null,
  "integrationTypeId": null, "isCloudLog": false, "isCloudActionType": false, "threatSeverityLevel": null,
  "engineRatings": null, "isVirusTotalUnavailable": false, "deleteFileRequestSent": false,
  "isAccessDevice": false
}"#;

/// From: ApplicationGetResearchDetailsById, response body for Adobe Acrobat.
pub(super) static ACROBAT: LazyLock<Value> = LazyLock::new(|| read(ACROBAT_TEXT));
const ACROBAT_TEXT: &str = r#"{
  "researchApplicationId": "6c9b00c3-20d5-42b3-b44a-8c2e186e208a", "productName": "Adobe Acrobat",
  "clientApplicationName": "Adobe Acrobat (Built-In)",
  "productDescription": "Adobe Acrobat is used to view, create, print, and manage PDF (Portable Document Format) files.",
  "clientDescription": "", "osType": 1,
  "remediationText": "Evaluate the need for this software. If it is required for business use, limit access to high-risk applications, files, and the ability to reach out to the internet.",
  "potentialRiskStrategyText": "Vulnerabilities may result in unauthorized access to sensitive documents, leading to potential data breaches, intellectual property theft, or manipulation of critical documents.",
  "reviewRating": 4, "concernRating": 3, "businessRating": 6,
  "countriesWhereCodeCompiled": [{"name": "India", "code": "IN", "tooltip": "Development Influence: India"}, {"name": "United States", "code": "US", "tooltip": "Company Influence: United States"}],
  "categories": ["PDF Software"],
  "accessLevels": [{"displayName": "Applications", "value": "RF applications", "isProtected": true, "orderBy": 1}, {"displayName": "File", "value": "RF File Access", "isProtected": false, "orderBy": 2}, {"displayName": "Internet", "value": "RF Internet", "isProtected": false, "orderBy": 3}, {"displayName": "Registry", "value": "RF Registry", "isProtected": false, "orderBy": 4}]
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_an_object() {
        for template in [&ROW, &ACTION, &DOCUMENT, &ACTION_LOG, &ACROBAT] {
            assert!(copy(template).as_object().unwrap().len() > 12);
        }
    }
}
