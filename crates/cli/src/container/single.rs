//! `docker run` and `podman run`: one container, which is told by options before its image.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};

use super::Way;
use super::engine::{Engine, assignment};
use super::options::Options;
use super::shown::{Shown, flags};
use crate::environment::Changes;

/// The options of both programs that take no value.
const SWITCHES: &[&str] = &[
    "d",
    "detach",
    "disable-content-trust",
    "env-host",
    "help",
    "http-proxy",
    "i",
    "init",
    "interactive",
    "no-healthcheck",
    "no-hostname",
    "no-hosts",
    "oom-kill-disable",
    "P",
    "passwd",
    "privileged",
    "publish-all",
    "q",
    "quiet",
    "read-only",
    "read-only-tmpfs",
    "replace",
    "rm",
    "rmi",
    "rootfs",
    "sig-proxy",
    "t",
    "tls-verify",
    "tty",
    "unsetenv-all",
    "use-api-socket",
];

/// One container.
#[derive(Debug)]
pub(super) struct Single {
    /// The whole command.
    words: Vec<String>,
    /// The place of the image.
    image: usize,
    /// What the command sets by name.
    named: BTreeMap<String, String>,
    /// What the container would have without us.
    pub(super) theirs: BTreeMap<String, String>,
    pub(super) way: Way,
}

impl Single {
    /// Reads a command whose options begin at a place.
    pub(super) fn read(engine: &Engine, words: &[String], from: usize) -> Result<Self> {
        let options = Options::read(words, from, SWITCHES);
        ensure!(
            options.end < words.len(),
            "there is no image behind `{}`",
            words[..from].join(" ")
        );
        ensure!(
            !options.has(&["d", "detach"]),
            "`{}` ends at once where --detach is given, and grantscope with it: leave that out",
            words[..from].join(" ")
        );
        let mut theirs = engine.variables_of(&words[options.end]);
        for file in options.values(&["env-file"]) {
            theirs.extend(variables_in(Path::new(file)));
        }
        let named: BTreeMap<_, _> = options
            .values(&["e", "env"])
            .filter_map(assignment)
            .collect();
        theirs.extend(named.clone());
        let mut networks = options.values(&["net", "network"]);
        // Elsewhere the network is that of a virtual machine.
        let is_shared = cfg!(target_os = "linux") && networks.any(|it| it == "host");
        Ok(Self {
            way: if is_shared {
                Way::shared()
            } else {
                Way::of(engine)
            },
            words: words.to_vec(),
            image: options.end,
            named,
            theirs,
        })
    }

    /// The command with our options before the image, and what they are. What the command sets by name goes before a file of
    /// variables: such a variable is named once more.
    pub(super) fn with(&self, shown: &Shown, changes: &Changes) -> Result<(Vec<String>, String)> {
        let mut added = flags(shown, &self.way)?;
        let mut said = added.clone();
        for (name, value) in changes.in_container() {
            if self.named.get(&name).is_some_and(|theirs| *theirs != value) {
                added.extend(["--env".to_owned(), format!("{name}={value}")]);
                // What they set it to may be nobody's to see.
                said.extend(["--env".to_owned(), name]);
            }
        }
        let (before, behind) = self.words.split_at(self.image);
        Ok(([before, &added, behind].concat(), said.join(" ")))
    }
}

/// The variables in a file as Docker reads it.
fn variables_in(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(assignment).collect()
}
