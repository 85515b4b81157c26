//! `docker compose up` and `run`: the services of a project, which are told by one more file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::Way;
use super::engine::Engine;
use super::options::Options;
use super::shown::{Shown, given_name, volume};
use crate::environment::{Changes, IN_CONTAINER};

/// The options before the command of compose that take no value, in its versions and in podman-compose.
const SWITCHES: &[&str] = &[
    "all-resources",
    "compatibility",
    "dry-run",
    "h",
    "help",
    "no-ansi",
    "skip-hostname-check",
    "tls",
    "tlsverify",
    "v",
    "verbose",
    "version",
];

/// Those of `up` and `run`.
const OF_COMMAND: &[&str] = &[
    "abort-on-container-exit",
    "abort-on-container-failure",
    "always-recreate-deps",
    "attach-dependencies",
    "build",
    "d",
    "detach",
    "force-recreate",
    "i",
    "interactive",
    "menu",
    "no-build",
    "no-color",
    "no-deps",
    "no-log-prefix",
    "no-recreate",
    "no-start",
    "no-TTY",
    "P",
    "quiet",
    "quiet-build",
    "quiet-pull",
    "remove-orphans",
    "renew-anon-volumes",
    "rm",
    "service-ports",
    "T",
    "timestamps",
    "use-aliases",
    "V",
    "wait",
    "watch",
    "y",
    "yes",
];

/// The files of a project, the first that is there, and those that go over it.
const FILES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
const OVER_THEM: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// The services of a project.
#[derive(Debug)]
pub(super) struct Compose {
    /// What stands before the command, with the files of the project.
    before: Vec<String>,
    /// The command and what is behind it.
    command: Vec<String>,
    /// The services, with what each would have of variables without us.
    pub(super) services: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) way: Way,
}

impl Compose {
    /// Reads a command whose options begin at a place, and asks compose for the services.
    pub(super) fn read(engine: &Engine, words: &[String], from: usize) -> Result<Self> {
        let options = Options::read(words, from, SWITCHES);
        let (before, command) = words.split_at(options.end.min(words.len()));
        let said = command.first().map_or("", String::as_str);
        ensure!(
            matches!(said, "up" | "run"),
            "`{} {said}` starts no service that could be shown anything: `--container` is for `up` and `run`",
            words[..from].join(" ")
        );
        let of_command = Options::read(command, 1, OF_COMMAND);
        ensure!(
            !of_command.has(&["d", "detach", "wait", "no-start"]),
            "`compose {said}` ends at once where --detach, --wait or --no-start is given, and grantscope with it: leave that out"
        );
        let mut before = before.to_vec();
        for file in files(&options)? {
            before.extend(["--file".to_owned(), file]);
        }
        Ok(Self {
            services: services(engine, &before)?,
            way: Way::of(engine),
            before,
            command: command.to_vec(),
        })
    }

    /// The command with one more file.
    pub(super) fn with(&self, file: &str) -> Vec<String> {
        let more = ["--file".to_owned(), file.to_owned()];
        [&self.before[..], &more, &self.command].concat()
    }
}

/// A file that goes over those of the project, for services and what changes in their environment. JSON is YAML.
pub(crate) fn file(
    shown: &Shown,
    way: &Way,
    services: &BTreeMap<String, Changes>,
) -> Result<String> {
    let volume = volume(shown)?;
    let named = services.iter().map(|(name, changes)| {
        let variables = changes.in_container().map(|(name, value)| {
            // Compose puts variables of its own in the place of what begins so.
            (name, Value::from(value.replace('$', "$$")))
        });
        let mut service = Map::new();
        service.insert("environment".to_owned(), Value::Object(variables.collect()));
        service.insert("volumes".to_owned(), json!([volume]));
        if way.is_given {
            service.insert("extra_hosts".to_owned(), json!([given_name(way)]));
        }
        (name.clone(), Value::Object(service))
    });
    let services: Map<_, _> = named.collect();
    let text = serde_json::to_string_pretty(&json!({ "services": services }))
        .context("writing a file for compose")?;
    Ok(format!(
        "# Shows the services {IN_CONTAINER}, and sends them through grantscope.\n{text}\n"
    ))
}

