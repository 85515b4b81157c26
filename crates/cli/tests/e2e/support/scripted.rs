//! The scripted server of the testkit, and an app and a user agent that reach it through a proxy.

use std::fs;

use grantscope_testkit::client::ClientAuthentication;
use grantscope_testkit::server::Client;
use grantscope_testkit::{App, AuthorizationServer, HttpClient, RunningServer, UserAgent};

use super::grantscope::{Home, Listening};

/// Where the app is called back.
pub(crate) const REDIRECT_URI: &str = "https://app.test/cb";

const CLIENT: &str = "web";
/// The secret of the client.
pub(crate) const SECRET: &str = "s3cret-of-the-app";

/// A server that runs, and knows one confidential client. Its CA is left in `upstream.pem` of the home.
pub(crate) async fn server(home: &Home) -> RunningServer {
    let client = Client::confidential(CLIENT, SECRET).redirect_uri(REDIRECT_URI);
    let server = AuthorizationServer::builder()
        .client(client)
        .run()
        .await
        .unwrap();
    fs::write(home.path("upstream.pem"), server.ca_pem()).unwrap();
    server
}

/// A proxy that trusts the server and appends to the findings of the home.
pub(crate) fn proxy(home: &Home) -> Listening {
    let (upstream_ca, findings) = (home.path("upstream.pem"), home.findings_file());
    let arguments = [
        "--upstream-ca",
        upstream_ca.to_str().unwrap(),
        "--findings",
        findings.to_str().unwrap(),
    ];
    Listening::start(home, &arguments)
}

/// An app and a user agent that go through the proxy.
pub(crate) fn through(proxy: &Listening, home: &Home, server: &RunningServer) -> (App, UserAgent) {
    let ca = fs::read_to_string(home.path("ca").join("ca.pem")).unwrap();
    let http = HttpClient::new(Some(proxy.address), &ca).unwrap();
    let secret = ClientAuthentication::SecretBasic(SECRET.to_owned());
    let app = App::new(http, server.issuer(), CLIENT, secret, REDIRECT_URI);
    (app, UserAgent::new(Some(proxy.address), &ca).unwrap())
}
