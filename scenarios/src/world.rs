//! One story's own world: mocks on free ports, a folder, a home, and what placeholders stand for in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mock_servers::{ClockMode, Mocks, Options, Vendor};
use serde_json::Value;
use tempfile::TempDir;

use crate::child::{self, Group, Order, Ran, Running};
use crate::placeholders::{Names, fill};
use crate::story::{Signal, Story};
use crate::{Settings, check};

/// A running world.
pub(crate) struct World {
    pub(crate) mocks: Mocks,
    pub(crate) vendors: Vec<Vendor>,
    // Nothing only once the world is over.
    root: Option<TempDir>,
    settings: Settings,
    limit: std::time::Duration,
    /// Every client that was started, with what it may have left running.
    groups: Mutex<Vec<Group>>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.end_clients();
    }
}

impl World {
    /// Makes it: mocks, configuration, the story's files, the commands of `prepare`.
    pub(crate) async fn make(story: &Story, settings: &Settings) -> Result<Self, String> {
        let scenario = &story.scenario;
        let mut options = Options::new(settings.real_now);
        options.vendors.clone_from(&scenario.vendors);
        options.world = Some(story.given.clone());
        options.seed = scenario.seed;
        options.clock = ClockMode::Frozen;
        options.now = Some(
            scenario
                .clock
                .parse()
                .map_err(|error| format!("clock: {error}"))?,
        );
        options.dialects = scenario.dialect.clone().into_iter().collect();
        let mocks = Mocks::start(options)
            .await
            .map_err(|error| error.to_string())?;
        let root = tempfile::Builder::new()
            .prefix("scenario-")
            .tempdir()
            .map_err(|error| format!("cannot make a folder: {error}"))?;
        let world = Self {
            mocks,
            vendors: scenario.vendors.clone(),
            root: Some(root),
            groups: Mutex::new(Vec::new()),
            settings: settings.clone(),
            limit: check::duration(&scenario.timeout).unwrap_or(std::time::Duration::from_secs(20)),
        };
        world.furnish(story)?;
        for words in &scenario.prepare {
            world.prepare(words).await?;
        }
        Ok(world)
    }

