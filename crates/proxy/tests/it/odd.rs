//! HTTP/1 as peers speak it that are odd, in a hurry or wrong, byte by byte, with the proxy between and without.

use crate::play::Play;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_server_that_refuses_an_upload_within_it_is_heard_at_once() {
    let refused = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
    let upload = Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome")
        .server(refused);
    upload.server_leaves().play().await;
    // Or it takes the rest all the same, and the connection goes on.
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
        .server(refused)
        .client("half")
        .client("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        .server(OK)
        .play()
        .await;
}

#[tokio::test]
async fn an_upgrade_may_be_asked_for_with_a_content() {
    let upgrade = "Upgrade: odd/1\r\nConnection: Upgrade\r\n";
    Play::default()
        .client(format!(
            "POST / HTTP/1.1\r\nHost: a\r\n{upgrade}Content-Length: 4\r\n\r\ncode"
        ))
        .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd/1\r\nConnection: Upgrade\r\n\r\n")
        .server("hello")
        .client("hello to you")
        .play()
        .await;
}

#[tokio::test]
async fn an_upgrade_that_the_server_declines_leaves_the_connection_as_it_is() {
    Play::default()
        .client(
            "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        )
        .server(OK)
        .client(GET)
        .server(OK)
        .play()
        .await;
}

#[tokio::test]
async fn fields_may_be_empty_long_and_of_any_characters() {
    let long = "x".repeat(60_000);
    let odd = "X-!#$%&'*+-.^_`|~1: a\tb \"c\\d\"\r\nX-Utf8: gr\u{fc}\u{df}e\r\n";
    Play::default()
        .client(format!(
            "GET / HTTP/1.1\r\nHost: a b\r\n{odd}X-Long: {long}\r\n\r\n"
        ))
        .server(format!(
            "HTTP/1.1 200 OK\r\n{odd}X-Long: {long}\r\nContent-Length: 0\r\n\r\n"
        ))
        .play()
        .await;
}

#[tokio::test]
async fn methods_statuses_and_targets_may_be_unheard_of() {
    for (request, answer) in [
        (
            "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "GET /a/../b//c;d/|'gr\u{fc}n?e=f?g&&=[]|{}'gr\u{fc}n HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "PROPFIND / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 207 Multi-Status\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            OK,
        ),
    ] {
        Play::default().client(request).server(answer).play().await;
    }
}

#[tokio::test]
async fn a_server_that_switches_unasked_is_left_to_the_client() {
    Play::default()
        .client(GET)
        .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd/1\r\nConnection: Upgrade\r\n\r\n")
        .play()
        .await;
}

#[tokio::test]
async fn the_answer_to_a_client_that_closed_its_side_may_come_in_pieces() {
    Play::default()
        .client(GET)
        .client_ends()
        .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
        .server("5\r\nthere\r\n")
        .server("0\r\n\r\n")
        .play()
        .await;
}
