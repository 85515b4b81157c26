//! A field of a message: its value, with what is new in each login taken out.

use grantscope_oauth::{Fingerprint, Form, placeholder};

use crate::message::named;

/// A field of a message.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Where it is.
    pub(super) place: String,
    /// Its value, with `{kind}` in place of what is new in each login.
    pub(super) text: String,
    /// What is new in each login.
    pub(super) nonces: Vec<Nonce>,
    /// A secret that is the same in each login.
    pub(super) constant: Option<Fingerprint>,
    /// The value as people see it, without secrets.
    shown: String,
}

/// A value that is new in each login.
#[derive(Clone, Debug)]
pub(super) enum Nonce {
    /// A secret.
    Secret(Fingerprint),
    /// The port of a redirection URI on the loopback interface (RFC 8252 §7.3).
    Port(String),
}

impl Nonce {
    /// Equal for equal values.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Secret(secret) => format!("{:016x}", secret.digest.0),
            Self::Port(port) => port.clone(),
        }
    }

    /// The key of its S256 challenge (RFC 7636 §4.2).
    pub(super) fn challenge(&self) -> Option<String> {
        match self {
            Self::Secret(secret) => Some(format!("{:016x}", secret.form(Form::S256)?.0)),
            Self::Port(_) => None,
        }
    }
}

impl Field {
    /// A field with this value, in which placeholders stand for secrets.
    pub(super) fn new(place: impl Into<String>, value: &str) -> Self {
        let place = place.into();
        let (text, nonces) = template(&place, value);
        Self {
            place,
            text,
            nonces,
            constant: None,
            shown: named(value),
        }
    }

    /// A secret of this kind.
    pub(super) fn secret(place: &str, kind: &str, value: &Fingerprint) -> Self {
        Self::new(place, &placeholder::write(kind, value))
    }

    /// A client secret, which is the same in each login.
    pub(super) fn constant(secret: &Fingerprint) -> Self {
        Self {
            text: "{secret}".to_owned(),
            constant: Some(secret.clone()),
            ..Self::new("client_secret", &secret.named("secret"))
        }
    }

    /// The value as people see it, without secrets.
    pub(super) fn shown(&self) -> String {
        self.shown.clone()
    }

    /// What it is called without its place.
    pub(super) fn name(&self) -> &str {
        self.place.rsplit(' ').next().unwrap_or_default()
    }
}

/// Texts that are there, each at its place.
pub(super) fn some<const N: usize>(texts: [(&str, &Option<String>); N]) -> Vec<Field> {
    let field =
        |(place, text): (&str, &Option<String>)| text.as_ref().map(|text| Field::new(place, text));
    texts.into_iter().filter_map(field).collect()
}

/// A value, with what is new in each login taken out.
fn template(place: &str, value: &str) -> (String, Vec<Nonce>) {
    let (mut text, mut nonces) = (String::with_capacity(value.len()), Vec::new());
    let mut rest = value;
    while let Some(range) = placeholder::find(rest) {
        text.push_str(&rest[..range.start]);
        if let Some(found) = placeholder::parse(&rest[range.clone()]) {
            text.extend(["{", found.kind, "}"]);
            nonces.push(Nonce::Secret(found.fingerprint));
        }
        rest = &rest[range.end..];
    }
    text.push_str(rest);
    if place.ends_with("redirect_uri")
        && let Some((without, port)) = loopback_port(&text)
    {
        nonces.push(Nonce::Port(port));
        text = without;
    }
    (text, nonces)
}

/// A redirection URI on the loopback interface without its port (RFC 8252 §7.3: any port is to be allowed).
fn loopback_port(uri: &str) -> Option<(String, String)> {
    let hosts = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"];
    let host = hosts.into_iter().find(|host| uri.starts_with(host))?;
    let rest = &uri[host.len()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (port, path) = rest.split_at(digits);
    Some((format!("{host}{{port}}{path}"), port.to_owned()))
}
