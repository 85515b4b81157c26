//! The command line, a contract that scripts and editors rely on.

mod common;
mod reverse;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use common::{Common, FailOn, Format};

/// Tells why an OAuth server refused a grant.
///
/// Point `HTTPS_PROXY` of an app at grantscope, or start the app by `grantscope run -- CMD`, reproduce the failing login, and
/// read the cause of each refused grant.
#[derive(Debug, Parser)]
#[command(name = "grantscope", version, max_term_width = 100)]
#[command(after_help = "Examples:
  grantscope run -- npm start            start an app through grantscope and watch its grants
  grantscope                             listen on 127.0.0.1:8642 and print refused grants
  grantscope analyze login.har           diagnose a HAR file of somebody else
  grantscope explain redirect-uri-mismatch

Exit codes: 0 fine, 1 findings where --fail-on asked for it, 2 usage or set-up error,
3 nothing of OAuth was seen where --expect-oauth asked for it.")]
pub(crate) struct Arguments {
    /// What to do; `proxy` where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What holds for all commands.
    #[command(flatten)]
    pub common: Common,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Listen as an HTTP and SOCKS5 proxy and print the live log of refused grants. This is what grantscope does without a command.
    #[command(after_help = "Examples:
  grantscope proxy
  grantscope proxy --listen 127.0.0.1:9000 --upstream-ca ca.pem
  grantscope proxy --reverse 127.0.0.1:9443=https://localhost:8443      for a program that asks for no proxy")]
    Proxy,
    /// Start a command with the proxy and CA variables of its runtime set, and exit with its code.
    Run(Run),
    /// Open a browser whose logins are seen, with a profile of its own, until it is closed.
    Browser(Browser),
    /// Print what `run` sets for its command, for a shell to take: `eval "$(grantscope env)"`.
    Env(Env),
    /// Diagnose HAR files, flows of mitmproxy and stored sessions, offline.
    Analyze(Analyze),
    /// Tell what a cause, a server's error code or an error text means.
    Explain(Explain),
    /// List the stored sessions, from which tokens are followed over several runs, or forget some.
    Sessions(Sessions),
    /// Write a stored session to a file that is safe to share.
    Export(Export),
    /// Look at a stored session, a HAR file or flows of mitmproxy in a browser.
    Open(Open),
    /// The certificate authority whose certificate clients have to trust.
    #[command(
        subcommand,
        after_help = "Examples:
  curl --cacert \"$(grantscope ca path)\" --proxy http://127.0.0.1:8642 https://idp.example/
  grantscope ca export > grantscope-ca.pem
  grantscope ca trust --store nss --dry-run"
    )]
    Ca(Ca),
    /// Look for what stands between a program and its first diagnosis, and tell how each is mended.
    Doctor(Doctor),
    /// Print what a shell has to know to complete the command line.
    Completions(Completions),
    /// Print the manual page, for `man -l -`.
    #[command(after_help = "Example:
  grantscope man | man -l -")]
    Man,
    /// Drive a real authorization server, app and proxy on loopback into refusals, and diagnose each.
    #[command(after_help = "Examples:
  grantscope demo
  grantscope demo --har demo.har --format jsonl")]
    Demo,
}

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

/// `grantscope analyze`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope analyze login.har
  grantscope analyze browser.har backend.har --format markdown      one incident, two captures
  grantscope analyze latest --fail-on diagnosis                     the session that was recorded last")]
