//! `grantscope export`: a session, or what one finding is about, as a file that is safe to share.

use std::io::{self, Write};

use anyhow::{Context as _, Result, bail};
use grantscope_capture::export::{
    self, Document, Traffic, curl, html, insomnia, markdown, postman,
};
use grantscope_capture::files::replace_file;
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::{har, jsonl};
use grantscope_oauth::{Exchange, FingerprintKey, Reader};

use crate::args::{Common, Export, Format};
use crate::commands::analyze;
use crate::engine::Finding;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::{captures, key};

/// What it writes, the usual first.
const FORMATS: [Format; 8] = [
    Format::Har,
    Format::Jsonl,
    Format::Json,
    Format::Postman,
    Format::Insomnia,
    Format::Curl,
    Format::Markdown,
    Format::Html,
];

pub(super) fn run(settings: &Settings, common: &Common, export: &Export) -> Result<Exit> {
    let format = common.format_among("export", &FORMATS)?;
    let exchanges = analyze::numbered(captures::read(settings, &export.capture)?);
    let key = key::open(&settings.data_dir)?;
    let (findings, _) = analyze::diagnose(settings, &key, &exchanges)?;
    let mut findings: Vec<_> = findings.iter().filter_map(Finding::report).collect();
    let mut traffic = traffic(settings, common, key, &exchanges)?;
    if let Some(id) = &export.only {
        let only = only(findings, id)?;
        traffic = traffic.only(&only);
        findings = vec![only];
    }
    let document = Document {
        version: env!("CARGO_PKG_VERSION"),
        notes: &[],
        findings: &findings,
        traffic: &traffic,
        origins: &[],
    };
    if let Some(path) = &export.output {
        replace_file(path, |to| write(to, format, &document))?;
    } else {
        let mut to = io::BufWriter::new(io::stdout().lock());
        write(&mut to, format, &document)
            .and_then(|()| to.flush())
            .context("writing to standard output")?;
    }
    Ok(Exit::Fine)
}

fn traffic(
    settings: &Settings,
    common: &Common,
    key: FingerprintKey,
    exchanges: &[Exchange],
) -> Result<Traffic> {
    let redactor = if common.keep_secrets {
        Redactor::keep_secrets()
    } else {
        Redactor::new(key.clone())
    };
    let reader = Reader::new(key, super::providers(settings)?);
    let redacted = exchanges.iter().map(|exchange| redactor.redact(exchange));
    Ok(Traffic::read(redacted, &reader))
}

/// The finding of this id.
fn only(findings: Vec<FindingV1>, id: &str) -> Result<FindingV1> {
    let ids: Vec<_> = findings.iter().map(|it| it.id().to_owned()).collect();
    match findings.into_iter().find(|finding| finding.id() == id) {
        Some(finding) => Ok(finding),
        None if ids.is_empty() => {
            bail!("there is no finding “{id}”: nothing was found in this capture")
        }
        None => bail!(
            "there is no finding “{id}” in this capture; there are {}",
            ids.join(", ")
        ),
    }
}

fn write(mut to: &mut dyn Write, format: Format, document: &Document<'_>) -> io::Result<()> {
    let exchanges = document.traffic.exchanges();
    match format {
        Format::Jsonl => {
            for exchange in exchanges {
                jsonl::write(&mut to, exchange)?;
            }
            Ok(())
        }
        Format::Json => export::json(to, document),
        Format::Postman => postman::write(to, document),
        Format::Insomnia => insomnia::write(to, document),
        Format::Curl => curl::write(to, document),
        Format::Markdown => markdown::write(to, document),
        Format::Html => html::write(to, document),
        Format::Har | Format::Pretty => {
            let extra = serde_json::json!({ "findings": document.findings });
            har::export(to, document.version, exchanges, Some(&extra))
        }
    }
}
