//! `grantscope proxy`: listens, watches and prints until it is told to stop.

use std::collections::BTreeSet;
use std::future::Future;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use grantscope_proxy::{
    Bypass, CertificateAuthority, ClientCertificate, Network, Proxy, ProxyConfig, Spoken, Summary,
};

use crate::args::{Common, FailOn, Format};
use crate::coverage::{Daemon, Direct, End, Start};
use crate::dashboard::{Open, Pages};
use crate::engine::{Engine, Tally};
use crate::environment;
use crate::exit::Exit;
use crate::history;
use crate::reload::{Asking, Reload};
use crate::render::{self, Printer, Stream};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::sinks::Sinks;
use crate::watch;

pub(super) fn run(settings: &Settings, common: &Common) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let exit = runtime.block_on(async {
        let signals = Signals::catch()?;
        let watched = listen(settings, common, Stream::Output).await?;
        let asking = watched.follow(settings, common, |settings, _| settings.clone())?;
        watched.announce();
        serve(watched, signals, &asking, common).await
    });
    // What is left where it was to end at once is not waited for.
    runtime.shutdown_background();
    exit
}

/// Serves until a signal asks for the end. The next one ends what is in flight.
async fn serve(
    watched: Watched,
    mut signals: Signals,
    asking: &Asking,
    common: &Common,
) -> Result<Exit> {
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let mut stop = Some(stop);
    let mut serving = pin!(watched.until(async {
        // An error says that the sender is gone, which is what is waited for.
        let _gone = stopping.await;
    }));
    loop {
        let request = tokio::select! {
            seen = &mut serving => return Ok(verdict(common, seen?)),
            request = signals.next() => request,
        };
        if !request.is_to_end() {
            asking.ask();
        } else if stop.take().is_none() {
            return Ok(Exit::AtOnce(request.signal()));
        }
    }
}

/// A proxy that listens and is watched.
pub(crate) struct Watched {
    proxy: grantscope_proxy::BoundProxy,
    /// Where findings are looked at.
    pages: Option<Open>,
    /// What the proxy was set up with.
    config: ProxyConfig,
    watch: Arc<watch::Watch>,
    watching: watch::Watching,
    authority: CertificateAuthority,
    printer: Printer,
    stream: Stream,
    format: Format,
    reverse: Vec<grantscope_proxy::Reverse>,
    direct: Arc<Mutex<BTreeSet<Direct>>>,
    /// Who started what is watched.
    start: Start,
    /// To whom it may leave its work.
    daemons: Vec<Daemon>,
}

/// Sets everything up: the CA, the history, the places where findings go, the listener.
pub(super) async fn listen(
    settings: &Settings,
    common: &Common,
    stream: Stream,
) -> Result<Watched> {
    let format = common.format_among("proxy", &[Format::Pretty, Format::Jsonl])?;
    let authority = CertificateAuthority::open(&settings.ca_dir)?;
    let sinks = Sinks::open(settings, common, stream)?;
    let first_exchange = sinks.next_exchange();
    let engine = Engine::new(
        sinks.key().clone(),
        super::providers(settings)?,
        settings.limits.exchanges_max + settings.history.exchanges_max,
    );
    let (earlier, beginning) = (settings.clone(), sinks.beginning());
    let history = move || history::load(&earlier, beginning);
    let pages = Pages::new(settings, common, &sinks)?;
    let (watch, watching) = watch::start(engine, sinks, history)?;
    let mut config = ProxyConfig::new(authority.clone(), Arc::clone(&watch) as _);
    config.listen = settings.listen;
    config.first_exchange = first_exchange;
    config.reverse.clone_from(&common.reverse);
    configure(&mut config, settings)?;
    if let Some(path) = &common.keylog {
        render::warn(&format!(
            "the secrets of TLS connections are written to {}: whoever has it can read a packet capture of this session",
            path.display()
        ));
    }
    config.keylog.clone_from(&common.keylog);
    let proxy = Proxy::bind(config.clone()).await?;
    let pages = match pages {
        Some(pages) => pages.open(proxy.local_addr()).await?,
        None => None,
    };
    Ok(Watched {
        proxy,
        pages,
        config,
        watch,
        watching,
        authority,
        printer: Printer::new(format, common.quiet, stream),
        stream,
        format,
        reverse: common.reverse.clone(),
        direct: Arc::default(),
        start: Start::Elsewhere,
        daemons: Vec::new(),
    })
}

