//! Which program a command names, and what it is told to do.

use std::path::Path;

use anyhow::{Result, bail};

use super::engine::{Engine, Kind};
use super::options::Options;

/// The options before the command of docker and podman that take no value.
const SWITCHES: &[&str] = &[
    "D",
    "debug",
    "help",
    "noout",
    "r",
    "remote",
    "syslog",
    "tls",
    "tlsverify",
    "trace",
    "transient-store",
    "v",
    "version",
];

/// What a command names.
#[derive(Debug)]
pub(super) struct Named {
    /// The program that keeps the containers.
    pub(super) engine: Engine,
    /// The place of the first option of `run` or of compose.
    pub(super) from: usize,
    pub(super) is_compose: bool,
}

impl Named {
    /// Reads the words of a command.
    pub(super) fn read(words: &[String]) -> Result<Self> {
        let at = program(words);
        let named = words.get(at).map_or("", String::as_str);
        let name = Path::new(named).file_stem().unwrap_or_default();
        match name.to_string_lossy().as_ref() {
            "docker" => Self::behind(Kind::Docker, words, at),
            "podman" => Self::behind(Kind::Podman, words, at),
            "docker-compose" => Ok(Self::compose(Kind::Docker, "docker", words, at)),
            "podman-compose" => Ok(Self::compose(Kind::Podman, "podman", words, at)),
            _ => bail!(
                "{named} starts no containers by itself: `--container` is for `docker run`, `podman run`, `docker compose up` and \
                 their like; for what a script starts, `grantscope env --container` prints what a container needs"
            ),
        }
    }

    /// The command behind the program's own options.
    fn behind(kind: Kind, words: &[String], at: usize) -> Result<Self> {
        let command = Options::read(words, at + 1, SWITCHES).end;
        let (before, behind) = words.split_at(command.min(words.len()));
        let behind: Vec<_> = behind.iter().take(2).map(String::as_str).collect();
        let (words, is_compose) = match behind.as_slice() {
            ["run", ..] => (1, false),
            ["container", "run"] => (2, false),
            ["compose", ..] => (1, true),
            other => bail!(
                "`{} {}` starts no container that could be shown anything: `--container` is for `run` and `compose up`",
                before.join(" "),
                other.first().unwrap_or(&"")
            ),
        };
        let engine = Engine {
            kind,
            words: before.to_vec(),
        };
        Ok(Self {
            engine: engine.by_its_word(),
            from: command + words,
            is_compose,
        })
    }

    /// Compose as a program of its own, which keeps its containers by another.
    fn compose(kind: Kind, engine: &str, words: &[String], at: usize) -> Self {
        let mut engine = vec![engine.to_owned()];
        engine.splice(0..0, words[..at].iter().cloned());
        Self {
            engine: Engine {
                kind,
                words: engine,
            },
            from: at + 1,
            is_compose: true,
        }
    }
}

/// The place of the program, behind what gives it other rights.
fn program(words: &[String]) -> usize {
    match words.split_first() {
        Some((first, rest)) if first == "sudo" => {
            let program = rest.iter().position(|word| !word.starts_with('-'));
            1 + program.unwrap_or_default()
        }
        _ => 0,
    }
}
