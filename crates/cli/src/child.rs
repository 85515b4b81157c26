//! A program that grantscope starts and waits for.

use std::process::ExitStatus;

use anyhow::{Context as _, Result};
use tokio::process::Child;

use crate::args::Common;
use crate::commands::proxy::{self, Watched};
use crate::exit::Exit;
use crate::signals::{Request, Signals};

/// Serves until the program has ended. The exit code is the program's, unless that is 0 and what was seen calls for another.
pub(crate) async fn accompany(
    mut child: Child,
    mut signals: Signals,
    watched: Watched,
    common: &Common,
) -> Result<Exit> {
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
    let exit = of_child(status.context("waiting for the program")?);
    Ok(match (exit, proxy::verdict(common, seen?)) {
        (Exit::OfChild(0), verdict) if verdict != Exit::Fine => verdict,
        (exit, _) => exit,
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
        Request::HangUp | Request::Reload => Signal::HUP,
    };
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(Err(error)) = id
        .and_then(Pid::from_raw)
        .map(|pid| kill_process(pid, signal))
    {
        tracing::warn!(%error, "a signal could not be passed on to the command");
    }
}

/// Asks a program to end, where the system knows how to ask.
#[cfg(unix)]
pub(crate) fn terminate(child: &Child) {
    pass_on(Request::Terminate, child);
}

/// A program with a window is asked to close it.
#[cfg(windows)]
pub(crate) fn terminate(child: &Child) {
    let Some(id) = child.id() else {
        return;
    };
    let asked = std::process::Command::new("taskkill")
        .args(["/T", "/PID", &id.to_string()])
        .output();
    if let Err(error) = asked {
        tracing::debug!(%error, "taskkill could not be started");
    }
}

/// What ends grantscope on Windows comes from the console, which tells the command by itself.
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
    Exit::OfChild(code.unwrap_or(1))
}
