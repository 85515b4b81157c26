//! `grantscope doctor [-- CMD]`: what stands between a program and its first diagnosis, each with a mend.

mod authority;
mod check;
mod clock;
mod command;
mod host;
mod proxied;
mod runtime;
mod self_test;
mod storage;

use anyhow::{Context as _, Result};

use crate::args::{Common, Doctor, Format};
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;
use check::Check;

/// Looks at everything, also where something is wrong with the settings already.
pub(super) fn run(common: &Common, asked: &Doctor) -> Result<Exit> {
    let format = common.format_among("doctor", &[Format::Pretty, Format::Json])?;
    let mut checks = match Settings::load(common) {
        Ok(settings) => of_settings(&settings, asked)?,
        Err(error) => vec![Check::bad(
            "configuration",
            format!("{error:#}"),
            "mend the file, or name another by --config; without settings nothing else can be looked at",
        )],
    };
    if !asked.command.is_empty() {
        checks.extend(command::checks(&asked.command));
    }
    render::print(&match format {
        Format::Json => check::json(&checks)?,
        _ => check::pretty(&checks),
    })?;
    let fails = checks.iter().any(Check::is_bad);
    Ok(if fails { Exit::Findings } else { Exit::Fine })
}

fn of_settings(settings: &Settings, asked: &Doctor) -> Result<Vec<Check>> {
    let mut checks = vec![Check::good("configuration", "it can be read".to_owned())];
    checks.extend(authority::checks(&settings.ca_dir));
    checks.extend(host::checks(settings));
    checks.extend(storage::checks(&settings.data_dir));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        checks.push(self_test::check(settings).await);
        if let Some(server) = &asked.server {
            checks.extend(clock::checks(settings, server).await);
        }
    });
    Ok(checks)
}
