//! The requests as commands for a POSIX shell.
//!
//! What was captured stands between single quotes, where nothing means anything to a shell; secrets are variables that the
//! user fills in above. The content is sent byte for byte, and header fields keep their order.

use std::fmt::Write as _;
use std::io::{self, Write};

use grantscope_oauth::Request;
use http::{Method, Version};

use super::replay::{Content, Replay, replays};
use super::variables::{Piece, Variables};
use super::{Document, shown};

/// Writes the commands, one for each request.
pub fn write(mut to: impl Write, document: &Document<'_>) -> io::Result<()> {
    let replays = replays(document);
    let variables = Variables::of(replays.iter().map(|it| it.request));
    let version = shown(document.version);
    writeln!(
        to,
        "#!/bin/sh\n# Requests that grantscope {version} saw, to be sent again."
    )?;
    if replays.is_empty() {
        writeln!(to, "# There are none of OAuth in the capture.")?;
    }
    if variables.iter().next().is_some() {
        writeln!(
            to,
            "# Fill in each secret as it stands in the request: percent-encoded where it is in a form or a URL."
        )?;
    }
    for variable in variables.iter() {
        writeln!(
            to,
            "\n# {}\n{}=''",
            shown(&variable.description),
            variable.name
        )?;
    }
    if variables.iter().next().is_some() {
        let checks: Vec<_> = variables
            .iter()
            .map(|it| format!("\"${{{}:?is to be filled in}}\"", it.name))
            .collect();
        writeln!(to, "\n: {}", checks.join(" "))?;
    }
    for replay in &replays {
        writeln!(to, "\n# {}", replay.title)?;
        if !replay.about.is_empty() {
            writeln!(to, "# {}", replay.about)?;
        }
        if replay.is_truncated() {
            writeln!(to, "# The end of the content was not captured.")?;
        }
        writeln!(to, "{}", command(replay, &variables))?;
    }
    to.flush()
}

fn command(replay: &Replay<'_>, variables: &Variables) -> String {
    let quoted = |text: &str| quoted(&variables.pieces(text));
    let request = replay.request;
    // A URL may hold characters that curl would expand, and dots that it would resolve.
    let mut lines = vec![format!(
        "curl {} --globoff --path-as-is --include",
        version(request)
    )];
    if request.method == Method::HEAD {
        lines.push("--head".to_owned());
    } else {
        lines.push(format!("--request {}", quoted(request.method.as_str())));
    }
    lines.push(format!(
        "--url {}",
        quoted(&without_controls(request.url.as_str()))
    ));
    if let Some((client, secret)) = &replay.basic {
        lines.push(format!(
            "--basic --user {}",
            quoted(&format!("{client}:{secret}"))
        ));
    }
    lines.extend(headers(replay).map(|field| format!("--header {}", quoted(&field))));
    let before = match replay.content() {
        Content::None => String::new(),
        Content::Form(text) | Content::Text(text) => {
            lines.push(format!("--data-raw {}", quoted(text)));
            String::new()
        }
        Content::Bytes(bytes) => {
            lines.push("--data-binary @-".to_owned());
            format!("printf '{}' | ", octal(bytes))
        }
    };
    format!("{before}{}", lines.join(" \\\n  "))
}

/// The fields, and those that curl would add, each with nothing behind its colon so that it is left out.
fn headers(replay: &Replay<'_>) -> impl Iterator<Item = String> {
    let sent = replay.headers().map(|(name, value)| {
        if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {value}")
        }
    });
    let added = ["Accept", "User-Agent", "Content-Type"];
    let unwanted = added
        .into_iter()
        .filter(|name| replay.request.headers.first(name).is_none());
    sent.chain(unwanted.map(|name| format!("{name}:")))
}

fn version(request: &Request) -> &'static str {
    match request.version {
        Version::HTTP_09 | Version::HTTP_10 => "--http1.0",
        Version::HTTP_2 | Version::HTTP_3 if request.url.scheme() == "http" => {
            "--http2-prior-knowledge"
        }
        Version::HTTP_2 | Version::HTTP_3 => "--http2",
        _ => "--http1.1",
    }
}

/// Control characters in a URL are percent-encoded: no client can have sent them.
fn without_controls(url: &str) -> String {
    let mut written = String::with_capacity(url.len());
    for c in url.chars() {
        if c.is_ascii_control() {
            // Writing to a text does not fail.
            let _written = write!(written, "%{:02X}", u32::from(c));
        } else {
            written.push(c);
        }
    }
    written
}

/// A word of a POSIX shell (POSIX.1-2024 XCU §2.2.2).
fn quoted(pieces: &[Piece<'_>]) -> String {
    let piece = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => format!("'{}'", text.replace('\'', r"'\''")),
        Piece::Variable(variable) => format!("\"${{{}}}\"", variable.name),
    };
    match pieces {
        [] => "''".to_owned(),
        pieces => pieces.iter().map(piece).collect(),
    }
}

/// Bytes as `printf` of a shell writes them.
fn octal(bytes: &[u8]) -> String {
    let mut octal = String::with_capacity(bytes.len() * 4);
    for byte in bytes {
        // Writing to a text does not fail.
        let _written = write!(octal, "\\{byte:03o}");
    }
    octal
}
