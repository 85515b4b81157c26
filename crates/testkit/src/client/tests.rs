//! The client through a proxy, and what it says when it cannot get through.

use super::*;
use crate::relay::Relay;
use crate::{AuthorizationServer, Error, TestCa};

#[tokio::test]
async fn a_request_goes_through_the_proxy_in_either_version() {
    let server = AuthorizationServer::builder().run().await.unwrap();
    let relay = Relay::start().await;
    let url = format!("{}/jwks", server.issuer());
    let proxy = Some(relay.addr);
    let http1 = HttpClient::new(proxy, server.ca_pem()).unwrap();
    let http2 = HttpClient::http2(proxy, server.ca_pem()).unwrap();
    for client in [http1, http2] {
        let reply = client.fetch(&url).await.unwrap();
        assert_eq!(reply.json()["keys"][0]["kty"], "EC");
    }
    assert_eq!(relay.tunnels(), 2);
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named() {
    let server = AuthorizationServer::builder().run().await.unwrap();
    let url = format!("{}/jwks", server.issuer());
    let relay = Relay::start().await;
    let client = HttpClient::new(Some(relay.addr), server.ca_pem()).unwrap();
    server.shutdown().await;
    let refused = client.fetch(&url).await.unwrap_err();
    assert!(
        matches!(refused, Error::ConnectRefused { status: 502, .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn a_url_without_tls_is_not_called() {
    let client = HttpClient::new(None, &TestCa::new().unwrap().pem()).unwrap();
    let refused = client.fetch("http://127.0.0.1/").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`http://127.0.0.1/` is not an https URL"
    );
}

#[tokio::test]
async fn a_login_that_does_not_reach_the_callback_is_told() {
    let server = AuthorizationServer::builder().run().await.unwrap();
    let http = HttpClient::new(None, server.ca_pem()).unwrap();
    let callback = "https://app.test/cb";
    let app = App::new(
        http,
        server.issuer(),
        "nobody",
        ClientAuthentication::None,
        callback,
    );
    let user_agent = UserAgent::new(None, server.ca_pem()).unwrap();
    let lost = user_agent.log_in(&app.begin_login()).await.unwrap_err();
    assert!(
        matches!(lost, Error::NoCallback { status: 400, .. }),
        "{lost}"
    );
}
