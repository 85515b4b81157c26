//! What a JSON Web Token says of itself in the clear (RFC 7519), read without verifying it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::fingerprint::{Digest, FingerprintKey};

/// The header parameters and claims of a JWT that hold no secret; names and identifiers of persons are digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JwtFacts {
    /// The signature algorithm (RFC 7515 §4.1.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// The identifier of the key (RFC 7515 §4.1.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The media type of the token (RFC 7515 §4.1.9), or the `typ` claim that some servers set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typ: Option<String>,
    /// The issuer (RFC 7519 §4.1.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The audiences (RFC 7519 §4.1.3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aud: Vec<String>,
    /// When it expires (RFC 7519 §4.1.4), in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it begins to be valid (RFC 7519 §4.1.5), in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When it was issued (RFC 7519 §4.1.6), in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The party to which it was issued: `azp` (OpenID Connect Core §2) or `client_id` (RFC 9068 §2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// The digest of the subject (RFC 7519 §4.1.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<u64>,
    /// The digest of the token's identifier (RFC 7519 §4.1.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<u64>,
    /// The thumbprint of the public key in the header (RFC 7638), by which a DPoP proof binds tokens (RFC 9449 §6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The length of the encoded header.
    pub header_characters: u32,
}

impl JwtFacts {
    /// Reads a signed or unsigned JWT in compact form; `None` for what is no JWT.
    pub fn read(text: &str, key: &FingerprintKey) -> Option<Self> {
        let mut parts = text.split('.');
        let encoded_header = parts.next()?;
        let header = object(encoded_header)?;
        let claims = object(parts.next()?)?;
        parts.next()?;
        let text_of = |of: &Value, name: &str| of.get(name)?.as_str().map(str::to_owned);
        let seconds = |name: &str| {
            let value = claims.get(name)?;
            value.as_i64().or_else(|| float_seconds(value.as_f64()?))
        };
        let digest = |name: &str| Some(digest_of(key, claims.get(name)?.as_str()?).0);
        Some(Self {
            alg: text_of(&header, "alg"),
            kid: text_of(&header, "kid"),
            typ: text_of(&claims, "typ").or_else(|| text_of(&header, "typ")),
            iss: text_of(&claims, "iss"),
            aud: audiences(claims.get("aud")),
            exp: seconds("exp"),
            nbf: seconds("nbf"),
            iat: seconds("iat"),
            azp: text_of(&claims, "azp").or_else(|| text_of(&claims, "client_id")),
            sub: digest("sub"),
            jti: digest("jti"),
            jkt: header.get("jwk").and_then(thumbprint),
            header_characters: u32::try_from(encoded_header.len()).unwrap_or(u32::MAX),
        })
    }
}

/// The SHA-256 thumbprint of a public key (RFC 7638 §3; RFC 8037 §2 for `OKP`).
fn thumbprint(jwk: &Value) -> Option<String> {
    // RFC 7638 §3.2: the required members, in the order of their names.
    let required: &[&str] = match jwk.get("kty")?.as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let member = |name: &&str| {
        let value = Value::from(jwk.get(name)?.as_str()?);
        Some(format!("\"{name}\":{value}"))
    };
    let members: Option<Vec<String>> = required.iter().map(member).collect();
    let canonical = format!("{{{}}}", members?.join(","));
    Some(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)))
}

fn digest_of(key: &FingerprintKey, text: &str) -> Digest {
    key.digest(text)
}

/// Decodes one part of a JWT: base64url of a JSON object.
fn object(part: &str) -> Option<Value> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a NumericDate with a fraction is cut to whole seconds"
)]
fn float_seconds(seconds: f64) -> Option<i64> {
    seconds.is_finite().then_some(seconds as i64)
}

fn audiences(aud: Option<&Value>) -> Vec<String> {
    match aud {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// A JWT with other claims and without its signature: what a redaction makes of `request` (RFC 9101 §4) and of `response`
/// (JWT Secured Authorization Response Mode), whose claims are parameters.
///
/// `replace` is asked for the name and the text of each claim; `None` for what is no JWT.
pub fn with_claims(
    text: &str,
    mut replace: impl FnMut(&str, &str) -> Option<String>,
) -> Option<String> {
    let mut claims = claims(text)?;
    for (name, claim) in claims.as_object_mut()? {
        if let Some(other) = claim.as_str().and_then(|text| replace(name, text)) {
            *claim = Value::String(other);
        }
    }
    let header = text.split('.').next()?;
    let claims = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    Some(format!("{header}.{claims}."))
}

/// The claims of a JWT as JSON, for messages that are carried in one: request objects (RFC 9101 §4).
pub(crate) fn claims(text: &str) -> Option<Value> {
    object(text.split('.').nth(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rfc_7638_section_3_1_the_thumbprint_of_an_rsa_key() {
        let jwk = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29"
        });
        let expected = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        assert_eq!(thumbprint(&jwk).as_deref(), Some(expected));
    }

    #[test]
    fn rfc_8037_appendix_a_3_the_thumbprint_of_an_okp_key() {
        let jwk = json!({
            "crv": "Ed25519",
            "kty": "OKP",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        });
        let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(thumbprint(&jwk).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_public_key_has_no_thumbprint() {
        for jwk in [
            json!(null),
            json!({"kty": "oct", "k": "AyM1"}),
            json!({"kty": "EC", "crv": "P-256", "x": "a"}),
            json!({"kty": "RSA", "e": 3, "n": "a"}),
        ] {
            assert_eq!(thumbprint(&jwk), None, "{jwk}");
        }
    }
}
