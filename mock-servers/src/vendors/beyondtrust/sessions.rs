//! Getting in: the PS-Auth header, OAuth tokens, and the sessions that SignAppIn opens and Signout ends.

use std::collections::BTreeMap;

use hyper::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use super::people::User;
use crate::seed;

/// The name of the session cookie.
pub(crate) const COOKIE: &str = "ASP.NET_SessionId";
/// How long an access token lasts.
pub(crate) const TOKEN_SECONDS: i64 = 3600;
/// How long a session lasts without a call, where the dialect lets it end.
const IDLE_MINUTES: i64 = 20;

/// What an `Authorization` header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// `PS-Auth key=…; runas=…; pwd=[…];`
    PsAuth {
        key: String,
        run_as: String,
        password: Option<String>,
    },
    /// `Bearer …`
    Bearer(String),
}

impl Credentials {
    /// Reads a header; nothing for a scheme or form that the vendor does not know.
    ///
    /// From: API usage page: `key`, `runas` and, if the registration asks for it, `pwd` in square brackets.
    pub(crate) fn read(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(char::is_whitespace)?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self::Bearer(rest.trim().to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("ps-auth") {
            return None;
        }
        let (mut key, mut run_as, mut password) = (None, None, None);
        let mut rest = rest.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let name = name.trim().to_ascii_lowercase();
            let value = if name == "pwd" {
                // Brackets, because a password may hold what separates the parts: it ends with the last one.
                let end = after.rfind(']').filter(|_| after.starts_with('['))?;
                rest = after[end + 1..].trim_start();
                &after[1..end]
            } else {
                let end = after.find(';').unwrap_or(after.len());
                rest = &after[end..];
                after[..end].trim()
            };
            let slot = match name.as_str() {
                "key" => &mut key,
                "runas" => &mut run_as,
                "pwd" => &mut password,
                _ => return None,
            };
            *slot = Some(value.to_owned());
            rest = rest.strip_prefix(';').unwrap_or(rest).trim_start();
        }
        Some(Self::PsAuth {
            key: key?,
            run_as: run_as?,
            password,
        })
    }
}

/// The session ids that a call's cookies name.
pub(crate) fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.trim_matches('"').to_owned())
        .collect()
}

#[derive(Clone, Debug)]
struct Session {
    user: String,
    used: Timestamp,
}

#[derive(Clone, Debug)]
struct Token {
    user: String,
    ends: Timestamp,
}

/// Who is inside. Part of the world: a snapshot that is restored knows the sessions of its time.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    seed: u64,
    sessions: BTreeMap<String, Session>,
    tokens: BTreeMap<String, Token>,
    made: u64,
}

impl Gate {
    /// Nobody is inside any more.
    pub(crate) fn forget(&mut self) {
        self.sessions.clear();
        self.tokens.clear();
    }

    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            sessions: BTreeMap::new(),
            tokens: BTreeMap::new(),
            made: 0,
        }
    }

    /// Opens a session; answers its id.
    pub(crate) fn open(&mut self, user: &User, now: Timestamp) -> String {
        self.made += 1;
        let id = seed::hex(self.seed, "beyondtrust/session", self.made, 24);
        let session = Session {
            user: user.name.clone(),
            used: now,
        };
        self.sessions.insert(id.clone(), session);
        id
    }

    /// Whose session this is, if it is open. With `idle_end` it ends when nobody has used it for a while.
    pub(crate) fn holder(&mut self, id: &str, idle_end: bool, now: Timestamp) -> Option<String> {
        let session = self.sessions.get_mut(id)?;
        let idle = now.duration_since(session.used);
        if idle_end && idle >= SignedDuration::from_mins(IDLE_MINUTES) {
            self.sessions.remove(id);
            return None;
        }
        session.used = now;
        Some(session.user.clone())
    }

    /// Ends a session; false if there is none.
    pub(crate) fn end(&mut self, id: &str) -> bool {
        self.sessions.remove(id).is_some()
    }

    /// Issues an access token.
    pub(crate) fn issue(&mut self, user: &User, now: Timestamp) -> String {
        self.made += 1;
        let text = seed::hex(self.seed, "beyondtrust/token", self.made, 64);
        let ends = now
            .saturating_add(SignedDuration::from_secs(TOKEN_SECONDS))
            .unwrap_or(Timestamp::MAX);
        let token = Token {
            user: user.name.clone(),
            ends,
        };
        self.tokens.insert(text.clone(), token);
        text
    }

    /// The name of the user whom these credentials let in.
    pub(crate) fn user_of(
        &self,
        users: &[User],
        credentials: &Credentials,
        now: Timestamp,
    ) -> Option<String> {
        match credentials {
            Credentials::Bearer(token) => {
                let token = self.tokens.get(token).filter(|token| now < token.ends)?;
                Some(token.user.clone())
            }
            Credentials::PsAuth {
                key,
                run_as,
                password,
            } => {
                let user = users
                    .iter()
                    .find(|user| user.run_as.eq_ignore_ascii_case(run_as))?;
                let right = match password {
                    Some(password) => *password == user.secrets.password,
                    None => !user.password_required,
                };
                (user.api && right && *key == user.secrets.api_key).then(|| user.name.clone())
            }
        }
    }

    /// How many sessions are open.
    pub(crate) fn count(&self) -> usize {
        self.sessions.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ps_auth(key: &str, run_as: &str, password: Option<&str>) -> Option<Credentials> {
        Some(Credentials::PsAuth {
            key: key.to_owned(),
            run_as: run_as.to_owned(),
            password: password.map(str::to_owned),
        })
    }

    #[test]
    fn a_ps_auth_header_has_parts_in_any_order_and_spacing() {
        for header in [
            "PS-Auth key=k; runas=EXAMPLE\\anna; pwd=[a;b]c=];",
            "ps-auth runas=EXAMPLE\\anna;key=k;pwd=[a;b]c=]",
            "PS-Auth  key = k ;  runas = EXAMPLE\\anna ; pwd = [a;b]c=] ; ",
        ] {
            let expected = ps_auth("k", "EXAMPLE\\anna", Some("a;b]c="));
            assert_eq!(Credentials::read(header), expected, "{header}");
        }
        assert_eq!(
            Credentials::read("PS-Auth key=k; runas=u;"),
            ps_auth("k", "u", None)
        );
    }

    #[test]
    fn what_is_not_a_known_form_is_nothing() {
        for header in [
            "",
            "PS-Auth",
            "PS-Auth key=k",
            "PS-Auth runas=u",
            "PS-Auth key=k; runas=u; pwd=plain",
            "PS-Auth key=k; runas=u; pwd=[open",
            "PS-Auth key=k; runas=u; colour=red",
            "Basic abc",
        ] {
            assert_eq!(Credentials::read(header), None, "{header}");
        }
        let token = Credentials::Bearer("t".to_owned());
        assert_eq!(Credentials::read("Bearer t"), Some(token));
    }

    #[test]
    fn a_session_cookie_stands_among_others() {
        let mut headers = HeaderMap::new();
        let value = "a=b; ASP.NET_SessionId=one; c=d".parse().unwrap();
        headers.append("cookie", value);
        headers.append("cookie", "ASP.NET_SessionId=two".parse().unwrap());
        assert_eq!(cookies(&headers), ["one", "two"]);
    }
}
