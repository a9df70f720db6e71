//! Who decides: portal users by their address, and what is recorded for everybody else.

use super::request::Decider;
use super::state::State;

impl State {
    /// What the API records for `approvedby` or `deniedby`: a portal user, else what the dialect says.
    pub(super) fn api_decider(&self, by: Option<&str>) -> Option<Decider> {
        let known = by.and_then(|email| self.portal_user(email));
        known.or_else(|| {
            let api = self.dialects.is("admin-by-request.unknown-decider", "api");
            api.then(|| Decider {
                name: "API".to_owned(),
                email: None,
            })
        })
    }

    fn portal_user(&self, email: &str) -> Option<Decider> {
        let user = self
            .portal_users
            .iter()
            .find(|user| user.email.eq_ignore_ascii_case(email.trim()))?;
        Some(Decider {
            name: user.name.clone(),
            email: Some(user.email.clone()),
        })
    }

    /// A portal user by address, or somebody of that address whom only this act knows.
    pub(crate) fn person(&self, email: &str) -> Decider {
        let stranger = || Decider {
            name: email.to_owned(),
            email: Some(email.to_owned()),
        };
        self.portal_user(email).unwrap_or_else(stranger)
    }
}
