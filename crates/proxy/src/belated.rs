//! A stream below TLS on which a session ticket goes with what is said next.
//!
//! A server hands out tickets when the handshake is over (RFC 8446 §4.6.1), and no client waits for one. Written by
//! themselves they take a packet, and a wake-up of the client, for which it had nothing to read; that is a twentieth of what a
//! new connection takes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::delegate::delegate;

/// The type of a record whose content is encrypted (RFC 8446 §5.1).
const ENCRYPTED: u8 = 23;

/// A record with an alert is shorter, and one with a ticket is longer.
const TICKET_LEN_MIN: usize = 64;

/// How many pieces are written at once with a ticket.
const PIECES_MAX: usize = 8;

/// A stream below a server's side of TLS.
#[derive(Debug)]
pub(crate) struct Belated<T> {
    stream: T,
    handshake: Option<Handshake>,
    /// The ticket that was not written yet.
    held: BytesMut,
}

/// What was seen of a handshake that goes on.
#[derive(Clone, Copy, Debug)]
struct Handshake {
    /// Whether the client said something since we did: all that we say before is what it waits for.
    is_answered: bool,
    /// Whether all was written that was to be, so that what follows begins with a record.
    is_whole: bool,
}

impl<T> Belated<T> {
    /// To be used for one handshake.
    pub(crate) fn new(stream: T) -> Self {
        Self {
            stream,
            handshake: Some(Handshake {
                is_answered: false,
                is_whole: true,
            }),
            held: BytesMut::new(),
        }
    }

    /// From here on nothing more is held back.
    pub(crate) fn handshake_is_over(&mut self) {
        self.handshake = None;
    }

    /// Whether this is what a client may get later.
    fn is_ticket(&self, bufs: &[IoSlice<'_>]) -> bool {
        let is_due = self
            .handshake
            .is_some_and(|it| it.is_answered && it.is_whole);
        let first = bufs.iter().find_map(|buf| buf.first());
        is_due && first == Some(&ENCRYPTED) && length(bufs) >= TICKET_LEN_MIN
    }
}

impl<T: AsyncWrite + Unpin> Belated<T> {
    fn poll_through(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        while !self.held.is_empty() {
            let mut pieces = [IoSlice::new(&self.held); PIECES_MAX];
            let others = pieces[1..].iter_mut().zip(bufs);
            let count = 1 + others.map(|(piece, buf)| *piece = *buf).count();
            let stream = Pin::new(&mut self.stream);
            let written = ready!(stream.poll_write_vectored(cx, &pieces[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_held = written.min(self.held.len());
            self.held.advance(of_held);
            if written > of_held {
                return Poll::Ready(Ok(written - of_held));
            }
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}

fn length(bufs: &[IoSlice<'_>]) -> usize {
    bufs.iter().map(|buf| buf.len()).sum()
}

impl<T: AsyncRead + Unpin> AsyncRead for Belated<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if let Some(handshake) = &mut self.handshake {
            handshake.is_answered |= buf.filled().len() > before;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Belated<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_ticket(bufs) {
            for buf in bufs {
                self.held.extend_from_slice(buf);
            }
            return Poll::Ready(Ok(length(bufs)));
        }
        let polled = self.poll_through(cx, bufs);
        if let Some(handshake) = &mut self.handshake {
            let is_written = matches!(polled, Poll::Ready(Ok(written)) if written == length(bufs));
            handshake.is_whole &= is_written;
            handshake.is_answered = false;
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    delegate!(stream: flush, shutdown);
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const TICKET: [u8; 100] = [ENCRYPTED; 100];

    async fn after_the_flight() -> (Belated<DuplexStream>, DuplexStream) {
        let (server, mut client) = duplex(1024);
        let mut server = Belated::new(server);
        client.write_all(b"hello").await.unwrap();
        server.read_exact(&mut [0; 5]).await.unwrap();
        server.write_all(&[22, 1]).await.unwrap();
        // The rest of the flight, before the client has said anything to it.
        server.write_all(&TICKET).await.unwrap();
        client.read_exact(&mut [0; 102]).await.unwrap();
        client.write_all(b"finished").await.unwrap();
        server.read_exact(&mut [0; 8]).await.unwrap();
        (server, client)
    }

    async fn all(mut client: DuplexStream) -> Vec<u8> {
        let mut read = Vec::new();
        client.read_to_end(&mut read).await.unwrap();
        read
    }

    #[tokio::test]
    async fn a_ticket_goes_before_what_is_said_next() {
        let (mut server, mut client) = after_the_flight().await;
        server.write_all(&TICKET).await.unwrap();
        server.flush().await.unwrap();
        server.handshake_is_over();
        let mut first = [0; 1];
        assert!(client.read(&mut first).now_or_never().is_none());
        server.write_all(&TICKET).await.unwrap();
        server.write_all(b"and more").await.unwrap();
        drop(server);
        assert_eq!(
            all(client).await,
            [&TICKET[..], &TICKET, b"and more"].concat()
        );
    }

    #[tokio::test]
    async fn an_alert_is_told_at_once() {
        let (mut server, client) = after_the_flight().await;
        let alert = [ENCRYPTED; 24];
        server.write_all(&alert).await.unwrap();
        drop(server);
        assert_eq!(all(client).await, alert);
    }

    #[tokio::test]
    async fn nothing_is_held_back_after_the_handshake() {
        let (mut server, client) = after_the_flight().await;
        server.handshake_is_over();
        server.write_all(&TICKET).await.unwrap();
        drop(server);
        assert_eq!(all(client).await, TICKET);
    }

    #[tokio::test]
    async fn a_ticket_that_goes_in_pieces_is_whole() {
        let (server, client) = duplex(7);
        let mut server = Belated::new(server);
        server.held.extend_from_slice(&TICKET);
        server.handshake_is_over();
        let reading = tokio::spawn(all(client));
        server.write_all(b"hello").await.unwrap();
        drop(server);
        assert_eq!(reading.await.unwrap(), [&TICKET[..], b"hello"].concat());
    }

    #[tokio::test]
    async fn what_follows_a_record_that_was_cut_is_not_taken_for_one() {
        let (server, mut client) = duplex(50);
        let mut server = Belated::new(server);
        let written = server.write(&[22; 100]).await.unwrap();
        client.read_exact(&mut vec![0; written]).await.unwrap();
        client.write_all(b"early").await.unwrap();
        server.read_exact(&mut [0; 5]).await.unwrap();
        let reading = tokio::spawn(all(client));
        server.write_all(&TICKET).await.unwrap();
        drop(server);
        assert_eq!(reading.await.unwrap(), TICKET);
    }
}
