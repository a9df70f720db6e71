//! What a vendor's document puts beyond any client, as data: the laws ask here, and leave no world out.

use mock_servers::Vendor;

/// A call that also reaches what a person decided otherwise after the client's last look.
pub(crate) struct Crossing {
    pub(crate) vendor: Vendor,
    /// What the client sends.
    pub(crate) sent: &'static str,
    /// What a person did after the client had looked.
    pub(crate) person: &'static str,
    /// What the call then does.
    pub(crate) becomes: &'static str,
}

/// Every one that a document knows.
pub(crate) const CROSSINGS: &[Crossing] = &[
    // Clause deny-02: Password Safe's Deny is for what waits and for what is granted.
    Crossing {
        vendor: Vendor::BeyondTrust,
        sent: "deny",
        person: "approve",
        becomes: "revoke",
    },
    // Clauses permit-04 and reject-04: who may edit what is actioned overwrites it.
    Crossing {
        vendor: Vendor::ThreatLocker,
        sent: "approve",
        person: "deny",
        becomes: "approve",
    },
    Crossing {
        vendor: Vendor::ThreatLocker,
        sent: "deny",
        person: "approve",
        becomes: "deny",
    },
];

/// A vendor's error that says that a decision stands, where nothing else that it shows says so.
pub(crate) struct Claim {
    pub(crate) vendor: Vendor,
    /// The error's name.
    pub(crate) error: &'static str,
    /// What then stands, as the vendor has it.
    pub(crate) verdict: &'static str,
}

/// Every one that a document knows.
pub(crate) const CLAIMS: &[Claim] = &[
    // Clauses approve-03 and approve-04: "approved already", and yet pending while others are awaited; no list shows votes.
    Claim {
        vendor: Vendor::BeyondTrust,
        error: "4036",
        verdict: "approve",
    },
];

/// What is as good as wanted, because it came after it or because nothing is left to do: vendor, wanted, standing.
const SUFFICES: &[(Vendor, &str, &[&str])] = &[
    // Clause file-01: what is filed has been filed, whatever is then decided about it.
    (
        Vendor::BeyondTrust,
        "file",
        &["approve", "deny", "revoke", "check-in"],
    ),
    // Clause check-in-01: only what is active can be given back, and a person has ended it.
    (Vendor::BeyondTrust, "check-in", &["deny", "revoke"]),
];

/// Whether what stands is as good as what was wanted.
pub(crate) fn suffices(vendor: Vendor, wanted: &str, stands: &str) -> bool {
    SUFFICES.iter().any(|(of, verdict, enough)| {
        (*of, *verdict) == (vendor, wanted) && enough.contains(&stands)
    })
}
