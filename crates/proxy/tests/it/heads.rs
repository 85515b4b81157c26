//! What the tap is asked by, before anything is copied: the whole URL is to be had on each way in, in each version.

use std::sync::Arc;

use bytes::Bytes;
use grantscope_oauth::Exchange;
use grantscope_proxy::{Interest, Outcome, RequestHead, Reverse, Spoken, Tap};
use http::Request;
use http_body_util::Full;
use tokio::sync::mpsc;

use crate::support::{Running, ask, ask_http2, clear_server, connect, soon, text, tls_server};

/// Keeps what it is asked by.
struct Asked(mpsc::UnboundedSender<[String; 3]>);

impl Tap for Asked {
    fn wants(&self, request: &RequestHead<'_>) -> Interest {
        let path = request.path_and_query().to_owned();
        let by = request.field("x-by").unwrap_or_default().to_owned();
        let url = format!("{} {}", request.method(), request.url());
        self.0.send([url, path, by]).ok();
        Interest::Ignore
    }

    fn request_sent(&self, _: Arc<Exchange>) {}

    fn response_received(&self, _: Arc<Exchange>, _: Outcome) {}
}

const CLOSE: &str = "X-By: test\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_is_known_by_its_whole_url() {
    let clear = clear_server(|_| text("hello")).await;
    let secure = tls_server(&[b"h2", b"http/1.1"], |_| text("hello")).await;
    let (asked, mut asks) = mpsc::unbounded_channel();
    let proxy = Running::start_with(|config| {
        config.tap = Arc::new(Asked(asked));
        config.reverse = vec![Reverse {
            listen: "127.0.0.1:0".parse().unwrap(),
            spoken: Spoken::Clear,
            server: format!("https://{secure}"),
        }];
    })
    .await;
    let mut told = async || soon(asks.recv()).await.unwrap();
    let expected = |url: &str| [format!("GET {url}"), "/leave?a=b".into(), "test".into()];

    let mut absolute = proxy.connect().await;
    let url = format!("http://{clear}/leave?a=b");
    ask(
        &mut absolute,
        &format!("GET {url} HTTP/1.1\r\nHost: x\r\n{CLOSE}"),
    )
    .await;
    assert_eq!(told().await, expected(&url));

    let request = format!("GET /leave?a=b HTTP/1.1\r\nHost: idp.test\r\n{CLOSE}");
    let mut tunnel = proxy.tunnel(&clear.to_string()).await;
    ask(&mut tunnel, &request).await;
    assert_eq!(told().await, expected("http://idp.test/leave?a=b"));

    let mut tls = proxy
        .tls(&secure.to_string(), "idp.test", &[b"http/1.1"])
        .await;
    ask(&mut tls, &request).await;
    assert_eq!(told().await, expected("https://idp.test/leave?a=b"));

    let tls = proxy.tls(&secure.to_string(), "idp.test", &[b"h2"]).await;
    let request = Request::get("https://idp.test/leave?a=b").header("x-by", "test");
    ask_http2(tls, request.body(Full::<Bytes>::default()).unwrap()).await;
    assert_eq!(told().await, expected("https://idp.test/leave?a=b"));

    let mut reverse = connect(proxy.reverse[0]).await;
    ask(
        &mut reverse,
        &format!("GET /leave?a=b HTTP/1.1\r\nHost: app.test\r\n{CLOSE}"),
    )
    .await;
    assert_eq!(
        told().await,
        expected(&format!("https://{secure}/leave?a=b"))
    );
}
