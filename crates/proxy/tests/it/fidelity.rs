//! HTTP/1 between a client and a server, byte by byte, as it is with the proxy between and without.

use crate::play::Play;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_client_goes_on_when_the_server_says_so_and_not_before() {
    // Were the client told to go on by anybody else, that would come before the hint.
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        .server("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n")
        .server("HTTP/1.1 100 Continue\r\n\r\n")
        .client("code")
        .server(OK)
        .play()
        .await;
}

#[tokio::test]
async fn a_client_that_asks_whether_to_go_on_may_get_the_answer_at_once() {
    let refused = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        .server(refused)
        .client_leaves()
        .play()
        .await;
    // RFC 9110 §10.1.1: or it sends the content all the same, and the connection goes on.
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        .server(refused)
        .client("code")
        .client("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        .server(OK)
        .play()
        .await;
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_leave_to_go_on_is_not_told_to() {
    for content in ["code", "a\r\n\r\n"] {
        let length = content.len();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        );
        Play::default()
            .client(format!("{head}{content}"))
            .server(OK)
            .play()
            .await;
        Play::default()
            .client(head)
            .client(content)
            .server(OK)
            .play()
            .await;
    }
}

#[tokio::test]
async fn fields_of_different_names_keep_their_order_and_spelling() {
    Play::default()
        .client("GET /a%2Fb?q=%20&q=+ HTTP/1.1\r\nX-One: 1\r\nhOsT: idp.test\r\nACCEPT: */*\r\nX-Empty:\r\nx-spaced: a  b\r\n\r\n")
        .server("HTTP/1.1 200 Very Fine\r\nX-b: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nDate: today\r\nServer: x\r\nContent-Length: 0\r\n\r\n")
        .play()
        .await;
}

#[tokio::test]
async fn fields_of_one_name_come_together_in_their_order() {
    Play::default()
        .client_differs(
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: 2\r\nx-a: 3\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 3\r\nX-B: 2\r\n\r\n",
        )
        .server_differs(
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\nSet-Cookie: b=2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n",
        )
        .play()
        .await;
}

#[tokio::test]
async fn answers_without_content_say_what_the_server_said() {
    for (method, answer) in [
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-a: b\r\n\r\n",
        ),
        ("HEAD", "HTTP/1.1 200 OK\r\nX-a: b\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\nX-a: b\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        ),
        ("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        ),
        (
            "GET",
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
        ),
    ] {
        // What comes next shows that both agree on where the answer ends.
        Play::default()
            .client(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"))
            .server(answer)
            .client("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            .server(OK)
            .play()
            .await;
    }
}

#[tokio::test]
async fn a_framing_that_says_nothing_is_left_out() {
    // RFC 9112 §6.1: a server may say in an answer to HEAD how it would frame the content.
    Play::default()
        .client("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        .server_differs(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
        )
        .play()
        .await;
}

#[tokio::test]
async fn chunks_and_trailers_pass_both_ways() {
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .client("3\r\nabc\r\n")
        .client("0\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .server("2\r\nhi\r\n")
        .server("5\r\nthere\r\n")
        .server("0\r\n\r\n")
        .play()
        .await;
}

#[tokio::test]
async fn trailers_pass_to_a_client_that_wants_them() {
    let head = "GET / HTTP/1.1\r\nHost: a\r\n";
    Play::default()
        .client_differs(
            format!("{head}TE: trailers\r\nConnection: TE\r\n\r\n"),
            format!("{head}\r\n"),
        )
        .server(
            "HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        )
        .server("0\r\nx-sum: 1\r\n\r\n")
        .play()
        .await;
}

#[tokio::test]
async fn each_event_of_a_stream_passes_before_the_server_sends_the_next() {
    let mut play = Play::default()
        .client("GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..5 {
        play = play.server("9\r\ndata: x\n\n\r\n");
    }
    play.server("0\r\n\r\n").play().await;
}

#[tokio::test]
async fn both_directions_of_one_exchange_may_flow_at_the_same_time() {
    let mut play = Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..3 {
        play = play.client("4\r\nping\r\n").server("4\r\npong\r\n");
    }
    play.client("0\r\n\r\n").server("0\r\n\r\n").play().await;
}

#[tokio::test]
async fn a_content_that_ends_with_the_connection_passes_in_chunks() {
    Play::default()
        .client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .server_differs(
            "HTTP/1.1 200 OK\r\nX-a: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX-a: b\r\ntransfer-encoding: chunked\r\n\r\n",
        )
        .server_differs("until the end", "D\r\nuntil the end\r\n")
        .server_ends_differs("0\r\n\r\n")
        .play()
        .await;
}

#[tokio::test]
async fn a_client_of_http_1_0_is_answered_in_its_version() {
    // RFC 9110 §6.2: a proxy sends "its own" version, with the `Host` that HTTP/1.1 needs.
    Play::default()
        .client_differs(
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .server_differs(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        )
        .play()
        .await;
}

#[tokio::test]
async fn a_client_of_http_1_0_that_keeps_its_connection_is_told_so() {
    let exchange = |play: Play| {
        play.client_differs(
            "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .server_differs(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nconnection: keep-alive\r\n\r\nok",
        )
    };
    exchange(exchange(Play::default())).play().await;
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_no_interim_response_and_no_chunks() {
    Play::default()
        .client_differs(
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .server_differs(
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\nok",
        )
        .play()
        .await;
}

#[tokio::test]
async fn a_server_of_http_1_0_is_understood() {
    Play::default()
        .client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .server_differs(
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        )
        .server_ends()
        .play()
        .await;
}

#[tokio::test]
async fn a_connection_that_the_server_closes_is_closed_for_the_client() {
    Play::default()
        .client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .server_differs(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        )
        .server_leaves()
        .play()
        .await;
}

#[tokio::test]
async fn a_client_that_wants_one_answer_gets_it_and_the_end() {
    // RFC 9110 §7.6.1: `Connection` is for this connection, and each leg has its own.
    Play::default()
        .client_differs(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .server_differs(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: close\r\n\r\nok",
        )
        .server_ends()
        .play()
        .await;
}

#[tokio::test]
async fn a_client_that_leaves_is_gone_for_the_server() {
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    Play::default().client(get).client_leaves().play().await;
    Play::default()
        .client(get)
        .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        .client_leaves()
        .play()
        .await;
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        .client_leaves()
        .play()
        .await;
}

#[tokio::test]
async fn a_server_that_leaves_within_its_answer_is_gone_for_the_client() {
    for head in [
        "Content-Length: 9\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        Play::default()
            .client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .server(format!("HTTP/1.1 200 OK\r\n{head}"))
            .server_leaves()
            .play()
            .await;
    }
}

#[tokio::test]
async fn a_client_that_closes_its_side_still_gets_the_answer() {
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
        .client_ends()
        .server(OK)
        .play()
        .await;
}

#[tokio::test]
async fn a_large_content_passes_both_ways() {
    let large = "x".repeat(3_000_000);
    Play::default()
        .client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        .client(&large)
        .server("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n")
        .server(&large)
        .play()
        .await;
}

#[tokio::test]
async fn an_upgraded_connection_belongs_to_its_ends() {
    Play::default()
        .client("GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhl\r\n\r\n")
        .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        .server(b"\x81\x02hi")
        .client(b"\x81\x82\0\0\0\0ok")
        .client_ends()
        .server(b"\x88\0")
        .play()
        .await;
}

#[tokio::test]
async fn alternatives_to_this_path_are_left_out_and_nothing_else() {
    let rest =
        "Strict-Transport-Security: max-age=1\r\nPublic-Key-Pins: a\r\nContent-Length: 0\r\n\r\n";
    Play::default()
        .client("GET / HTTP/1.1\r\nHost: a\r\nAlt-Used: a\r\n\r\n")
        .server_differs(
            format!("HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\n{rest}"),
            format!("HTTP/1.1 200 OK\r\n{rest}"),
        )
        .play()
        .await;
}
