//! Speaks HTTP/2 with a client, for a session that answers.
//!
//! Each request runs as a task of its own beside the connection, with the streams themselves in hand: what hyper makes
//! of a stream has no interim responses, no reasons of resets, and no tunnels.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::server::{Builder, Connection, Handshake};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::contain::Contained;
use crate::gathered::Gathered;
use crate::limits::HEADER_READ_BYTES_MAX;
use crate::session::Session;
use crate::tasks::Ended;

/// How many requests of one connection are under way at a time; more are refused for the client to send again.
const STREAMS_MAX: u32 = 200;
/// How many bytes of requests are taken before they are passed on, of one stream and of all.
const WINDOW_LEN: u32 = 1024 * 1024;
/// How many bytes of answers wait for a client that does not take them, of one stream.
const SEND_BUFFER_LEN: usize = 400 * 1024;

/// A client's connection.
pub(crate) struct ClientConnection<T> {
    state: State<T>,
    session: Arc<Session>,
    /// Whether the client was told that it may ask for tunnels to something else within HTTP/2.
    offers_tunnels: bool,
    is_ending: bool,
}

enum State<T> {
    Opening(Handshake<Gathered<T>, Bytes>),
    Open(Connection<Gathered<T>, Bytes>),
}

impl<T: AsyncRead + AsyncWrite + Unpin> ClientConnection<T> {
    pub(crate) fn new(stream: T, session: &Arc<Session>) -> Self {
        let mut builder = Builder::new();
        builder
            .max_concurrent_streams(STREAMS_MAX)
            .initial_window_size(WINDOW_LEN)
            .initial_connection_window_size(WINDOW_LEN)
            .max_send_buffer_size(SEND_BUFFER_LEN)
            .max_header_list_size(u32::try_from(HEADER_READ_BYTES_MAX).unwrap_or(u32::MAX));
        Self {
            state: State::Opening(builder.handshake(Gathered::new(stream))),
            session: Arc::clone(session),
            offers_tunnels: false,
            is_ending: false,
        }
    }

    /// Takes no new requests, and ends when those under way have.
    pub(crate) fn end_gracefully(self: Pin<&mut Self>) {
        let this = self.get_mut();
        this.is_ending = true;
        if let State::Open(connection) = &mut this.state {
            connection.graceful_shutdown();
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        while let State::Opening(handshake) = &mut self.state {
            let mut connection = ready!(Pin::new(handshake).poll(cx))?;
            if self.is_ending {
                connection.graceful_shutdown();
            }
            self.state = State::Open(connection);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Future for ClientConnection<T> {
    type Output = Result<(), h2::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        ready!(this.poll_open(cx))?;
        let State::Open(connection) = &mut this.state else {
            return Poll::Pending;
        };
        loop {
            if !this.offers_tunnels && this.session.takes_tunnels() {
                // Not while the client has not yet agreed to the settings before: then it is tried again.
                this.offers_tunnels = connection.enable_connect_protocol().is_ok();
            }
            let Some(accepted) = ready!(connection.poll_accept(cx)) else {
                return Poll::Ready(Ok(()));
            };
            let (request, respond) = accepted?;
            let session = Arc::clone(&this.session);
            this.session.spawner.spawn(async move {
                let answered = Contained::new(Arc::clone(&session).answer_stream(request, respond));
                if answered.await.is_none() {
                    session.shared.panicked(session.client());
                }
                Ended::Other
            });
        }
    }
}
