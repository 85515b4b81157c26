//! The signals by which a process is asked to end. They are caught from the moment of registration on.

use anyhow::{Context as _, Result};

/// A request to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Ctrl-C, which a terminal sends to grantscope and its children alike.
    Interrupt,
    /// SIGTERM, which is sent to one process.
    #[cfg(unix)]
    Terminate,
    /// SIGHUP: the terminal has gone.
    #[cfg(unix)]
    HangUp,
}

/// The signals, caught.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    /// Begins to catch them.
    pub(crate) fn catch() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |kind| signal(kind).context("catching the signals that end grantscope");
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.interrupt.recv() => Request::Interrupt,
            _ = self.terminate.recv() => Request::Terminate,
            _ = self.hang_up.recv() => Request::HangUp,
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// Begins to catch them.
    pub(crate) fn catch() -> Result<Self> {
        let interrupt = tokio::signal::windows::ctrl_c().context("catching Ctrl-C")?;
        Ok(Self { interrupt })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Request {
        self.interrupt.recv().await;
        Request::Interrupt
    }
}
