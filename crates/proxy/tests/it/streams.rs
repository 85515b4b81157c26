//! HTTP/2 between a client and a server, stream by stream, as it is with the proxy between and without.

use std::future::poll_fn;

use bytes::Bytes;
use grantscope_proxy::Outcome;
use h2::Reason;
use h2::ext::Protocol;
use http::{HeaderMap, Method, Request, Response, StatusCode};

use crate::peers::{Peers, all, fine, get, next, post, send_all};
use crate::support::{Running, soon};

#[tokio::test]
async fn interim_responses_pass_when_they_come() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (mut response, _) = peers.ask(get("/"), true).await;
        let (_, mut respond) = peers.asked().await;
        for (status, link) in [(103, "</a.css>"), (102, "</b.css>")] {
            let interim = Response::builder().status(status).header("link", link);
            respond
                .send_informational(interim.body(()).unwrap())
                .unwrap();
            // The server goes on when the client has it.
            let interim = soon(poll_fn(|cx| response.poll_informational(cx))).await;
            let interim = interim.unwrap().unwrap();
            assert_eq!(interim.status(), status, "{}", peers.way);
            assert_eq!(interim.headers()["link"], link, "{}", peers.way);
        }
        respond.send_response(fine(), true).unwrap();
        assert_eq!(soon(response).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_client_goes_on_when_the_server_says_so() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let mut request = post("/");
        let expect = http::HeaderValue::from_static("100-continue");
        request.headers_mut().insert("expect", expect);
        let (mut response, mut content) = peers.ask(request, false).await;
        let (asked, mut respond) = peers.asked().await;
        assert_eq!(asked.headers()["expect"], "100-continue");
        for status in [103, 100] {
            let interim = Response::builder().status(status).body(()).unwrap();
            respond.send_informational(interim).unwrap();
            let interim = soon(poll_fn(|cx| response.poll_informational(cx))).await;
            assert_eq!(interim.unwrap().unwrap().status(), status, "{}", peers.way);
        }
        content.send_data("code".into(), true).unwrap();
        assert_eq!(all(&mut asked.into_body()).await.0, b"code");
        respond.send_response(fine(), true).unwrap();
        assert_eq!(soon(response).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let mut proxy = Running::start().await;
    let trailers = |value: &'static str| {
        let mut trailers = HeaderMap::new();
        trailers.append("grpc-status", http::HeaderValue::from_static(value));
        trailers
    };
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, mut content) = peers.ask(post("/"), false).await;
        content.send_data("ask".into(), false).unwrap();
        content.send_trailers(trailers("1")).unwrap();
        let (request, mut respond) = peers.asked().await;
        let (asked, came) = all(&mut request.into_body()).await;
        assert_eq!((asked.as_slice(), came), (&b"ask"[..], Some(trailers("1"))));
        // gRPC answers an error by trailers alone, after a header without content.
        let mut answer = respond.send_response(fine(), false).unwrap();
        answer.send_trailers(trailers("2")).unwrap();
        let (answered, came) = all(&mut soon(response).await.unwrap().into_body()).await;
        assert_eq!((answered.as_slice(), came), (&b""[..], Some(trailers("2"))));
    }
    assert_eq!(proxy.exchange().await.request.body.text(), "ask");
}

#[tokio::test]
async fn each_message_of_a_stream_passes_before_the_next_is_sent() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, mut to_server) = peers.ask(post("/chat"), false).await;
        let (request, mut respond) = peers.asked().await;
        let mut to_client = respond.send_response(fine(), false).unwrap();
        let mut at_server = request.into_body();
        let mut at_client = soon(response).await.unwrap().into_body();
        for number in 0..5 {
            let (ping, pong) = (format!("ping {number}"), format!("pong {number}"));
            to_server.send_data(ping.clone().into(), false).unwrap();
            assert_eq!(next(&mut at_server).await, Some(Ok(ping.into())));
            to_client.send_data(pong.clone().into(), false).unwrap();
            assert_eq!(next(&mut at_client).await, Some(Ok(pong.into())));
        }
        to_server.send_data(Bytes::new(), true).unwrap();
        assert_eq!(all(&mut at_server).await, (Vec::new(), None));
        to_client.send_data(Bytes::new(), true).unwrap();
        assert_eq!(all(&mut at_client).await, (Vec::new(), None));
    }
}

