//! As much of GitLab as the include of `init` uses: its jobs are read out of the files that were written, and run.
//!
//! What it does not know (a condition, a keyword of a job) is a failure, so that a slip of the pen is one.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::forge::{Forge, Job, Pipeline};
use super::notes::Notes;
use crate::world::{QUEUE, Ran};

/// What a job may say of itself here.
const KEYWORDS: [&str; 12] = [
    "after_script",
    "artifacts",
    "before_script",
    "environment",
    "extends",
    "interruptible",
    "needs",
    "resource_group",
    "rules",
    "script",
    "trigger",
    "variables",
];

/// The forge's repository as a GitLab project, with merge requests that have notes.
pub(super) struct GitLab {
    pub(super) forge: Forge,
    pub(super) notes: Notes,
    /// What the project gives every job beside the keys.
    pub(super) variables: BTreeMap<String, String>,
}

/// One pipeline while it runs.
struct Running<'a> {
    gitlab: &'a GitLab,
    /// What is checked out.
    at: &'a str,
    variables: BTreeMap<String, String>,
    /// What the jobs of the pipelines above left, by the pipeline's number and the job's name.
    artifacts: &'a mut BTreeMap<(String, String), tempfile::TempDir>,
    ended: &'a mut Pipeline,
}

impl GitLab {
    pub(super) fn new() -> Self {
        Self {
            forge: Forge::new(),
            notes: Notes::new(),
            variables: BTreeMap::new(),
        }
    }

    /// A pipeline of the merge request of a branch.
    pub(super) fn merge_request(&self, branch: &str) -> Pipeline {
        self.pipeline(
            branch,
            &[
                ("CI_PIPELINE_SOURCE", "merge_request_event"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
                ("CI_MERGE_REQUEST_PROJECT_ID", "11"),
                ("CI_MERGE_REQUEST_IID", "5"),
            ],
        )
    }

    /// A pipeline of the protected branch: after a merge, or of a schedule with its variables.
    pub(super) fn main(&self, variables: &[(&str, &str)]) -> Pipeline {
        let mut all = vec![("CI_COMMIT_BRANCH", "main"), ("CI_PIPELINE_SOURCE", "push")];
        all.extend(variables);
        self.pipeline("main", &all)
    }

    fn pipeline(&self, at: &str, variables: &[(&str, &str)]) -> Pipeline {
        let mut ended = Pipeline::default();
        let mut all = self.variables.clone();
        all.insert("CI_API_V4_URL".to_owned(), self.notes.url());
        all.insert("CI_DEFAULT_BRANCH".to_owned(), "main".to_owned());
        all.insert("CI_PIPELINE_ID".to_owned(), "900".to_owned());
        for (name, value) in variables {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        let file = read(
            &self
                .forge
                .world
                .read("repository/ci/countersign.gitlab-ci.yml"),
        );
        let mut running = Running {
            gitlab: self,
            at,
            variables: all,
            artifacts: &mut BTreeMap::new(),
            ended: &mut ended,
        };
        running.runs(&file);
        ended
    }
}

fn read(text: &str) -> Value {
    serde_yaml_ng::from_str(text).expect("YAML")
}

/// The texts of a list.
fn words(value: &Value) -> Vec<String> {
    let lines = value.as_array().into_iter().flatten();
    lines
        .map(|line| line.as_str().expect("text").to_owned())
        .collect()
}

/// Later files on top of earlier ones, maps key by key.
fn merge(base: &mut Value, more: &Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (key, value) in more {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, more) => *base = more.clone(),
    }
}

impl Running<'_> {
    /// Runs every job of a file, each after the ones that it needs.
    fn runs(&mut self, file: &Value) {
        for (name, value) in file["variables"].as_object().into_iter().flatten() {
            let value = value.as_str().expect("text").to_owned();
            self.variables.entry(name.clone()).or_insert(value);
        }
        let jobs = file.as_object().expect("jobs").iter();
        let jobs = jobs.filter(|(name, _)| !name.starts_with('.') && *name != "variables");
        let mut left: Vec<(&String, Value)> = jobs
            .map(|(name, job)| {
                let mut whole = json!({});
                if let Some(base) = job["extends"].as_str() {
                    merge(&mut whole, &file[base]);
                }
                merge(&mut whole, job);
                (name, whole)
            })
            .collect();
        // A pipeline that its rules leave empty is refused.
        left.retain(|(_, job)| self.rule(job).is_some());
        assert!(!left.is_empty(), "no job: {:?}", self.variables);
        while !left.is_empty() {
            let names: Vec<&String> = left.iter().map(|(name, _)| *name).collect();
            let waits = |job: &Value| {
                words(&local_needs(job))
                    .iter()
                    .any(|need| names.contains(&need))
            };
            // The pipeline below comes last: in life it waits for its approver.
            let mut order: Vec<usize> = (0..left.len()).collect();
            order.sort_by_key(|at| left[*at].1["trigger"].is_object());
            let next = order.into_iter().find(|at| !waits(&left[*at].1));
            let (name, job) = left.remove(next.expect("no circle"));
            self.starts(name, &job);
        }
    }

