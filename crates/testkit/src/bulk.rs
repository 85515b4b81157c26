//! A HAR file of any length, as a browser would write it on a busy page: scripts, images, API calls, pages, and now and then
//! a login that is refused.
//!
//! It is made while it is read, so that no file has to be kept, and the same length gives the same bytes.

use std::io::{self, Read};

use serde_json::{Value, json};

/// One entry in so many is of a login.
const ENTRIES_PER_LOGIN: u64 = 500;

/// A generated HAR file.
#[derive(Debug)]
pub struct BulkHar {
    bytes_left: u64,
    entries: u64,
    logins: u64,
    pending: Vec<u8>,
    given: usize,
    is_over: bool,
    kinds: [String; 6],
}

impl BulkHar {
    /// A file of at least this length and one more entry at most.
    pub fn new(bytes: u64) -> Self {
        Self {
            bytes_left: bytes,
            entries: 0,
            logins: 0,
            pending: br#"{"log":{"version":"1.2","creator":{"name":"bulk","version":"1"},"pages":[],"entries":["#.to_vec(),
            given: 0,
            is_over: false,
            kinds: [script(), api(), image(), api(), posted(), page()].map(|entry| entry.to_string()),
        }
    }

    /// How many entries were given so far.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// How many refused logins were given so far.
    pub fn logins(&self) -> u64 {
        self.logins
    }

    fn refill(&mut self) {
        self.pending.clear();
        self.given = 0;
        if self.bytes_left == 0 {
            self.pending.extend_from_slice(b"]}}");
            self.is_over = true;
            return;
        }
        if self.entries > 0 {
            self.pending.push(b',');
        }
        let entry = if self.entries.is_multiple_of(ENTRIES_PER_LOGIN) {
            self.logins += 1;
            refused(self.logins).to_string()
        } else {
            let kind = usize::try_from(self.entries % 6).unwrap_or_default();
            self.kinds[kind].clone()
        };
        let time = format!("2026-11-24T10:00:00.{:09}Z", self.entries % 1_000_000_000);
        self.pending
            .extend_from_slice(entry.replacen("TIME", &time, 1).as_bytes());
        self.entries += 1;
        self.bytes_left = self.bytes_left.saturating_sub(self.pending.len() as u64);
    }
}

impl Read for BulkHar {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.pending.len() && !self.is_over {
            self.refill();
        }
        let length = (&self.pending[self.given..]).read(to)?;
        self.given += length;
        Ok(length)
    }
}

fn script() -> Value {
    let line = "function f(a,b){\n\tif (a !== \"x\" && b < 10) { return `${a}` + 'y' }\n\treturn e.createElement(\"div\", {className: \"row\"}, b)\n}\n";
    got(
        "https://app.test/assets/main.js",
        "text/javascript",
        &json!({"text": line.repeat(400)}),
    )
}

fn image() -> Value {
    let text = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ/+9".repeat(600);
    got(
        "https://app.test/hero.png",
        "image/png",
        &json!({"text": text, "encoding": "base64"}),
    )
}

fn api() -> Value {
    let item = r#"{"id":4711,"name":"A thing","tags":["a","b"],"price":12.5,"href":"https://app.test/things/4711"},"#;
    let text = format!("[{}null]", item.repeat(120));
    got(
        "https://api.test/v1/things?page=2&sort=name",
        "application/json",
        &json!({"text": text}),
    )
}

fn page() -> Value {
    let row = "<tr class=\"row\"><td>A thing</td><td><a href=\"/things/4711\">more</a></td></tr>\n";
    let text = format!(
        "<!doctype html><html><body><table>{}</table></body></html>",
        row.repeat(200)
    );
    got(
        "https://app.test/things",
        "text/html; charset=utf-8",
        &json!({"text": text}),
    )
}

fn posted() -> Value {
    let mut entry = api();
    let text = r#"{"query":"query Things($page: Int!) { things(page: $page) { id name } }","variables":{"page":2}}"#;
    entry["request"]["method"] = json!("POST");
    entry["request"]["url"] = json!("https://api.test/graphql");
    entry["request"]["postData"] = json!({"mimeType": "application/json", "text": text});
    entry
}

fn refused(number: u64) -> Value {
    let error = r#"{"error":"invalid_grant","error_description":"Code not valid"}"#;
    let mut entry = got(
        "https://idp.test/token",
        "application/json",
        &json!({"text": error}),
    );
    let form = format!(
        "grant_type=authorization_code&client_id=web&code=c0de{number}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"
    );
    entry["request"]["method"] = json!("POST");
    entry["request"]["postData"] =
        json!({"mimeType": "application/x-www-form-urlencoded", "text": form});
    entry["response"]["status"] = json!(400);
    entry
}

fn got(url: &str, mime_type: &str, content: &Value) -> Value {
    let field = |name: &str, value: &str| json!({"name": name, "value": value});
    let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    let mut content = content.clone();
    content["mimeType"] = json!(mime_type);
    content["size"] = json!(content["text"].as_str().map(str::len));
    json!({
        "_initiator": {"type": "script", "stack": {"callFrames": [{"functionName": "f", "url": "https://app.test/assets/main.js", "lineNumber": 1}]}},
        "_priority": "High",
        "_resourceType": "fetch",
        "cache": {},
        "connection": "443",
        "request": {
            "method": "GET", "url": url, "httpVersion": "http/2.0", "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0,
            "headers": [field("accept", "*/*"), field("user-agent", agent), field("sec-fetch-mode", "cors"), field("referer", "https://app.test/")],
        },
        "response": {
            "status": 200, "statusText": "", "httpVersion": "http/2.0", "cookies": [], "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 700,
            "headers": [field("content-type", mime_type), field("date", "Tue, 24 Nov 2026 10:00:00 GMT"), field("cache-control", "no-store")],
            "content": content,
        },
        "serverIPAddress": "192.0.2.7",
        "startedDateTime": "TIME",
        "time": 31.2,
        "timings": {"blocked": 1.1, "dns": -1, "ssl": -1, "connect": -1, "send": 0.1, "wait": 29, "receive": 1, "_blocked_queueing": 0.7},
    })
}
