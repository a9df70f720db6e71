//! Who calls: signing in and out, access tokens, and whose session or header a call comes with.

use jiff::Timestamp;

use super::BeyondTrust;
use super::people::User;
use super::refusal::{Refusal, UNAUTHENTICATED};
use super::routes::note_body;
use super::sessions::{COOKIE, Credentials, TOKEN_SECONDS, cookies};
use super::wire;
use crate::operations::query_pairs;
use crate::vendors::{Answer, Call};

impl BeyondTrust {
    // Whoever calls: the session's user, or, where the dialect accepts it, the header's.
    pub(super) fn caller(&mut self, call: &Call, now: Timestamp) -> Result<User, Refusal> {
        let refused = || Refusal::plain(401, UNAUTHENTICATED);
        let header = call.headers.contains_key("authorization");
        let by_header = self.by_header(call, now);
        let by_session = self.by_session(call, now);
        let is = |key: &str, value: &str| self.state.dialects.is(key, value);
        let name = match (by_session, by_header) {
            (Some(_), None) if header && is("beyondtrust.wrong-header-with-session", "401") => {
                return Err(refused());
            }
            (Some(name), _) => name,
            (None, Some(name)) if is("beyondtrust.header-without-session", "accepted") => name,
            (None, _) => return Err(refused()),
        };
        self.named_user(&name).ok_or_else(refused)
    }

    fn named_user(&self, name: &str) -> Option<User> {
        let mut users = self.state.users.iter();
        users.find(|user| user.name == name).cloned()
    }

    fn by_session(&mut self, call: &Call, now: Timestamp) -> Option<String> {
        let idle_end = self
            .state
            .dialects
            .is("beyondtrust.session-idle", "20-minutes");
        let ids = cookies(&call.headers);
        ids.iter()
            .find_map(|id| self.state.gate.holder(id, idle_end, now))
    }

    fn by_header(&self, call: &Call, now: Timestamp) -> Option<String> {
        let header = call.headers.get("authorization")?.to_str().ok()?;
        let credentials = Credentials::read(header)?;
        self.state
            .gate
            .user_of(&self.state.users, &credentials, now)
    }

    pub(super) fn sign_in(
        &mut self,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
    ) -> Result<Answer, Refusal> {
        // Clients send nothing, or what their library writes for nothing.
        if ![&b""[..], b"{}", b"\"\""].contains(&call.body.trim_ascii()) {
            note_body(call, strange);
        }
        let user = self
            .by_header(call, now)
            .and_then(|name| self.named_user(&name))
            .ok_or_else(|| Refusal::plain(401, UNAUTHENTICATED))?;
        let session = self.state.gate.open(&user, now);
        let cookie = format!("{COOKIE}={session}; path=/; HttpOnly; SameSite=Lax");
        let body = wire::signed_in(&user).to_string();
        Ok(Answer::json(200, body).with("set-cookie", cookie))
    }

    pub(super) fn sign_out(
        &mut self,
        call: &Call,
        now: Timestamp,
        strange: &mut Vec<String>,
    ) -> Result<Answer, Refusal> {
        if ![&b""[..], b"{}", b"\"\""].contains(&call.body.trim_ascii()) {
            note_body(call, strange);
        }
        let inside = self.by_session(call, now).is_some();
        for id in cookies(&call.headers) {
            self.state.gate.end(&id);
        }
        let lenient = self
            .state
            .dialects
            .is("beyondtrust.signout-without-session", "200");
        if inside || lenient {
            return Ok(Answer::empty(200));
        }
        Err(Refusal::plain(401, UNAUTHENTICATED))
    }

    // Client credentials, form-encoded; the words of its errors are OAuth's.
    pub(super) fn token(&mut self, call: &Call, now: Timestamp) -> Result<Answer, Refusal> {
        let kind = call.headers.get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let form = kind.split(';').next().unwrap_or_default().trim();
        if !form.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::bad("invalid_request"));
        }
        let fields = query_pairs(&String::from_utf8_lossy(&call.body));
        let field = |name: &str| {
            let found = fields.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        match field("grant_type") {
            Some("client_credentials") => {}
            Some(_) => return Err(Refusal::bad("unsupported_grant_type")),
            None => return Err(Refusal::bad("invalid_request")),
        }
        let (id, secret) = (field("client_id"), field("client_secret"));
        let client = self.state.users.iter().find(|user| {
            user.api
                && id.is_some_and(|id| id.eq_ignore_ascii_case(&user.secrets.client_id))
                && secret == Some(user.secrets.client_secret.as_str())
        });
        let Some(user) = client.cloned() else {
            let value = self.state.dialects.chosen("beyondtrust.wrong-client");
            return Err(Refusal::named(value, "invalid_client"));
        };
        let text = self.state.gate.issue(&user, now);
        let body = wire::token(&text, TOKEN_SECONDS).to_string();
        Ok(Answer::json(200, body).with("cache-control", "no-store".to_owned()))
    }
}
