//! A refused grant of our own making, sent through a proxy of our own, over TLS.

use anyhow::{Context as _, Result, ensure};
use grantscope_testkit::client::ClientAuthentication;
use grantscope_testkit::{App, AuthorizationServer, HttpClient};

use super::check::Check;
use super::proxied::while_it_runs;
use crate::settings::Settings;

pub(super) async fn check(settings: &Settings) -> Check {
    match refused_grant(settings).await {
        Ok(()) => Check::good(
            "self-test",
            "a grant that a server of our own refused was seen through the proxy, over TLS"
                .to_owned(),
        ),
        Err(error) => Check::bad(
            "self-test",
            format!("{error:#}"),
            "something on this machine keeps programs from loopback, or this is a fault of grantscope: please report it",
        ),
    }
}

async fn refused_grant(settings: &Settings) -> Result<()> {
    let server = AuthorizationServer::builder()
        .run()
        .await
        .context("starting a server")?;
    let directory = tempfile::tempdir().context("making a directory for a moment")?;
    let ca = directory.path().join("ca.pem");
    std::fs::write(&ca, server.ca_pem()).context("writing the server's CA")?;
    let settings = Settings {
        upstream_ca: vec![ca],
        upstream_proxy: String::new(),
        passthrough: Vec::new(),
        ..settings.clone()
    };
    let issuer = server.issuer().to_owned();
    let (answered, tally) = while_it_runs(&settings, async |address, authority| {
        let http = HttpClient::new(Some(address), authority.ca_pem())?;
        let nobody = ClientAuthentication::None;
        let app = App::new(http, &issuer, "doctor", nobody, "https://app.test/cb");
        Ok(app.refresh("none").await?)
    })
    .await?;
    server.shutdown().await;
    ensure!(
        (400..500).contains(&answered.status),
        "the server answered {}",
        answered.status
    );
    ensure!(
        tally.refused == 1,
        "the answer came, and {} refused grants were seen in place of one",
        tally.refused
    );
    Ok(())
}
