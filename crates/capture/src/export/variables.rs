//! Variables in place of secrets: one for each distinct secret of some requests, named for the parameter that holds it.

use std::borrow::Cow;

use grantscope_oauth::{Alphabet, Digest, Fingerprint, Request, placeholder, secret_kind};
use serde_json::Value;

use crate::message::basic;

/// What stands for a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    /// Letters, digits and `_`, so that every tool takes it.
    pub(super) name: String,
    /// What the user has to fill in.
    pub(super) description: String,
}

/// The variables of some requests, in the order of the first occurrences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variables(Vec<(Digest, Variable)>);

/// A piece of a text with secrets in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it was captured.
    Text(&'a str),
    /// In place of a secret.
    Variable(&'a Variable),
}

impl Variables {
    /// The variables for all secrets of some requests. Secrets that the user asked to keep have none.
    pub(super) fn of<'a>(requests: impl Iterator<Item = &'a Request>) -> Self {
        let mut variables = Self::default();
        for request in requests {
            variables.add_parameters(request);
            variables.add_headers(request);
            // What has no name of its own is called by its kind.
            variables.add(None, request.url.as_str());
            variables.add(None, &request.body.text());
        }
        variables
    }

    /// The variables.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().map(|(_, variable)| variable)
    }

    /// Cuts a text at the placeholders in it.
    pub(super) fn pieces<'a>(&'a self, text: &'a str) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let (mut rest, mut from) = (text, 0);
        while let Some(range) = placeholder::find(&rest[from..]) {
            let (start, end) = (from + range.start, from + range.end);
            let found = placeholder::parse(&rest[start..end]);
            match found.and_then(|it| self.find(it.fingerprint.digest)) {
                Some(variable) => {
                    pieces.extend([Piece::Text(&rest[..start]), Piece::Variable(variable)]);
                    (rest, from) = (&rest[end..], 0);
                }
                None => from = end,
            }
        }
        pieces.push(Piece::Text(rest));
        pieces.retain(|piece| *piece != Piece::Text(""));
        pieces
    }

    fn find(&self, digest: Digest) -> Option<&Variable> {
        let found = self.0.iter().find(|(of, _)| *of == digest);
        found.map(|(_, variable)| variable)
    }

    fn add_parameters(&mut self, request: &Request) {
        let body = request.body.text();
        if let Ok(Value::Object(members)) = serde_json::from_str(&body) {
            for (name, value) in &members {
                self.add(Some(&of_parameter(name)), &value.to_string());
            }
        }
        for form in [&*body, request.url.query().unwrap_or_default()] {
            for (name, value) in form_urlencoded::parse(form.as_bytes()) {
                self.add(Some(&of_parameter(&name)), &value);
            }
        }
    }

    fn add_headers(&mut self, request: &Request) {
        for (name, value) in request.headers.iter() {
            if let Some((_, secret)) = basic(name, value) {
                self.add(Some("client_secret"), &secret);
                continue;
            }
            match name.to_ascii_lowercase().as_str() {
                "authorization" => self.add(Some("access_token"), value),
                "dpop" => self.add(Some("dpop_proof"), value),
                "cookie" => {
                    for cookie in value.split(';') {
                        let name = cookie.split('=').next().unwrap_or_default();
                        self.add(Some(&plain("cookie", name)), cookie);
                    }
                }
                name => self.add(Some(&plain("header", name)), value),
            }
        }
    }

    /// Adds the placeholders in a text that are not known yet.
    fn add(&mut self, name: Option<&str>, text: &str) {
        let mut rest = text;
        while let Some(range) = placeholder::find(rest) {
            if let Some(found) = placeholder::parse(&rest[range.clone()])
                && self.find(found.fingerprint.digest).is_none()
            {
                let name = name.map_or_else(|| plain("secret", found.kind), str::to_owned);
                let variable = Variable {
                    name: self.unused(&name),
                    description: description(found.kind, &found.fingerprint),
                };
                self.0.push((found.fingerprint.digest, variable));
            }
            rest = &rest[range.end..];
        }
    }

    /// The name, with a number behind it where another secret has it already.
    fn unused(&self, name: &str) -> String {
        let is_used = |name: &str| self.iter().any(|it| it.name == name);
        let numbered = |number: usize| match number {
            1 => Cow::Borrowed(name),
            _ => Cow::Owned(format!("{name}_{number}")),
        };
        let mut names = (1..).map(numbered);
        let free = names.find(|name| !is_used(name));
        free.map(Cow::into_owned).unwrap_or_default()
    }
}

