//! The settings: the defaults, overridden by the configuration file, overridden by the command line.

mod seconds;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use grantscope_capture::store::Bounds;
use grantscope_proxy::TimeLimits;
use serde::{Deserialize, Serialize};

use crate::args::Common;
use crate::paths;
use crate::secret::Secret;
use seconds::Seconds;

/// The defaults, each with a sentence; also what `config/grantscope.toml` shows.
#[cfg(test)]
const DEFAULT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../config/grantscope.toml"
));

/// What can be set in `grantscope.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Machines that may use the proxy besides this one.
    pub allow_remote: Vec<String>,
    /// What other machines may present instead; empty for nothing.
    pub allow_remote_token: Secret,
    /// Where the CA is kept; empty for the default of the platform.
    pub ca_dir: PathBuf,
    /// Where sessions are stored; empty for the default of the platform.
    pub data_dir: PathBuf,
    /// Certificates by which servers may be verified besides the system's roots.
    pub upstream_ca: Vec<PathBuf>,
    /// Certificates that are shown to servers that ask for one.
    pub client_certificate: Vec<ClientCertificate>,
    /// The URL of a proxy through which servers are reached; empty for none.
    pub upstream_proxy: String,
    /// Hosts that are reached without that proxy.
    pub upstream_proxy_bypass: Vec<String>,
    /// Hosts that are passed through without being decrypted.
    pub passthrough: Vec<String>,
    /// Whether a client that rejects the certificate for a host twice is passed through to it from then on.
    pub auto_passthrough: bool,
    /// Where the pages are on which findings are looked at; `off` for none.
    pub dashboard: String,
    /// Files of further providers.
    pub providers: Vec<PathBuf>,
    /// What grantscope logs of itself.
    pub log: String,
    /// What is stored.
    pub sessions: Sessions,
    /// What is remembered of earlier runs.
    pub history: History,
    /// What is bounded.
    pub limits: Limits,
}

/// A certificate that is shown to some servers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientCertificate {
    /// Whom it is shown to, written as in `passthrough`.
    pub host: String,
    /// The PEM file of the certificate, and of the authorities behind it.
    pub certificate: PathBuf,
    /// The PEM file of its key.
    pub key: PathBuf,
}

/// How much is stored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sessions {
    /// Sessions that were written longer ago are deleted, in days.
    pub days_max: u64,
    /// How much all sessions may be together, in bytes.
    pub bytes_max: u64,
}

/// How much of the stored sessions is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "a setting that is a bound is called so, with its unit before"
)]
pub(crate) struct History {
    /// Sessions that were written longer ago are left aside, in days.
    pub days_max: u64,
    /// How much of the stored sessions is read, in bytes.
    pub bytes_max: u64,
    /// How many exchanges are remembered of them.
    pub exchanges_max: usize,
}

/// The bounds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// How much of a content is read, in bytes.
    pub body_bytes_max: usize,
    /// How many exchanges are remembered.
    pub exchanges_max: usize,
    /// How many client connections are served at a time.
    pub connections_max: usize,
    /// How long exchanges in flight may take to end on shutdown, in seconds.
    pub drain_max_s: u64,
    /// How long a client may say nothing before its first byte, in seconds.
    pub silent_max_s: Seconds,
    /// How long a client may take for a header that it has begun, in seconds.
    pub header_max_s: Seconds,
    /// How long a handshake may take, in seconds.
    pub handshake_max_s: Seconds,
    /// How long a connection without requests is kept, in seconds.
    pub idle_max_s: Seconds,
    /// How long the resolver may take, in seconds.
    pub dns_max_s: Seconds,
    /// How long opening a connection to a server may take, in seconds.
    pub connect_max_s: Seconds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], grantscope_proxy::DEFAULT_PORT)),
            allow_remote: Vec::new(),
            allow_remote_token: Secret::default(),
            ca_dir: PathBuf::new(),
            data_dir: PathBuf::new(),
            upstream_ca: Vec::new(),
            client_certificate: Vec::new(),
            upstream_proxy: String::new(),
            upstream_proxy_bypass: Vec::new(),
            passthrough: Vec::new(),
            auto_passthrough: false,
            dashboard: "127.0.0.1:0".to_owned(),
            providers: Vec::new(),
            log: "warn".to_owned(),
            sessions: Sessions::default(),
            history: History::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            days_max: 30,
            bytes_max: 268_435_456,
        }
    }
}

