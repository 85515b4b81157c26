//! What is taken away: a finding, or a whole session, in the formats of `grantscope export`.

use std::io;

use grantscope_capture::export::{
    self, Document, Traffic, curl, html as page, insomnia, markdown, postman,
};
use grantscope_capture::redact::Redactor;
use grantscope_capture::report::FindingV1;
use grantscope_capture::{har, jsonl};
use grantscope_oauth::{Exchange, Reader};

use crate::routes::App;

/// A format: its name, what its files end in, and its media type.
pub(super) type Format = (&'static str, &'static str, &'static str);

/// All formats, as `--format` names them.
pub(super) const FORMATS: [Format; 8] = [
    ("har", "har", "application/json"),
    ("jsonl", "jsonl", "application/x-ndjson"),
    ("json", "json", "application/json"),
    ("markdown", "md", "text/markdown; charset=utf-8"),
    ("html", "html", "text/html; charset=utf-8"),
    ("curl", "sh", "text/plain; charset=utf-8"),
    ("postman", "postman.json", "application/json"),
    ("insomnia", "insomnia.json", "application/json"),
];

/// Writes findings and their exchanges. What is stored is redacted, and what is not is so now: nothing leaves else.
pub(super) fn write(
    app: &App,
    format: &str,
    findings: &[FindingV1],
    exchanges: &[Exchange],
    only: bool,
) -> io::Result<Vec<u8>> {
    let redactor = Redactor::new(app.key.clone());
    let reader = Reader::new(app.key.clone(), app.providers.clone());
    let redacted = exchanges.iter().map(|exchange| redactor.redact(exchange));
    let traffic = Traffic::read(redacted, &reader);
    let traffic = match findings {
        [finding] if only => traffic.only(finding),
        _ => traffic,
    };
    let document = Document {
        version: app.version,
        notes: &[],
        findings,
        traffic: &traffic,
        origins: &[],
    };
    let mut to = Vec::new();
    match format {
        "jsonl" => traffic
            .exchanges()
            .try_for_each(|exchange| jsonl::write(&mut to, exchange))?,
        "json" => export::json(&mut to, &document)?,
        "markdown" => markdown::write(&mut to, &document)?,
        "html" => page::write(&mut to, &document)?,
        "curl" => curl::write(&mut to, &document)?,
        "postman" => postman::write(&mut to, &document)?,
        "insomnia" => insomnia::write(&mut to, &document)?,
        _ => {
            let extra = serde_json::json!({ "findings": findings });
            har::export(&mut to, app.version, traffic.exchanges(), Some(&extra))?;
        }
    }
    Ok(to)
}