/// A parameter of OAuth under its own name. Others get a prefix, since the name of one may mean something to a shell.
fn of_parameter(name: &str) -> String {
    match secret_kind(name) {
        Some(_) => name.to_owned(),
        None => plain("parameter", name),
    }
}

/// Longer names are cut.
const NAME_CHARACTERS_MAX: usize = 40;

fn plain(prefix: &str, name: &str) -> String {
    let of = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    };
    let name = name.trim().chars().take(NAME_CHARACTERS_MAX).map(of);
    format!("{prefix}_{}", name.collect::<String>())
}

fn description(kind: &str, of: &Fingerprint) -> String {
    let length = match of.length {
        1 => "1 character".to_owned(),
        length => format!("{length} characters"),
    };
    let alphabet = match of.alphabet {
        Alphabet::Empty => "",
        Alphabet::Digits => " of 0-9",
        Alphabet::Hex => " of hexadecimal digits",
        Alphabet::Base64Url => " of A-Z a-z 0-9 - _",
        Alphabet::Unreserved => " of A-Z a-z 0-9 - . _ ~",
        Alphabet::Base64 => " of A-Z a-z 0-9 + / =",
        Alphabet::Ascii => " of visible ASCII",
        Alphabet::Other => ", some beyond visible ASCII",
    };
    format!("{length}{alphabet}; {} in the log", of.named(kind))
}

#[cfg(test)]
mod tests {
    use grantscope_oauth::{Exchange, ExchangeId, FingerprintKey, Headers, RequestUrl};

    use super::*;
    use crate::har::sample;
    use crate::redact::Redactor;

    fn redacted(url: &str, headers: &[(&str, &str)], body: &str) -> Exchange {
        let [_, mut exchange] = sample::flow();
        exchange.id = ExchangeId(1);
        exchange.request.url = RequestUrl::new(url);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        exchange.request.headers = headers.iter().map(owned).collect::<Headers>();
        exchange.request.body = grantscope_oauth::Body::whole(body.to_owned());
        let redactor = Redactor::new(FingerprintKey::new([7; 32]));
        redactor.redact(&exchange).into_inner()
    }

    fn names(variables: &Variables) -> Vec<&str> {
        variables.iter().map(|it| it.name.as_str()).collect()
    }

    const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

    #[test]
    fn each_secret_has_one_variable_that_is_named_for_its_parameter() {
        let one = redacted(
            "https://idp.test/token",
            &[
                FORM,
                ("Authorization", "Basic d2ViOmdYMWZCYXQzYlY="),
                ("Cookie", "Sid=31d4d96e407aad42"),
            ],
            "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&PATH=a8d1c4f9e2b7",
        );
        let two = redacted(
            "https://idp.test/token",
            &[FORM],
            "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIB&client_secret=gX1fBat3bV",
        );
        let variables = Variables::of([&one.request, &two.request].into_iter());
        assert_eq!(
            names(&variables),
            [
                "code",
                "code_verifier",
                "parameter_path",
                "client_secret",
                "cookie_sid",
                "code_2"
            ]
        );
        let code = variables.iter().next().unwrap();
        let said = &code.description;
        assert!(
            said.starts_with("22 characters of A-Z a-z 0-9 - _; code#"),
            "{said}"
        );
    }

    #[test]
    fn a_text_is_cut_at_its_secrets_and_put_together_again() {
        let body = "code=SplxlOBeZQQYbYS6WxSbIA&client_id=web&client_secret=gX1fBat3bV&grant_type=authorization_code";
        let one = redacted("https://idp.test/token", &[FORM], body);
        let variables = Variables::of([&one.request].into_iter());
        let text = one.request.body.text();
        let joined: String = variables
            .pieces(&text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Variable(it) if it.name == "code" => "SplxlOBeZQQYbYS6WxSbIA",
                Piece::Variable(it) if it.name == "client_secret" => "gX1fBat3bV",
                Piece::Variable(other) => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(joined, body);
    }

    #[test]
    fn what_only_looks_like_a_placeholder_stays_a_text() {
        let text = "gs1.code.7f3a9c0011223344.1.a.z and gs1.code.z";
        assert_eq!(Variables::default().pieces(text), [Piece::Text(text)]);
    }
}
