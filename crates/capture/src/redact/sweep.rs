//! The last step: secrets that were found are replaced wherever else they occur in the exchange, in any usual encoding.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD,
};
use form_urlencoded::byte_serialize;
use grantscope_oauth::{FingerprintKey, is_token_character, lower_escapes, placeholder};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::form::encoded as percent_encoded;
use super::found::Found;
use super::words::is_jwt;

/// Replaces the secrets of one exchange in its texts.
pub(super) struct Sweep<'k> {
    key: &'k FingerprintKey,
    patterns: Option<AhoCorasick>,
    placeholders: Vec<String>,
}

impl<'k> Sweep<'k> {
    /// A sweep for the secrets that were found.
    pub(super) fn new(found: &Found<'k>) -> Self {
        let mut by_spelling = BTreeMap::new();
        for secret in found.sought() {
            let stands = placeholder::write(secret.kind, &found.key.read(&secret.value));
            for spelling in spellings(&secret.value) {
                by_spelling
                    .entry(spelling)
                    .or_insert_with(|| stands.clone());
            }
        }
        let (spellings, placeholders): (Vec<_>, Vec<_>) = by_spelling.into_iter().unzip();
        let patterns = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            // It is built for the few texts of one exchange: to build a faster automaton costs more than it saves.
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(spellings);
        Self {
            key: found.key,
            // A set of patterns is refused only where it is too large, and ours is bounded.
            patterns: patterns.ok().filter(|_| !placeholders.is_empty()),
            placeholders,
        }
    }

    /// The text without the secrets. The placeholders in it stay as they are.
    pub(super) fn text(&self, text: &str) -> String {
        let mut swept = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(Range { start, end }) = placeholder::find(rest) {
            self.gap(&rest[..start], &mut swept);
            swept.push_str(&rest[start..end]);
            rest = &rest[end..];
        }
        self.gap(rest, &mut swept);
        self.without_jwts(&swept)
    }

    fn gap(&self, text: &str, to: &mut String) {
        let Some(patterns) = &self.patterns else {
            to.push_str(text);
            return;
        };
        let mut copied = 0;
        for found in patterns.find_iter(text) {
            to.push_str(&text[copied..found.start()]);
            to.push_str(&self.placeholders[found.pattern().as_usize()]);
            copied = found.end();
        }
        to.push_str(&text[copied..]);
    }

    /// Replaces JWTs that stand in texts of which nothing is known.
    fn without_jwts(&self, text: &str) -> String {
        if !text.contains("eyJ") {
            return text.to_owned();
        }
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("eyJ") {
            let length = rest[start..].find(|c| !is_token_character(c));
            let end = length.map_or(rest.len(), |length| start + length);
            let word = &rest[start..end];
            result.push_str(&rest[..start]);
            if is_jwt(word) && !result.ends_with(is_token_character) {
                result += &placeholder::write("token", &self.key.read(word));
            } else {
                result.push_str(word);
            }
            rest = &rest[end..];
        }
        result + rest
    }
}

/// The text of a secret in the encodings in which it may be repeated.
fn spellings(secret: &str) -> Vec<String> {
    let strict = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let form = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let once = [percent_encoded(secret), strict(secret), form(secret)];
    let mut all = vec![secret.to_owned()];
    for text in once {
        all.push(strict(&text));
        all.push(percent_encoded(&text));
        all.push(lower_escapes(&text));
        all.push(text);
    }
    all.push(BASE64_STANDARD.encode(secret));
    all.push(BASE64_STANDARD_NO_PAD.encode(secret));
    all.push(BASE64_URL_SAFE.encode(secret));
    all.push(BASE64_URL_SAFE_NO_PAD.encode(secret));
    all.extend(json_escaped(secret));
    all.sort_unstable();
    all.dedup();
    all
}

/// As JSON writes it, also with what some libraries escape for the sake of HTML.
fn json_escaped(text: &str) -> [String; 3] {
    let quoted = serde_json::Value::from(text).to_string();
    let plain = quoted[1..quoted.len() - 1].to_owned();
    let html = |upper: bool| {
        let escape = |c: char| match c {
            '+' | '<' | '>' | '&' | '\'' | '=' => {
                let code = u32::from(c);
                if upper {
                    format!("\\u{code:04X}")
                } else {
                    format!("\\u{code:04x}")
                }
            }
            '/' if !upper => "\\/".to_owned(),
            c => c.to_string(),
        };
        plain.chars().map(escape).collect::<String>()
    };
    let (lower, upper) = (html(false), html(true));
    [plain, lower, upper]
}
