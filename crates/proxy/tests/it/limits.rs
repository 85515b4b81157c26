//! How long a client may do nothing, and how many are served at a time.
//!
//! A server that is asked straight has limits of its own, and a stock one has none. What such a server waits for is waited
//! for through the proxy as well: an answer, however long it takes.
//!
//! The clock stands still and jumps to the next timer as soon as everybody waits, so that minutes pass at once.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{pause, resume, sleep};

use crate::peers::{Peers, fine, get};
use crate::support::{
    Running, ask, clear_server, connect, raw_server, read_all, read_head, soon, text,
};
use crate::ways::Way;

/// Longer than any bound.
const HOURS: Duration = Duration::from_hours(3);

/// A server that says nothing, and waits as long as its client.
async fn silent_server() -> String {
    let server = raw_server(|mut stream| async move {
        stream.read_u8().await.ok();
        stream.read_u8().await.ok();
    });
    server.await.to_string()
}

/// What comes until the end, however long that takes.
async fn rest(mut client: TcpStream) -> String {
    pause();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    rest
}

#[tokio::test]
async fn a_stock_server_waits_as_long_as_its_client() {
    // The reference: the bounds of this file are the proxy's own.
    let server = clear_server(|_| text("hello")).await;
    let mut silent = connect(server).await;
    let mut begun = connect(server).await;
    begun.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    pause();
    sleep(HOURS).await;
    resume();
    let end = "Host: a\r\nConnection: close\r\n\r\n";
    assert!(
        ask(&mut silent, &format!("GET / HTTP/1.1\r\n{end}"))
            .await
            .ends_with("hello")
    );
    assert!(ask(&mut begun, end).await.ends_with("hello"));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_not_waited_for() {
    let proxy = Running::start().await;
    assert_eq!(rest(proxy.connect().await).await, "");
}

#[tokio::test]
async fn a_tunnel_in_which_nobody_says_anything_is_ended() {
    let proxy = Running::start().await;
    let client = proxy.tunnel(&silent_server().await).await;
    assert_eq!(rest(client).await, "");
}

#[tokio::test]
async fn a_tls_handshake_that_does_not_go_on_is_ended() {
    let proxy = Running::start().await;
    let mut client = proxy.tunnel(&silent_server().await).await;
    // The header of a record, and the beginning of a hello in it (RFC 8446 §5.1).
    client.write_all(b"\x16\x03\x01\x02\0\x01").await.unwrap();
    assert_eq!(rest(client).await, "");
}

#[tokio::test]
async fn a_connection_that_is_not_used_any_more_is_ended() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start().await;
    let mut client = proxy.tunnel(&server.to_string()).await;
    for _ in 0..2 {
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(request).await.unwrap();
        read_head(&mut client).await;
        let mut content = [0; 5];
        soon(client.read_exact(&mut content)).await.unwrap();
    }
    assert_eq!(rest(client).await, "");
}

#[tokio::test]
async fn a_connection_of_http2_that_is_not_used_any_more_is_ended() {
    let proxy = Running::start().await;
    let [_, mut peers] = Peers::both_ways(&proxy).await;
    let (response, _) = peers.ask(get("/"), true).await;
    peers.asked().await.1.send_response(fine(), true).unwrap();
    soon(response).await.unwrap();
    pause();
    peers.client_ended.await.unwrap();
}

#[tokio::test]
async fn an_answer_that_takes_hours_is_waited_for() {
    let server = raw_server(|mut stream| async move {
        read_head(&mut stream).await;
        sleep(HOURS).await;
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlate";
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let proxy = Running::start().await;
    for way in Way::BOTH {
        let mut client = way.to(server, &proxy).await;
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(request).await.unwrap();
        assert!(rest(client).await.ends_with("late"), "{way:?}");
        resume();
    }
}

#[tokio::test]
async fn an_answer_over_http2_that_takes_hours_is_waited_for() {
    let proxy = Running::start().await;
    let mut asked = Vec::new();
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, _) = peers.ask(get("/"), true).await;
        let (_, respond) = peers.asked().await;
        asked.push((peers, respond, response));
    }
    pause();
    sleep(HOURS).await;
    for (peers, mut respond, response) in asked {
        respond.send_response(fine(), true).unwrap();
        assert_eq!(response.await.unwrap().status(), 200, "{}", peers.way);
    }
}

#[tokio::test]
async fn more_clients_than_are_served_at_a_time_wait() {
    let server = clear_server(|_| text("hello")).await;
    let proxy = Running::start_with(|config| config.connections_max = 1).await;
    let first = proxy.tunnel(&server.to_string()).await;
    let mut second = proxy.connect().await;
    let request = format!("GET http://{server}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    second.write_all(request.as_bytes()).await.unwrap();
    // A second passes when everybody waits: nothing more would have come of the request.
    pause();
    sleep(Duration::from_secs(1)).await;
    let early = second.try_read(&mut [0]).unwrap_err();
    assert_eq!(
        early.kind(),
        std::io::ErrorKind::WouldBlock,
        "it did not wait"
    );
    drop(first);
    assert!(read_all(&mut second).await.ends_with("hello"));
}
