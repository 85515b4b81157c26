//! A text out of a log: what a server may have said, wherever it stands in it.

use std::collections::BTreeSet;

use grantscope_oauth::is_error_member;
use serde_json::Value;

/// So many beginnings of JSON are tried. A text with more of them is no log of a refusal.
const JSON_MAX: usize = 64;

/// JSON is in a text of JSON a few times at most.
const DEPTH_MAX: usize = 4;

/// So many texts are looked through.
const TEXTS_MAX: usize = 256;

/// The error codes behind which a library prints the description.
const CODES: [&str; 4] = [
    "invalid_grant",
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
];

/// What a text may say.
#[derive(Debug, Default)]
pub(super) struct Pasted {
    /// The texts in which statements are looked for: descriptions by themselves, lines, and the whole.
    pub(super) texts: Vec<String>,
    /// The words of it in lower case, any of which may be an error code.
    pub(super) words: BTreeSet<String>,
    /// Numbers that stand for codes: a bare one, or those of `error_codes`.
    pub(super) numbers: BTreeSet<String>,
    /// Whether there is nothing but an error code.
    pub(super) is_bare: bool,
    /// What servers call themselves in it: URLs.
    pub(super) urls: Vec<String>,
}

impl Pasted {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Self {
        let mut pasted = Self::default();
        let unescaped = text.replace("\\\"", "\"");
        let decoded = decoded(text);
        for whole in [text, &unescaped, &decoded] {
            pasted.json_in(whole, 0);
            pasted.parameters(whole);
        }
        let described = !pasted.texts.is_empty();
        for whole in [text, &unescaped, &decoded] {
            pasted.lines(whole);
        }
        for whole in [text, &decoded] {
            pasted.words(whole);
        }
        pasted.is_bare = !described && (is_word(text) || unescaped.trim_start().starts_with('{'));
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            pasted.numbers.insert(text.to_owned());
        }
        pasted
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        let is_new = !self.texts.iter().any(|known| known == text);
        if !text.is_empty() && is_new && self.texts.len() < TEXTS_MAX {
            self.texts.push(text.to_owned());
        }
    }

    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.add(line);
            self.after_code(line);
        }
        self.add(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    /// What a library prints behind the error code: `"invalid_grant" "Bad Request"`, `(invalid_grant) Bad Request`.
    fn after_code(&mut self, line: &str) {
        let mut rests = CODES
            .iter()
            .filter_map(|code| line.split_once(code).map(|(_, rest)| rest));
        if let Some(rest) = rests.next() {
            self.add(rest.trim_matches(|c: char| !c.is_alphanumeric() && c != '.'));
        }
    }

    fn words(&mut self, text: &str) {
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        for word in text.split(|c| !is_of_word(c)) {
            let word = word.trim_matches('.');
            if !word.is_empty() && word.len() <= 64 {
                self.words.insert(word.to_ascii_lowercase());
            }
        }
        let urls = text
            .split_whitespace()
            .filter_map(|word| word.find("https://").map(|at| &word[at..]));
        self.urls.extend(urls.take(JSON_MAX).map(str::to_owned));
    }

    /// The members about an error of whatever JSON is in a text.
    fn json_in(&mut self, text: &str, depth: usize) {
        let mut from = 0;
        for _ in 0..JSON_MAX {
            let Some(start) = text[from..].find(['{', '[']).map(|at| from + at) else {
                return;
            };
            let mut values =
                serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
            from = match values.next() {
                Some(Ok(value)) => {
                    self.json(&value, depth);
                    start + values.byte_offset()
                }
                _ => start + 1,
            };
        }
    }

    fn json(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.member(name, value, depth);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.json(value, depth)),
            Value::String(text) if depth < DEPTH_MAX && text.contains('{') => {
                self.json_in(text, depth + 1);
            }
            _ => {}
        }
    }

    fn member(&mut self, name: &str, value: &Value, depth: usize) {
        self.json(value, depth);
        match value {
            Value::String(text) => self.said(name, text),
            Value::Array(values) if name == "error_codes" => {
                let numbers = values.iter().filter_map(Value::as_u64);
                self.numbers
                    .extend(numbers.map(|number| number.to_string()));
            }
            _ => {}
        }
    }

    /// The parameters about an error of whatever URL or form is in a text, percent-encoded or not.
    fn parameters(&mut self, text: &str) {
        for pair in
            text.split(|c: char| c.is_whitespace() || matches!(c, '&' | '?' | '#' | '"' | '\''))
        {
            if let Some((name, value)) = pair.split_once('=') {
                self.said(name, &decoded(value));
            }
        }
    }

    fn said(&mut self, name: &str, text: &str) {
        if !is_error_member(name) {
            return;
        }
        self.words(text);
        if !is_word(text) {
            self.add(text);
        }
    }
}

/// Whether a text is an error code rather than a sentence.
fn is_word(text: &str) -> bool {
    !text.contains(char::is_whitespace) && text.len() <= 64
}

/// A text with percent-encoding and `+` undone. What is no escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = after;
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