    fn starts(&mut self, name: &str, job: &Value) {
        for keyword in job.as_object().expect("a job").keys() {
            assert!(
                KEYWORDS.contains(&keyword.as_str()),
                "{name}: {keyword} is not known here"
            );
        }
        let always = self.rule(job) == Some("always");
        let jobs = &self.ended.jobs;
        let fine = |need: &String| jobs.get(need).is_some_and(|job| !job.failed);
        if !always && !words(&local_needs(job)).iter().all(fine) {
            return;
        }
        let ended = match &job["trigger"] {
            Value::Null => self.job(name, job),
            trigger => {
                assert_eq!(
                    trigger["strategy"], "depend",
                    "{name} would be green at once"
                );
                let failed = self.child(&trigger["include"]);
                Job {
                    failed,
                    ..Job::default()
                }
            }
        };
        self.ended.jobs.insert(name.to_owned(), ended);
    }

    /// How a job runs by its rules; not at all where none holds.
    fn rule<'job>(&self, job: &'job Value) -> Option<&'job str> {
        let rules = job["rules"].as_array().expect("each job says when it runs");
        let holds = |rule: &&Value| self.holds(rule["if"].as_str().expect("a condition"));
        let rule = rules.iter().find(holds)?;
        Some(rule["when"].as_str().unwrap_or("on_success"))
    }

    /// Comparisons that all have to hold; a variable that is not set equals nothing.
    fn holds(&self, condition: &str) -> bool {
        let value = |word: &str| match (word.strip_prefix('$'), word.strip_prefix('"')) {
            (Some(name), _) => self.variables.get(name).cloned(),
            (_, Some(text)) => Some(text.trim_end_matches('"').to_owned()),
            _ => panic!("a condition that is not known here: {condition}"),
        };
        condition.split(" && ").all(|part| {
            match (part.split_once(" == "), part.split_once(" != ")) {
                (Some((left, right)), _) => value(left) == value(right),
                (_, Some((left, right))) => value(left) != value(right),
                (None, None) => panic!("a condition that is not known here: {part}"),
            }
        })
    }

    /// The pipeline below, of this repository's file and of what a job left; whether it failed.
    fn child(&mut self, include: &Value) -> bool {
        let mut file = json!({});
        for one in include.as_array().expect("files") {
            let text = match (one["local"].as_str(), one["artifact"].as_str()) {
                (Some(path), None) => self.gitlab.forge.world.read(&format!("repository/{path}")),
                (None, Some(path)) => {
                    let job = one["job"].as_str().expect("a job").to_owned();
                    let key = (self.variables["CI_PIPELINE_ID"].clone(), job);
                    let kept = self.artifacts[&key].path().join(path);
                    std::fs::read_to_string(kept).expect("an artifact")
                }
                _ => panic!("an include that is not known here: {one}"),
            };
            merge(&mut file, &read(&text));
        }
        let mut variables = self.variables.clone();
        // Neither the variables of a schedule nor of a trigger job go down.
        variables.remove("COUNTERSIGN_STATUS");
        variables.insert("CI_PIPELINE_ID".to_owned(), "901".to_owned());
        variables.insert(
            "CI_PIPELINE_SOURCE".to_owned(),
            "parent_pipeline".to_owned(),
        );
        let mut jobs = Pipeline::default();
        let mut below = Running {
            gitlab: self.gitlab,
            at: self.at,
            variables,
            artifacts: self.artifacts,
            ended: &mut jobs,
        };
        below.runs(&file);
        let failed = jobs.jobs.values().any(|job| job.failed);
        self.ended.jobs.append(&mut jobs.jobs);
        failed
    }

    /// A runner takes a job: checkout, artifacts of what it needs, its scripts, and what they leave.
    fn job(&mut self, name: &str, job: &Value) -> Job {
        let forge = &self.gitlab.forge;
        let folder = tempfile::tempdir_in(forge.folder.path()).expect("a runner");
        let project = folder.path().join("project");
        let env = self.environment(job, &project);
        if env
            .iter()
            .any(|(name, value)| name == "GIT_STRATEGY" && value == "none")
        {
            std::fs::create_dir(&project).expect("a folder");
        } else {
            forge.checkout(&project, self.at).expect("a checkout");
        }
        for key in self.needed(job) {
            copy(
                forge,
                self.artifacts[&key].path(),
                &[".".to_owned()],
                &project,
            );
        }
        let mut ended = Job::default();
        let mut script = words(&job["before_script"]);
        script.extend(words(&job["script"]));
        let after = words(&job["after_script"]);
        for (part, counts) in [(script, true), (after, false)] {
            let text = part.join("\n");
            let output = forge
                .shell(&text, &project, &env)
                .output()
                .expect("it runs");
            ended.failed |= counts && !output.status.success();
            let Ran { out, err, .. } = Ran::of(output);
            ended.log.push_str(&format!("$ {text}\n{out}{err}"));
        }
        let artifacts = &job["artifacts"];
        if !artifacts.is_null() && (!ended.failed || artifacts["when"] == "always") {
            let kept = tempfile::tempdir_in(forge.folder.path()).expect("a folder");
            copy(forge, &project, &words(&artifacts["paths"]), kept.path());
            let key = (self.variables["CI_PIPELINE_ID"].clone(), name.to_owned());
            self.artifacts.insert(key, kept);
        }
        ended
    }

    /// Whose artifacts a job gets: of the jobs that it needs, here and in the pipeline above.
    fn needed(&self, job: &Value) -> Vec<(String, String)> {
        let here = &self.variables["CI_PIPELINE_ID"];
        let needs = job["needs"].as_array().into_iter().flatten();
        let keys = needs.map(|need| match need.as_str() {
            Some(name) => (here.clone(), name.to_owned()),
            None => {
                let pipeline = need["pipeline"].as_str().expect("a pipeline");
                let pipeline = self.filled(pipeline);
                assert_ne!(&pipeline, here, "GitLab refuses the pipeline itself");
                (pipeline, need["job"].as_str().expect("a job").to_owned())
            }
        });
        keys.filter(|key| self.artifacts.contains_key(key))
            .collect()
    }

    fn filled(&self, text: &str) -> String {
        match text.strip_prefix('$') {
            Some(name) => self.variables.get(name).cloned().unwrap_or_default(),
            None => text.to_owned(),
        }
    }

    /// The variables of a job. The keys are protected: they are there for the environments of the protected branch.
    fn environment(&self, job: &Value, project: &Path) -> Vec<(String, String)> {
        let queue = &self.gitlab.forge.world.mocks.queues()[QUEUE];
        let mut env = self.variables.clone();
        let path = project.display().to_string();
        env.insert("CI_PROJECT_DIR".to_owned(), path);
        env.insert("COUNTERSIGN_ORIGINS".to_owned(), queue.url.clone());
        let known = matches!(
            job["environment"]["name"].as_str(),
            Some("countersign" | "countersign-read")
        );
        if known && self.at == "main" {
            let key = queue.credentials["api-key"].to_string();
            env.insert("ABR_API_KEY".to_owned(), key);
        }
        let none = Map::new();
        for (name, value) in job["variables"].as_object().unwrap_or(&none) {
            env.insert(name.clone(), self.filled(value.as_str().expect("text")));
        }
        env.into_iter().collect()
    }
}

/// The jobs of the same pipeline that a job needs.
fn local_needs(job: &Value) -> Value {
    let needs = job["needs"].as_array().into_iter().flatten();
    needs.filter(|need| need.is_string()).cloned().collect()
}

fn copy(forge: &Forge, from: &Path, paths: &[String], to: &Path) {
    // One that is not there is left out, as a runner does.
    let copy = format!(
        "cp -R --parents {} '{}' 2> /dev/null || true",
        paths.join(" "),
        to.display()
    );
    forge.shell(&copy, from, &[]).output().expect("it runs");
}
