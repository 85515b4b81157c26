//! The program that keeps containers, as it is named on a command line.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// The programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Docker,
    Podman,
}

/// A program with what stands before its command: `sudo docker --context other`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Engine {
    pub(super) kind: Kind,
    pub(super) words: Vec<String>,
}

impl Engine {
    /// What it prints when it is asked this; `None` where it fails.
    pub(super) fn asked(&self, question: &[&str]) -> Option<String> {
        let (program, before) = self.words.split_first()?;
        let mut command = Command::new(program);
        command.args(before).args(question).stdin(Stdio::null());
        let output = command.output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(text)
    }

    /// As what it says it is: Podman is installed under the name of docker as well.
    pub(super) fn by_its_word(self) -> Self {
        let version = self.asked(&["--version"]).unwrap_or_default();
        let kind = if version.to_ascii_lowercase().contains("podman") {
            Kind::Podman
        } else {
            self.kind
        };
        Self { kind, ..self }
    }

    /// The variables that an image sets; none where it is not here yet.
    pub(super) fn variables_of(&self, image: &str) -> BTreeMap<String, String> {
        let format = "{{json .Config.Env}}";
        let told = self.asked(&["image", "inspect", "--format", format, image]);
        let all: Option<Vec<String>> = told.and_then(|it| serde_json::from_str(it.trim()).ok());
        all.iter()
            .flatten()
            .filter_map(|it| assignment(it))
            .collect()
    }
}

/// `NAME=VALUE`; a name alone has the value that it has here.
pub(super) fn assignment(text: &str) -> Option<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => std::env::var(text)
            .ok()
            .map(|value| (text.to_owned(), value)),
    }
}
