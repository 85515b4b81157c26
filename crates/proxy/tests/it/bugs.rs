//! A bug in one connection, or in one stream of it: contained, counted, and others are served. What stands for the bug is a
//! log that panics when it is told that a server cannot be reached.

use std::sync::atomic::{AtomicBool, Ordering};

use grantscope_proxy::Notice;
use http::Request;
use tokio::io::AsyncWriteExt;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Running, Told, connect_tls, read_all, soon};

/// The log, with a bug that shows once.
struct Buggy {
    has_shown: AtomicBool,
}

impl Buggy {
    fn log() -> DefaultGuard {
        set_default(Self {
            has_shown: AtomicBool::new(false),
        })
    }
}

impl Subscriber for Buggy {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.is_event() && of.target().starts_with("grantscope_proxy::shared")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        assert!(self.has_shown.swap(true, Ordering::Relaxed), "a bug");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An address at which nobody listens.
fn nobody() -> String {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    closed.local_addr().unwrap().to_string()
}

/// Waits until it is told of a connection that was lost to a bug.
async fn told_of_bug(proxy: &mut Running) {
    loop {
        if let Told::Notice(Notice::ConnectionPanicked { .. }) = proxy.told().await {
            return;
        }
    }
}

#[tokio::test]
async fn a_connection_is_lost_to_a_bug_and_the_next_is_served() {
    let _log = Buggy::log();
    let mut proxy = Running::start().await;
    let request = format!(
        "GET http://{}/ HTTP/1.1\r\nConnection: close\r\n\r\n",
        nobody()
    );
    let mut client = proxy.connect().await;
    client.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(read_all(&mut client).await, "");
    told_of_bug(&mut proxy).await;
    let mut client = proxy.connect().await;
    client.write_all(request.as_bytes()).await.unwrap();
    let answer = read_all(&mut client).await;
    assert!(
        answer.contains("x-grantscope-error: upstream-refused"),
        "{answer}"
    );
    assert_eq!(proxy.stop().await.panics, 1);
}

#[tokio::test]
async fn a_stream_is_lost_to_a_bug_and_its_connection_goes_on() {
    let _log = Buggy::log();
    let mut proxy = Running::start().await;
    let tunnel = proxy.tunnel(&nobody()).await;
    let stream = soon(connect_tls(tunnel, "localhost", proxy.root(), &[b"h2"])).await;
    let (mut client, connection) = h2::client::handshake(stream.unwrap()).await.unwrap();
    tokio::spawn(connection);
    let mut ask = async || {
        let request = Request::get("https://localhost/").body(()).unwrap();
        let sent = client.send_request(request, true);
        soon(sent.unwrap().0).await
    };
    let lost = ask().await.unwrap_err();
    assert!(lost.is_reset() && lost.is_remote(), "{lost:?}");
    told_of_bug(&mut proxy).await;
    let answer = ask().await.unwrap();
    assert_eq!(answer.headers()["x-grantscope-error"], "upstream-refused");
    drop(client);
    assert_eq!(proxy.stop().await.panics, 1);
}
