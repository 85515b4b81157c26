//! The signals by which a process is asked for something. They are caught from the moment of registration on.

use anyhow::{Context as _, Result};

/// What a process is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// To end: Ctrl-C, which a terminal sends to grantscope and its children alike, and on Windows Ctrl-Break.
    Interrupt,
    /// To end: SIGTERM, which is sent to one process.
    #[cfg(unix)]
    Terminate,
    /// To end, since the terminal has gone: SIGHUP, or on Windows the closing of the console.
    HangUp,
    /// To read the configuration again: SIGHUP while the terminal is still there, or where there never was one.
    #[cfg(unix)]
    Reload,
}

impl Request {
    /// The number of the signal, as exit codes have it.
    pub(crate) fn signal(self) -> u8 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            #[cfg(unix)]
            Self::Reload => 1,
            #[cfg(unix)]
            Self::Terminate => 15,
        }
    }

    /// Whether it asks for the end.
    pub(crate) fn is_to_end(self) -> bool {
        match self {
            Self::HangUp | Self::Interrupt => true,
            #[cfg(unix)]
            Self::Terminate => true,
            #[cfg(unix)]
            Self::Reload => false,
        }
    }
}

/// The signals, caught.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
    #[cfg(unix)]
    had_terminal: bool,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    break_off: tokio::signal::windows::CtrlBreak,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
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
            had_terminal: has_terminal(),
        })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.interrupt.recv() => Request::Interrupt,
            _ = self.terminate.recv() => Request::Terminate,
            _ = self.hang_up.recv() => self.hung_up(),
        }
    }

    fn hung_up(&self) -> Request {
        if self.had_terminal && !has_terminal() {
            Request::HangUp
        } else {
            Request::Reload
        }
    }
}

/// Whether there is a terminal that controls the process. A terminal that closes is taken from its processes before they
/// are sent SIGHUP.
#[cfg(unix)]
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

#[cfg(windows)]
impl Signals {
    /// Begins to catch them.
    pub(crate) fn catch() -> Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
        Ok(Self {
            interrupt: ctrl_c().context("catching Ctrl-C")?,
            break_off: ctrl_break().context("catching Ctrl-Break")?,
            close: ctrl_close().context("catching the closing of the console")?,
        })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.interrupt.recv() => Request::Interrupt,
            // It is what one process can send to others, since their Ctrl-C is switched off.
            _ = self.break_off.recv() => Request::Interrupt,
            _ = self.close.recv() => Request::HangUp,
        }
    }
}
