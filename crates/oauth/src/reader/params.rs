//! The parameters of a message: from the query, a form, a JSON object or a request object, decoded once.

use std::slice;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::notes::Notes;
use super::secrets;
use crate::fingerprint::{Fingerprint, FingerprintKey};
use crate::mask;
use crate::placeholder;

/// More parameters than this are not read: no OAuth message has so many.
const PARAMETERS_MAX: usize = 512;

/// Where a parameter was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Query,
    Fragment,
    Form,
    Json,
    RequestObject,
}

impl Source {
    /// The word by which a place begins, as in `form grant_type`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::Form => "form",
            Self::Json => "json",
            Self::RequestObject => "request object",
        }
    }
}

/// One parameter, decoded.
#[derive(Clone, Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) source: Source,
}

impl Param {
    fn place(&self) -> String {
        format!("{} {}", self.source.word(), shown(&self.name))
    }
}

/// The parameters of a message in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<Param>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text: a form, a query or a fragment.
    pub(super) fn encoded(text: &str, source: Source, notes: &mut Notes) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .take(PARAMETERS_MAX)
                .map(|pair| decoded(pair, source, notes))
                .collect(),
        )
    }

    /// Takes the members of a JSON object. What is neither text, number nor truth value is left out.
    pub(super) fn json(members: &[(String, Value)], source: Source) -> Self {
        let mut params = Vec::with_capacity(members.len().min(PARAMETERS_MAX));
        for (name, value) in members.iter().take(PARAMETERS_MAX) {
            let values = match value {
                Value::Array(many) => many.as_slice(),
                one => slice::from_ref(one),
            };
            params.extend(values.iter().filter_map(text).map(|value| Param {
                name: name.clone(),
                value,
                source,
            }));
        }
        Self(params)
    }

    /// Takes names and values that are decoded already.
    pub(super) fn decoded(pairs: Vec<(String, String)>, source: Source) -> Self {
        Self(
            pairs
                .into_iter()
                .take(PARAMETERS_MAX)
                .map(|(name, value)| Param {
                    name,
                    value,
                    source,
                })
                .collect(),
        )
    }

    /// These parameters and, after them, others.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Param> {
        self.0.iter()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Whether there is at least one of these.
    pub(super) fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// The value that was sent first.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        let mut values = self.iter().filter(|param| param.name == name);
        values.next().map(|param| param.value.as_str())
    }

    /// The value that was sent first, where it is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.first(name).filter(|value| !value.is_empty())
    }

    /// The same, where it is the value that was sent, and not what somebody wrote who took all or part of that out of the capture.
    pub(super) fn unmasked(&self, name: &str) -> Option<&str> {
        let is_sent = |value: &&str| !mask::is_mask(value) && !mask::is_in_part(value);
        self.filled(name).filter(is_sent)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(str::to_owned)
    }

    /// All values of a parameter that may be repeated.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |param| param.name == name)
            .map(|param| param.value.as_str())
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.all(name).map(str::to_owned).collect()
    }

    /// The fingerprint of a value, or the one that a placeholder in its place stands for.
    pub(super) fn secret(&self, name: &str, key: &FingerprintKey) -> Option<Fingerprint> {
        self.first(name).map(|value| key.read(value))
    }

    /// Notes what RFC 6749 §3.1 and §3.2 forbid: a parameter without a value, and one that is sent more than once.
    pub(super) fn note_departures(&self, notes: &mut Notes) {
        for (at, param) in self.iter().enumerate() {
            if !secrets::is_parameter(&param.name) {
                self.note_misspelling(param, notes);
                continue;
            }
            if is_empty(&param.value) {
                notes.add(param.place(), "has no value");
            }
            let same = |other: &&Param| other.name == param.name;
            let before = self.0.iter().take(at).filter(same).count();
            if before == 1 && !REPEATABLE.contains(&param.name.as_str()) {
                notes.add(param.place(), "is sent more than once");
            }
        }
    }
}

impl Params {
    /// Notes a parameter that is sent under another spelling of its name, such as `codeVerifier`, and not under its name.
    fn note_misspelling(&self, param: &Param, notes: &mut Notes) {
        let place = |name| format!("{} {name}", param.source.word());
        match secrets::spelled_like(&param.name) {
            Some(name) if !self.has(name) => {
                notes.add(place(name), "is sent under another spelling of its name");
            }
            _ => {}
        }
    }
}

/// Parameters that may be sent more than once (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Whether a value is empty, or stands for a redacted one that was.
fn is_empty(value: &str) -> bool {
    value.is_empty() || placeholder::parse(value).is_some_and(|found| found.fingerprint.length == 0)
}

/// The name of a parameter of OAuth. Any other name comes from traffic that may be broken, and could be a secret itself.
fn shown(name: &str) -> &str {
    if secrets::is_parameter(name) {
        name
    } else {
        "parameter"
    }
}

fn decoded(pair: &str, source: Source, notes: &mut Notes) -> Param {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let param = Param {
        name: form_decoded(name),
        value: form_decoded(value),
        source,
    };
    // In a secret, the fingerprint tells of it; and a note would be lost where the secret is redacted.
    if secrets::secret_kind(&param.name).is_none() && !is_well_encoded(value) {
        notes.add(param.place(), "has a bad percent-encoding");
    }
    param
}

/// Undoes the form encoding; what is no escape stays as it is, and what is not UTF-8 becomes U+FFFD.
pub(super) fn form_decoded(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

fn is_well_encoded(text: &str) -> bool {
    if !text.contains('%') {
        return true;
    }
    let escapes = text.split('%').skip(1);
    let well = |escape: &str| {
        escape
            .as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    escapes.into_iter().all(well) && percent_decode_str(text).decode_utf8().is_ok()
}

/// A scalar as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Params, Vec<String>) {
        let mut notes = Notes::default();
        let params = Params::encoded(text, Source::Form, &mut notes);
        params.note_departures(&mut notes);
        let notes = notes.into_vec();
        let said = |note: &crate::Malformation| format!("{} {}", note.place, note.text);
        (params, notes.iter().map(said).collect())
    }

    #[test]
    fn a_form_is_decoded_once() {
        let (params, notes) = read("a=1+2&redirect_uri=https%3A%2F%2Fa.test%2F%253F&b");
        assert_eq!(params.first("a"), Some("1 2"));
        assert_eq!(params.first("redirect_uri"), Some("https://a.test/%3F"));
        assert_eq!(params.first("b"), Some(""));
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn departures_are_noted_and_the_first_value_is_kept() {
        assert_eq!(
            read("codeVerifier=x&client-id=y&client_id=z&other=1").1,
            ["form code_verifier is sent under another spelling of its name"]
        );
        let (params, notes) = read("scope=a%zz&code=1&code=2&client_id=&resource=a&resource=b");
        assert_eq!(params.first("scope"), Some("a%zz"));
        assert_eq!(params.first("code"), Some("1"));
        assert_eq!(
            notes,
            [
                "form scope has a bad percent-encoding",
                "form code is sent more than once",
                "form client_id has no value",
            ]
        );
    }
}
