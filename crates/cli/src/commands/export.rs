//! `grantscope export`: a session as a file that is safe to share.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use grantscope_capture::redact::{Redacted, Redactor};
use grantscope_capture::report::FindingV1;
use grantscope_capture::session::replace_file;
use grantscope_capture::{har, jsonl};
use grantscope_oauth::Exchange;

use crate::args::{Common, Export, Format};
use crate::commands::analyze;
use crate::engine::Finding;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::{captures, key};

pub(super) fn run(settings: &Settings, common: &Common, export: &Export) -> Result<Exit> {
    let exchanges = captures::read(settings, &export.capture)?;
    let redactor = if common.keep_secrets {
        Redactor::keep_secrets()
    } else {
        Redactor::new(key::open(&settings.data_dir)?)
    };
    let reports = reports(settings, exchanges.clone())?;
    let exchanges: Vec<_> = exchanges
        .iter()
        .map(|exchange| redactor.redact(exchange))
        .collect();
    let mut content = Vec::new();
    write(
        &mut content,
        common.format.unwrap_or(Format::Har),
        &exchanges,
        &reports,
    )?;
    match &export.output {
        Some(path) => replace_file(path, |to| to.write_all(&content))?,
        None => std::io::stdout()
            .write_all(&content)
            .context("writing to standard output")?,
    }
    Ok(Exit::Fine)
}

fn reports(settings: &Settings, exchanges: Vec<Exchange>) -> Result<Vec<FindingV1>> {
    let (findings, _) = analyze::diagnose(settings, exchanges)?;
    Ok(findings.iter().filter_map(Finding::report).collect())
}

fn write(
    to: &mut Vec<u8>,
    format: Format,
    exchanges: &[Redacted<Exchange>],
    reports: &[FindingV1],
) -> Result<()> {
    match format {
        Format::Har => {
            let extra = serde_json::json!({ "findings": reports });
            har::export(to, env!("CARGO_PKG_VERSION"), exchanges, Some(&extra))?;
        }
        Format::Jsonl => {
            for exchange in exchanges {
                jsonl::write(&mut *to, exchange)?;
            }
        }
        Format::Pretty | Format::Json | Format::Markdown | Format::Html => {
            bail!("a session is exported as har or jsonl; `grantscope analyze` prints its findings")
        }
    }
    Ok(())
}
