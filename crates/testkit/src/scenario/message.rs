//! What follows a request line or a status: header fields and content.
//!
//! The parts stand on lines of their own, or on one line with two spaces between them. `Name: value` is a header field,
//! and the first part that is not begins the content, which goes on to the end of the message.

use grantscope_oauth::{Body, Headers};

use super::error::{Fault, Located};
use super::exchanges::Line;
use super::sugar;

/// The header fields and the content of a message.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) headers: Headers,
    content: String,
}

/// Whose message it is: the media type of a content without one depends on it.
#[derive(Clone, Copy)]
pub(super) enum Sender {
    Client,
    Server,
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl Message {
    pub(super) fn read(lines: &[Line], sender: Sender) -> Result<Self, Located> {
        let mut message = Self::default();
        for line in lines {
            message
                .add(&line.text)
                .map_err(|fault| fault.at(line.number))?;
        }
        let first = lines.first().map_or(0, |line| line.number);
        message.describe(sender).map_err(|fault| fault.at(first))?;
        Ok(message)
    }

    /// The content, which was captured without its end where a `Content-Length` is greater.
    pub(super) fn body(&self) -> Body {
        let sent = self.headers.first("content-length");
        let sent = sent.and_then(|length| length.parse::<usize>().ok());
        Body {
            truncated: sent.is_some_and(|sent| sent > self.content.len()),
            ..Body::whole(self.content.clone())
        }
    }

    fn add(&mut self, line: &str) -> Result<(), Fault> {
        let mut rest = line.trim();
        while self.content.is_empty()
            && let Some((name, value)) = field(rest)
        {
            let (value, after) = value.split_once("  ").unwrap_or((value, ""));
            let value = sugar::expand_header(name, value.trim())?;
            self.headers.push(name, value);
            rest = after.trim();
        }
        self.content.push_str(rest);
        Ok(())
    }

    /// Adds the media type that such a content has, unless the page gives one.
    fn describe(&mut self, sender: Sender) -> Result<(), Fault> {
        if self.content.is_empty() || self.headers.first("content-type").is_some() {
            return Ok(());
        }
        let media_type = media_type(&self.content, sender);
        if media_type == JSON {
            serde_json::from_str::<serde_json::Value>(&self.content)
                .map_err(|error| Fault::NotJson(error.to_string()))?;
        }
        self.headers.push("Content-Type", media_type);
        Ok(())
    }
}

fn media_type(content: &str, sender: Sender) -> &'static str {
    match (content.chars().next(), sender) {
        (Some('{' | '['), _) => JSON,
        (Some('<'), _) => "text/html",
        (_, Sender::Client) => FORM,
        (_, Sender::Server) if content.contains('=') => FORM,
        (_, Sender::Server) => "text/plain",
    }
}

/// Splits `Name: value`. The blank tells a header field from a form or a URL that has a colon.
fn field(text: &str) -> Option<(&str, &str)> {
    let empty = || text.strip_suffix(':').map(|name| (name, ""));
    let (name, value) = text.split_once(": ").or_else(empty)?;
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (is_name && !name.is_empty()).then(|| (name, value.trim_start()))
}