#[tokio::test]
async fn a_large_content_passes_both_ways() {
    let large = Bytes::from(vec![b'x'; 3_000_000]);
    let mut proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, to_server) = peers.ask(post("/"), false).await;
        let (request, mut respond) = peers.asked().await;
        let mut at_server = request.into_body();
        let sending = send_all(to_server, large.clone());
        let ((), came) = tokio::join!(sending, all(&mut at_server));
        assert!(came == (large.to_vec(), None), "{}", peers.way);
        let to_client = respond.send_response(fine(), false).unwrap();
        let mut at_client = soon(response).await.unwrap().into_body();
        let sending = send_all(to_client, large.clone());
        let ((), came) = tokio::join!(sending, all(&mut at_client));
        assert!(came == (large.to_vec(), None), "{}", peers.way);
    }
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.body.size, 3_000_000);
    assert_eq!(exchange.response.as_ref().unwrap().body.size, 3_000_000);
}

#[tokio::test]
async fn a_server_sends_no_more_than_the_client_has_room_for() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, _) = peers.ask(get("/"), true).await;
        let (_, mut respond) = peers.asked().await;
        let mut to_client = respond.send_response(fine(), false).unwrap();
        let response = soon(response).await.unwrap();
        // Nothing is read, so that what the server may send comes to an end: the clock stands still, and jumps when
        // everybody waits.
        tokio::time::pause();
        let (mut sent, piece) = (0, Bytes::from(vec![b'x'; 16 * 1024]));
        let quiet = std::time::Duration::from_millis(300);
        loop {
            to_client.reserve_capacity(piece.len());
            let room = poll_fn(|cx| to_client.poll_capacity(cx));
            let Ok(room) = tokio::time::timeout(quiet, room).await else {
                break;
            };
            let room = room.unwrap().unwrap().min(piece.len());
            to_client.send_data(piece.slice(..room), false).unwrap();
            sent += room;
            assert!(sent < 16 * 1024 * 1024, "{}", peers.way);
        }
        tokio::time::resume();
        drop(response);
    }
}

#[tokio::test]
async fn fields_keep_their_order_and_only_alternatives_are_left_out() {
    let proxy = Running::start().await;
    let fields = |headers: &HeaderMap| {
        let fields = headers.iter();
        fields
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect::<Vec<_>>()
    };
    for mut peers in Peers::both_ways(&proxy).await {
        let request = Request::get("https://localhost/a%2Fb?q=%20")
            .header("x-one", "1")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("te", "trailers")
            .header("accept", "*/*");
        let (response, _) = peers.ask(request.body(()).unwrap(), true).await;
        let (asked, mut respond) = peers.asked().await;
        assert_eq!(asked.uri(), "https://localhost/a%2Fb?q=%20");
        let expected = [
            "x-one: 1",
            "cookie: a=1",
            "cookie: b=2",
            "te: trailers",
            "accept: */*",
        ];
        assert_eq!(fields(asked.headers()), expected, "{}", peers.way);
        let answer = Response::builder()
            .header("x-b", "2")
            .header("alt-svc", "h3=\":443\"")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .header("strict-transport-security", "max-age=1");
        respond
            .send_response(answer.body(()).unwrap(), true)
            .unwrap();
        let mut headers = soon(response).await.unwrap().headers().clone();
        if peers.way == "straight" {
            assert_eq!(headers.remove("alt-svc").unwrap(), "h3=\":443\"");
        }
        let mut seen = fields(&headers);
        seen.sort();
        let expected = [
            "set-cookie: a=1",
            "set-cookie: b=2",
            "strict-transport-security: max-age=1",
            "x-b: 2",
        ];
        assert_eq!(seen, expected, "{}", peers.way);
    }
}

#[tokio::test]
async fn answers_without_content_say_what_the_server_said() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        for (method, status, length) in [
            (Method::HEAD, 200, Some("5")),
            (Method::GET, 204, None),
            (Method::GET, 304, Some("5")),
            (Method::GET, 200, None),
        ] {
            let mut request = get("/");
            *request.method_mut() = method;
            let (response, _) = peers.ask(request, true).await;
            let (_, mut respond) = peers.asked().await;
            let mut answer = Response::builder().status(status);
            if let Some(length) = length {
                answer = answer.header("content-length", length);
            }
            respond
                .send_response(answer.body(()).unwrap(), true)
                .unwrap();
            let response = soon(response).await.unwrap();
            let seen = response.headers().get("content-length");
            assert_eq!(seen.map(|it| it.to_str().unwrap()), length, "{}", peers.way);
            assert!(response.body().is_end_stream(), "{}", peers.way);
        }
    }
}

