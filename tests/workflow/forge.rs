//! As much of a forge as the workflows of `init` use: their jobs are read out of the file that was written, and run.
//!
//! What it does not know (an expression, an action, a context) is a failure, so that a slip of the pen is one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::world::{QUEUE, Ran, Running, World};

/// GitHub's own client, as far as comments go: they are kept in a folder.
const CLIENT: &str = r#"#!/bin/sh
set -eu
printf '%s\n' "$*" >> "$FORGE/calls"
case "$*" in
*--paginate*)
    [ ! -f "$FORGE/comment" ] || ! head -n 1 "$FORGE/comment" | grep -qxF -- "$MARKER" || echo 71
    ;;
*"--method POST repos/example/approvals/"*"/5/comments --field body=@"* | *"--method PATCH repos/example/approvals/"*"/comments/71 --field body=@"*)
    cp "${*##*body=@}" "$FORGE/comment"
    ;;
*) exit 1 ;;
esac
"#;

/// What set a pipeline off.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) name: &'static str,
    /// The branch or commit that is checked out where a job names none.
    pub(super) at: String,
    pub(super) schedule: &'static str,
}

impl Event {
    pub(super) fn push(at: &str) -> Self {
        let at = at.to_owned();
        Self {
            name: "push",
            at,
            schedule: "",
        }
    }

    pub(super) fn schedule(schedule: &'static str) -> Self {
        Self {
            name: "schedule",
            at: "main".to_owned(),
            schedule,
        }
    }

    pub(super) fn pull_request(branch: &str) -> Self {
        let at = branch.to_owned();
        Self {
            name: "pull_request",
            at,
            schedule: "",
        }
    }
}

/// A repository with what `init` wrote, its origin, and the mock vendors that its configuration names.
pub(super) struct Forge {
    pub(super) world: World,
    pub(super) folder: tempfile::TempDir,
    workflow: Value,
}

/// How the jobs of one pipeline ended, by name; one that was skipped is not there.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) jobs: BTreeMap<String, Job>,
}

/// How a job ended.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) failed: bool,
    /// What its steps printed, and what a person sees of them in the summary.
    pub(super) log: String,
    pub(super) summary: String,
    pub(super) outputs: BTreeMap<String, String>,
}

impl Pipeline {
    pub(super) fn job(&self, name: &str) -> &Job {
        self.jobs
            .get(name)
            .unwrap_or_else(|| panic!("{name} did not run: {self:#?}"))
    }

    /// Which jobs ran and how they ended, in one line.
    pub(super) fn told(&self) -> String {
        let jobs = self.jobs.iter();
        let jobs =
            jobs.map(|(name, job)| format!("{name} {}", if job.failed { "failed" } else { "ok" }));
        jobs.collect::<Vec<_>>().join(", ")
    }
}

impl Forge {
    /// What `init` writes, with the mocks in its configuration, pushed to an empty origin, ledger and all.
    pub(super) fn new() -> Self {
        let world = World::new();
        let folder = tempfile::tempdir().expect("a folder");
        world.run(&["init", "repository"]).exits(0);
        std::fs::remove_dir_all(world.path("repository/decisions")).expect("the sample goes");
        let queue = &world.mocks.queues()[QUEUE];
        world.write(
            "repository/countersign.toml",
            &format!(
                "schema = 1\ndecisions = [\"decisions/**/*.toml\"]\n\n[ledger]\npath = \".countersign/ledger.jsonl\"\n\n[queues.{QUEUE}]\nvendor = \"{QUEUE}\"\nurl = \"{}\"\nrate-limit = \"none\"\ncredentials = {{ api-key = {{ env = \"ABR_API_KEY\" }} }}\n",
                queue.url
            ),
        );
        let workflow = world.read("repository/.github/workflows/countersign.yml");
        let workflow = serde_yaml_ng::from_str(&workflow).expect("YAML");
        let forge = Self {
            world,
            folder,
            workflow,
        };
        let origin = forge.folder.path().join("origin.git");
        std::fs::create_dir(forge.folder.path().join("bin")).expect("a folder");
        forge.executable("gh", CLIENT);
        let link = forge.folder.path().join("bin/countersign");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_countersign"), link).expect("a link");
        forge.git(&[
            "init",
            "-q",
            "--bare",
            "-b",
            "main",
            &origin.display().to_string(),
        ]);
        forge.git(&["init", "-q", "-b", "main"]);
        forge.git(&["remote", "add", "origin", &origin.display().to_string()]);
        forge.merge("the first files");
        let pushed = forge
            .shell("ci/countersign.sh push", &forge.repository(), &[])
            .output();
        Ran::of(pushed.expect("it runs")).exits(0);
        forge
    }

