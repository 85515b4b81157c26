//! What starts a program that is seen: a command, a browser, a shell, a container.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `grantscope run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope run -- npm start
  grantscope run --browser http://localhost:3000 -- npm start      the login in a browser is seen too
  grantscope run --expect-oauth --fail-on diagnosis -- pytest      for a test run: exit code 3, 1 or pytest's own
  grantscope run --reverse 127.0.0.1:9443=https://localhost:8443 -- ./app-in-go
  grantscope run --container -- docker run --rm IMAGE              or `podman run`, or `docker compose up`")]
pub(crate) struct Run {
    /// The command starts containers (`docker run`, `podman run`, `docker compose up`): show them what they need.
    #[arg(long)]
    pub container: bool,
    /// Open a browser at this address whose login is seen too: the front channel and the back channel in one session.
    #[arg(long, value_name = "URL")]
    pub browser: Option<String>,
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// `grantscope browser`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope browser https://app.example/login
  grantscope browser --program firefox http://localhost:3000
  grantscope browser http://localhost:3000 -- --incognito")]
pub(crate) struct Browser {
    /// Where it begins.
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// The browser: Chromium, Chrome, Edge, Brave or Firefox [default: the first of them that is found].
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Further arguments for the browser, after `--`.
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
}

/// `grantscope env`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  eval \"$(grantscope env)\"                                        in the shell that starts the app
  grantscope env --shell fish | source
  docker run $(grantscope env --container docker) IMAGE             a container whose traffic is seen
  grantscope env --container compose > compose.grantscope.yaml      the same for a service named app")]
pub(crate) struct Env {
    /// The shell that is to read it [default: powershell on Windows, else sh].
    #[arg(long, value_name = "SHELL")]
    pub shell: Option<Shell>,
    /// Print what a container needs instead, and write the files that it is shown.
    #[arg(long, value_name = "FORM", conflicts_with = "shell")]
    pub container: Option<ContainerForm>,
}

/// How a container is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContainerForm {
    /// Flags of `docker run`.
    Docker,
    /// Flags of `podman run`.
    Podman,
    /// A file for `docker compose -f compose.yaml -f FILE`.
    Compose,
}

/// The languages of shells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// POSIX: sh, bash, zsh.
    #[value(alias = "bash", alias = "zsh")]
    Sh,
    /// fish.
    Fish,
    /// `PowerShell`.
    #[value(alias = "pwsh")]
    Powershell,
}

impl Default for Shell {
    fn default() -> Self {
        if cfg!(windows) {
            Self::Powershell
        } else {
            Self::Sh
        }
    }
}