/// Puts into a configuration what can change while the proxy runs.
pub(crate) fn configure(config: &mut ProxyConfig, settings: &Settings) -> Result<()> {
    config.allow_remote = networks(&settings.allow_remote)?;
    config.allow_remote_token = match settings.allow_remote_token.expose() {
        "" => None,
        token => Some(token.parse().context("in allow_remote_token")?),
    };
    config.upstream_ca.clone_from(&settings.upstream_ca);
    config.client_certificates = client_certificates(settings);
    config.auto_passthrough = settings.auto_passthrough;
    config.passthrough.clone_from(&settings.passthrough);
    config.upstream_proxy = Some(settings.upstream_proxy.clone()).filter(|url| !url.is_empty());
    config.upstream_proxy_bypass = bypass(settings)?;
    config.body_bytes_max = settings.limits.body_bytes_max;
    config.connections_max = settings.limits.connections_max;
    config.drain_max = std::time::Duration::from_secs(settings.limits.drain_max_s);
    config.times = settings.limits.times();
    Ok(())
}

fn networks(texts: &[String]) -> Result<Vec<Network>> {
    let parsed = texts.iter().map(|text| text.parse::<Network>());
    let networks: Result<_, _> = parsed.collect();
    networks.context("in allow_remote")
}

fn client_certificates(settings: &Settings) -> Vec<ClientCertificate> {
    let certificates = settings.client_certificate.iter();
    let named = certificates.map(|it| ClientCertificate {
        host: it.host.clone(),
        certificate: it.certificate.clone(),
        key: it.key.clone(),
    });
    named.collect()
}

/// What is reached without the other proxy: what the settings name, and what the environment does, where nobody can be
/// asked to mend it.
fn bypass(settings: &Settings) -> Result<Vec<Bypass>> {
    if settings.upstream_proxy.is_empty() {
        return Ok(Vec::new());
    }
    let named = settings.upstream_proxy_bypass.iter();
    let named: Result<Vec<Bypass>, _> = named.map(|text| text.parse()).collect();
    let mut bypass = named.context("in upstream_proxy_bypass")?;
    for text in environment::no_proxy() {
        match text.parse() {
            Ok(more) => bypass.push(more),
            Err(error) => render::warn(&format!("in NO_PROXY: {error}; it is left out")),
        }
    }
    Ok(bypass)
}

