//! A proxy for a moment, with the CA and the ways of the settings, whose session is thrown away.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use grantscope_proxy::CertificateAuthority;

use crate::args::Common;
use crate::commands::proxy;
use crate::engine::Tally;
use crate::render::Stream;
use crate::settings::Settings;

/// Does some work with a proxy, and returns with what came of it what the proxy saw.
pub(super) async fn while_it_runs<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(SocketAddr, CertificateAuthority) -> Result<T>,
) -> Result<(T, Tally)> {
    let directory = tempfile::tempdir().context("making a directory for a moment")?;
    let settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: directory.path().to_owned(),
        ..settings.clone()
    };
    let common = Common {
        quiet: true,
        ..Common::default()
    };
    let watched = proxy::listen(&settings, &common, Stream::Error).await?;
    let (address, authority) = (watched.address(), watched.authority().clone());
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    let serving = watched.until(async {
        // An error says that the sender is gone, which is an end as well.
        let _ended = is_done.await;
    });
    let working = async {
        let result = work(address, authority).await;
        drop(done);
        result
    };
    let (tally, result) = tokio::join!(serving, working);
    Ok((result?, tally?))
}
