//! Addresses that stand for a server.

use grantscope_proxy::{Error, Proxy, ProxyConfig, Reverse};
use tokio::net::TcpStream;

use crate::support::{Got, Running, ask, connect_tls, soon, tap, tls_server};

fn host(request: &Got) -> http::Response<http_body_util::Full<bytes::Bytes>> {
    let host = request.headers()["host"].to_str().unwrap().to_owned();
    http::Response::new(http_body_util::Full::from(host))
}

#[tokio::test]
async fn an_address_stands_for_a_server() {
    let server = tls_server(&[b"h2", b"http/1.1"], |request| host(&request)).await;
    let authority = format!("localhost:{}", server.port());
    let reverse = Reverse {
        listen: "127.0.0.1:0".parse().unwrap(),
        server: format!("https://{authority}"),
    };
    let mut proxy = Running::start_with(|config| config.reverse = vec![reverse]).await;
    let address = proxy.reverse[0];
    let request = format!("GET /t?a=1 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");

    let mut clear = TcpStream::connect(address).await.unwrap();
    let answer = ask(&mut clear, &request).await;
    assert!(answer.ends_with(&authority), "{answer}");
    let url = format!("https://{authority}/t?a=1");
    assert_eq!(proxy.exchange().await.request.url.as_str(), url);

    let stream = TcpStream::connect(address).await.unwrap();
    let connecting = connect_tls(stream, "127.0.0.1", proxy.root(), &[b"h2", b"http/1.1"]);
    let mut secure = soon(connecting).await.unwrap();
    let answer = ask(&mut secure, &request).await;
    assert!(answer.ends_with(&authority), "{answer}");
    assert_eq!(proxy.exchange().await.request.url.as_str(), url);
}

#[tokio::test]
async fn a_server_that_is_no_url_is_refused() {
    let proxy = Running::start().await;
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let mut config = ProxyConfig::new(proxy.authority.clone(), tap(told));
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.reverse = vec![Reverse {
        listen: config.listen,
        server: "idp.test".to_owned(),
    }];
    let error = Proxy::bind(config).await.unwrap_err();
    assert!(matches!(&error, Error::Reverse { server } if server == "idp.test"));
}
