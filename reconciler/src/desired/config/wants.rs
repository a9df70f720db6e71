//! What the part of each vendor in the configuration may and must hold.

use super::credentials::Form;
use crate::model::Vendor;

const KEYS: [&str; 12] = [
    "vendor",
    "url",
    "credentials",
    "write-credentials",
    "acting-as",
    "deciders",
    "enabled",
    "parallelism",
    "timeout",
    "rate-limit",
    "max-requests",
    "ca-file",
];

/// What a vendor's part of the configuration may and must hold.
pub(super) struct Wants {
    /// The ways to write its credentials.
    pub(super) credentials: &'static [Form],
    /// Whether it shows deciders by a name, so that `acting-as` can say which of them is this queue.
    pub(super) acting_as: bool,
    /// Whether it is told in whose name a call decides, so that it knows `deciders`.
    pub(super) deciders: bool,
    /// Calls a minute where nothing is configured.
    pub(super) rate_limit: Option<u32>,
    /// A url as an example.
    pub(super) url: &'static str,
    /// The path of its API, in any case. Digests and identities hold the origin alone, so another path
    /// would send reviewed lines somewhere else without making them stale.
    pub(super) path: &'static str,
    /// Whether it knows `organization` and `child-organizations`.
    pub(super) organizations: bool,
    /// Whether it decides by votes, so that `voter` has to say which of them is ours.
    pub(super) voter: bool,
    /// Whether it lists what was processed, so that it must be said since when.
    pub(super) since: bool,
    /// How two queues of one instance are told apart.
    pub(super) apart: &'static str,
}

impl Wants {
    /// Every key of a queue of this vendor.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        let own = KEYS.into_iter().filter(|key| match *key {
            "acting-as" => self.acting_as,
            "deciders" => self.deciders,
            _ => true,
        });
        let more = [
            ("organization", self.organizations),
            ("child-organizations", self.organizations),
            ("voter", self.voter),
            ("since", self.since),
        ];
        let more = more.into_iter().filter(|(_, known)| *known);
        own.chain(more.map(|(key, _)| key)).collect()
    }

    /// The keys that a queue of this vendor cannot do without.
    pub(super) fn required(&self) -> Vec<&'static str> {
        let always = ["vendor", "url", "credentials"];
        let of_vendor = ["organization", "voter", "since"];
        let known = self.keys();
        let needed = of_vendor.into_iter().filter(|key| known.contains(key));
        always.into_iter().chain(needed).collect()
    }
}

/// An API user's token.
const TOKEN: Form = Form {
    secrets: &["token"],
    optional: &[],
    runs_as: false,
};

/// The only way to write a single key.
const API_KEY: Form = Form {
    secrets: &["api-key"],
    optional: &[],
    runs_as: false,
};

/// PS-Auth: an API registration's key, and the user it runs as; the registration may ask for the password.
const PS_AUTH: Form = Form {
    secrets: &["api-key"],
    optional: &["password"],
    runs_as: true,
};

/// OAuth client credentials.
const CLIENT: Form = Form {
    secrets: &["client-id", "client-secret"],
    optional: &[],
    runs_as: false,
};

pub(super) fn wants(vendor: Vendor) -> Wants {
    match vendor {
        Vendor::AdminByRequest => Wants {
            credentials: &[API_KEY],
            acting_as: true,
            deciders: true,
            rate_limit: Some(60),
            url: "https://dc1api.adminbyrequest.com",
            path: "",
            organizations: false,
            voter: false,
            since: false,
            apart: "`acting-as`",
        },
        Vendor::Beyondtrust => Wants {
            credentials: &[PS_AUTH, CLIENT],
            acting_as: false,
            deciders: false,
            rate_limit: None,
            url: "https://pam.example.com/BeyondTrust/api/public/v3",
            path: "/BeyondTrust/api/public/v3",
            organizations: false,
            voter: false,
            since: false,
            apart: "`run-as` or `client-id`",
        },
        Vendor::Threatlocker => Wants {
            credentials: &[TOKEN],
            acting_as: true,
            deciders: false,
            rate_limit: None,
            url: "https://portalapi.g.threatlocker.com/portalapi",
            path: "/portalapi",
            organizations: true,
            voter: false,
            since: false,
            apart: "`organization`",
        },
        Vendor::Fudo => Wants {
            credentials: &[API_KEY],
            acting_as: false,
            deciders: false,
            rate_limit: None,
            url: "https://fudo.example.com",
            path: "",
            organizations: false,
            voter: true,
            since: false,
            apart: "`voter`",
        },
        Vendor::Ekran => Wants {
            credentials: &[API_KEY],
            acting_as: false,
            deciders: false,
            rate_limit: None,
            url: "https://ekran.example.com/ekranapi",
            path: "/ekranapi",
            organizations: false,
            voter: false,
            since: true,
            apart: "`url`",
        },
    }
}
