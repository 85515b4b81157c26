//! The flags of all commands, and what they take.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use grantscope_proxy::Reverse;

use super::reverse;
use crate::secret::Secret;

/// The flags of all commands. Each overrides the setting of its name in `grantscope.toml`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of them is a flag, which is given or not"
)]
pub(crate) struct Common {
    /// Where to listen [default: 127.0.0.1:8642].
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Machines that may use the proxy besides this one: `192.168.1.7`, or `192.168.1.0/24` for a network. May be repeated.
    #[arg(long, global = true, value_name = "ADDRESS[/BITS]")]
    pub allow_remote: Vec<String>,
    /// A token by which other machines may use the proxy without being named: the password in the URL that they have of it.
    /// Other users of this machine see what is on a command line; the variable `GRANTSCOPE_TOKEN` sets it too.
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        env = "GRANTSCOPE_TOKEN",
        hide_env = true
    )]
    pub(crate) allow_remote_token: Option<Secret>,
    /// Where the CA is kept: `ca.pem`, `ca.key` and `bundle.pem`.
    #[arg(long, global = true, value_name = "DIR")]
    pub ca_dir: Option<PathBuf>,
    /// Certificates by which servers may be verified besides the system's roots. May be repeated.
    #[arg(long, global = true, value_name = "PEM")]
    pub upstream_ca: Vec<PathBuf>,
    /// The URL of a proxy through which servers are reached: `http://[USER:PASSWORD@]HOST:PORT`, or `https://`, `socks5://`,
    /// `socks5h://`. What `NO_PROXY` names is reached without it.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) upstream_proxy: Option<String>,
    /// A host, network or `*` that is reached without that proxy, as in `NO_PROXY`. May be repeated.
    #[arg(long, global = true, value_name = "HOST")]
    pub(crate) upstream_proxy_bypass: Vec<String>,
    /// Stand for a server at an address, for programs that no proxy variable reaches: `127.0.0.1:9443=https://idp.example`, or
    /// with `https://` or `http://` before the address to speak that alone. May be repeated.
    #[arg(long, global = true, value_name = "LISTEN=URL", value_parser = reverse::parse)]
    pub(crate) reverse: Vec<Reverse>,
    /// Where the pages are on which findings are looked at, an address of loopback; `off` for none [default: 127.0.0.1:0].
    #[arg(long, global = true, value_name = "ADDR|off")]
    pub dashboard: Option<String>,
    /// A host that is passed through without being decrypted. May be repeated.
    #[arg(long, global = true, value_name = "HOST")]
    pub passthrough: Vec<String>,
    /// Pass a client that rejects grantscope's certificate for a host twice through to it unread from then on.
    #[arg(long, global = true)]
    pub(crate) auto_passthrough: bool,
    /// Append each finding to this file, as JSON Lines.
    #[arg(long, global = true, value_name = "FILE")]
    pub findings: Option<PathBuf>,
    /// How findings are printed, or how a session is exported [default: pretty, har].
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Where sessions are stored.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The name under which this session is stored [default: its time].
    #[arg(long, global = true, value_name = "NAME")]
    pub session: Option<String>,
    /// Write the session to this HAR file at the end.
    #[arg(long, global = true, value_name = "FILE")]
    pub har: Option<PathBuf>,
    /// Append the secrets of TLS connections to this file (NSS format), for tools that read packet captures.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "SSLKEYLOGFILE",
        hide_env = true
    )]
    pub(crate) keylog: Option<PathBuf>,
    /// A configuration file [default: grantscope.toml in the user's configuration directory].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Exit with code 1 where there was a finding of this kind.
    #[arg(long, global = true, value_name = "KIND")]
    pub fail_on: Option<FailOn>,
    /// Exit with code 3 where nothing of OAuth was seen.
    #[arg(long, global = true)]
    pub expect_oauth: bool,
    /// Print nothing but errors; findings still go to --findings.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Store and export codes, tokens and passwords as they are. Whoever gets the files can use them.
    #[arg(long, global = true)]
    pub keep_secrets: bool,
}

/// How something is written. Each command writes some of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: a block for each refusal; not of `export`.
    Pretty,
    /// One JSON object a line: a finding, or of `export` an exchange.
    Jsonl,
    /// HAR 1.2, of `export`.
    Har,
    /// One JSON object with all findings, of `analyze` and `export`, or what `sessions show`, `sessions diff` and `doctor` tell.
    Json,
    /// A report to be pasted into an issue, of `analyze` and `export`.
    Markdown,
    /// A page for a browser that is one file, of `analyze` and `export`.
    Html,
    /// The refused requests as a collection for Postman, of `export`.
    Postman,
    /// The refused requests as a file to be imported into Insomnia, of `export`.
    Insomnia,
    /// The refused requests as commands for a shell, of `export`.
    Curl,
}

impl Common {
    /// The format that was asked for, or else the first of those that the command writes.
    pub(crate) fn format_among(&self, command: &str, written: &[Format]) -> Result<Format> {
        match self.format {
            None => written
                .first()
                .copied()
                .context("a command that writes something"),
            Some(format) if written.contains(&format) => Ok(format),
            Some(format) => {
                let name = |format: &Format| {
                    format
                        .to_possible_value()
                        .map(|it| it.get_name().to_owned())
                };
                let names: Vec<_> = written.iter().filter_map(name).collect();
                bail!(
                    "`grantscope {command}` does not write {}; it writes {}",
                    name(&format).unwrap_or_default(),
                    names.join(", ")
                )
            }
        }
    }
}

/// Which findings make the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A refused grant.
    Diagnosis,
    /// A warning or a refused grant.
    Warning,
}
