//! `grantscope run -- CMD`: starts a command that finds the proxy and trusts the CA, and exits with its code.

use std::ffi::OsString;
use std::process::ExitStatus;

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use crate::args::Common;
use crate::commands::proxy;
use crate::environment::{self, Preloads};
use crate::exit::Exit;
use crate::render::{self, Stream};
use crate::settings::Settings;
use crate::signals::{Request, Signals};

pub(super) fn run(settings: &Settings, common: &Common, command: &[OsString]) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(serve(settings, common, command))
}

async fn serve(settings: &Settings, common: &Common, command: &[OsString]) -> Result<Exit> {
    let watched = proxy::listen(&of_run(settings, common), common, Stream::Error).await?;
    let preloads = preloads(settings);
    let changes = environment::changes(watched.address(), watched.authority(), preloads.as_ref());
    let mut signals = Signals::catch()?;
    let dropped = environment::dropped(&changes);
    if !dropped.is_empty() {
        let names = dropped.join(" and ");
        watched.say(&format!(
            "{names} is not passed on, since it would send traffic past grantscope"
        ));
    }
    let mut child = start(command, &changes)?;
    let (ended, child_ended) = tokio::sync::oneshot::channel::<()>();
    let serving = watched.until(async {
        // An error says that the sender is gone, which is an end as well.
        let _ended = child_ended.await;
    });
    let waiting = async {
        let status = wait(&mut child, &mut signals).await;
        drop(ended);
        status
    };
    let (seen, status) = tokio::join!(serving, waiting);
    let status = status.context("waiting for the command")?;
    let exit = of_child(status);
    Ok(match (exit, proxy::verdict(common, seen?)) {
        (Exit::OfChild(0), verdict) if verdict != Exit::Fine => verdict,
        (exit, _) => exit,
    })
}

/// What runtimes load before the command; `None` where it cannot be written.
fn preloads(settings: &Settings) -> Option<Preloads> {
    match Preloads::write(&settings.data_dir) {
        Ok(preloads) => Some(preloads),
        Err(error) => {
            render::warn(&format!(
                "{:#}; Node before 22.21 and Python's aiohttp will go past grantscope",
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
        let (proxy, bypass) = environment::inherited_proxy();
        settings.upstream_proxy = proxy.unwrap_or_default();
        settings.upstream_proxy_bypass.extend(bypass);
    }
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

/// Waits for the child. Ctrl-C reaches it by itself; a signal that is sent to grantscope alone is passed on.
async fn wait(child: &mut Child, signals: &mut Signals) -> std::io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            request = signals.next() => pass_on(request, child),
        }
    }
}

#[cfg(unix)]
fn pass_on(request: Request, child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match request {
        Request::Interrupt => return,
        Request::Terminate => Signal::TERM,
        Request::HangUp => Signal::HUP,
    };
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(Err(error)) = id
        .and_then(Pid::from_raw)
        .map(|pid| kill_process(pid, signal))
    {
        tracing::warn!(%error, "a signal could not be passed on to the command");
    }
}

#[cfg(windows)]
fn pass_on(_request: Request, _child: &Child) {}

/// The child's code, or 128 and the number of the signal that ended it, as shells have it.
fn of_child(status: ExitStatus) -> Exit {
    #[cfg(unix)]
    let code = {
        use std::os::unix::process::ExitStatusExt as _;
        status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal))
    };
    #[cfg(not(unix))]
    let code = status.code();
    Exit::OfChild(code.map_or(1, |code| u8::try_from(code & 0xff).unwrap_or(1)))
}
