//! The refusals of the server (RFC 6749 §5.2), and how much they say.

use http::StatusCode;
use serde_json::{Map, Value};

use super::settings::Wording;

/// A refusal, before the server's wording is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) code: &'static str,
    description: &'static str,
}

impl OAuthError {
    pub(super) const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description }
    }

    pub(super) const fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) const fn invalid_client(description: &'static str) -> Self {
        Self::new("invalid_client", description)
    }

    pub(super) const fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn status(self) -> StatusCode {
        match self.code {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The description that a server of this wording sends. Only what an attacker could use is held back by a terse one.
    pub(super) fn description(self, wording: Wording) -> Option<&'static str> {
        match (wording, self.code) {
            (Wording::Bare, _) => None,
            (Wording::Terse, "invalid_grant") => Some("grant request is invalid"),
            (Wording::Terse, "invalid_client") => Some("client authentication failed"),
            (Wording::Terse | Wording::Telling, _) => Some(self.description),
        }
    }

    pub(super) fn json(self, wording: Wording) -> Value {
        let mut members = Map::new();
        members.insert("error".to_owned(), self.code.into());
        if let Some(description) = self.description(wording) {
            members.insert("error_description".to_owned(), description.into());
        }
        Value::Object(members)
    }
}
