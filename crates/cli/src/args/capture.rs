//! What is done with captures and stored sessions, and what explains what is in them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
