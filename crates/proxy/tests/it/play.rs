//! A play: what a client and a server write to each other, and what the other side must see of it, byte by byte.
//!
//! Every play is played straight to the server and through the proxy, in the clear and within TLS: what is seen of the
//! server itself is the reference, so that a difference is the proxy's.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::{
    EVENT_MAX, Running, accept, accept_tls, connect, connect_tls, server_authority, soon,
};

/// The steps of a play, in their order.
#[derive(Default)]
pub(crate) struct Play(Vec<Step>);

enum Step {
    Passes(From, Passage),
    /// With what the other side sees then, where the proxy is between.
    Ends(From, &'static str),
    Leaves(From),
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Client,
    Server,
}

/// What is written, and what the other side sees of it where the proxy is between.
struct Passage {
    written: Vec<u8>,
    seen_through: Vec<u8>,
}

/// How the client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    through: bool,
    tls: bool,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An end of the connection, until it is dropped.
type End = Option<Box<dyn Stream>>;

/// The two ends, whatever is between.
struct Ends {
    client: End,
    server: End,
}

impl Play {
    /// The client writes, and the server sees the same.
    pub(crate) fn client(self, written: impl AsRef<[u8]>) -> Self {
        self.client_differs(&written, &written)
    }

    /// The server writes, and the client sees the same.
    pub(crate) fn server(self, written: impl AsRef<[u8]>) -> Self {
        self.server_differs(&written, &written)
    }

    /// The client writes, and through the proxy the server sees something else.
    pub(crate) fn client_differs(
        self,
        written: impl AsRef<[u8]>,
        through: impl AsRef<[u8]>,
    ) -> Self {
        self.passes(From::Client, written.as_ref(), through.as_ref())
    }

    /// The server writes, and through the proxy the client sees something else.
    pub(crate) fn server_differs(
        self,
        written: impl AsRef<[u8]>,
        through: impl AsRef<[u8]>,
    ) -> Self {
        self.passes(From::Server, written.as_ref(), through.as_ref())
    }

    /// The client closes its side, which the server sees.
    pub(crate) fn client_ends(mut self) -> Self {
        self.0.push(Step::Ends(From::Client, ""));
        self
    }

    /// The server closes its side, which the client sees.
    pub(crate) fn server_ends(self) -> Self {
        self.server_ends_differs("")
    }

    /// The server closes its side, and through the proxy the client sees this before the end.
    pub(crate) fn server_ends_differs(mut self, through: &'static str) -> Self {
        self.0.push(Step::Ends(From::Server, through));
        self
    }

    /// The client is gone, which the server sees.
    pub(crate) fn client_leaves(mut self) -> Self {
        self.0.push(Step::Leaves(From::Client));
        self
    }

    /// The server is gone, which the client sees.
    pub(crate) fn server_leaves(mut self) -> Self {
        self.0.push(Step::Leaves(From::Server));
        self
    }

    fn passes(mut self, from: From, written: &[u8], seen_through: &[u8]) -> Self {
        let passage = Passage {
            written: written.to_vec(),
            seen_through: seen_through.to_vec(),
        };
        self.0.push(Step::Passes(from, passage));
        self
    }

    /// Plays it on every way. When it is over, neither side has seen anything else.
    pub(crate) async fn play(self) {
        let proxy = Running::start().await;
        for tls in [false, true] {
            for through in [false, true] {
                self.play_on(Way { through, tls }, &proxy).await;
            }
        }
    }

