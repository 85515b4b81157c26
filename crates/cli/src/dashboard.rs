//! The pages on which findings are looked at: where they are, and how a file is diagnosed that is dropped on them.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use grantscope_capture::redact::Redactor;
use grantscope_capture::store::Granted;
use grantscope_dashboard::{BoundDashboard, Config, Dashboard, Diagnosed, Feed, Told};
use grantscope_oauth::{Exchange, FingerprintKey, Providers};
use tokio::task::JoinHandle;

use crate::args::Common;
use crate::clock;
use crate::commands::analyze;
use crate::commands::providers;
use crate::engine::{Engine, Finding, belongs};
use crate::render;
use crate::settings::Settings;
use crate::sinks::Sinks;

/// What turns the pages off.
const OFF: &str = "off";

/// The pages of a session that is about to be recorded.
pub(crate) struct Pages {
    config: Config,
    /// Whether somebody asked for them in words.
    is_asked_for: bool,
}

/// Pages that can be looked at, until this is dropped.
pub(crate) struct Open {
    url: String,
    serving: JoinHandle<()>,
}

impl Pages {
    /// The pages of the session of this run; `None` where they are turned off, where nobody is to be told anything, or
    /// where the session is not stored, of which the user has been told.
    pub(crate) fn new(settings: &Settings, common: &Common, sinks: &Sinks) -> Result<Option<Self>> {
        let (Some(address), Some(session), false) =
            (address(settings)?, sinks.session_name(), common.quiet)
        else {
            return Ok(None);
        };
        let (key, feed) = (sinks.key().clone(), sinks.feed().clone());
        Ok(Some(Self {
            config: Config {
                feed,
                ..config(settings, address, session.to_owned(), key)?
            },
            is_asked_for: common.dashboard.is_some(),
        }))
    }

    /// Serves them beside this proxy. Where they cannot be served and nobody asked for them, traffic is watched all the same.
    pub(crate) async fn open(mut self, proxy: SocketAddr) -> Result<Option<Open>> {
        self.config.proxy = Some(proxy);
        let bound = match Dashboard::new(self.config) {
            Ok(dashboard) => dashboard.bind().await,
            Err(error) => Err(error),
        };
        match bound {
            Ok(bound) => Ok(Some(Open::new(bound))),
            Err(error) if self.is_asked_for => Err(error.into()),
            Err(error) => {
                render::warn(&format!("{:#}", anyhow::Error::from(error)));
                Ok(None)
            }
        }
    }
}

impl Open {
    fn new(bound: BoundDashboard) -> Self {
        let url = bound.url();
        let serving = tokio::spawn(async {
            // It ends when it is dropped.
            if let Err(error) = bound.serve(std::future::pending()).await {
                render::warn(&format!("{:#}", anyhow::Error::from(error)));
            }
        });
        Self { url, serving }
    }

    /// The address to open, with the token in it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Where the pages are to be; `None` for nowhere.
pub(crate) fn address(settings: &Settings) -> Result<Option<SocketAddr>> {
    if settings.dashboard == OFF {
        return Ok(None);
    }
    let address = settings.dashboard.parse().with_context(|| {
        format!(
            "in dashboard: “{}” is neither an address with a port, such as 127.0.0.1:0, nor “off”",
            settings.dashboard
        )
    });
    address.map(Some)
}

/// What the pages of a session are made of.
pub(crate) fn config(
    settings: &Settings,
    address: SocketAddr,
    session: String,
    key: FingerprintKey,
) -> Result<Config> {
    let providers = providers(settings)?;
    let (of_engine, with) = (key.clone(), Arc::clone(&providers));
    Ok(Config {
        address,
        data_dir: settings.data_dir.clone(),
        session,
        proxy: None,
        feed: Feed::default(),
        key,
        providers,
        diagnose: Arc::new(move |exchanges| diagnose(&of_engine, &with, exchanges)),
        now: clock::now,
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Diagnoses a capture. Of its exchanges those are kept that belong to the history of OAuth, or in which something was found.
fn diagnose(
    key: &FingerprintKey,
    providers: &Arc<Providers>,
    exchanges: Vec<Exchange>,
) -> Diagnosed {
    let exchanges = analyze::numbered(exchanges);
    let mut engine = Engine::new(key.clone(), Arc::clone(providers), usize::MAX);
    let (found, _) = analyze::diagnose_by(&mut engine, &exchanges);
    let findings: Vec<_> = found.iter().filter_map(Finding::report).collect();
    let redactor = Redactor::new(key.clone());
    let is_kept = |exchange: &&Exchange| {
        let id = exchange.id.0;
        belongs(&engine.reader().read(exchange))
            || findings.iter().any(|it| it.cites().contains(&id))
    };
    Diagnosed {
        exchanges: exchanges
            .iter()
            .filter(is_kept)
            .map(|it| redactor.redact(it))
            .collect(),
        granted: found.iter().filter_map(Finding::granted).collect(),
        findings,
    }
}

/// What open pages are told of a finding.
pub(crate) fn told(finding: &Finding) -> Option<Told> {
    let report = finding.report()?;
    Some(Told {
        kind: report.kind().to_owned(),
        id: report.id().to_owned(),
        about: report.about().to_owned(),
        verdict: report.verdict().map(str::to_owned),
        exchange: report.exchange().map(|it| it.id),
        summary: report.summary().to_owned(),
    })
}

/// What open pages are told of a grant that was granted.
pub(crate) fn granted(granted: &Granted) -> Told {
    Told {
        kind: "granted".to_owned(),
        id: String::new(),
        about: granted.grant_type.clone(),
        verdict: None,
        exchange: Some(granted.exchange),
        summary: granted.grant.clone().unwrap_or_default(),
    }
}