pub(crate) struct Analyze {
    /// HAR files, flows of mitmproxy, JSON Lines of `export`, or names of stored sessions; `latest` is the newest one.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `grantscope explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope explain code-reused
  grantscope explain 'invalid_grant: Code not valid'
  tail -n 20 app.log | grantscope explain -")]
pub(crate) struct Explain {
    /// The id of a cause or a warning (`code-reused`), a code (`AADSTS50148`), or a text with an error in it; `-` reads it from
    /// standard input. Secrets in it are not printed back. Without anything, all causes are listed.
    #[arg(value_name = "CAUSE|CODE|TEXT")]
    pub asked: Vec<String>,
}

/// `grantscope export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope export latest -o session.har
  grantscope export latest --format markdown --only 1a20c64a886-28
  grantscope export latest --format curl")]
pub(crate) struct Export {
    /// The name of a stored session, `latest`, or a HAR or JSON Lines file.
    #[arg(value_name = "SESSION")]
    pub capture: PathBuf,
    /// Where to write; standard output where nothing is said.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write only what this finding is about: its id, as the log tells it (`finding 1a20c64a886-28`).
    #[arg(long, value_name = "FINDING")]
    pub only: Option<String>,
}

/// `grantscope open`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope open                     the session that was recorded last
  grantscope open login.har")]
pub(crate) struct Open {
    /// The name of a stored session, `latest`, or a HAR file, flows of mitmproxy or JSON Lines.
    #[arg(value_name = "SESSION|FILE", default_value = "latest")]
    pub capture: PathBuf,
}

/// `grantscope sessions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  grantscope sessions
  grantscope sessions show latest
  grantscope sessions diff good.har latest
  grantscope sessions forget --all")]
pub(crate) struct Sessions {
    /// What to do with them; they are listed where nothing is said.
    #[command(subcommand)]
    pub action: Option<SessionsAction>,
}

/// What can be done with the stored sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionsAction {
    /// List them, the newest first.
    List,
    /// Tell what a session holds: when, which servers and clients, each grant with its outcome, and the findings.
    Show {
        /// The name of a stored session, `latest`, or a HAR or JSON Lines file.
        #[arg(value_name = "SESSION")]
        capture: PathBuf,
    },
    /// Tell in what a bad login differs from a good one: parameters, URIs, endpoints, times; what is new in each login is
    /// compared by what it is equal to.
    Diff {
        /// A session or file, with `#` and the id of a finding, a grant (`code#7f3a9c`) or the number of an exchange where it
        /// holds several logins; else the one that was granted last.
        #[arg(value_name = "GOOD")]
        good: String,
        /// The same; else the login that was refused last.
        #[arg(value_name = "BAD")]
        bad: String,
    },
    /// Delete sessions, so that nothing is remembered of them.
    #[command(visible_alias = "delete")]
    Forget {
        /// The names of the sessions; `latest` is the newest one.
        #[arg(value_name = "SESSION", required_unless_present = "all")]
        names: Vec<String>,
        /// Delete all of them.
        #[arg(long)]
        all: bool,
    },
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        for command in Arguments::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let name = command.get_name();
            let example = format!("grantscope {name}");
            assert!(
                help.is_some_and(|it| it.contains("Example") && it.contains(&example)),
                "{name}"
            );
        }
    }

    /// Two arguments of one name, of which one is global, are told apart at run time alone.
    #[test]
    fn every_command_parses_beside_every_global_flag() {
        let commands: [&[&str]; 24] = [
            &["proxy"],
            &["run", "true"],
            &["run", "--container", "docker", "run", "image"],
            &["run", "--browser", "http://localhost:3000", "true"],
            &["browser", "http://localhost:3000", "--", "--incognito"],
            &["env", "--shell", "fish"],
            &["analyze", "a.har"],
            &["explain", "code-reused"],
            &["sessions"],
            &["sessions", "list"],
            &["sessions", "forget", "latest"],
            &["sessions", "show", "latest"],
            &["sessions", "diff", "good.har", "latest#1a-2"],
            &["export", "latest", "-o", "x.har", "--only", "1-2"],
            &["open", "login.har"],
            &["ca", "path"],
            &["ca", "export"],
            &["ca", "trust", "--store", "nss", "--dry-run"],
            &["ca", "untrust", "--store", "java", "--yes"],
            &["ca", "rotate"],
            &[
                "doctor",
                "--server",
                "https://idp.test",
                "--",
                "npm",
                "start",
            ],
            &["demo"],
            &["completions", "fish"],
            &["man"],
        ];
        for command in commands {
            let flags = [
                "grantscope",
                "--session",
                "s",
                "--findings",
                "f",
                "--har",
                "h",
                "--config",
                "c",
            ];
            let parsed = Arguments::try_parse_from(flags.iter().chain(command));
            assert!(parsed.is_ok(), "{command:?}: {parsed:?}");
        }
    }

    #[test]
    fn flags_may_stand_before_and_behind_the_command() {
        let before = Arguments::parse_from(["grantscope", "--quiet", "proxy"]);
        let behind = Arguments::parse_from(["grantscope", "analyze", "x.har", "--format", "jsonl"]);
        assert!(before.common.quiet);
        assert_eq!(behind.common.format, Some(Format::Jsonl));
    }
}