    async fn play_on(&self, way: Way, proxy: &Running) {
        let mut ends = Ends::open(way, proxy).await;
        for (number, step) in self.0.iter().enumerate() {
            let place = format!("step {number}, {way:?}");
            match step {
                Step::Passes(from, passage) => ends.pass(*from, passage, way, &place).await,
                Step::Ends(from, last) => {
                    let last = if way.through { *last } else { "" };
                    ends.end(*from, last, &place).await;
                }
                Step::Leaves(from) => ends.leave(*from, &place).await,
            }
        }
        ends.close().await;
    }
}

impl Ends {
    async fn open(way: Way, proxy: &Running) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, server) = soon(async {
            tokio::join!(
                client_end(way, proxy, address),
                server_end(way.tls, &listener)
            )
        })
        .await;
        Self {
            client: Some(client),
            server: Some(server),
        }
    }

    async fn pass(&mut self, from: From, passage: &Passage, way: Way, place: &str) {
        let seen = if way.through {
            &passage.seen_through
        } else {
            &passage.written
        };
        let (writer, reader) = self.of(from);
        let (Some(writer), Some(reader)) = (writer, reader) else {
            panic!("{place}: a side has left");
        };
        let writing = async {
            writer.write_all(&passage.written).await.unwrap();
            writer.flush().await.unwrap();
        };
        let ((), read) =
            soon(async { tokio::join!(writing, read_up_to(reader, seen.len())) }).await;
        assert_eq!(show(&read), show(seen), "{place}: {from:?} wrote");
    }

    async fn end(&mut self, from: From, last: &str, place: &str) {
        let (writer, reader) = self.of(from);
        writer.as_mut().unwrap().shutdown().await.unwrap();
        assert_eq!(rest(reader.as_mut().unwrap()).await, last, "{place}");
    }

    async fn leave(&mut self, from: From, place: &str) {
        let (writer, reader) = self.of(from);
        drop(writer.take());
        assert_eq!(rest(reader.as_mut().unwrap()).await, "", "{place}");
    }

    /// Nothing is left to be read on either side. The server ends first: left by its client, its connection would be kept
    /// for the next one for a while.
    async fn close(mut self) {
        for from in [From::Server, From::Client] {
            let (writer, reader) = self.of(from);
            if let Some(writer) = writer {
                writer.shutdown().await.ok();
            }
            if let Some(reader) = reader {
                assert_eq!(rest(reader).await, "", "after the play");
            }
        }
    }

    fn of(&mut self, from: From) -> (&mut End, &mut End) {
        match from {
            From::Client => (&mut self.client, &mut self.server),
            From::Server => (&mut self.server, &mut self.client),
        }
    }
}

async fn client_end(way: Way, proxy: &Running, server: SocketAddr) -> Box<dyn Stream> {
    let (stream, root) = if way.through {
        (proxy.tunnel(&server.to_string()).await, proxy.root())
    } else {
        (connect(server).await, server_authority())
    };
    if way.tls {
        let stream = connect_tls(stream, "localhost", root, &[b"http/1.1"]).await;
        Box::new(stream.unwrap())
    } else {
        Box::new(stream)
    }
}

async fn server_end(tls: bool, listener: &TcpListener) -> Box<dyn Stream> {
    let stream = accept(listener).await;
    if tls {
        Box::new(accept_tls(stream, &[b"http/1.1"]).await)
    } else {
        Box::new(stream)
    }
}

/// What comes until there is so much of it, or the end, or nothing more for long.
async fn read_up_to(stream: &mut Box<dyn Stream>, len: usize) -> Vec<u8> {
    let mut read = vec![0; len];
    let mut count = 0;
    while count < len {
        match timeout(EVENT_MAX, stream.read(&mut read[count..])).await {
            Ok(Ok(more @ 1..)) => count += more,
            _ => break,
        }
    }
    read.truncate(count);
    read
}

/// What comes until the end; a connection that is reset has ended.
async fn rest(stream: &mut Box<dyn Stream>) -> String {
    let mut rest = Vec::new();
    soon(stream.read_to_end(&mut rest)).await.ok();
    show(&rest)
}

fn show(bytes: &[u8]) -> String {
    const SHOWN_MAX: usize = 2000;
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], bytes.len()),
        None => text.into_owned(),
    }
}
