//! Who calls: an API key or a session id, bare in `Authorization`; and the deprecated login that gives a session id.
//!
//! From: the examples' Authorization header; the vendor's pages on authentication.

use serde_json::{Value, json};

use super::Fudo;
use super::body::object;
use super::people::User;
use super::refusal::{Refusal, UNAUTHORIZED};
use crate::seed;
use crate::vendors::{Answer, Call};

impl Fudo {
    /// The user of the header, which has no word before the key.
    pub(super) fn caller(&self, call: &Call) -> Result<User, Refusal> {
        let header = call.headers.get("authorization");
        let key = header.and_then(|value| value.to_str().ok());
        let key = key.unwrap_or_default();
        let session = self.state.sessions.get(key);
        let fits = |user: &&User| match session {
            Some(name) => user.name == *name,
            None => user.api && user.api_key == key,
        };
        let user = self.state.users.iter().find(fits).cloned();
        user.ok_or_else(|| Refusal::new(401, UNAUTHORIZED))
    }

    /// `POST /api/system/login`.
    pub(super) fn log_in(
        &mut self,
        call: &Call,
        strange: &mut Vec<String>,
    ) -> Result<Answer, Refusal> {
        let members = object(call, &self.state.dialects, strange)?;
        let known = ["username", "password"];
        let unknown = members.keys().filter(|key| !known.contains(&key.as_str()));
        strange.extend(unknown.map(|key| format!("unknown member {key}")));
        let said = |name: &str| members.get(name).and_then(Value::as_str);
        let fits = |user: &&User| {
            said("username") == Some(user.user_name.as_str())
                && user.password.is_some()
                && said("password") == user.password.as_deref()
        };
        let user = self.state.users.iter().find(fits);
        let name = user.map(|user| user.name.clone());
        let name = name.ok_or_else(|| Refusal::new(401, UNAUTHORIZED))?;
        self.state.opened += 1;
        let session = seed::hex(self.state.seed, "fudo/session", self.state.opened, 32);
        self.state.sessions.insert(session.clone(), name);
        Ok(Answer::json(
            200,
            json!({ "sessionid": session }).to_string(),
        ))
    }
}
