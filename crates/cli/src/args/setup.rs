//! What sets grantscope up: its CA, its trust, its completions, and what finds out where that fails.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

/// `grantscope completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope completions bash > ~/.local/share/bash-completion/completions/grantscope
  grantscope completions fish > ~/.config/fish/completions/grantscope.fish")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `grantscope doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope doctor                                  the CA, the port, the environment, the data, a self-test
  grantscope doctor -- npm start                     and what `run` would do for this command, and what it cannot
  grantscope doctor --server https://idp.example     and whether that server is reached, and agrees on the time

Exit codes: 0 nothing is in the way, 1 something is.")]
pub(crate) struct Doctor {
    /// A server that is asked for its time, by one HEAD request. Without it no network is used.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// The command that `run` would start, after `--`. It is not started.
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// `grantscope ca`.
#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Print where the certificate is, after making it where there is none.
    Path,
    /// Print the certificate in PEM.
    Export,
    /// Put the certificate into a store, for programs that `run` does not start. Tells what it would do, and asks.
    Trust(Trust),
    /// Take grantscope's certificates, and none but those, out of a store.
    Untrust(Trust),
    /// Make a new CA in the place of this one. The old certificate is kept aside, for `untrust`, and its key is deleted.
    Rotate,
}

/// `grantscope ca trust` and `untrust`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope ca trust --dry-run             tell what would be done to the system's store
  grantscope ca trust --store nss           Firefox's profiles, and Chromium on Linux
  grantscope ca untrust --store nss --yes   take it out again without asking")]
pub(crate) struct Trust {
    /// Which store.
    #[arg(long, value_name = "STORE", default_value = "system")]
    pub store: StoreKind,
    /// Tell what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    /// That of the system.
    System,
    /// The databases of NSS: Firefox's profiles, and Chromium on Linux.
    Nss,
    /// The key store of the Java in `JAVA_HOME` or on the `PATH`.
    Java,
}
