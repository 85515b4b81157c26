//! Redacts one value after another, and remembers what was found.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grantscope_oauth::{FingerprintKey, placeholder};

use super::edit::{Edit, applied};
use super::found::Found;
use super::json::json;
use super::names::Treatment;
use super::url::url;
use super::words::is_plain;

/// What is known while an exchange is redacted.
pub(super) struct Scan<'k> {
    /// The secrets so far.
    pub(super) found: Found<'k>,
    /// Whether what is read tells of an error.
    pub(super) of_error: bool,
    /// Whether a server's words were among what was read. They may repeat what comes after them.
    pub(super) has_said: bool,
    /// How many pieces between delimiters were left out: these may mean something else side by side.
    pub(super) pieces_left_out: usize,
    /// Whether `Authorization: Basic` names an OAuth client, and not a person.
    pub(super) names_client: bool,
    /// How many URLs and JWTs are around what is read.
    depth: usize,
}

/// Traffic nests a URL in a URL a few times. What is nested deeper is taken as one value.
const DEPTH_MAX: usize = 8;

impl<'k> Scan<'k> {
    /// Begins with an exchange.
    pub(super) fn new(key: &'k FingerprintKey) -> Self {
        Self {
            found: Found::new(key),
            of_error: false,
            has_said: false,
            pieces_left_out: 0,
            names_client: false,
            depth: 0,
        }
    }

    /// Takes the name of a parameter, which stays.
    ///
    /// Where OAuth does not know it, it does not save a secret that is the same: in broken traffic a value stands where a name
    /// should, and no diagnosis needs such a name.
    pub(super) fn name(&mut self, treatment: Treatment, name: &str) {
        if treatment != Treatment::Unknown {
            self.found.keep(name);
        }
    }

    /// Takes what stands in the place of a name and is none, and gives what stands for it.
    ///
    /// Where it holds delimiters it is a piece of a URL, which would take a part of the same URL elsewhere with it.
    pub(super) fn no_name(&mut self, text: &str) -> String {
        if text.contains(['?', '#', ';']) {
            self.found.ordinary(text);
        }
        self.found.unknown("name", text)
    }

    /// Redacts a decoded value.
    pub(super) fn value(&mut self, treatment: Treatment, text: &str) -> Vec<Edit> {
        self.depth += 1;
        let is_nested = matches!(treatment, Treatment::Url | Treatment::Claims);
        let edits = if is_nested && self.depth > DEPTH_MAX {
            self.edits(Treatment::Unknown, text)
        } else {
            self.edits(treatment, text)
        };
        self.depth -= 1;
        edits
    }

    fn edits(&mut self, treatment: Treatment, text: &str) -> Vec<Edit> {
        let changed = match treatment {
            Treatment::Keep => {
                self.found.keep(text);
                return Vec::new();
            }
            Treatment::Word if is_plain(text) => {
                self.found.keep(text);
                return Vec::new();
            }
            Treatment::Url => {
                let edits = url(text, self);
                if edits.is_empty() {
                    self.found.keep(text);
                }
                return edits;
            }
            Treatment::Secret(kind) => self.found.parameter(kind, text),
            Treatment::Unknown | Treatment::Word => self.found.unknown("parameter", text),
            Treatment::Said => {
                self.has_said = true;
                self.found.ordinary(text);
                self.found.said(text)
            }
            Treatment::Claims => self
                .claims(text)
                .unwrap_or_else(|| self.found.secret("request", text)),
        };
        if changed == text {
            return Vec::new();
        }
        vec![Edit::whole(text, changed)]
    }

    /// A signed or unsigned JWT with its claims redacted. What proves its origin, the signature, is lost.
    fn claims(&mut self, jwt: &str) -> Option<String> {
        let mut parts = jwt.splitn(3, '.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if signature.contains('.') && placeholder::parse(signature).is_none() {
            return None;
        }
        let header = self.object(header)?;
        let claims = self.object(claims)?;
        let signature = self.found.secret("signature", signature);
        Some(format!("{header}.{claims}.{signature}"))
    }

    /// A part of a JWT: the base64url of a JSON object.
    fn object(&mut self, part: &str) -> Option<String> {
        let text = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
        let text = String::from_utf8(text).ok()?;
        if !text.trim_start().starts_with('{') {
            return None;
        }
        Some(match applied(&text, &json(&text, self).edits) {
            Cow::Borrowed(_) => part.to_owned(),
            Cow::Owned(text) => BASE64_URL_SAFE_NO_PAD.encode(text),
        })
    }
}
