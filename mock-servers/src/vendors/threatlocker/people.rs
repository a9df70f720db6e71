//! Who may do what at ThreatLocker: tokens of API users, and the permissions each has.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::guid::guid;
use crate::seed;

macro_rules! permissions {
    ($($variant:ident = $title:literal,)*) => {
        /// A permission, by the vendor's own name.
        ///
        /// From: each endpoint's Permission Requirements.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the vendor's names")]
        pub enum Permission { $($variant,)* }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The vendor's name.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

permissions! {
    ApproveOrganization = "Approve for Entire Organization",
    ApproveOrganizationHash = "Approve for Entire Organization (Hash Only)",
    ApproveGroup = "Approve for Group",
    ApproveGroupHash = "Approve for Group (Hash Only)",
    ApproveComputer = "Approve for Single Computer",
    ApproveComputerApplication = "Approve for Single Computer (Application Only)",
    ApproveComputerHash = "Approve for Single Computer (Hash Only)",
    ElevationAdministrator = "Elevation Administrator",
    ViewApprovals = "View Approvals",
    ViewApplications = "View Application Control Applications",
    EditApplications = "Edit Application Control Applications",
    EditComputers = "Edit Computers",
    ViewComputers = "View Computers",
    AllMaintenance = "Manage All Maintenance Modes",
    Installation = "Manage Application Control Installation Mode",
    InstallationTime = "Manage Application Control Installation Mode (Time Restricted)",
    Learning = "Manage Application Control Learning Mode",
    LearningTime = "Manage Application Control Learning Mode (Time Restricted)",
    LegacyInstallation = "Manage Application Control Legacy Installation Mode",
    LegacyInstallationTime = "Manage Application Control Legacy Installation Mode (Time Restricted)",
    ApproveEscalation = "Approve Escalation",
    EditActioned = "Edit Actioned Requests",
    UpdateExisting = "Approve for Update Existing",
    NewInstall = "Approve for New Install",
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.title())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = Self::ALL
            .iter()
            .copied()
            .find(|one| one.title().eq_ignore_ascii_case(&text));
        found.ok_or_else(|| {
            let titles = Self::ALL.iter().map(|one| one.title());
            serde::de::Error::custom(crate::nearest::unknown("permission", &text, titles))
        })
    }
}

use Permission as P;

/// Any one of these approves.
pub(crate) const APPROVE: &[P] = &[
    P::ApproveOrganization,
    P::ApproveOrganizationHash,
    P::ApproveGroup,
    P::ApproveGroupHash,
    P::ApproveComputer,
    P::ApproveComputerApplication,
    P::ApproveComputerHash,
];
/// From: ApprovalRequestGetByParameters.
pub(crate) const LIST: &[&[P]] = &[APPROVE, &[P::ElevationAdministrator, P::ViewApprovals]];
/// From: ApplicationGetMatchingList.
pub(crate) const MATCH: &[&[P]] = &[APPROVE, &[P::ViewApplications, P::ViewApprovals]];
/// From: ApplicationGetListForAddToApplication; the first of the three lists of ApplicationGetForMaintenanceMode is one
/// of these alone.
pub(crate) const ADD: &[&[P]] = &[&[P::EditApplications, P::ViewApplications]];
/// From: ApplicationGetResearchDetailsById.
pub(crate) const RESEARCH: &[&[P]] = &[
    APPROVE,
    &[P::EditApplications, P::ViewApplications, P::ViewApprovals],
];
/// From: ApprovalRequestGetPermitApplicationById.
pub(crate) const DOCUMENT: &[&[P]] = &[APPROVE, &[P::ViewApprovals]];
/// From: ApplicationGetForMaintenanceMode.
pub(crate) const COMPUTERS: &[&[P]] = &[&[P::EditComputers, P::ViewComputers]];
/// From: ApplicationGetForMaintenanceMode.
pub(crate) const MAINTENANCE: &[&[P]] = &[&[
    P::AllMaintenance,
    P::Installation,
    P::InstallationTime,
    P::Learning,
    P::LearningTime,
    P::LegacyInstallation,
    P::LegacyInstallationTime,
]];

/// One user of the portal or the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    /// The name in a world, and of the identity.
    pub(crate) name: String,
    /// What `approvedBy` shows.
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// The organization the user belongs to: it and those below are in scope.
    pub(crate) organization: String,
    /// The instance whose tokens these are.
    pub(crate) instance: String,
    pub(crate) permissions: Vec<Permission>,
    /// Whether there is a token; without one, only the portal knows them.
    pub(crate) api: bool,
    #[serde(skip)]
    pub(crate) token: String,
}

impl User {
    /// Whether one permission of these lists is there.
    pub(crate) fn has_any(&self, lists: &[&[Permission]]) -> bool {
        lists
            .iter()
            .flat_map(|list| list.iter())
            .any(|one| self.permissions.contains(one))
    }

    /// Whether somebody who is called so is meant: by name or address.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        [&self.name, &self.email]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(text.trim()))
    }
}

/// A user with nothing but a name: token of 64 characters, address and id derived from it.
pub(crate) fn user(seed: u64, name: &str, organization: &str) -> User {
    User {
        id: guid(seed, &format!("threatlocker/user/{name}"), 0),
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        first_name: name.to_owned(),
        last_name: String::new(),
        organization: organization.to_owned(),
        instance: super::INSTANCE.to_owned(),
        permissions: Vec::new(),
        api: true,
        token: seed::hex(seed, &format!("threatlocker/token/{name}"), 0, 64).to_uppercase(),
    }
}

/// The people of every world.
pub(crate) fn first_users(seed: u64, root: &str) -> Vec<User> {
    let without = |left_out: &[P]| -> Vec<P> {
        let kept = P::ALL.iter().filter(|one| !left_out.contains(one));
        kept.copied().collect()
    };
    let named = |name: &str, email: &str, (first, last): (&str, &str), permissions| User {
        email: email.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        permissions,
        ..user(seed, name, root)
    };
    vec![
        User {
            api: false,
            ..named("boss", "boss@example.com", ("Robin", "Boss"), without(&[]))
        },
        named(
            "approver",
            "countersign@example.com",
            ("Counter", "Sign"),
            without(&[]),
        ),
        named(
            "pending-only",
            "night-shift@example.com",
            ("Night", "Shift"),
            without(&[P::EditActioned]),
        ),
        named(
            "viewer",
            "auditor@example.com",
            ("Ada", "Auditor"),
            vec![P::ViewApprovals, P::ViewApplications, P::ViewComputers],
        ),
    ]
}
