//! The session: signing in before the first call, again where a call finds it ended, and out at the end.
//!
//! PS-Auth or OAuth client credentials, then `POST Auth/SignAppIn`, whose cookie goes with every later call
//! beside the header, and `POST Auth/Signout` (vendor-facts section 2, "Auth").

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::wire;
use crate::model::{ReadError, ReadErrorKind};
use crate::vendors::http::{Http, Post, Reply, SetupError};

/// Who signs in.
pub enum Account {
    /// An API registration's key, and the user it runs as.
    PsAuth {
        /// The key.
        key: SecretString,
        /// The user.
        run_as: String,
        /// The user's password, where the registration asks for it.
        password: Option<SecretString>,
    },
    /// An OAuth client.
    Client {
        /// Its id.
        id: SecretString,
        /// Its secret.
        secret: SecretString,
    },
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PsAuth { .. } => "PsAuth",
            Self::Client { .. } => "Client",
        })
    }
}

/// One session at a time, for all calls of a queue.
#[derive(Debug)]
pub(super) struct Session {
    account: Account,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Not signed in.
    Closed,
    /// The session of that number.
    Open(u64),
    /// The credential was rejected: trying again and again would look like an attack.
    Rejected(ReadError),
}

impl Session {
    /// Checks the credential as far as it can be without a call.
    pub(super) fn new(account: Account, http: &Http) -> Result<Self, SetupError> {
        if let Account::PsAuth {
            key,
            run_as,
            password,
        } = &account
        {
            let header = ps_auth(key, run_as, password.as_ref())?;
            http.carry(&[("authorization", header)])?;
        }
        Ok(Self {
            account,
            state: Mutex::new(State::Closed),
        })
    }

    /// Signs in, where that has not been done. The number tells this session from a later one.
    pub(super) async fn ensure(&self, http: &Http) -> Result<u64, ReadError> {
        self.after(None, http).await
    }

    /// Signs in again, unless somebody else has since: a call was rejected with the session of that number.
    pub(super) async fn renew(&self, http: &Http, rejected: u64) -> Result<u64, ReadError> {
        self.after(Some(rejected), http).await
    }

    async fn after(&self, rejected: Option<u64>, http: &Http) -> Result<u64, ReadError> {
        let mut state = self.state.lock().await;
        let number = match &*state {
            State::Open(number) if rejected.is_none_or(|rejected| rejected < *number) => {
                return Ok(*number);
            }
            State::Open(number) => number + 1,
            State::Closed => rejected.map_or(0, |rejected| rejected + 1),
            State::Rejected(why) => return Err(why.clone()),
        };
        // A sign-in that is dropped half-way has no session that we know of.
        *state = State::Closed;
        match self.sign_in(http).await {
            Ok(()) => {
                *state = State::Open(number);
                Ok(number)
            }
            Err(why) => {
                if why.kind == ReadErrorKind::Credential {
                    *state = State::Rejected(why.clone());
                }
                Err(why)
            }
        }
    }

    /// Signs out, where there is a session. What comes of it changes nothing.
    pub(super) async fn end(&self, http: &Http) {
        let mut state = self.state.lock().await;
        if let State::Open(_) = *state {
            *state = State::Closed;
            let post = Post {
                path: "/Auth/Signout",
                form: Vec::new(),
                credentials: None,
            };
            // A session that is not ended here runs out at the vendor.
            let _ = http.post(&post).await;
            let _ = http.carry(&[]);
        }
    }

    /// What other calls carry changes only once a session stands.
    async fn sign_in(&self, http: &Http) -> Result<(), ReadError> {
        let authorization = match &self.account {
            Account::PsAuth {
                key,
                run_as,
                password,
            } => ps_auth(key, run_as, password.as_ref()).map_err(unusable)?,
            Account::Client { id, secret } => token(http, id, secret).await?,
        };
        let mut credentials = vec![("authorization", authorization)];
        let post = Post {
            path: "/Auth/SignAppIn",
            form: Vec::new(),
            credentials: Some(credentials.clone()),
        };
        let reply = http.post(&post).await?;
        if reply.status != 200 {
            return Err(refusal(&post, &reply));
        }
        if !wire::is_object(&reply) {
            return Err(malformed(&post, "the answer names no user"));
        }
        let cookies: Vec<&str> = reply
            .cookies
            .iter()
            .map(|one| one.expose_secret())
            .collect();
        if !cookies.is_empty() {
            credentials.push(("cookie", cookies.join("; ").into()));
        }
        http.carry(&credentials).map_err(unusable)
    }
}

