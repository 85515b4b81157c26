//! An export of Insomnia, in its format 4, which later versions import as well: the requests, with the variables of an
//! environment in place of secrets.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::replay::{Content, Replay, replays};
use super::templates::{in_url, template};
use super::variables::Variables;
use super::{Document, title};

const WORKSPACE: &str = "wrk_grantscope";

/// Writes the export.
pub fn write(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    let replays = replays(document);
    let variables = Variables::of(replays.iter().map(|it| it.request));
    let mut resources = vec![workspace(document, &variables), environment(&variables)];
    let requests = replays.iter().enumerate();
    resources.extend(requests.map(|(at, replay)| request(at, replay, &variables)));
    let export = json!({
        "_type": "export",
        "__export_format": 4,
        "__export_source": format!("grantscope:{}", document.version),
        "resources": resources,
    });
    serde_json::to_writer_pretty(&mut to, &export)?;
    to.write_all(b"\n")
}

/// An environment has no place for descriptions: those of its variables are the workspace's.
fn workspace(document: &Document<'_>, variables: &Variables) -> Value {
    let described = variables
        .iter()
        .map(|it| format!("\n- `{}`: {}", it.name, it.description));
    json!({
        "_id": WORKSPACE,
        "_type": "workspace",
        "parentId": null,
        "scope": "collection",
        "name": format!("grantscope: {}", title(document)),
        "description": format!(
            "Requests that grantscope {} saw. Fill in the base environment, and send them.\n{}",
            document.version,
            described.collect::<String>()
        ),
    })
}

fn environment(variables: &Variables) -> Value {
    let empty = variables
        .iter()
        .map(|it| (it.name.clone(), Value::from("")));
    json!({
        "_id": "env_grantscope",
        "_type": "environment",
        "parentId": WORKSPACE,
        "name": "Base Environment",
        "data": empty.collect::<Map<_, _>>(),
    })
}

fn variable(name: &str) -> String {
    format!("{{{{ _.{name} }}}}")
}

fn request(at: usize, replay: &Replay<'_>, variables: &Variables) -> Value {
    let text = |text: &str| template(variables, text, variable);
    let field = |name: &str, value: &str| json!({"name": text(name), "value": text(value)});
    let headers = replay.headers().map(|(name, value)| field(name, &value));
    let authentication = match &replay.basic {
        Some((client, secret)) => json!({
            "type": "basic", "username": text(client), "password": text(secret),
        }),
        None => json!({}),
    };
    let media_type = replay.request.headers.media_type().unwrap_or_default();
    let body = match replay.content() {
        Content::Form(form) => {
            let pairs = form_urlencoded::parse(form.as_bytes());
            let pairs = pairs.map(|(name, value)| field(&name, &value));
            json!({"mimeType": media_type, "params": pairs.collect::<Vec<_>>()})
        }
        Content::Text(content) => json!({"mimeType": text(&media_type), "text": text(content)}),
        // An export cannot hold bytes.
        Content::None | Content::Bytes(_) => json!({}),
    };
    json!({
        "_id": format!("req_grantscope_{}", at + 1),
        "_type": "request",
        "parentId": WORKSPACE,
        "metaSortKey": at,
        "name": text(&replay.title),
        "description": text(&replay.about),
        "method": replay.request.method.as_str(),
        "url": in_url(variables, replay.request.url.as_str(), variable),
        "headers": headers.collect::<Vec<_>>(),
        "authentication": authentication,
        "body": body,
        "parameters": [],
    })
}
