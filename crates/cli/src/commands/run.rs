//! `grantscope run -- CMD`: starts a command that finds the proxy and trusts the CA, and exits with its code.

use std::ffi::OsString;

use anyhow::{Context as _, Result};
use grantscope_proxy::CertificateAuthority;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::args::{Common, Run};
use crate::browser::Browse;
use crate::child;
use crate::commands::proxy::{self, Watched};
use crate::container::{Starting, Way};
use crate::coverage::{self, Daemon, Start};
use crate::environment::{self, Changes, Preloads};
use crate::exit::Exit;
use crate::programs;
use crate::render::{self, Stream};
use crate::settings::Settings;
use crate::signals::Signals;

pub(super) fn run(settings: &Settings, common: &Common, run: &Run) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let containers = run.container.then(|| Starting::read(&run.command));
    let containers = containers.transpose()?;
    let browse = run.browser.as_deref().map(Browse::at).transpose()?;
    runtime.block_on(serve(settings, common, &run.command, containers, browse))
}

async fn serve(
    settings: &Settings,
    common: &Common,
    command: &[OsString],
    containers: Option<Starting>,
    browse: Option<Browse>,
) -> Result<Exit> {
    let way = containers.as_ref().map(|it| it.way().clone());
    let fit = move |settings: &Settings, common: &Common| of_run(settings, common, way.as_ref());
    let fitted = fit(settings, common);
    let mut watched = proxy::listen(&fitted, common, Stream::Error).await?;
    let _asking = watched.follow(settings, common, fit)?;
    watched.announce_pages();
    let signals = Signals::catch()?;
    let (child, files) = match containers {
        Some(starting) => {
            let (child, files) = start_containers(settings, &mut watched, &starting)?;
            (child, Some(files))
        }
        None => (start_here(settings, &mut watched, command)?, None),
    };
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let browsing = browse.map(|browse| {
        let (proxy, authority) = (watched.address(), watched.authority().clone());
        tokio::spawn(browse.beside(proxy, authority, end))
    });
    let gathering = gather_direct(&child, &watched);
    let exit = child::accompany(child, signals, watched, common).await;
    if let Some(gathering) = gathering {
        gathering.abort();
    }
    drop(ended);
    if let Some(browsing) = browsing {
        browsing.await.context("closing the browser")?;
    }
    drop(files);
    exit
}

/// Starts a command on this machine.
fn start_here(settings: &Settings, watched: &mut Watched, command: &[OsString]) -> Result<Child> {
    let preloads = preloads(settings, watched.authority());
    let changes = environment::changes(
        &watched.address().into(),
        watched.authority(),
        preloads.as_ref(),
    );
    let dropped = environment::bypasses();
    if !dropped.is_empty() {
        let names = dropped.join(" and ");
        watched.say(&format!(
            "{names} is not passed on, since it would send traffic past grantscope"
        ));
    }
    watched.started(Start::Run);
    watched.daemons(Daemon::of(command));
    start(command, &changes)
}

/// Starts a command whose containers are told of grantscope, with the files that it reads. Its own environment stays: the program
/// that fetches images does not trust the CA.
fn start_containers(
    settings: &Settings,
    watched: &mut Watched,
    starting: &Starting,
) -> Result<(Child, TempDir)> {
    let port = watched.address().port();
    let told = starting.told(port, &settings.data_dir, watched.authority())?;
    watched.say(&told.said);
    let allowed = &starting.way().allow;
    if !allowed.is_empty() {
        let allowed = allowed.join(", ");
        watched.say(&format!(
            "grantscope listens on {} for {allowed}",
            watched.address()
        ));
    }
    watched.started(Start::Container(port));
    let child = start(&told.words, &Changes::default())?;
    Ok((child, told.files))
}

/// Gathers where the command is connected to without the proxy. What a container does is not the command's.
fn gather_direct(child: &Child, watched: &Watched) -> Option<JoinHandle<()>> {
    let root = child.id().filter(|_| watched.is_on_this_machine())?;
    let gathering = coverage::watch(root, watched.address(), watched.direct());
    Some(tokio::spawn(gathering))
}

/// What runtimes load before the command; `None` where it cannot be written.
fn preloads(settings: &Settings, authority: &CertificateAuthority) -> Option<Preloads> {
    match Preloads::write(&settings.data_dir, authority) {
        Ok(preloads) => Some(preloads),
        Err(error) => {
            render::warn(&format!(
                "{:#}; Node before 22.21, Python's aiohttp, Ruby at loopback and streams of PHP will go past grantscope",
                anyhow::Error::from(error)
            ));
            None
        }
    }
}

/// The settings of a run, where neither file nor flag names them.
fn of_run(settings: &Settings, common: &Common, way: Option<&Way>) -> Settings {
    let mut settings = settings.clone();
    if common.listen.is_none() {
        // The port is the system's choice: several runs may be under way at once.
        settings.listen.set_port(0);
    }
    if let Some(way) = way {
        if common.listen.is_none() {
            settings.listen.set_ip(way.listen);
        }
        settings.allow_remote.extend(way.allow.iter().cloned());
    }
    if settings.upstream_proxy.is_empty() {
        // The child is told of grantscope in place of the proxy that it would have used.
        settings.upstream_proxy = environment::inherited_proxy().unwrap_or_default();
    }
    // A server whose CA the child trusts by a variable is verified by grantscope in the child's place.
    settings
        .upstream_ca
        .extend(environment::named_by_the_user());
    settings
}

fn start(command: &[OsString], changes: &Changes) -> Result<Child> {
    let (program, arguments) = command
        .split_first()
        .context("there is no command to run")?;
    let mut child = Command::new(programs::to_start(program));
    child.args(arguments).kill_on_drop(true);
    for name in &changes.removed {
        child.env_remove(name);
    }
    child.envs(changes.set.iter().map(|(name, value)| (name, value)));
    child.spawn().with_context(|| {
        format!(
            "starting {}: is it installed, and on the PATH?",
            program.to_string_lossy()
        )
    })
}
