//! A connection to a server over which requests are sent.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1};
use hyper_util::rt::TokioIo;

use crate::body::Passing;
use crate::client_certificate::Identity;
use crate::connect::Phases;
use crate::demand::Verdict;
use crate::gathered::Gathered;
use crate::limits::HEADER_BYTES_MAX;
use crate::line::Line;
use crate::patient::Patient;
use crate::tasks::{Ended, Spawner};
use crate::tls::Protocol;
use crate::upstream::Connected;
use crate::wire::ServerWire;

/// How many bytes of answers are taken before they are passed on, of one stream of HTTP/2 and of all.
const STREAM_WINDOW_LEN: u32 = 2 * 1024 * 1024;
const WINDOW_LEN: u32 = 5 * 1024 * 1024;
/// How many bytes of a request wait for a server that does not take them, of one stream of HTTP/2.
const SEND_BUFFER_LEN: usize = 1024 * 1024;

/// A connection that takes requests.
pub(crate) struct Link {
    sender: Sender,
    pub(crate) server: SocketAddr,
    /// What the server chose by ALPN, if it did.
    pub(crate) chosen: Option<Vec<u8>>,
    /// The certificate that is for this server.
    pub(crate) identity: Option<Identity>,
    /// Whether the server is content with the certificate that it was shown.
    pub(crate) verdict: Verdict,
    /// What ties it to the connection of the client.
    pub(crate) line: Arc<Line>,
    /// Left for the first exchange on this connection.
    pub(crate) phases: Option<Phases>,
}

enum Sender {
    Http1(http1::SendRequest<Passing>),
    Http2(h2::client::SendRequest<Bytes>),
}

/// What went wrong with a connection to a server.
pub(crate) type LinkError = Box<dyn std::error::Error + Send + Sync>;

/// How sending failed.
pub(crate) enum SendError {
    /// No byte was written: the request is given back and may be sent again.
    Unsent(Box<Request<Passing>>, hyper::Error),
    /// The server may have seen the request, so that it must not be sent again.
    Lost(hyper::Error),
    /// The connection is one of HTTP/2.
    OtherVersion,
}

impl Link {
    /// Begins to speak HTTP over a connection, which runs in the task of the spawner.
    pub(crate) async fn open(
        connected: Connected,
        protocol: Protocol,
        spawner: &Spawner,
        line: &Arc<Line>,
    ) -> Result<Self, LinkError> {
        let (server, phases) = (connected.server, connected.phases);
        let (identity, demand) = (connected.identity, connected.demand);
        let chosen = connected.chosen;
        let stream = Patient::new(connected.stream);
        let sender = match protocol {
            Protocol::Http1 => {
                let io = TokioIo::new(ServerWire::new(stream, Arc::clone(line)));
                let (sender, connection) = http1_client().handshake(io).await?;
                spawner.spawn(run(connection.with_upgrades()));
                Sender::Http1(sender)
            }
            Protocol::Http2 => {
                let io = Gathered::new(stream);
                let opening = http2_client().handshake(io);
                let (sender, connection) = opening.await?;
                spawner.spawn(run(connection));
                Sender::Http2(sender)
            }
        };
        Ok(Self {
            sender,
            server,
            chosen,
            identity,
            verdict: Verdict::new(demand),
            line: Arc::clone(line),
            phases: Some(phases),
        })
    }

    /// The link for another request at the same time, where the protocol has such.
    pub(crate) fn shared(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(Self {
                sender: Sender::Http2(sender.clone()),
                server: self.server,
                chosen: self.chosen.clone(),
                identity: self.identity,
                verdict: self.verdict.clone(),
                line: Arc::clone(&self.line),
                phases: None,
            }),
        }
    }

    /// Whether no exchange is under way, and the next one can begin. Of HTTP/2 that cannot be told.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(_) => false,
        }
    }

    /// Waits until a request can be written; `false` where the connection has ended.
    pub(crate) async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => poll_fn(|cx| sender.poll_ready(cx)).await.is_ok(),
        }
    }

    /// Opens streams, where HTTP/2 is spoken.
    pub(crate) fn http2(&mut self) -> Option<&mut h2::client::SendRequest<Bytes>> {
        match &mut self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(sender),
        }
    }

    /// Whether the server is known to take CONNECT for something else than TCP (RFC 8441).
    pub(crate) fn takes_tunnels(&self) -> bool {
        match &self.sender {
            Sender::Http1(_) => false,
            Sender::Http2(sender) => sender.is_extended_connect_protocol_enabled(),
        }
    }

    /// Sends a request and waits for the header of the response, where HTTP/1 is spoken.
    pub(crate) async fn send(
        &mut self,
        request: Request<Passing>,
    ) -> Result<Response<Incoming>, SendError> {
        match &mut self.sender {
            Sender::Http1(sender) => {
                let response = sender.try_send_request(request).await?;
                self.verdict.settle();
                Ok(response)
            }
            Sender::Http2(_) => Err(SendError::OtherVersion),
        }
    }
}

impl From<TrySendError<Request<Passing>>> for SendError {
    fn from(mut error: TrySendError<Request<Passing>>) -> Self {
        match error.take_message() {
            Some(request) => Self::Unsent(Box::new(request), error.into_error()),
            None => Self::Lost(error.into_error()),
        }
    }
}

async fn run<E: std::fmt::Display>(connection: impl Future<Output = Result<(), E>>) -> Ended {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to a server ended badly");
    }
    Ended::Server
}

fn http1_client() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .preserve_header_case(true)
        .max_buf_size(HEADER_BYTES_MAX);
    builder
}

fn http2_client() -> h2::client::Builder {
    let mut builder = h2::client::Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW_LEN)
        .initial_connection_window_size(WINDOW_LEN)
        .max_send_buffer_size(SEND_BUFFER_LEN)
        .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX));
    builder
}