#[tokio::test]
async fn a_client_that_cancels_before_the_answer_cancels_at_the_server() {
    let mut proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, mut content) = peers.ask(post("/"), false).await;
        content.send_data("half".into(), false).unwrap();
        let (request, mut respond) = peers.asked().await;
        assert_eq!(
            next(&mut request.into_body()).await,
            Some(Ok("half".into()))
        );
        content.send_reset(Reason::CANCEL);
        let reset = soon(poll_fn(|cx| respond.poll_reset(cx))).await.unwrap();
        assert_eq!(reset, Reason::CANCEL, "{}", peers.way);
        drop(response);
    }
    assert!(proxy.sent().await.request.body.truncated);
    assert_eq!(proxy.received().await.1, Outcome::Abandoned);
}

#[tokio::test]
async fn a_client_that_cancels_within_the_answer_cancels_at_the_server() {
    let mut proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, mut content) = peers.ask(get("/events"), true).await;
        let (_, mut respond) = peers.asked().await;
        let mut to_client = respond.send_response(fine(), false).unwrap();
        to_client.send_data("event".into(), false).unwrap();
        let mut at_client = soon(response).await.unwrap().into_body();
        assert_eq!(next(&mut at_client).await, Some(Ok("event".into())));
        content.send_reset(Reason::CANCEL);
        let reset = soon(poll_fn(|cx| to_client.poll_reset(cx))).await.unwrap();
        assert_eq!(reset, Reason::CANCEL, "{}", peers.way);
    }
    proxy.sent().await;
    assert_eq!(proxy.received().await.1, Outcome::Interrupted);
}

#[tokio::test]
async fn a_client_whose_connection_ends_cancels_at_the_server() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, _) = peers.ask(get("/"), true).await;
        let (_, mut respond) = peers.asked().await;
        peers.client_ended.abort();
        drop((peers.client, response));
        // Straight, the server sees its connection end.
        let reset = soon(poll_fn(|cx| respond.poll_reset(cx))).await;
        assert!(reset.is_err() || reset.unwrap() == Reason::CANCEL);
    }
}

#[tokio::test]
async fn a_server_that_resets_before_its_answer_resets_at_the_client() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        for reason in [
            Reason::REFUSED_STREAM,
            Reason::HTTP_1_1_REQUIRED,
            Reason::INTERNAL_ERROR,
            Reason::CANCEL,
        ] {
            let (response, _) = peers.ask(get("/"), true).await;
            peers.asked().await.1.send_reset(reason);
            let error = soon(response).await.unwrap_err();
            assert_eq!(error.reason(), Some(reason), "{}", peers.way);
        }
    }
}

#[tokio::test]
async fn a_request_that_the_server_refuses_unseen_is_not_told_of() {
    let mut proxy = Running::start().await;
    let [_, mut peers] = Peers::both_ways(&proxy).await;
    let (response, _content) = peers.ask(post("/token"), false).await;
    peers.asked().await.1.send_reset(Reason::REFUSED_STREAM);
    soon(response).await.unwrap_err();
    // The client sends it again, and that is the request that there was.
    let (response, _) = peers.ask(post("/token"), true).await;
    peers.asked().await.1.send_response(fine(), true).unwrap();
    soon(response).await.unwrap();
    proxy.exchange().await;
    assert!(!proxy.has_told_more());
}

#[tokio::test]
async fn a_request_that_was_sent_whole_and_refused_unseen_is_told_as_such() {
    let mut proxy = Running::start().await;
    let [_, mut peers] = Peers::both_ways(&proxy).await;
    let (response, _) = peers.ask(post("/token"), true).await;
    peers.asked().await.1.send_reset(Reason::REFUSED_STREAM);
    soon(response).await.unwrap_err();
    let sent = proxy.sent().await;
    let (exchange, outcome) = proxy.received().await;
    assert_eq!((exchange.id, outcome), (sent.id, Outcome::Refused));
    assert!(!proxy.has_told_more());
}