impl Sessions {
    /// The bounds of the store.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            age_max: Duration::from_secs(self.days_max.saturating_mul(24 * 60 * 60)),
            bytes_max: self.bytes_max,
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            days_max: 30,
            bytes_max: 33_554_432,
            exchanges_max: 10_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let times = TimeLimits::default();
        Self {
            body_bytes_max: 1_048_576,
            exchanges_max: 10_000,
            connections_max: 4_096,
            drain_max_s: 3,
            silent_max_s: times.silent_max.into(),
            header_max_s: times.header_max.into(),
            handshake_max_s: times.handshake_max.into(),
            idle_max_s: times.idle_max.into(),
            dns_max_s: times.dns_max.into(),
            connect_max_s: times.connect_max.into(),
        }
    }
}

impl Limits {
    /// How long what may take on the way of the traffic.
    pub(crate) fn times(&self) -> TimeLimits {
        TimeLimits {
            silent_max: self.silent_max_s.into(),
            header_max: self.header_max_s.into(),
            handshake_max: self.handshake_max_s.into(),
            idle_max: self.idle_max_s.into(),
            dns_max: self.dns_max_s.into(),
            connect_max: self.connect_max_s.into(),
        }
    }
}

impl Settings {
    /// Reads the configuration file, and puts the command line over it.
    pub(crate) fn load(common: &Common) -> Result<Self> {
        let mut settings = match Self::file(common) {
            // The usual file need not be there, a named one must be.
            Some(file) if common.config.is_some() || file.exists() => Self::read(&file)?,
            _ => Self::default(),
        };
        settings.override_by(common)?;
        Ok(settings)
    }

    /// The configuration file, which may not be there; `None` where there is no place for it.
    pub(crate) fn file(common: &Common) -> Option<PathBuf> {
        let named = common.config.clone();
        named.or_else(|| paths::config_file().ok())
    }

    fn read(file: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        // The error of the parser shows the line, the place in it and the names that are allowed.
        toml::from_str(&text).with_context(|| format!("in {}", file.display()))
    }

    fn override_by(&mut self, common: &Common) -> Result<()> {
        if let Some(listen) = common.listen {
            self.listen = listen;
        }
        self.allow_remote
            .extend(common.allow_remote.iter().cloned());
        if let Some(token) = &common.allow_remote_token {
            self.allow_remote_token.clone_from(token);
        }
        self.upstream_ca.extend(common.upstream_ca.iter().cloned());
        self.auto_passthrough |= common.auto_passthrough;
        self.passthrough.extend(common.passthrough.iter().cloned());
        self.upstream_proxy_bypass
            .extend(common.upstream_proxy_bypass.iter().cloned());
        if let Some(proxy) = &common.upstream_proxy {
            self.upstream_proxy.clone_from(proxy);
        }
        if let Some(dashboard) = &common.dashboard {
            self.dashboard.clone_from(dashboard);
        }
        self.data_dir = match &common.data_dir {
            Some(named) => named.clone(),
            None if self.data_dir.as_os_str().is_empty() => paths::data_dir()?,
            None => std::mem::take(&mut self.data_dir),
        };
        self.ca_dir = match &common.ca_dir {
            Some(named) => named.clone(),
            None if self.ca_dir.as_os_str().is_empty() => self.data_dir.join("ca"),
            None => std::mem::take(&mut self.ca_dir),
        };
        // Programs that `run` starts are told of files in them, and may be at home elsewhere.
        for directory in [&mut self.data_dir, &mut self.ca_dir] {
            *directory = std::path::absolute(&directory)
                .with_context(|| format!("finding {}", directory.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        assert_eq!(
            toml::from_str::<Settings>(DEFAULT).unwrap(),
            Settings::default()
        );
    }

    #[test]
    fn every_documented_setting_has_a_sentence() {
        let lines: Vec<_> = DEFAULT.lines().collect();
        for (at, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.contains(" = "))
        {
            assert!(at > 0 && lines[at - 1].starts_with("# "), "{line}");
        }
    }

    #[test]
    fn a_time_limit_that_is_none_is_named_with_what_to_write() {
        let error = toml::from_str::<Settings>("[limits]\nidle_max_s = 0").unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("idle_max_s") && error.contains("from 1 to"),
            "{error}"
        );
        let settings = toml::from_str::<Settings>("[limits]\nidle_max_s = 2").unwrap();
        assert_eq!(settings.limits.times().idle_max, Duration::from_secs(2));
    }

    #[test]
    fn an_unknown_setting_is_named_with_its_line() {
        let error = toml::from_str::<Settings>("listen = \"127.0.0.1:1\"\nlisten_port = 3")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("listen_port"),
            "{error}"
        );
    }
}