    /// Where the people work.
    pub(super) fn repository(&self) -> PathBuf {
        self.world.path("repository")
    }

    fn executable(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder.path().join("bin").join(name);
        std::fs::write(&path, text).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("it may run");
    }

    /// Git where the people work.
    pub(super) fn git(&self, words: &[&str]) -> String {
        let mut command = self.shell("exec git \"$@\"", &self.repository(), &[]);
        let name = ["-c", "user.name=Boss", "-c", "user.email=boss@example.com"];
        command.arg("git").args(name).args(words);
        let ran = Ran::of(command.output().expect("git runs")).exits(0);
        ran.out.trim().to_owned()
    }

    /// Commits everything on the branch that is checked out, pushes it, and answers the commit.
    pub(super) fn merge(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["push", "-q", "origin", "HEAD"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Puts a decided request into the working folder; `id` is drafted against the live queue.
    pub(super) fn decides(&self, id: &str, verdict: &str) {
        self.world.decide(&[(id, verdict)]);
        let file = format!("decisions/{QUEUE}/{id}.toml");
        self.world
            .write(&format!("repository/{file}"), &self.world.read(&file));
    }

    /// A shell with nothing in its environment but what a runner gives every step.
    pub(super) fn shell(&self, script: &str, folder: &Path, env: &[(String, String)]) -> Command {
        let path = std::env::var("PATH").expect("a path");
        let bin = self.folder.path().join("bin");
        let clock = format!("{}/__mock/v1/clock", self.world.mocks.admin_url());
        let mut command = Command::new("sh");
        command
            .args(["-e", "-c", script])
            .current_dir(folder)
            .env_clear()
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("FORGE", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("COUNTERSIGN_MOCK_CLOCK", clock)
            .envs(env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The comment on the pull request.
    pub(super) fn comment(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("comment")).expect("a comment")
    }

    /// How GitHub's client was called.
    pub(super) fn client_calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Runs a whole pipeline.
    pub(super) fn pipeline(&self, event: &Event) -> Pipeline {
        let mut pipeline = Pipeline::default();
        for name in ["review", "comment", "plan", "apply", "observe", "status"] {
            self.job(name, event, &mut pipeline);
        }
        let jobs = self.workflow["jobs"].as_object().expect("jobs");
        assert_eq!(
            jobs.len(),
            6,
            "a job that is not run here: {:?}",
            jobs.keys()
        );
        pipeline
    }

    /// Runs one job, if its conditions hold.
    pub(super) fn job(&self, name: &str, event: &Event, pipeline: &mut Pipeline) {
        let job = &self.workflow["jobs"][name];
        let condition = job["if"].as_str().expect("each job says when it runs");
        let context = self.context(event, job, &pipeline.jobs);
        let needs: Vec<&str> = match &job["needs"] {
            Value::Null => Vec::new(),
            Value::String(one) => vec![one],
            several => several
                .as_array()
                .expect("names")
                .iter()
                .filter_map(Value::as_str)
                .collect(),
        };
        let fine = needs
            .iter()
            .all(|need| pipeline.jobs.get(*need).is_some_and(|job| !job.failed));
        if !(fine || condition.contains("always()")) || !context.holds(condition) {
            return;
        }
        let ended = self.steps(job, context);
        pipeline.jobs.insert(name.to_owned(), ended);
    }

    fn steps(&self, job: &Value, mut context: Context<'_>) -> Job {
        let workspace = tempfile::tempdir_in(self.folder.path()).expect("a workspace");
        let mut ended = Job::default();
        for step in job["steps"].as_array().expect("steps") {
            let always = step["if"]
                .as_str()
                .is_some_and(|condition| condition == "always()");
            assert!(
                always || step["if"].is_null(),
                "a condition that is not known: {step}"
            );
            if ended.failed && !always {
                continue;
            }
            let done = match (step["uses"].as_str(), step["run"].as_str()) {
                (Some(action), None) => {
                    self.action(action, &step["with"], workspace.path(), &context)
                }
                (None, Some(script)) => {
                    self.run(script, step, workspace.path(), &mut context, &mut ended)
                }
                _ => panic!("neither action nor script: {step}"),
            };
            if let Err(why) = done {
                ended.log.push_str(&why);
                ended.failed = true;
            }
        }
        for (name, value) in job["outputs"].as_object().into_iter().flatten() {
            let value = context.filled(value.as_str().expect("text"), workspace.path());
            ended.outputs.insert(name.clone(), value);
        }
        ended
    }

    fn run(
        &self,
        script: &str,
        step: &Value,
        workspace: &Path,
        context: &mut Context<'_>,
        ended: &mut Job,
    ) -> Result<(), String> {
        let env = self.environment(step, workspace, context);
        let output = self
            .shell(script, workspace, &env)
            .output()
            .expect("it runs");
        let Output { status, .. } = output;
        let Ran { out, err, .. } = Ran::of(output);
        ended.log.push_str(&format!("$ {script}\n{out}{err}"));
        let summary = workspace.join(".summary");
        ended.summary = std::fs::read_to_string(summary).unwrap_or_default();
        if let Some(id) = step["id"].as_str() {
            let said = std::fs::read_to_string(workspace.join(".output")).unwrap_or_default();
            for (key, value) in said.lines().filter_map(|line| line.split_once('=')) {
                let name = format!("steps.{id}.outputs.{key}");
                context.steps.insert(name, value.to_owned());
            }
        }
        if status.success() {
            Ok(())
        } else {
            Err(format!("[{status}]\n"))
        }
    }

    fn context<'a>(
        &self,
        event: &'a Event,
        job: &'a Value,
        needs: &'a BTreeMap<String, Job>,
    ) -> Context<'a> {
        Context {
            event,
            job,
            needs,
            steps: BTreeMap::new(),
            origin: self.world.mocks.queues()[QUEUE].url.clone(),
        }
    }

    /// The step of a job that calls the script with these words, begun as its runner would.
    pub(super) fn starts(
        &self,
        job: &str,
        words: &str,
        event: &Event,
        workspace: &Path,
    ) -> Running {
        let job = &self.workflow["jobs"][job];
        let needs = BTreeMap::new();
        let context = self.context(event, job, &needs);
        let steps = job["steps"].as_array().expect("steps");
        let calls = |step: &&Value| step["run"].as_str().is_some_and(|run| run.contains(words));
        let step = steps.iter().find(calls).expect("a step that calls it");
        for step in steps.iter().take_while(|step| step["uses"].is_string()) {
            let action = step["uses"].as_str().expect("text");
            self.action(action, &step["with"], workspace, &context)
                .expect("it works");
        }
        let env = self.environment(step, workspace, &context);
        Running::of(self.shell(step["run"].as_str().expect("text"), workspace, &env))
    }

    fn environment(
        &self,
        step: &Value,
        workspace: &Path,
        context: &Context<'_>,
    ) -> Vec<(String, String)> {
        let of = |value: &Value| {
            let entries = value.as_object().into_iter().flatten();
            entries
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<Vec<_>>()
        };
        let mut env: Vec<(String, String)> = vec![
            (
                "GITHUB_REPOSITORY".to_owned(),
                "example/approvals".to_owned(),
            ),
            (
                "GITHUB_OUTPUT".to_owned(),
                workspace.join(".output").display().to_string(),
            ),
            (
                "GITHUB_STEP_SUMMARY".to_owned(),
                workspace.join(".summary").display().to_string(),
            ),
        ];
        for (name, value) in of(&self.workflow["env"])
            .into_iter()
            .chain(of(&step["env"]))
        {
            let value = match value.as_str().expect("text") {
                "${{ secrets.ABR_API_KEY }}" => self.secret(context),
                other => context.filled(other, workspace),
            };
            env.push((name, value));
        }
        env
    }

    /// An environment's secret: only for jobs that name one of the two, and only on the branch main.
    fn secret(&self, context: &Context<'_>) -> String {
        let known = matches!(
            context.job["environment"].as_str(),
            Some("countersign" | "countersign-read")
        );
        if !known || context.event.name == "pull_request" {
            return String::new();
        }
        self.world.mocks.queues()[QUEUE].credentials["api-key"].to_string()
    }

    /// A clone of the origin in a folder that need not be there, at a branch or commit, detached.
    pub(super) fn checkout(&self, path: &Path, at: &str) -> Result<(), String> {
        let clone = format!(
            "git init -q '{0}' && cd '{0}' && git remote add origin '{1}' && git fetch -q origin && {{ git checkout -q --detach 'origin/{2}' 2>/dev/null || git checkout -q --detach '{2}'; }}",
            path.display(),
            self.folder.path().join("origin.git").display(),
            at
        );
        let cloned = self.shell(&clone, self.folder.path(), &[]).output();
        let ran = Ran::of(cloned.expect("git runs"));
        if ran.code == Some(0) {
            Ok(())
        } else {
            Err(ran.err)
        }
    }

    fn action(
        &self,
        action: &str,
        with: &Value,
        workspace: &Path,
        context: &Context<'_>,
    ) -> Result<(), String> {
        let (name, pin) = action.split_once('@').expect("a pin");
        assert!(pin.len() == 40, "{action} is not pinned to a commit");
        let text = |key: &str| {
            with[key]
                .as_str()
                .map(|text| context.filled(text, workspace))
        };
        let kept = |name: &str| self.folder.path().join("artifacts").join(name);
        match name {
            "actions/checkout" => {
                let at = text("ref").unwrap_or_else(|| context.event.at.clone());
                self.checkout(&workspace.join(text("path").unwrap_or_default()), &at)
            }
            "actions/upload-artifact" => {
                let (to, files) = (
                    kept(&text("name").expect("a name")),
                    text("path").expect("a path"),
                );
                std::fs::create_dir_all(&to).expect("a folder");
                let copy = format!("cp {files} '{}'", to.display());
                let copied = self.shell(&copy, workspace, &[]).output().expect("it runs");
                Ran::of(copied).exits(0);
                Ok(())
            }
            "actions/download-artifact" => {
                let copy = format!(
                    "cp '{}'/* .",
                    kept(&text("name").expect("a name")).display()
                );
                let copied = self.shell(&copy, workspace, &[]).output().expect("it runs");
                Ran::of(copied).exits(0);
                Ok(())
            }
            other => panic!("{other} is not known here"),
        }
    }
}

/// What expressions speak of.
struct Context<'a> {
    event: &'a Event,
    job: &'a Value,
    needs: &'a BTreeMap<String, Job>,
    steps: BTreeMap<String, String>,
    /// What a person has set COUNTERSIGN_ORIGINS to.
    origin: String,
}

impl Context<'_> {
    /// A text with its `${{ … }}` filled in.
    fn filled(&self, text: &str, workspace: &Path) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let (name, after) = after.split_once("}}").expect("an end");
            filled.push_str(before);
            match name.trim() {
                "github.workspace" => filled.push_str(&workspace.display().to_string()),
                name => filled.push_str(&self.value(name)),
            }
            rest = after;
        }
        filled + rest
    }

    fn value(&self, name: &str) -> String {
        let is_pull = self.event.name == "pull_request";
        match name {
            "github.event_name" => self.event.name.to_owned(),
            "github.base_ref" => if is_pull { "main" } else { "" }.to_owned(),
            "github.ref" if is_pull => "refs/pull/5/merge".to_owned(),
            "github.ref" => "refs/heads/main".to_owned(),
            "github.event.schedule" => self.event.schedule.to_owned(),
            "github.event.pull_request.head.repo.full_name" if !is_pull => String::new(),
            "github.repository" | "github.event.pull_request.head.repo.full_name" => {
                "example/approvals".to_owned()
            }
            "github.event.pull_request.number" => "5".to_owned(),
            "github.token" => "a-token-of-this-job".to_owned(),
            "vars.COUNTERSIGN_ORIGINS" => self.origin.clone(),
            "vars.COUNTERSIGN_URL" | "vars.COUNTERSIGN_SHA256" => String::new(),
            needs if needs.starts_with("needs.") => {
                let (job, output) = needs["needs.".len()..]
                    .split_once(".outputs.")
                    .expect("an output");
                let job = self.needs.get(job);
                job.and_then(|job| job.outputs.get(output).cloned())
                    .unwrap_or_default()
            }
            steps if steps.starts_with("steps.") => {
                self.steps.get(steps).cloned().unwrap_or_default()
            }
            other => panic!("an expression that is not known here: {other}"),
        }
    }

    /// Comparisons that all have to hold.
    fn holds(&self, condition: &str) -> bool {
        let value = |word: &str| match word.strip_prefix('\'') {
            Some(text) => text.trim_end_matches('\'').to_owned(),
            None => self.value(word),
        };
        condition.split(" && ").all(|part| {
            if part == "always()" {
                return true;
            }
            match (part.split_once(" == "), part.split_once(" != ")) {
                (Some((left, right)), _) => value(left) == value(right),
                (_, Some((left, right))) => value(left) != value(right),
                (None, None) => panic!("a condition that is not known here: {part}"),
            }
        })
    }
}
