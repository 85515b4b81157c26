//! Takes over what changes in the configuration while grantscope runs: when its file, or one that it names, is written, and
//! when that is asked for.
//!
//! A configuration that cannot be used changes nothing. What cannot change while grantscope runs is named.

mod files;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use grantscope_proxy::Control;

use crate::args::Common;
use crate::commands::{self, proxy};
use crate::logging;
use crate::render::{self, Printer};
use crate::settings::Settings;
use crate::watch::Watch;
use files::Files;

/// How often the files are looked at.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// The settings that can change while grantscope runs, by their names in `grantscope.toml`.
const LIVE: [&str; 21] = [
    "allow_remote",
    "allow_remote_token",
    "auto_passthrough",
    "client_certificate",
    "limits.body_bytes_max",
    "limits.connect_max_s",
    "limits.connections_max",
    "limits.dns_max_s",
    "limits.drain_max_s",
    "limits.handshake_max_s",
    "limits.header_max_s",
    "limits.idle_max_s",
    "limits.silent_max_s",
    "log",
    "passthrough",
    "providers",
    "sessions.bytes_max",
    "sessions.days_max",
    "upstream_ca",
    "upstream_proxy",
    "upstream_proxy_bypass",
];

/// What a command makes of the settings before it uses them.
pub(crate) type Fit = Box<dyn Fn(&Settings, &Common) -> Settings + Send>;

/// What takes over changes.
pub(crate) struct Reload {
    /// What changes the proxy.
    pub(crate) control: Control,
    /// What reads and stores.
    pub(crate) watch: Arc<Watch>,
    /// The configuration of the proxy, which holds what does not change.
    pub(crate) config: grantscope_proxy::ProxyConfig,
    /// The command line, which overrides the file.
    pub(crate) common: Common,
    /// The settings that grantscope was started with.
    pub(crate) started: Settings,
    /// What the command makes of the settings.
    pub(crate) fit: Fit,
    /// Tells what was taken over.
    pub(crate) printer: Printer,
}

/// Asks for the configuration to be taken over. Where it is dropped, nothing is taken over any more.
pub(crate) struct Asking(Sender<()>);

impl Asking {
    /// Asks.
    pub(crate) fn ask(&self) {
        if self.0.send(()).is_err() {
            tracing::error!("the configuration is not taken over any more: please report this");
        }
    }
}

impl Reload {
    /// Begins to look at the files, on a thread of its own: a file system that is slow holds up no traffic.
    pub(crate) fn start(self) -> Result<Asking> {
        let (ask, asked) = mpsc::channel();
        // What is written from here on is noticed.
        let files = Files::of(&self.common, &self.started);
        thread::Builder::new()
            .name("settings".to_owned())
            .spawn(move || self.follow(&asked, files))
            .context("starting the thread “settings”")?;
        Ok(Asking(ask))
    }

    fn follow(mut self, asked: &Receiver<()>, mut files: Files) {
        let mut in_force = self.started.clone();
        loop {
            match asked.recv_timeout(LOOKED_AT_EVERY) {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if !files.have_changed() => continue,
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            }
            let before = Files::of(&self.common, &in_force);
            match self.take_over(&in_force) {
                Ok(settings) => in_force = settings,
                Err(error) => render::warn(&format!(
                    "the configuration is not taken over, and all stays as it was: {error:#}"
                )),
            }
            files = Files::of(&self.common, &in_force).known_from(before);
        }
    }

    /// Reads the configuration and puts it into force; the settings that then are.
    fn take_over(&mut self, in_force: &Settings) -> Result<Settings> {
        let settings = Settings::load(&self.common)?;
        let fitted = (self.fit)(&settings, &self.common);
        let providers = commands::providers(&fitted)?;
        let mut config = self.config.clone();
        proxy::configure(&mut config, &fitted)?;
        logging::set(&fitted.log, self.common.quiet)?;
        self.control.adopt(&config)?;
        self.watch.adopt(providers, fitted.sessions.bounds());
        self.tell(in_force, &settings);
        Ok(settings)
    }

    fn tell(&self, before: &Settings, now: &Settings) {
        let is_live = |name: &String| LIVE.contains(&name.as_str());
        let changed: Vec<_> = changes(before, now).into_iter().filter(is_live).collect();
        let what = match changed.as_slice() {
            [] => "nothing else changed".to_owned(),
            _ => format!("changed: {}", changed.join(", ")),
        };
        self.printer
            .say(&format!("the configuration was read again; {what}"));
        let mut fixed = changes(&self.started, now);
        fixed.retain(|name| !is_live(name));
        if !fixed.is_empty() {
            render::warn(&format!(
                "a restart of grantscope is needed for what changed in {}",
                fixed.join(", ")
            ));
        }
    }
}

/// The names of the settings that differ.
fn changes(before: &Settings, now: &Settings) -> Vec<String> {
    let (before, now) = (by_name(before), by_name(now));
    let differ = |name: &&String| before.get(*name) != now.get(*name);
    now.keys().filter(differ).cloned().collect()
}

/// The settings by their names, those in tables with the name of the table before.
fn by_name(settings: &Settings) -> BTreeMap<String, toml::Value> {
    let mut by_name = BTreeMap::new();
    for (name, value) in toml::Table::try_from(settings).unwrap_or_default() {
        match value {
            toml::Value::Table(table) => {
                let named = table.into_iter();
                by_name.extend(named.map(|(inner, value)| (format!("{name}.{inner}"), value)));
            }
            value => {
                by_name.insert(name, value);
            }
        }
    }
    by_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_live_setting_is_one() {
        let names = by_name(&Settings::default());
        for live in LIVE {
            assert!(names.contains_key(live), "{live}");
        }
        assert!(names.contains_key("listen") && names.contains_key("history.days_max"));
    }

    #[test]
    fn what_differs_is_named() {
        let before = Settings::default();
        let mut now = before.clone();
        now.passthrough.push("db.example".to_owned());
        now.limits.exchanges_max += 1;
        let names = changes(&before, &now);
        assert_eq!(names, ["limits.exchanges_max", "passthrough"]);
        assert_eq!(changes(&before, &before), [""; 0]);
    }
}
