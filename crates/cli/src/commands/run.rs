//! `grantscope run -- CMD`: starts a command that finds the proxy and trusts the CA, and exits with its code.

use std::ffi::OsString;
use std::process::ExitStatus;

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use crate::args::Common;
use crate::commands::proxy;
use crate::environment;
use crate::exit::Exit;
use crate::render::Stream;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, common: &Common, command: &[OsString]) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(serve(settings, common, command))
}

async fn serve(settings: &Settings, common: &Common, command: &[OsString]) -> Result<Exit> {
    // The port is the system's choice unless one is named: several runs may be under way at once.
    let any_port = Settings {
        listen: listen_address(settings, common),
        ..settings.clone()
    };
    let watched = proxy::listen(&any_port, common, Stream::Error).await?;
    let changes = environment::changes(watched.address(), watched.authority());
    let mut child = start(command, &changes)?;
    let (ended, child_ended) = tokio::sync::oneshot::channel::<()>();
    let serving = watched.until(async {
        // An error says that the sender is gone, which is an end as well.
        let _ended = child_ended.await;
    });
    let waiting = async {
        let status = wait(&mut child).await;
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

fn listen_address(settings: &Settings, common: &Common) -> std::net::SocketAddr {
    let mut address = settings.listen;
    if common.listen.is_none() {
        address.set_port(0);
    }
    address
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

/// Waits for the child. Signals of the terminal reach it by themselves; one that is sent to grantscope alone is passed on.
#[cfg(unix)]
async fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    loop {
        let signal = tokio::select! {
            status = child.wait() => return status,
            _ = terminated.recv() => rustix::process::Signal::TERM,
            _ = hung_up.recv() => rustix::process::Signal::HUP,
            // Ctrl-C goes to the whole foreground group, so that the child has it already.
            _ = interrupted.recv() => continue,
        };
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(Err(error)) = pid.map(|pid| rustix::process::kill_process(pid, signal)) {
            tracing::warn!(%error, "a signal could not be passed on to the command");
        }
    }
}

#[cfg(not(unix))]
async fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            // Ctrl-C goes to all processes of the console, so that the child has it already.
            result = tokio::signal::ctrl_c() => result?,
        }
    }
}

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