impl Watched {
    /// Where it listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.proxy.local_addr()
    }

    /// The CA that clients have to trust.
    pub(crate) fn authority(&self) -> &CertificateAuthority {
        &self.authority
    }

    /// Where connections are gathered that go past the proxy.
    pub(crate) fn direct(&self) -> Arc<Mutex<BTreeSet<Direct>>> {
        Arc::clone(&self.direct)
    }

    /// Who starts the program whose traffic is watched: that tells what to do where nothing of it came.
    pub(super) fn started(&mut self, start: Start) {
        self.start = start;
    }

    /// Knows to whom that program may leave its work, and tells so while there is time to end them.
    pub(super) fn daemons(&mut self, daemons: Vec<Daemon>) {
        for gap in daemons.iter().map(Daemon::gap) {
            self.say(&format!("{}. {}", gap.summary, gap.fix));
        }
        self.daemons = daemons;
    }

    /// Whether the program is a process of this machine, and not in a container.
    pub(super) fn is_on_this_machine(&self) -> bool {
        !matches!(self.start, Start::Container(_))
    }

    /// Takes over from now on what changes in the configuration, which was read as `settings`.
    pub(super) fn follow(
        &self,
        settings: &Settings,
        common: &Common,
        fit: impl Fn(&Settings, &Common) -> Settings + Send + 'static,
    ) -> Result<Asking> {
        let reload = Reload {
            control: self.proxy.control(),
            watch: Arc::clone(&self.watch),
            config: self.config.clone(),
            common: common.clone(),
            started: settings.clone(),
            fit: Box::new(fit),
            printer: Printer::new(self.format, common.quiet, self.stream),
        };
        reload.start()
    }

    /// Tells the user something.
    pub(crate) fn say(&self, text: &str) {
        self.printer.say(text);
    }

    /// Tells how to use it.
    pub(super) fn announce(&self) {
        let address = self.address();
        let ca = self.authority.certificate_path();
        let reverse = self.proxy.reverse_addrs().zip(&self.reverse);
        let stands_for: Vec<_> = reverse
            .map(|(address, it)| {
                let how = match it.spoken {
                    Spoken::Either => "with and without TLS",
                    Spoken::Tls => "with TLS",
                    Spoken::Clear => "without TLS",
                };
                format!("\n  {address} stands for {}, {how}", it.server)
            })
            .collect();
        let stands_for = stands_for.concat();
        self.printer.say(&format!(
            "grantscope listens on {address}\n  HTTPS_PROXY=http://{address}  and trust {}\n  or, in one step: grantscope run -- CMD{stands_for}",
            ca.display()
        ));
        self.announce_pages();
    }

    /// Tells where findings are looked at.
    pub(super) fn announce_pages(&self) {
        if let Some(pages) = &self.pages {
            let text = format!("look at what is found on {}", pages.url());
            match self.format {
                Format::Pretty => self.printer.say(&format!("  {text}")),
                // Standard output is for the program that reads it; whoever started that can still look.
                _ => render::warn(&text),
            }
        }
    }

    /// Serves until `stop` ends, then lets what is in flight end, and writes what was seen.
    pub(crate) async fn until(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Tally> {
        // In a thread beside those of the connections: the one that waits here would be woken for each of them.
        let served = tokio::spawn(self.proxy.serve(stop)).await;
        let served = served.context("serving clients")?;
        let direct = self.direct.lock().map(|mut direct| mem::take(&mut *direct));
        let end = End {
            connections: served.as_ref().map_or(0, |summary| summary.connections),
            direct: direct.unwrap_or_default().into_iter().collect(),
            start: self.start,
            daemons: self.daemons,
        };
        let seen = tokio::task::spawn_blocking(|| self.watching.finish(end))
            .await
            .context("finishing the session")?;
        report(&served?);
        self.printer.say(&format!(
            "{} grants issued, {} refused{}",
            seen.tally.granted,
            seen.tally.refused,
            warned(seen.tally)
        ));
        Ok(seen.tally)
    }
}

fn report(summary: &Summary) {
    if summary.panics + summary.tap_panics > 0 {
        tracing::error!(
            panics = summary.panics,
            tap_panics = summary.tap_panics,
            "connections were lost to a bug of grantscope: please report it"
        );
    }
}

fn warned(tally: Tally) -> String {
    match tally.warned {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        several => format!(", {several} warnings"),
    }
}

/// The exit code that what was seen calls for.
pub(crate) fn verdict(common: &Common, tally: Tally) -> Exit {
    let fails = match common.fail_on {
        Some(FailOn::Diagnosis) => tally.refused > 0,
        Some(FailOn::Warning) => tally.refused + tally.warned > 0,
        None => false,
    };
    if fails {
        Exit::Findings
    } else if common.expect_oauth && tally.exchanges == 0 {
        Exit::NothingSeen
    } else {
        Exit::Fine
    }
}
