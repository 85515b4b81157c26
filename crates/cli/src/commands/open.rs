//! `grantscope open`: a stored session or a file, looked at in a browser.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result};
use grantscope_capture::files;
use grantscope_capture::store::{Store, StoreError};
use grantscope_dashboard::{Config, Dashboard};

use crate::args::{Common, Open};
use crate::exit::Exit;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::{captures, dashboard, key, render};

pub(super) fn run(settings: &Settings, common: &Common, open: &Open) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(serve(settings, common, &open.capture))
}

async fn serve(settings: &Settings, common: &Common, capture: &Path) -> Result<Exit> {
    let mut signals = Signals::catch()?;
    let key = key::of_reader(&settings.data_dir)?;
    // Who asks for pages gets them, whatever the settings say of those beside a proxy.
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let address = dashboard::address(settings)?.unwrap_or(usual);
    let name = capture.to_string_lossy().into_owned();
    let config = dashboard::config(settings, address, name.clone(), key)?;
    let pages = if captures::is_file(capture) {
        of_file(config, capture).await?
    } else {
        check(settings, &name)?;
        Dashboard::new(config)?
    };
    let bound = pages.bind().await?;
    if !common.quiet {
        render::print(&format!("{name} is on {}\n", bound.url()))?;
    }
    let stop = async move { while !signals.next().await.is_to_end() {} };
    bound.serve(stop).await?;
    Ok(Exit::Fine)
}

async fn of_file(config: Config, file: &Path) -> Result<Dashboard> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let import = files::read(file)?;
    captures::report(file, &import);
    Ok(Dashboard::new(config)?.open(&name, import).await?)
}

/// There is such a session.
fn check(settings: &Settings, name: &str) -> Result<()> {
    let none = || StoreError::no_session(name, &settings.data_dir);
    let store = Store::open_to_read(&settings.data_dir)?.ok_or_else(none)?;
    store.session(name)?;
    Ok(())
}
