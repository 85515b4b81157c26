//! The command line, a contract that scripts and editors rely on.

mod capture;
mod common;
mod reverse;
mod setup;
mod start;

use clap::{Parser, Subcommand};

pub(crate) use capture::{Analyze, Explain, Export, Open, Sessions, SessionsAction};
pub(crate) use common::{Common, FailOn, Format};
pub(crate) use setup::{Ca, Completions, Doctor, StoreKind, Trust};
pub(crate) use start::{Browser, ContainerForm, Env, Run, Shell};

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
