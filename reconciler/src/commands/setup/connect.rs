//! The clients of the selected queues: each with its secret and its settings, and left again after the work.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;

use super::super::Context;
use super::super::select::Select;
use super::{Access, Clients, Setup, Unreachable};
use crate::cli::Reach;
use crate::desired::config::{Credentials, QueueConfig};
use crate::desired::secret;
use crate::error::Failure;
use crate::model::{Past, ReadError, ReadErrorKind, Reading, Terms, Vendor};
use crate::vendors::beyondtrust::{self, Account};
use crate::vendors::http::{Settings, SetupError};
use crate::vendors::{Eyes, Queue, admin_by_request, ekran, fudo, threatlocker};

/// Most time for leaving all queues, and most after a signal: whoever waits for the end waits for this too.
const LEAVING: Duration = Duration::from_secs(5);
const LEAVING_AT_ONCE: Duration = Duration::from_millis(500);

impl Setup {
    /// Does some work with the selected queues, and leaves them afterwards, whatever came of it.
    ///
    /// # Errors
    /// When a secret or a setting of one of them cannot be used; and those of the work.
    pub(in crate::commands) async fn with_queues<T>(
        &self,
        context: &Context,
        access: Access,
        reach: &Reach,
        select: &Select,
        work: impl AsyncFnOnce(&Clients) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let clients = self.connect(context, access, reach, select)?;
        let ended = work(&clients).await;
        leave(&clients, context).await;
        ended
    }

    /// As `with_queues`, but a queue whose secret or settings fail is one that could not be read: the others go on.
    ///
    /// # Errors
    /// When there is no other; and those of the work.
    pub(in crate::commands) async fn with_each<T>(
        &self,
        context: &Context,
        reach: &Reach,
        select: &Select,
        work: impl AsyncFnOnce(&Clients, Unreachable) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (clients, unread) = self.connect_each(context, Access::Read, reach, select)?;
        let ended = work(&clients, unread).await;
        leave(&clients, context).await;
        ended
    }

