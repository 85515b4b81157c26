//! The commands, one file each.

pub(crate) mod analyze;
mod browser;
mod ca;
mod completions;
mod demo;
mod doctor;
mod env;
mod explain;
mod export;
mod open;
pub(crate) mod proxy;
mod run;
mod sessions;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use grantscope_oauth::Providers;

use crate::args::{Arguments, Command};
use crate::exit::Exit;
use crate::logging;
use crate::settings::Settings;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let common = &arguments.common;
    let settings = || {
        let settings = Settings::load(common)?;
        logging::set(&settings.log, common.quiet)?;
        anyhow::Ok(settings)
    };
    match &arguments.command {
        None | Some(Command::Proxy) => proxy::run(&settings()?, common),
        Some(Command::Run(run)) => run::run(&settings()?, common, run),
        Some(Command::Browser(browser)) => browser::run(&settings()?, common, browser),
        Some(Command::Env(env)) => env::run(&settings()?, env),
        Some(Command::Analyze(analyze)) => analyze::run(&settings()?, common, analyze),
        Some(Command::Sessions(sessions)) => sessions::run(&settings()?, common, sessions),
        Some(Command::Export(export)) => export::run(&settings()?, common, export),
        Some(Command::Open(open)) => open::run(&settings()?, common, open),
        Some(Command::Ca(ca)) => ca::run(&settings()?, ca),
        Some(Command::Doctor(doctor)) => doctor::run(common, doctor),
        Some(Command::Demo) => demo::run(common),
        Some(Command::Explain(explain)) => explain::run(common, explain),
        Some(Command::Completions(shell)) => completions::completions(shell),
        Some(Command::Man) => completions::man(),
    }
}

/// The providers that come with grantscope, and those that the settings name.
pub(crate) fn providers(settings: &Settings) -> Result<Arc<Providers>> {
    let mut providers = Providers::embedded();
    for path in &settings.providers {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let provider = Providers::parse_file(&name, &text)
            .with_context(|| format!("in {}", path.display()))?;
        providers = providers.with(provider);
    }
    Ok(Arc::new(providers))
}