/// `PS-Auth key=…; runas=…; pwd=[…];`. A part that would begin another one is refused.
fn ps_auth(
    key: &SecretString,
    run_as: &str,
    password: Option<&SecretString>,
) -> Result<SecretString, SetupError> {
    let key = key.expose_secret();
    if key.contains([';', ' ']) {
        return Err(SetupError {
            what: "the API key holds a blank or a `;`".to_owned(),
            hint: "store the key alone; the user stands in `run-as`, the password in `password`"
                .to_owned(),
        });
    }
    let password = password.map_or("", |password| password.expose_secret());
    if password.contains("];") {
        return Err(SetupError {
            what: "the password holds `];`, which ends it in the vendor's header".to_owned(),
            hint: "choose another password for the run-as user, or use an OAuth client".to_owned(),
        });
    }
    let mut header = format!("PS-Auth key={key}; runas={run_as};");
    if !password.is_empty() {
        header.push_str(&format!(" pwd=[{password}];"));
    }
    Ok(header.into())
}

/// `Bearer …` for a client's id and secret.
async fn token(
    http: &Http,
    id: &SecretString,
    secret: &SecretString,
) -> Result<SecretString, ReadError> {
    let post = Post {
        path: "/Auth/connect/token",
        form: vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", id.clone()),
            ("client_secret", secret.clone()),
        ],
        credentials: Some(Vec::new()),
    };
    let reply = http.post(&post).await?;
    match reply.status {
        200 => wire::token(&reply).ok_or_else(|| malformed(&post, "the answer holds no token")),
        // OAuth says a wrong client with either.
        400 | 401 => Err(ReadError {
            kind: ReadErrorKind::Credential,
            what: format!("{} was answered {}: the client was rejected", post.shown(), reply.status),
            said: wire::said(&reply),
            hint: "check client-id and client-secret, and that the application user may use the API; then `countersign doctor`".to_owned(),
        }),
        _ => Err(refusal(&post, &reply)),
    }
}

fn unusable(SetupError { what, hint }: SetupError) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what,
        said: None,
        hint,
    }
}

fn refusal(post: &Post, reply: &Reply) -> ReadError {
    let shown = post.shown();
    let status = reply.status;
    let (kind, what, hint) = if status == 401 && reply.second_factor {
        (
            ReadErrorKind::Credential,
            format!(
                "{shown} was answered {status}: it asks for a second factor, which a program has not"
            ),
            "use an API registration and a user that need none; then `countersign doctor`",
        )
    } else if status == 401 {
        (
            ReadErrorKind::Credential,
            format!("{shown} was answered {status}: the credential was rejected"),
            "check key, run-as and password; that the registration's rules allow this machine's address; and that a group of the user holds the registration; then `countersign doctor`",
        )
    } else if (300..400).contains(&status) {
        (
            ReadErrorKind::Refused,
            format!("{shown} was {}", reply.answered()),
            "redirects are never followed; correct `url` of the queue in countersign.toml",
        )
    } else {
        (
            reply.trouble(),
            format!("{shown} was answered {status}"),
            "`countersign doctor` tries each queue",
        )
    };
    ReadError {
        kind,
        what,
        said: wire::said(reply),
        hint: hint.to_owned(),
    }
}

fn malformed(post: &Post, why: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Malformed,
        what: format!("{}: {why}", post.shown()),
        said: None,
        hint: "look at what stands between (proxy, gateway) and at `url` of the queue; `countersign doctor` tries each queue".to_owned(),
    }
}
