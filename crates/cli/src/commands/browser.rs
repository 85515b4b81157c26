//! `grantscope browser`: a browser whose logins are seen, with a profile of its own that is gone afterwards.

use anyhow::{Context as _, Result};

use crate::args::{Browser, Common};
use crate::browser::Browse;
use crate::child;
use crate::commands::proxy;
use crate::exit::Exit;
use crate::render::Stream;
use crate::settings::Settings;
use crate::signals::Signals;

pub(super) fn run(settings: &Settings, common: &Common, browser: &Browser) -> Result<Exit> {
    let browse = Browse::by(
        browser.program.clone(),
        browser.url.clone(),
        browser.arguments.clone(),
    )?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        let signals = Signals::catch()?;
        let watched = proxy::listen(settings, common, Stream::Output).await?;
        let _asking = watched.follow(settings, common, |settings, _| settings.clone())?;
        watched.announce();
        let browser = browse.start(watched.address(), watched.authority())?;
        let exit = child::accompany(browser.child, signals, watched, common).await;
        // The profile stays until the browser has ended.
        drop(browser.profile);
        exit
    })
}