    /// As `with_each`, with what may decide, and with the queues of open intents: a doubt is settled whatever
    /// was selected.
    ///
    /// # Errors
    /// As `with_each`.
    pub(in crate::commands) async fn with_deciders<T, E: From<Failure>>(
        &self,
        context: &Context,
        reach: &Reach,
        select: &Select,
        past: &Past,
        work: impl AsyncFnOnce(&Clients, Unreachable) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut clients, unread) = self.connect_each(context, Access::Decide, reach, select)?;
        self.connect_doubted(context, reach, past, &mut clients, &unread);
        let ended = work(&clients, unread).await;
        leave(&clients, context).await;
        ended
    }

    /// Fetches the secrets and prepares the calls of the selected queues; sends nothing.
    fn connect(
        &self,
        context: &Context,
        access: Access,
        reach: &Reach,
        select: &Select,
    ) -> Result<Clients, Failure> {
        let selected = self
            .terms
            .values()
            .filter(|terms| select.names_queue(&terms.queue));
        selected
            .map(|terms| {
                let queue = self
                    .config
                    .queues
                    .get(&terms.queue)
                    .ok_or_else(|| Failure::error("the queue vanished"))?;
                Ok((
                    terms.queue.clone(),
                    self.client(context, access, reach, terms, queue)?,
                ))
            })
            .collect()
    }

    /// As `connect`, but a queue whose secret or settings fail is one that could not be read: the others go on.
    ///
    /// # Errors
    /// When there is no other.
    fn connect_each(
        &self,
        context: &Context,
        access: Access,
        reach: &Reach,
        select: &Select,
    ) -> Result<(Clients, Unreachable), Failure> {
        let (mut queues, mut failed) = (BTreeMap::new(), BTreeMap::new());
        let selected = self
            .terms
            .iter()
            .filter(|(name, _)| select.names_queue(name));
        for (name, terms) in selected {
            let Some(queue) = self.config.queues.get(name) else {
                continue;
            };
            match self.client(context, access, reach, terms, queue) {
                Ok(client) => drop(queues.insert(name.clone(), client)),
                Err(failure) => drop(failed.insert(name.clone(), failure)),
            }
        }
        match failed.pop_first() {
            Some((_, failure)) if queues.is_empty() => Err(failure),
            first => {
                let failed = first.into_iter().chain(failed);
                let unread = failed.map(|(name, failure)| (name, not_set_up(failure)));
                Ok((queues, unread.collect()))
            }
        }
    }

    /// Adds the queues of open intents: a doubt is settled whatever was selected. One that cannot be
    /// reached from here leaves its intents in doubt, and stops nothing.
    fn connect_doubted(
        &self,
        context: &Context,
        reach: &Reach,
        past: &Past,
        queues: &mut Clients,
        unread: &Unreachable,
    ) {
        for terms in self.terms.values() {
            let is_doubted = past.open().any(|(of, _)| terms.identity(&of.id) == *of);
            let config = self.config.queues.get(&terms.queue);
            let is_known = queues.contains_key(&terms.queue) || unread.contains_key(&terms.queue);
            let (true, Some(config)) = (is_doubted && !is_known, config) else {
                continue;
            };
            match self.client(context, Access::Decide, reach, terms, config) {
                Ok(client) => drop(queues.insert(terms.queue.clone(), client)),
                Err(failure) => context
                    .ui
                    .warning(&format!("{failure}; its calls in doubt stay so")),
            }
        }
    }

    fn client(
        &self,
        context: &Context,
        access: Access,
        reach: &Reach,
        terms: &Terms,
        queue: &QueueConfig,
    ) -> Result<Box<dyn Queue>, Failure> {
        let credentials = match access {
            Access::Decide => queue.deciding(),
            Access::Read => &queue.credentials,
        };
        let mut settings = Settings::new(&queue.origin, &queue.url, context.clock.clone());
        settings.timeout = reach.timeout.unwrap_or(queue.timeout);
        settings.rate = queue.rate_limit;
        settings.proxy = context
            .env("HTTPS_PROXY")
            .or(context.env("https_proxy"))
            .map(str::to_owned);
        settings.ca_pem = queue.ca_file.as_deref().map(read_roots).transpose()?;
        let unusable = |error: SetupError| {
            Failure::error(error.what)
                .at(format!("[queues.{}]", terms.queue))
                .hint(error.hint)
        };
        let eyes = match access {
            Access::Read if !queue.reads_as_decider() => Eyes::OfAnother,
            Access::Read | Access::Decide => Eyes::OfDecider,
        };
        match queue.vendor {
            Vendor::AdminByRequest => {
                let key = fetch(context, terms, credentials, "api-key")?;
                admin_by_request::connect(terms.clone(), settings, key, queue.max_requests)
                    .map(|client| Box::new(client) as Box<dyn Queue>)
                    .map_err(unusable)
            }
            Vendor::Beyondtrust => {
                let fetch = |key| fetch(context, terms, credentials, key);
                let account = match &credentials.run_as {
                    Some(user) => Account::PsAuth {
                        key: fetch("api-key")?,
                        run_as: user.clone(),
                        password: match credentials.secrets.get("password") {
                            Some(_) => Some(fetch("password")?),
                            None => None,
                        },
                    },
                    None => Account::Client {
                        id: fetch("client-id")?,
                        secret: fetch("client-secret")?,
                    },
                };
                beyondtrust::connect(terms.clone(), settings, account, eyes, queue.max_requests)
                    .map(|client| Box::new(client) as Box<dyn Queue>)
                    .map_err(unusable)
            }
            Vendor::Fudo => {
                let key = fetch(context, terms, credentials, "api-key")?;
                fudo::connect(terms.clone(), settings, key, eyes, queue.max_requests)
                    .map(|client| Box::new(client) as Box<dyn Queue>)
                    .map_err(unusable)
            }
            Vendor::Threatlocker => {
                let token = fetch(context, terms, credentials, "token")?;
                let organizations = queue.organizations.clone();
                threatlocker::connect(
                    terms.clone(),
                    settings,
                    token,
                    organizations,
                    eyes,
                    queue.max_requests,
                )
                .map(|client| Box::new(client) as Box<dyn Queue>)
                .map_err(unusable)
            }
            Vendor::Ekran => {
                let key = fetch(context, terms, credentials, "api-key")?;
                let since = queue.since.clone().unwrap_or_default();
                ekran::connect(terms.clone(), settings, key, since, queue.max_requests)
                    .map(|client| Box::new(client) as Box<dyn Queue>)
                    .map_err(unusable)
            }
        }
    }
}

/// Ends every session. Trouble with it is the vendor's to time out.
async fn leave(clients: &Clients, context: &Context) {
    let all = join_all(clients.values().map(|queue| queue.leave()));
    let at_once = async {
        context.stop.at_once().await;
        tokio::time::sleep(LEAVING_AT_ONCE).await;
    };
    tokio::select! {
        _ = all => {}
        () = at_once => {}
        () = tokio::time::sleep(LEAVING) => {}
    }
}

fn not_set_up(failure: Failure) -> Reading {
    let place = failure.place.map(|place| format!(" ({place})"));
    Reading::Unread(ReadError {
        kind: ReadErrorKind::Setup,
        what: format!("{}{}", failure.what, place.unwrap_or_default()),
        said: None,
        hint: failure.hint.unwrap_or_default(),
    })
}

fn fetch(
    context: &Context,
    terms: &Terms,
    credentials: &Credentials,
    key: &str,
) -> Result<SecretString, Failure> {
    let place = format!("[queues.{}] credentials.{key}", terms.queue);
    let source = credentials
        .secrets
        .get(key)
        .ok_or_else(|| Failure::error("a credential is missing").at(&place))?;
    secret::resolve(source, &context.env).map_err(|error| {
        Failure::error(format!(
            "cannot get the credential: {} {}",
            error.name, error.what
        ))
        .at(place)
        .hint(error.hint)
    })
}

fn read_roots(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::io("cannot read the ca-file", path, &error))
}