#[tokio::test]
async fn a_server_that_resets_within_its_answer_resets_at_the_client() {
    let mut proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, _) = peers.ask(get("/"), true).await;
        let (_, mut respond) = peers.asked().await;
        let mut to_client = respond.send_response(fine(), false).unwrap();
        to_client.send_data("half".into(), false).unwrap();
        let mut at_client = soon(response).await.unwrap().into_body();
        assert_eq!(next(&mut at_client).await, Some(Ok("half".into())));
        to_client.send_reset(Reason::ENHANCE_YOUR_CALM);
        let broken = next(&mut at_client).await;
        assert_eq!(
            broken,
            Some(Err(Reason::ENHANCE_YOUR_CALM)),
            "{}",
            peers.way
        );
    }
    proxy.sent().await;
    assert_eq!(proxy.received().await.1, Outcome::Interrupted);
}

#[tokio::test]
async fn a_server_may_answer_before_it_has_the_request_and_want_no_more() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, mut content) = peers.ask(post("/"), false).await;
        let (request, mut respond) = peers.asked().await;
        let answer = Response::builder().status(StatusCode::PAYLOAD_TOO_LARGE);
        respond
            .send_response(answer.body(()).unwrap(), true)
            .unwrap();
        let response = soon(response).await.unwrap();
        assert_eq!(response.status(), 413, "{}", peers.way);
        respond.send_reset(Reason::NO_ERROR);
        drop(request);
        let reset = soon(poll_fn(|cx| content.poll_reset(cx))).await.unwrap();
        assert_eq!(reset, Reason::NO_ERROR, "{}", peers.way);
    }
}

#[tokio::test]
async fn a_server_that_goes_away_is_gone_for_the_client() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, _) = peers.ask(get("/"), true).await;
        let (_, mut respond) = peers.asked().await;
        peers.goes_away.send(()).unwrap();
        respond.send_response(fine(), true).unwrap();
        assert_eq!(soon(response).await.unwrap().status(), 200);
        soon(peers.client_ended).await.unwrap();
    }
}

/// A WebSocket over HTTP/2 (RFC 8441 §5).
fn websocket() -> Request<()> {
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri("https://localhost/socket")
        .header("sec-websocket-version", "13")
        .body(())
        .unwrap();
    let protocol = Protocol::from_static("websocket");
    request.extensions_mut().insert(protocol);
    request
}

#[tokio::test]
async fn a_websocket_over_http2_belongs_to_its_ends() {
    let mut proxy = Running::start().await;
    let mut server = h2::server::Builder::new();
    server.enable_connect_protocol();
    for mut peers in Peers::both_ways_with(&proxy, &server).await {
        // The client waits until the server says that it takes such a request, and does nothing else.
        while !peers.client.is_extended_connect_protocol_enabled() {
            tokio::task::yield_now().await;
        }
        let (response, mut to_server) = peers.ask(websocket(), false).await;
        let (request, mut respond) = peers.asked().await;
        assert_eq!(request.method(), Method::CONNECT);
        assert_eq!(request.uri(), "https://localhost/socket");
        let protocol = request.extensions().get::<Protocol>();
        assert_eq!(protocol.map(Protocol::as_str), Some("websocket"));
        assert_eq!(request.headers()["sec-websocket-version"], "13");
        let mut to_client = respond.send_response(fine(), false).unwrap();
        let mut at_server = request.into_body();
        let mut at_client = soon(response).await.unwrap().into_body();
        to_client.send_data("\x01\x02hi".into(), false).unwrap();
        assert_eq!(next(&mut at_client).await, Some(Ok("\x01\x02hi".into())));
        to_server.send_data("\x01\x02ok".into(), true).unwrap();
        assert_eq!(next(&mut at_server).await, Some(Ok("\x01\x02ok".into())));
        to_client.send_data("\x08\0".into(), true).unwrap();
        assert_eq!(all(&mut at_client).await.0, b"\x08\0");
    }
    // What is within is not HTTP, and is not recorded.
    let exchange = proxy.exchange().await;
    assert_eq!(exchange.request.body.size, 0);
    assert_eq!(exchange.response.as_ref().unwrap().body.size, 0);
}

#[tokio::test]
async fn a_websocket_over_http2_is_not_offered_by_us() {
    let proxy = Running::start().await;
    for mut peers in Peers::both_ways(&proxy).await {
        let (response, _) = peers.ask(get("/"), true).await;
        peers.asked().await.1.send_response(fine(), true).unwrap();
        soon(response).await.unwrap();
        let offered = peers.client.is_extended_connect_protocol_enabled();
        assert!(!offered, "{}", peers.way);
    }
}
