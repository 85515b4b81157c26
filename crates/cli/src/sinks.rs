//! Where what was seen goes: the session on disk, the file of findings, the log, and a HAR file at the end.
//!
//! What the log shows is on disk already. A place that fails is reported once, and never stops the traffic.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use grantscope_capture::har;
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::session::{self, SessionStore, SessionWriter, replace_file};
use grantscope_oauth::{Exchange, ExchangeId, FingerprintKey};
use grantscope_proxy::Notice;

use crate::args::{Common, Format};
use crate::captures;
use crate::engine::{Examined, Finding};
use crate::key;
use crate::render::{self, Printer, Stream};
use crate::settings::Settings;

/// The places.
pub(crate) struct Sinks {
    key: FingerprintKey,
    redactor: Redactor,
    printer: Printer,
    session: Option<SessionWriter>,
    findings: Option<FindingsFile>,
    har: Option<PathBuf>,
    reports: Vec<FindingV1>,
}

/// So many findings go into a HAR file. The file of findings has them all.
const REPORTS_MAX: usize = 10_000;

impl Sinks {
    /// Opens the places that were asked for. A store that cannot be used is no reason not to watch.
    pub(crate) fn open(settings: &Settings, common: &Common, stream: Stream) -> Result<Self> {
        let key = match key::open(&settings.data_dir) {
            Ok(key) => key,
            Err(error) => {
                render::warn(&format!(
                    "{error:#}; tokens are not followed from this run to others"
                ));
                key::ephemeral()?
            }
        };
        let redactor = if common.keep_secrets {
            render::warn(
                "secrets are kept as they are: whoever gets the stored session or an export can use them",
            );
            Redactor::keep_secrets()
        } else {
            Redactor::new(key.clone())
        };
        Ok(Self {
            key,
            redactor,
            printer: Printer::new(
                common.format.unwrap_or(Format::Pretty),
                common.quiet,
                stream,
            ),
            session: begin_session(settings, common)?,
            findings: common
                .findings
                .as_deref()
                .map(FindingsFile::open)
                .transpose()?,
            har: common.har.clone(),
            reports: Vec::new(),
        })
    }

    /// The key of the fingerprints.
    pub(crate) fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// The number of the next exchange: a session that is gone on with has some already.
    pub(crate) fn next_exchange(&self) -> ExchangeId {
        let next = self.session.as_ref().map(SessionWriter::next_exchange);
        next.unwrap_or(ExchangeId(1))
    }

    /// Takes in an exchange and what it brought to light.
    pub(crate) fn write(&mut self, exchange: &Exchange, examined: &Examined) {
        if examined.matters {
            self.store(exchange);
        }
        for finding in &examined.findings {
            if let Some(file) = &mut self.findings {
                file.append(finding);
            }
            if let Some(report) = finding.report() {
                self.remember(report);
            }
            self.printer.finding(finding);
        }
    }

    fn store(&mut self, exchange: &Exchange) {
        let Some(session) = &mut self.session else {
            return;
        };
        if let Err(error) = session.append(&self.redactor.redact(exchange)) {
            render::warn(&format!(
                "{:#}; the session is not stored from here on",
                anyhow::Error::from(error)
            ));
            self.session = None;
        }
    }

    /// Keeps the last revision of each finding.
    fn remember(&mut self, report: FindingV1) {
        self.reports.retain(|earlier| earlier.id() != report.id());
        if self.reports.len() < REPORTS_MAX {
            self.reports.push(report);
        }
    }

    /// Something about the coverage.
    pub(crate) fn notice(&self, notice: &Notice) {
        match notice {
            Notice::ClientRejectedCertificate {
                host,
                client,
                user_agent,
                ..
            } => {
                let who = user_agent
                    .as_ref()
                    .map_or_else(|| client.to_string(), |name| format!("{name} at {client}"));
                self.printer.say(&render::printable(&format!(
                    "not seen: {who} does not trust grantscope's CA, so that its traffic to {host} stays unread \
                     (`grantscope ca path` tells which certificate it has to trust)"
                )));
            }
            Notice::UpstreamFailed { text, .. } => {
                self.printer
                    .say(&render::printable(&format!("no answer: {text}")));
            }
            other => tracing::debug!(?other, "notice"),
        }
    }

    /// Writes what is written at the end.
    pub(crate) fn close(self) {
        let Some(path) = &self.har else { return };
        let Some(session) = &self.session else {
            render::warn(&format!(
                "{} is not written, since the session could not be stored",
                path.display()
            ));
            return;
        };
        let written = session::read(session.path())
            .map_err(anyhow::Error::from)
            .and_then(|capture| write_har(path, &capture.exchanges, &self.redactor, &self.reports));
        match written {
            Ok(()) => self
                .printer
                .say(&format!("the session is in {}", path.display())),
            Err(error) => render::warn(&format!("{error:#}")),
        }
    }
}

/// The session under the name that was asked for, or that of its time.
fn begin_session(settings: &Settings, common: &Common) -> Result<Option<SessionWriter>> {
    let name = common.session.clone().unwrap_or_else(name_of_now);
    let opened =
        SessionStore::open(captures::directory(settings)).and_then(|store| store.create(&name));
    match opened {
        Ok(session) => Ok(Some(session)),
        // Who names a session wants it.
        Err(error) if common.session.is_some() => Err(error.into()),
        Err(error) => {
            render::warn(&format!(
                "{:#}; the session is not stored",
                anyhow::Error::from(error)
            ));
            Ok(None)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a session is named for the time at which it begins"
)]
fn name_of_now() -> String {
    let now = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H%M%S")
        .to_string();
    // Two that begin in one second are told apart.
    format!("{now}-{}", std::process::id())
}

/// Writes a HAR file with the findings in it.
fn write_har(
    path: &Path,
    exchanges: &[Exchange],
    redactor: &Redactor,
    reports: &[FindingV1],
) -> Result<()> {
    let exchanges: Vec<_> = exchanges
        .iter()
        .map(|exchange| redactor.redact(exchange))
        .collect();
    let extra = serde_json::json!({ "findings": reports });
    replace_file(path, |to| {
        har::export(to, env!("CARGO_PKG_VERSION"), &exchanges, Some(&extra))
    })?;
    Ok(())
}

/// The file to which findings are appended, one a line.
pub(crate) struct FindingsFile {
    file: File,
    path: PathBuf,
    failed: bool,
}

impl FindingsFile {
    /// Opens the file to append to it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .with_context(|| format!("opening {} to append findings to it", path.display()))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            failed: false,
        })
    }

    /// Appends a diagnosis or a warning in one write.
    pub(crate) fn append(&mut self, finding: &Finding) {
        let Some(report) = finding.report() else {
            return;
        };
        let line = render::line(&report);
        if let Err(error) = self.file.write_all(line.as_bytes())
            && !self.failed
        {
            self.failed = true;
            render::warn(&format!(
                "{} cannot be written: {error}; findings are missing from it",
                self.path.display()
            ));
        }
    }
}
