//! A collection for Postman, in its format 2.1: the requests, with variables in place of secrets.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::replay::{Content, Replay, replays};
use super::templates::{in_url, template};
use super::variables::Variables;
use super::{Document, title};

/// The format, by the name that Postman gives it.
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// Writes the collection.
pub fn write(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    let replays = replays(document);
    let variables = Variables::of(replays.iter().map(|it| it.request));
    let items = replays.iter().map(|replay| item(replay, &variables));
    let of_collection = variables.iter().map(|variable| {
        json!({
            "key": variable.name, "value": "", "type": "string", "description": variable.description,
        })
    });
    let collection = json!({
        "info": {
            "name": format!("grantscope: {}", title(document)),
            "description": format!(
                "Requests that grantscope {} saw. Fill in the variables of the collection, and send them.",
                document.version
            ),
            "schema": SCHEMA,
        },
        "item": items.collect::<Vec<_>>(),
        "variable": of_collection.collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut to, &collection)?;
    to.write_all(b"\n")
}

fn variable(name: &str) -> String {
    format!("{{{{{name}}}}}")
}

fn item(replay: &Replay<'_>, variables: &Variables) -> Value {
    let text = |text: &str| template(variables, text, variable);
    let field = |name: &str, value: &str| json!({"key": text(name), "value": text(value)});
    let headers = replay.headers().map(|(name, value)| field(name, &value));
    let mut request = json!({
        "method": replay.request.method.as_str(),
        "header": headers.collect::<Vec<_>>(),
        "url": in_url(variables, replay.request.url.as_str(), variable),
        "description": text(&replay.about),
    });
    if let Some((client, secret)) = &replay.basic {
        let entry =
            |key: &str, value: &str| json!({"key": key, "value": text(value), "type": "string"});
        request["auth"] = json!({
            "type": "basic", "basic": [entry("username", client), entry("password", secret)],
        });
    } else {
        request["auth"] = json!({"type": "noauth"});
    }
    match replay.content() {
        Content::Form(form) => {
            let pairs = form_urlencoded::parse(form.as_bytes());
            let pairs = pairs.map(|(name, value)| field(&name, &value));
            request["body"] =
                json!({"mode": "urlencoded", "urlencoded": pairs.collect::<Vec<_>>()});
        }
        Content::Text(content) => request["body"] = json!({"mode": "raw", "raw": text(content)}),
        // A collection cannot hold bytes.
        Content::None | Content::Bytes(_) => {}
    }
    json!({"name": text(&replay.title), "request": request, "response": []})
}
