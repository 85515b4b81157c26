//! `grantscope run -- CMD`: starts a command that finds the proxy and trusts the CA, and exits with its code.

use std::ffi::OsString;

use anyhow::{Context as _, Result};
use grantscope_proxy::CertificateAuthority;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::args::{Common, Run};
use crate::browser::Browse;
use crate::child;
use crate::commands::proxy::{self, Watched};
#[cfg(target_os = "linux")]
use crate::coverage;
use crate::environment::{self, Preloads};
use crate::exit::Exit;
use crate::render::{self, Stream};
use crate::settings::Settings;
use crate::signals::Signals;

pub(super) fn run(settings: &Settings, common: &Common, run: &Run) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let browse = run.browser.as_deref().map(Browse::at).transpose()?;
    runtime.block_on(serve(settings, common, &run.command, browse))
}

async fn serve(
    settings: &Settings,
    common: &Common,
    command: &[OsString],
    browse: Option<Browse>,
) -> Result<Exit> {
    let watched = proxy::listen(&of_run(settings, common), common, Stream::Error).await?;
    let _asking = watched.follow(settings, common, of_run)?;
    watched.announce_pages();
    let preloads = preloads(settings, watched.authority());
    let changes = environment::changes(
        &watched.address().into(),
        watched.authority(),
        preloads.as_ref(),
    );
    let signals = Signals::catch()?;
    let dropped = environment::bypasses();
    if !dropped.is_empty() {
        let names = dropped.join(" and ");
        watched.say(&format!(
            "{names} is not passed on, since it would send traffic past grantscope"
        ));
    }
    let child = start(command, &changes)?;
    let browser = browse.map(|browse| browse.start(&watched)).transpose()?;
    let gathering = gather_direct(&child, &watched);
    let exit = child::accompany(child, signals, watched, common).await;
    gathering.abort();
    drop(browser);
    exit
}

/// Gathers where the command is connected to without the proxy, where the system tells.
fn gather_direct(child: &Child, watched: &Watched) -> JoinHandle<()> {
    #[cfg(target_os = "linux")]
    if let Some(root) = child.id() {
        return tokio::spawn(coverage::watch(root, watched.address(), watched.direct()));
    }
    let _ = (child, watched);
    tokio::spawn(async {})
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
fn of_run(settings: &Settings, common: &Common) -> Settings {
    let mut settings = settings.clone();
    if common.listen.is_none() {
        // The port is the system's choice: several runs may be under way at once.
        settings.listen.set_port(0);
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

fn start(command: &[OsString], changes: &environment::Changes) -> Result<Child> {
    let (program, arguments) = command
        .split_first()
        .context("there is no command to run")?;
    let mut child = Command::new(program);
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