    fn furnish(&self, story: &Story) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("cannot furnish the folder: {error}");
        std::fs::create_dir_all(self.home()).map_err(failed)?;
        std::fs::create_dir_all(self.folder()).map_err(failed)?;
        self.mocks.write_config(&self.folder()).map_err(failed)?;
        let names = self.names();
        for file in &story.file {
            let path = self.inside(&fill(&file.path, &names)?)?;
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            std::fs::write(path, fill(&file.text, &names)?).map_err(failed)?;
        }
        Ok(())
    }

    async fn prepare(&self, words: &[String]) -> Result<(), String> {
        let ran = self.run(words, &BTreeMap::new(), None).await?;
        if ran.end == child::End::Exit(0) {
            return Ok(());
        }
        Err(format!(
            "prepare {:?}: {}\n{}{}",
            words.join(" "),
            ran.end,
            ran.stdout,
            ran.stderr
        ))
    }

    /// Starts the client's command line and waits for its end.
    pub(crate) async fn run(
        &self,
        words: &[String],
        env: &BTreeMap<String, String>,
        stdin: Option<&str>,
    ) -> Result<Ran, String> {
        self.start(words, env, stdin)?.end().await
    }

    /// Starts the client's command line.
    pub(crate) fn start(
        &self,
        words: &[String],
        env: &BTreeMap<String, String>,
        stdin: Option<&str>,
    ) -> Result<Running, String> {
        let running = child::run(self.order(words, env, stdin)?)?;
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.push(running.group());
        Ok(running)
    }

    fn order(
        &self,
        words: &[String],
        env: &BTreeMap<String, String>,
        stdin: Option<&str>,
    ) -> Result<Order, String> {
        let names = self.names();
        let mut filled = Vec::new();
        for word in words {
            if word == "{cli}" {
                filled.extend(self.settings.cli.iter().cloned());
            } else {
                filled.push(fill(word, &names)?);
            }
        }
        let clock = format!("{}/__mock/v1/clock", self.mocks.admin_url());
        let mut all = child::environment(&self.settings.path, &self.home(), &clock);
        for (name, value) in env {
            all.insert(name.clone(), fill(value, &names)?);
        }
        Ok(Order {
            words: filled,
            told: words.to_vec(),
            env: all,
            folder: self.folder(),
            stdin: stdin.map(|text| fill(text, &names)).transpose()?,
            limit: self.limit,
            path: self.settings.path.clone(),
        })
    }

    /// Nothing outlives its world: neither a client that was cut off, nor what it put into the background.
    pub(crate) fn end_clients(&self) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        Group::signal_all(&std::mem::take(&mut *groups), Signal::Kill);
    }

    /// The client's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root().join("work")
    }

    /// The folder of everything, to be kept or thrown away.
    pub(crate) fn into_root(mut self) -> Option<TempDir> {
        self.root.take()
    }

    fn root(&self) -> &Path {
        self.root.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// A folder beside the client's.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// The client's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// A path below the client's folder; nothing a story writes or reads lies elsewhere.
    pub(crate) fn inside(&self, path: &str) -> Result<PathBuf, String> {
        let plain = Path::new(path)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        if plain {
            Ok(self.folder().join(path))
        } else {
            Err(format!("{path:?} is not below the story's folder"))
        }
    }

    /// What placeholders stand for right now.
    pub(crate) fn names(&self) -> Names {
        let mut names = Names::from([
            ("tmp".to_owned(), self.folder().display().to_string()),
            (
                "cli".to_owned(),
                self.settings.cli.first().cloned().unwrap_or_default(),
            ),
            ("admin".to_owned(), self.mocks.admin_url()),
        ]);
        for (slug, queue) in self.mocks.queues() {
            names.insert(format!("url.{slug}"), queue.url);
            let mut keys = ["api-key", "token"]
                .iter()
                .filter_map(|key| queue.credentials.get(*key));
            names.insert(
                format!("token.{slug}"),
                keys.next().cloned().unwrap_or_default(),
            );
        }
        for (slug, queue) in self.mocks.queues() {
            let approver = ("approver".to_owned(), queue.credentials);
            for (identity, keys) in std::iter::once(approver).chain(queue.identities) {
                for (key, value) in keys {
                    names.insert(format!("secret.{slug}.{identity}.{key}"), value);
                }
            }
        }
        for vendor in &self.vendors {
            let state = self.mocks.state(*vendor);
            let given = state.get("names").and_then(Value::as_object);
            for (name, id) in given.into_iter().flatten() {
                names.insert(
                    format!("id.{name}"),
                    id.as_str().unwrap_or_default().to_owned(),
                );
            }
        }
        names
    }

    /// What differs from run to run, and what the transcript writes instead.
    pub(crate) fn dynamic(&self) -> Vec<(String, String)> {
        let mut dynamic = vec![
            (self.folder().display().to_string(), "{tmp}".to_owned()),
            (self.root().display().to_string(), "{tmp}/..".to_owned()),
            (self.mocks.admin_url(), "{admin}".to_owned()),
        ];
        for (slug, queue) in self.mocks.queues() {
            let authority = queue.url.find("://").map_or(0, |at| at + 3);
            let path = queue.url[authority..].find('/');
            let origin = path.map(|at| queue.url[..authority + at].to_owned());
            dynamic.push((queue.url, format!("{{url.{slug}}}")));
            dynamic.extend(origin.map(|origin| (origin, format!("{{origin.{slug}}}"))));
        }
        dynamic.extend(
            self.settings
                .cli
                .first()
                .map(|cli| (cli.clone(), "{cli}".to_owned())),
        );
        dynamic
    }
}
