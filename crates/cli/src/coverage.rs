//! What was not seen, and what to do about it: an empty log is no proof that all is well.

mod daemons;
mod runtimes;
mod sockets;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use grantscope_capture::report::{CoverageV1, SCHEMA};
use grantscope_oauth::{Grant, Reading, RequestMessage, ResponseMessage};
use grantscope_proxy::{Notice, TunnelReason};
use jiff::Timestamp;

pub(crate) use daemons::Daemon;
pub(crate) use sockets::{listener, watch};

/// Something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// What kind of gap it is.
    pub kind: &'static str,
    /// The server whose traffic it is, where it is one.
    pub host: Option<String>,
    /// What was not seen, in one sentence without a full stop.
    pub summary: String,
    /// What to do.
    pub fix: String,
}

impl Gap {
    /// As it leaves grantscope.
    pub(crate) fn report(&self, time: Timestamp) -> CoverageV1 {
        let host = self.host.as_ref().map(|host| format!("-{host}"));
        CoverageV1 {
            schema: SCHEMA.into(),
            id: format!(
                "{:x}-{}{}",
                time.as_millisecond(),
                self.kind,
                host.unwrap_or_default()
            ),
            revision: 1,
            time,
            kind: "coverage".into(),
            coverage: self.kind.into(),
            host: self.host.clone(),
            summary: self.summary.clone(),
            fix: self.fix.clone(),
        }
    }
}

/// What is known at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    /// How many connections the proxy accepted.
    pub connections: u64,
    /// Where the command was connected to without the proxy.
    pub direct: Vec<Direct>,
    /// Who started the program.
    pub start: Start,
    /// To whom the program may have left its work.
    pub daemons: Vec<Daemon>,
}

/// Who started the program whose traffic is watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Start {
    /// Somebody else, who had to tell it of grantscope.
    #[default]
    Elsewhere,
    /// `run`, with the environment that it needs.
    Run,
    /// `run --container`: it reaches this machine at a port.
    Container(u16),
}

/// A connection that went past the proxy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Direct {
    /// The program.
    pub program: String,
    /// Where it was connected to.
    pub to: SocketAddr,
}

/// Watches for gaps.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    /// Exchanges that were read, whatever they carried.
    exchanges: u64,
    /// Those with OAuth.
    of_oauth: u64,
    /// Whether a code was seen on its way to the app.
    code_issued: bool,
    /// Whether a code was seen on its way to the server.
    code_presented: bool,
    /// Hosts of which it was told, by kind.
    told: BTreeMap<&'static str, BTreeSet<String>>,
}

/// Of so many hosts it is told. Whoever makes up more of them hides nothing that was told.
const TOLD_MAX: usize = 100;

/// So many connections past the proxy are named.
const DIRECT_MAX: usize = 5;

impl Coverage {
    /// Takes in an exchange.
    pub(crate) fn exchange(&mut self, reading: &Reading) {
        self.exchanges += 1;
        self.of_oauth += u64::from(reading.is_oauth());
        if let RequestMessage::Token(request) = &reading.request {
            self.code_presented |= matches!(request.grant, Grant::AuthorizationCode { .. });
        }
        let answered = match &reading.response {
            Some(ResponseMessage::Authorization(answer)) => answer.code.is_some(),
            _ => false,
        };
        let called_back = match &reading.request {
            RequestMessage::Callback(answer) => answer.code.is_some(),
            _ => false,
        };
        self.code_issued |= answered || called_back;
    }

    /// The gap that the proxy tells of, the first time that it does of this host.
    pub(crate) fn notice(&mut self, notice: &Notice) -> Option<Gap> {
        let gap = match notice {
            Notice::ClientRejectedCertificate {
                host,
                client,
                user_agent,
                how,
            } => runtimes::rejected(host, *client, user_agent.as_deref(), how),
            Notice::Tunnelled { host, reason, .. } => unread(host, *reason)?,
            Notice::MetadataUnchanged { host, reason } => leads_past(host, reason),
            _ => return None,
        };
        let told = self.told.entry(gap.kind).or_default();
        let who = format!("{:?} {}", gap.host, gap.fix);
        (told.len() < TOLD_MAX && told.insert(who)).then_some(gap)
    }

    /// The gaps that only the end shows.
    pub(crate) fn at_end(&self, end: &End) -> Vec<Gap> {
        let whole = if end.connections == 0 {
            Some(nothing_came(end.start))
        } else if self.of_oauth == 0 {
            Some(self.no_oauth())
        } else if self.code_presented && !self.code_issued {
            Some(authorize_leg_unseen())
        } else if self.code_issued && !self.code_presented {
            Some(token_leg_unseen())
        } else {
            None
        };
        // Where all was seen, a connection past the proxy is to a database or the like.
        let direct = whole.as_ref().and_then(|_| went_past(&end.direct));
        let daemons = whole.iter().flat_map(|_| &end.daemons);
        let daemons: Vec<_> = daemons.map(Daemon::gap).collect();
        whole.into_iter().chain(direct).chain(daemons).collect()
    }

