//! Proof Key for Code Exchange (RFC 7636): the challenge of the authorization request.

use std::fmt;

use crate::fingerprint::Fingerprint;

/// The code challenge of an authorization request (RFC 7636 §4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge {
    /// `code_challenge`. A plain challenge is the verifier itself, hence a fingerprint.
    pub value: Fingerprint,
    /// `code_challenge_method`; `plain` where it was left out.
    pub method: CodeChallengeMethod,
}

/// The transformation from verifier to challenge (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeChallengeMethod {
    /// The challenge is the verifier.
    Plain,
    /// The challenge is BASE64URL(SHA256(verifier)).
    S256,
    /// Another word, kept as sent.
    Other(String),
}

impl CodeChallengeMethod {
    /// Reads `code_challenge_method` (RFC 7636 §4.3: "defaults to plain").
    pub fn read(value: Option<&str>) -> Self {
        match value {
            None | Some("plain") => Self::Plain,
            Some("S256") => Self::S256,
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for CodeChallengeMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::S256 => "S256",
            Self::Other(other) => other,
        })
    }
}
