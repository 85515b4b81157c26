//! A token by which clients on other machines show that they may use the proxy.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};
use ring::hmac::{self, HMAC_SHA256};

/// So long is a token at least, in bytes: it is guessed against as fast as the network is.
const LENGTH_MIN: usize = 16;

/// What is signed. The token is the key, so that two tokens are compared by what they sign.
const SIGNED: &[u8] = b"grantscope: this client may use the proxy";

/// A token by which clients on other machines show that they may use the proxy. It is not kept: what it signs is.
#[derive(Clone)]
pub struct Token(hmac::Tag);

/// A text that is too short for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a token has at least 16 characters, so that nobody guesses it: `openssl rand -hex 16` makes one"
)]
pub struct TokenTooShort;

impl FromStr for Token {
    type Err = TokenTooShort;

    fn from_str(text: &str) -> Result<Self, TokenTooShort> {
        if text.len() < LENGTH_MIN {
            return Err(TokenTooShort);
        }
        Ok(Self(hmac::sign(&key(text.as_bytes()), SIGNED)))
    }
}

impl Token {
    /// Whether this is the token, compared in a time that does not depend on how much of it is right.
    pub(crate) fn is(&self, presented: &[u8]) -> bool {
        hmac::verify(&key(presented), SIGNED, self.0.as_ref()).is_ok()
    }

    /// Whether `Proxy-Authorization` has it (RFC 9110 §11.7.2): as a bearer token (RFC 6750), or as the password of Basic (RFC
    /// 7617), or its user where there is no password.
    pub(crate) fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(header::PROXY_AUTHORIZATION).iter();
        values.any(|value| self.is_presented(value.as_bytes()))
    }

    fn is_presented(&self, value: &[u8]) -> bool {
        let mut parts = value.splitn(2, |byte| *byte == b' ');
        let scheme = parts.next().unwrap_or_default();
        let rest = parts.next().unwrap_or_default().trim_ascii();
        if scheme.eq_ignore_ascii_case(b"bearer") {
            return self.is(rest);
        }
        scheme.eq_ignore_ascii_case(b"basic")
            && STANDARD
                .decode(rest)
                .is_ok_and(|both| self.is_in_pair(&both))
    }

    fn is_in_pair(&self, both: &[u8]) -> bool {
        let mut parts = both.splitn(2, |byte| *byte == b':');
        let user = parts.next().unwrap_or_default();
        match parts.next().unwrap_or_default() {
            [] => self.is(user),
            password => self.is(password),
        }
    }
}

/// Leaves nothing of what a client presents in what is watched or passed on.
pub(crate) fn conceal(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        if *name == header::PROXY_AUTHORIZATION {
            *value = HeaderValue::from_static("concealed");
        }
    }
}

fn key(token: &[u8]) -> hmac::Key {
    hmac::Key::new(HMAC_SHA256, token)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0123456789abcdef";

    fn is_in(value: &str) -> bool {
        let token: Token = TEXT.parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::PROXY_AUTHORIZATION, value.parse().unwrap());
        token.is_in(&headers)
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn the_token_is_taken_as_bearer_and_as_either_half_of_basic() {
        assert!(is_in(&format!("Bearer {TEXT}")) && is_in(&format!("bearer  {TEXT} ")));
        assert!(is_in(&basic(&format!("anybody:{TEXT}"))));
        assert!(is_in(&basic(&format!("{TEXT}:"))) && is_in(&basic(TEXT)));
    }

    #[test]
    fn nothing_else_is_taken() {
        for value in [
            "",
            "Bearer",
            "Bearer 0123456789abcdeF",
            "Bearer 0123456789abcde",
            "Digest 0123456789abcdef",
            "Basic 0123456789abcdef",
            TEXT,
        ] {
            assert!(!is_in(value), "{value}");
        }
        assert!(!is_in(&basic(&format!("{TEXT}:other"))));
        assert!(!is_in(&basic(":")));
    }

    #[test]
    fn a_token_is_long_and_shown_nowhere() {
        assert!("0123456789abcde".parse::<Token>().is_err());
        let token: Token = TEXT.parse().unwrap();
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