/// The files of the project that have to be named, now that one more is: none where the command names them.
fn files(options: &Options) -> Result<Vec<String>> {
    let mut named = options.values(&["f", "file"]).peekable();
    if let Some(first) = named.peek() {
        ensure!(
            *first != "-",
            "compose reads its file from standard input: name a file in place of it"
        );
        return Ok(Vec::new());
    }
    let project = options.values(&["project-directory"]).last();
    let here = std::env::current_dir().context("finding the current directory")?;
    let directory = project.map_or_else(|| here.clone(), |it| here.join(it));
    if let Some(list) = variable("COMPOSE_FILE", &directory) {
        let usual = if cfg!(windows) { ";" } else { ":" };
        let separator = variable("COMPOSE_PATH_SEPARATOR", &directory);
        let files = list.split(separator.as_deref().unwrap_or(usual));
        return Ok(files.map(str::to_owned).collect());
    }
    let mut places = directory
        .ancestors()
        .take(if project.is_some() { 1 } else { usize::MAX });
    let found = places.find_map(|place| first_in(place, &FILES));
    let Some(found) = found else {
        bail!("there is no compose.yaml here or above: name the project's file by `--file`");
    };
    let over = found.parent().and_then(|place| first_in(place, &OVER_THEM));
    let all = std::iter::once(found).chain(over);
    Ok(all.map(|it| it.to_string_lossy().into_owned()).collect())
}

fn first_in(place: &Path, names: &[&str]) -> Option<PathBuf> {
    let mut files = names.iter().map(|name| place.join(name));
    files.find(|file| file.is_file())
}

/// A variable of compose: of the environment, or of the file `.env` of the project.
fn variable(name: &str, directory: &Path) -> Option<String> {
    let here = std::env::var(name).ok();
    let in_file = || {
        let text = std::fs::read_to_string(directory.join(".env")).ok()?;
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let (_, value) = lines.find(|(variable, _)| variable.trim() == name)?;
        Some(value.trim().trim_matches(['"', '\'']).to_owned())
    };
    here.or_else(in_file).filter(|value| !value.is_empty())
}

/// The services of a project. Older versions tell their names alone.
fn services(
    engine: &Engine,
    before: &[String],
) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    if let Ok(text) = asked(before, &["config", "--format", "json"])
        && let Ok(Value::Object(project)) = serde_json::from_str(&text)
    {
        let all = project.get("services").and_then(Value::as_object);
        let all = all.into_iter().flatten();
        return Ok(all
            .map(|(name, it)| (name.clone(), variables(engine, it)))
            .collect());
    }
    let names = asked(before, &["config", "--services"])?;
    Ok(names
        .split_whitespace()
        .map(|it| (it.to_owned(), BTreeMap::new()))
        .collect())
}

/// What a service sets, over what its image does.
fn variables(engine: &Engine, service: &Value) -> BTreeMap<String, String> {
    let image = service["image"].as_str();
    let mut all = image.map(|it| engine.variables_of(it)).unwrap_or_default();
    let set = service["environment"].as_object();
    all.extend(set.into_iter().flatten().filter_map(|(name, value)| {
        // What compose prints it could read again.
        Some((name.clone(), value.as_str()?.replace("$$", "$")))
    }));
    all
}

fn asked(before: &[String], question: &[&str]) -> Result<String> {
    let (program, arguments) = before.split_first().context("there is no command to run")?;
    let mut command = Command::new(program);
    command.args(arguments).args(question).stdin(Stdio::null());
    let output = command
        .output()
        .with_context(|| format!("starting {program}: is it installed, and on the PATH?"))?;
    ensure!(
        output.status.success(),
        "`{} {}` failed: {}",
        before.join(" "),
        question.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8(output.stdout).context("compose tells of names that are not UTF-8")
}
