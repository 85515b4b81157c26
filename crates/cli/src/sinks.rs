//! Where what was seen goes: the session in the store, the file of findings, the log, and a HAR file at the end.
//!
//! What the log shows is on disk already. A place that fails is told of, and never stops the traffic.

mod findings;
mod session;

use std::mem;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use grantscope_capture::files::replace_file;
use grantscope_capture::har;
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::store::{Beginning, Bounds, Granted};
use grantscope_dashboard::{Feed, Told};
use grantscope_oauth::{Exchange, ExchangeId, FingerprintKey};
use grantscope_proxy::{NamedBy, Notice};
use grantscope_rules::Warning;
use serde_json::Value;

use crate::args::{Common, Format};
use crate::clock;
use crate::coverage::Gap;
use crate::dashboard;
use crate::engine::Finding;
use crate::key;
use crate::render::{self, Printer, Stream};
use crate::settings::Settings;

pub(crate) use findings::FindingsFile;
use session::SessionSink;

/// The places.
pub(crate) struct Sinks {
    key: FingerprintKey,
    redactor: Redactor,
    printer: Printer,
    session: Option<SessionSink>,
    findings: Option<FindingsFile>,
    har: Option<PathBuf>,
    /// What tells open pages.
    feed: Feed,
    /// What is told once the session is on disk.
    untold: Vec<Untold>,
    /// What open pages alone are told then.
    unannounced: Vec<Told>,
    /// So many exchanges are told of then, and so many others that are not taken in.
    uncounted: u64,
    uncounted_others: u64,
}

