//! People beside the API: the portal human, the end user, a second operator. One act is one body, in any channel.

use serde::{Deserialize, Serialize};

use crate::given::id_text;
use crate::journal::Actor;
use crate::vendors::Vendor;

/// Who does what: the names of the actor endpoints below `/actors/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// A person decides in the vendor's portal.
    #[serde(rename = "portal/decide")]
    PortalDecide,
    /// The end user asks.
    #[serde(rename = "user/submit")]
    UserSubmit,
    /// What is asked for changes while it waits: another reason, or what a scan found meanwhile.
    #[serde(rename = "user/edit")]
    UserEdit,
    /// The end user withdraws.
    #[serde(rename = "user/cancel")]
    UserCancel,
    /// The end user uses what was granted.
    #[serde(rename = "user/start")]
    UserStart,
    /// The end user is done.
    #[serde(rename = "user/check-in", alias = "user/finish")]
    UserFinish,
    /// A colleague's script decides, by the API's rules.
    #[serde(rename = "operator/decide")]
    OperatorDecide,
}

impl Deed {
    /// Every endpoint, with its path below `/actors/`.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::PortalDecide, "portal/decide"),
        (Self::UserSubmit, "user/submit"),
        (Self::UserEdit, "user/edit"),
        (Self::UserCancel, "user/cancel"),
        (Self::UserStart, "user/start"),
        (Self::UserFinish, "user/check-in"),
        (Self::UserFinish, "user/finish"),
        (Self::OperatorDecide, "operator/decide"),
    ];

    pub(crate) fn actor(self) -> Actor {
        match self {
            Self::PortalDecide => Actor::Portal,
            Self::OperatorDecide => Actor::Operator,
            Self::UserSubmit
            | Self::UserEdit
            | Self::UserCancel
            | Self::UserStart
            | Self::UserFinish => Actor::User,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(deed, _)| *deed == self)
            .map_or("", |(_, name)| name)
    }
}

/// What a decision says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Grant it.
    Approve,
    /// Refuse it; in a portal, also end a grant.
    Deny,
    /// Take back what was granted and not yet used.
    TakeBack,
}

/// One act: the body of the actor endpoints.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// The vendor; may be absent inside a fault on one vendor's operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Vendor>,
    /// The request; inside a fault it defaults to the request of the call.
    #[serde(
        default,
        deserialize_with = "id_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<String>,
    /// For `decide`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Who decides: a portal user's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For `submit`: the request, in the grammar of a world's `request`. For `edit`: the members that change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<serde_json::Value>,
}

/// An act placed inside a fault: the endpoint's name and its body.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Map<String, serde_json::Value>")]
pub struct PlacedAct {
    /// Which endpoint.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// Its body.
    #[serde(flatten)]
    pub act: Act,
}

// By hand, since a flattened body would let unknown members pass.
impl TryFrom<serde_json::Map<String, serde_json::Value>> for PlacedAct {
    type Error = serde_json::Error;

    fn try_from(mut body: serde_json::Map<String, serde_json::Value>) -> Result<Self, Self::Error> {
        let deed = serde_json::from_value(body.remove("do").unwrap_or_default())?;
        Ok(Self {
            deed,
            act: serde_json::from_value(body.into())?,
        })
    }
}

/// What somebody did through the actor endpoints, answered as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    /// The request concerned.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// The journal's last entry about it.
    pub seq: u64,
}
