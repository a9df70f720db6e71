//! The clients of the selected queues: each with its secret and its settings, before any call.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::SecretString;

use super::super::Context;
use super::super::select::Select;
use super::{Access, Clients, Setup, Unreachable};
use crate::cli::Reach;
use crate::desired::config::{QueueConfig, SecretSource};
use crate::desired::secret;
use crate::error::Failure;
use crate::model::{Past, ReadError, ReadErrorKind, Reading, Terms, Vendor};
use crate::vendors::http::{Settings, SetupError};
use crate::vendors::{Queue, admin_by_request};

impl Setup {
    /// Fetches the secrets and prepares the calls of the selected queues; sends nothing.
    pub(in crate::commands) fn connect(
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
    pub(in crate::commands) fn connect_each(
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
    pub(in crate::commands) fn connect_doubted(
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
        let credentials = match (access, &queue.write_credentials) {
            (Access::Decide, Some(write)) => write,
            (Access::Decide, None) | (Access::Read, _) => &queue.credentials,
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
        match queue.vendor {
            Vendor::AdminByRequest => {
                let key = fetch(context, terms, credentials, "api-key")?;
                admin_by_request::connect(terms.clone(), settings, key, queue.max_requests)
                    .map(|client| Box::new(client) as Box<dyn Queue>)
                    .map_err(unusable)
            }
        }
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
    credentials: &BTreeMap<String, SecretSource>,
    key: &str,
) -> Result<SecretString, Failure> {
    let place = format!("[queues.{}] credentials.{key}", terms.queue);
    let source = credentials
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