/// A finding that is taken in, and not told yet.
struct Untold {
    finding: Finding,
    /// As a line of JSON, where it leaves grantscope.
    line: Option<String>,
}

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
            )
            .unhurried()?,
            session: SessionSink::begin(settings, common)?,
            findings: common
                .findings
                .as_deref()
                .map(FindingsFile::open)
                .transpose()?,
            har: common.har.clone(),
            feed: Feed::default(),
            untold: Vec::new(),
            unannounced: Vec::new(),
            uncounted: 0,
            uncounted_others: 0,
        })
    }

    /// The key of the fingerprints.
    pub(crate) fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// The number of the next exchange: a session that is gone on with has some already.
    pub(crate) fn next_exchange(&self) -> ExchangeId {
        let next = self.session.as_ref().map(SessionSink::next_exchange);
        next.unwrap_or(ExchangeId(1))
    }

    /// Takes in an exchange.
    pub(crate) fn exchange(&mut self, exchange: &Exchange) {
        if let Some(session) = &mut self.session {
            session.exchange(exchange, &self.redactor);
            self.uncounted += 1;
        }
    }

    /// Takes in grants that were granted. The log tells of them once they have been examined.
    pub(crate) fn granted(&mut self, granted: impl IntoIterator<Item = Granted>) {
        for granted in granted {
            self.unannounced.push(dashboard::granted(&granted));
            if let Some(session) = &mut self.session {
                session.granted(granted);
            }
        }
    }

    /// An exchange went through that is not taken in.
    pub(crate) fn passed(&mut self) {
        self.uncounted_others += 1;
    }

    /// Takes in what was found.
    pub(crate) fn findings(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let line = finding.report().map(|report| self.line(&report));
            self.untold.push(Untold { finding, line });
        }
    }

    /// A finding as a line of JSON, which the session keeps as well.
    fn line(&mut self, report: &FindingV1) -> String {
        let stored = (self.session.as_mut()).and_then(|session| session.finding(report));
        stored.map_or_else(|| render::line(report), |json| format!("{json}\n"))
    }

    /// Takes in what was not seen.
    pub(crate) fn gaps(&mut self, gaps: impl IntoIterator<Item = Gap>) {
        let time = clock::now();
        self.findings(
            gaps.into_iter()
                .map(|gap| Finding::Coverage(Box::new(gap), time)),
        );
    }

    /// Puts on disk what was taken in, and then tells it.
    pub(crate) fn settle(&mut self) {
        if let Some(session) = &mut self.session {
            session.commit();
        }
        let uncounted = mem::take(&mut self.uncounted);
        let others = mem::take(&mut self.uncounted_others);
        if uncounted + others > 0 {
            self.feed.count(uncounted, others);
        }
        for told in self.unannounced.drain(..) {
            self.feed.tell(told);
        }
        for Untold { finding, line } in self.untold.drain(..) {
            if let Some(told) = dashboard::told(&finding) {
                self.feed.tell(told);
            }
            if let (Some(file), Some(line)) = (&mut self.findings, &line) {
                file.append(line);
            }
            self.printer.told(&finding, || line);
        }
    }

    /// Whether the log tells of the grants that were granted.
    pub(crate) fn tells_grants(&self) -> bool {
        self.printer.tells_grants()
    }

    /// What tells open pages of what was committed.
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The name of the session, where it is stored.
    pub(crate) fn session_name(&self) -> Option<&str> {
        self.session.as_ref().map(SessionSink::name)
    }

    /// Up to where the store had been written when this session was begun.
    pub(crate) fn beginning(&self) -> Option<Beginning> {
        self.session.as_ref().map(SessionSink::beginning)
    }

    /// Deletes stored sessions that are too old or too much.
    pub(crate) fn retain(&mut self) {
        if let Some(session) = &mut self.session {
            session.retain();
        }
    }

    /// Keeps the stored sessions within other bounds from now on.
    pub(crate) fn keep_within(&mut self, bounds: Bounds) {
        if let Some(session) = &mut self.session {
            session.keep_within(bounds);
        }
    }

    /// Something that the proxy tells of and that is no gap.
    pub(crate) fn notice(&self, notice: &Notice) {
        match notice {
            Notice::UpstreamFailed { text, .. } => {
                self.printer
                    .say(&render::printable(&format!("no answer: {text}")));
            }
            Notice::SocksRefused { client, text, .. } => {
                let text = format!("a client at {client} is refused: {text}");
                self.printer.say(&render::printable(&text));
            }
            Notice::NamesDisagree {
                client,
                server,
                named,
                by,
            } => {
                let text = names_disagree(*client, (server, named), *by);
                self.printer.say(&render::printable(&text));
            }
            other => tracing::debug!(?other, "notice"),
        }
    }

    /// Tells what only the end shows to be amiss, and writes what is written at the end.
    pub(crate) fn close(mut self, at_end: &[Warning], gaps: impl IntoIterator<Item = Gap>) {
        let warning = |warning: &Warning| Finding::Warning(Box::new(warning.clone()));
        self.findings(at_end.iter().map(warning));
        self.gaps(gaps);
        self.settle();
        let Some(path) = &self.har else { return };
        let Some(session) = &self.session else {
            render::warn(&format!(
                "{} is not written, since the session could not be stored",
                path.display()
            ));
            return;
        };
        let written =
            session
                .contents()
                .map_err(anyhow::Error::from)
                .and_then(|(capture, findings)| {
                    write_har(path, &capture.exchanges, &self.redactor, &findings)
                });
        match written {
            Ok(()) => self
                .printer
                .say(&format!("the session is in {}", path.display())),
            Err(error) => render::warn(&format!("{error:#}")),
        }
    }
}

fn names_disagree(client: SocketAddr, (server, named): (&str, &str), by: NamedBy) -> String {
    match by {
        NamedBy::Tls => format!(
            "a client at {client} opened a tunnel to {server} and speaks TLS for {named} in it: {server} is connected to and has to \
             show a certificate for {named}; if that is not meant, look for a host that is set by hand, or for Encrypted Client Hello"
        ),
        NamedBy::Request => format!(
            "a client at {client} is connected to {server} and asks for {named} there: the request goes to {server}, which may \
             answer 421 or for another site, and findings name {named}; if that is not meant, look for a Host that is set by hand"
        ),
    }
}

/// Writes a HAR file with the findings in it.
fn write_har(
    path: &Path,
    exchanges: &[Exchange],
    redactor: &Redactor,
    findings: &[Value],
) -> Result<()> {
    let exchanges: Vec<_> = exchanges
        .iter()
        .map(|exchange| redactor.redact(exchange))
        .collect();
    let extra = serde_json::json!({ "findings": findings });
    replace_file(path, |to| {
        har::export(to, env!("CARGO_PKG_VERSION"), &exchanges, Some(&extra))
    })?;
    Ok(())
}
