//! The play-book of the demo: flows that succeed, and flows that the server refuses, each for a known cause.
//!
//! A play drives a real server with a real client. What it proves is only that the server refuses; that the diagnosis names
//! the expected cause is for the demo to compare.

mod cast;
mod client;
mod code;
mod device;
mod healthy;
mod list;
mod pkce;
mod redirect_uri;
mod refresh;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use crate::Error;
use crate::client::Reply;
use crate::clock::Stopwatch;

pub use cast::{Context, Servers};
pub use list::plays;

/// A flow with a known end.
#[derive(Clone, Copy)]
pub struct Play {
    /// Names the play on a command line.
    pub name: &'static str,
    /// One sentence of what goes on.
    pub title: &'static str,
    /// How it ends.
    pub expected: Expected,
    script: Script,
}

/// How a play ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Every request is granted.
    Healthy,
    /// The last answer is a refusal.
    Refused {
        /// The id of the cause that the diagnosis of the last refusal must name.
        cause: &'static str,
    },
}

/// What came of a play.
#[derive(Clone, Debug)]
pub struct Played {
    /// The refusals, in the order in which they came. All but the last only prepare it.
    pub refusals: Vec<Refusal>,
    /// How long the play took.
    pub elapsed: Duration,
}

/// A refusal, as the client got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The error code (RFC 6749 §5.2).
    pub error: String,
    /// What the server said about it.
    pub description: Option<String>,
}

type Refusals = Result<Vec<Refusal>, Error>;
type Script = for<'a> fn(&'a Context) -> Pin<Box<dyn Future<Output = Refusals> + Send + 'a>>;

/// Plays a play. That the server refuses is no error; that it does not where the script says so is.
pub async fn play(play: &Play, context: &Context) -> Result<Played, Error> {
    let stopwatch = Stopwatch::start();
    let refusals = (play.script)(context).await?;
    Ok(Played {
        refusals,
        elapsed: stopwatch.elapsed(),
    })
}

impl fmt::Debug for Play {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Play")
            .field("name", &self.name)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

/// Holds that a request was granted.
fn granted(reply: Reply) -> Result<Reply, Error> {
    match reply.status {
        200 => Ok(reply),
        _ => Err(off_script("a granted request", &reply)),
    }
}

/// Holds that a request was refused.
fn refused(reply: &Reply) -> Result<Refusal, Error> {
    match (reply.status, reply.member("error")) {
        (400..500, Some(error)) => Ok(Refusal {
            status: reply.status,
            error,
            description: reply.member("error_description"),
        }),
        _ => Err(off_script("a refusal", reply)),
    }
}

/// The refresh token of a granted request.
fn refresh_token(reply: &Reply) -> Result<String, Error> {
    reply
        .member("refresh_token")
        .ok_or_else(|| off_script("a refresh token", reply))
}

fn off_script(expected: &'static str, reply: &Reply) -> Error {
    Error::OffScript {
        expected,
        status: reply.status,
        body: reply.text(),
    }
}

#[cfg(test)]
mod tests;
