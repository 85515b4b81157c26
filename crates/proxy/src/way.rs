//! The way to a server, which is opened before the handshake of a client is answered.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::clock;
use crate::connect::{Dialed, Reach};
use crate::demand::Demand;
use crate::idle::Idle;
use crate::session::Opened;
use crate::shared::Shared;
use crate::tasks::Tasks;
use crate::tls::ALPN_HTTP1;
use crate::upstream::{Connected, Origin};
use crate::upstream_error::UpstreamError;

/// A server that is not content with a client's certificate says so at once after the handshake. One that closes a
/// connection for being idle waits longer.
const DISCONTENT_WITHIN: Duration = Duration::from_secs(2);

/// The way to a server, and what runs it.
pub(crate) struct Way {
    pub(crate) opened: Result<Opened, UpstreamError>,
    pub(crate) tasks: Tasks,
}

impl Way {
    /// The way to a server: a connection that another client left, the one that is given, or one that is opened now.
    pub(crate) async fn open(
        shared: &Shared,
        offered: &Origin,
        dialed: Option<Result<Dialed, UpstreamError>>,
        client: SocketAddr,
    ) -> Self {
        let upstream = shared.upstream();
        let identity = upstream.identity(offered);
        let reach = Reach::of(client);
        let dialed = match dialed {
            Some(dialed) => dialed,
            None => match shared.idle.take(offered, identity).await {
                Some(Idle { link, tasks }) if reach.allows(link.server) => {
                    let opened = Ok(Opened::Kept(link));
                    return Self { opened, tasks };
                }
                _ => upstream.dial(&offered.host, offered.port, reach).await,
            },
        };
        let connected = match dialed {
            Ok(dialed) => upstream.secure(offered, dialed).await,
            Err(error) => Err(error),
        };
        Self {
            opened: connected.map(Opened::New),
            tasks: Tasks::default(),
        }
    }

    /// What the client is answered by ALPN: the server's choice, and where there is no server, what is simplest.
    pub(crate) fn protocol_for_client(&self, offered: &Origin) -> Option<Vec<u8>> {
        if let Ok(opened) = &self.opened {
            return opened.chosen().map(<[u8]>::to_vec);
        }
        let offered = offered.tls.as_ref().map(|tls| tls.protocols.as_slice())?;
        let simplest = offered.iter().find(|protocol| *protocol == ALPN_HTTP1);
        simplest.or(offered.first()).cloned()
    }

    /// Why the server left before anything was said, where it asked for a certificate at once before. One that left
    /// later did so as any server does.
    pub(crate) fn discontent(&mut self, offered: &Origin) -> Option<UpstreamError> {
        let connected = self.connected()?;
        let age = clock::instant().duration_since(connected.phases.began?);
        if connected.demand == Demand::None || age > DISCONTENT_WITHIN {
            return None;
        }
        let source = io::Error::from(io::ErrorKind::UnexpectedEof);
        let host = offered.host_and_port();
        Some(UpstreamError::of_demand(
            connected.demand,
            host,
            source.into(),
        ))
    }

    /// The way after it failed.
    pub(crate) fn failed(self, error: UpstreamError) -> Self {
        let (opened, tasks) = (Err(error), self.tasks);
        Self { opened, tasks }
    }

    /// A new connection, on which the server may speak first.
    pub(crate) fn connected(&mut self) -> Option<&mut Connected> {
        match &mut self.opened {
            Ok(Opened::New(connected)) => Some(connected),
            _ => None,
        }
    }
}