    fn no_oauth(&self) -> Gap {
        Gap {
            kind: "no-oauth-seen",
            host: None,
            summary: match self.exchanges {
                0 => "connections arrived at grantscope, and no exchange could be read".to_owned(),
                1 => "one exchange went through grantscope, and it was not OAuth".to_owned(),
                several => {
                    format!("{several} exchanges went through grantscope, and none was OAuth")
                }
            },
            fix: "Reproduce the login while grantscope runs. If you did, the requests to the authorization server are made by \
                  another process: one that was started before, or another program."
                .to_owned(),
        }
    }
}

fn nothing_came(start: Start) -> Gap {
    let begin = match start {
        Start::Run => "The command may not have come to the login, or a process that was started before makes the requests.".to_owned(),
        Start::Container(port) => format!(
            "The container may not have come to the login, or a firewall of this machine keeps containers from port {port}."
        ),
        Start::Elsewhere => "Start the program by `grantscope run -- CMD`, or give it what `grantscope env` prints.".to_owned(),
    };
    Gap {
        kind: "nothing-arrived",
        host: None,
        summary: "no connection arrived at grantscope".to_owned(),
        fix: format!(
            "{begin} A program that sets its own proxy or connections in code, or is written in Go and asks a server on loopback, \
             needs `--reverse`: `grantscope doctor -- CMD` tells what its runtime does."
        ),
    }
}

fn authorize_leg_unseen() -> Gap {
    Gap {
        kind: "authorize-leg-unseen",
        host: None,
        summary: "codes were presented whose authorization was not seen".to_owned(),
        fix: "Log in by a browser that goes through grantscope: `grantscope run --browser URL -- CMD`. The redirect URI that was \
              asked for, the PKCE challenge and the age of the code are in that leg."
            .to_owned(),
    }
}

fn token_leg_unseen() -> Gap {
    Gap {
        kind: "token-leg-unseen",
        host: None,
        summary: "codes were issued, and no request was seen that presents one".to_owned(),
        fix: "Start the app that the browser comes back to by `grantscope run -- CMD`: it talks to the token endpoint by itself."
            .to_owned(),
    }
}

fn unread(host: &str, reason: TunnelReason) -> Option<Gap> {
    let (summary, fix) = match reason {
        TunnelReason::Passthrough => (
            format!("the traffic to {host} is passed through unread, as the settings say"),
            "If this is the authorization server, take it out of `passthrough`.",
        ),
        TunnelReason::Distrusted => (
            format!(
                "the traffic of a client to {host} is passed through unread from now on: it rejected grantscope's certificate twice"
            ),
            "If this is the authorization server, let the client trust the CA as told above, and restart grantscope; or switch \
             `auto_passthrough` off.",
        ),
        TunnelReason::NotHttp => (
            format!("what is said to {host} is neither TLS nor HTTP"),
            "If this is the authorization server, please report it.",
        ),
        TunnelReason::ServerSpokeFirst => return None,
    };
    Some(Gap {
        kind: "unread",
        host: Some(host.to_owned()),
        summary,
        fix: fix.to_owned(),
    })
}

fn leads_past(host: &str, reason: &str) -> Gap {
    Gap {
        kind: "metadata-unchanged",
        host: Some(host.to_owned()),
        summary: format!(
            "the metadata of {host} are passed on as they are, since {reason}: a client that follows them goes past grantscope"
        ),
        fix: "Give `--reverse` the URL that the metadata have for the server; or let grantscope take the server's place, as \
              the guide on reverse mode tells; or give the client the endpoints at grantscope's address by hand."
            .to_owned(),
    }
}

fn went_past(direct: &[Direct]) -> Option<Gap> {
    if direct.is_empty() {
        return None;
    }
    let named = direct
        .iter()
        .take(DIRECT_MAX)
        .map(|it| format!("{} to {}", it.program, it.to));
    let mut named = named.collect::<Vec<_>>().join(", ");
    if direct.len() > DIRECT_MAX {
        named.push_str(" and others");
    }
    let at_loopback = direct.iter().any(|it| it.to.ip().is_loopback());
    Some(Gap {
        kind: "went-past",
        host: None,
        summary: format!("the command was connected without grantscope: {named}"),
        fix: format!(
            "If the authorization server is among them, that program asks for no proxy{}: give its address to \
             `--reverse LISTEN=URL` and point the program there.",
            if at_loopback { LOOPBACK } else { "" }
        ),
    })
}

/// Go's rule cannot be changed from outside.
const LOOPBACK: &str = ", or is written in Go, which never asks for one at loopback";

#[cfg(test)]
mod tests;
