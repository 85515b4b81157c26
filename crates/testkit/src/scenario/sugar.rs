//! Abbreviations that keep a page readable, replaced before a line is read.
//!
//! - `S256(verifier)` is the challenge of that verifier (RFC 7636 §4.2).
//! - `JWT{"sub":"u1","exp":"@60s"}` is a signed token with these claims; a string such as `@60s` or `@-5m` is a number of seconds
//!   relative to the start of the scenario (RFC 7519 §2).
//! - `Authorization: Basic web:s3cret` is encoded (RFC 7617 §2).
//! - `Date: @60s` is that moment in the form of RFC 9110 §5.6.7.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::Value;

use super::error::Fault;
use super::{START, offset};

const JWT_HEADER: &str = r#"{"alg":"RS256","kid":"k1"}"#;
const JWT_SIGNATURE: &str = "c2ln";

/// The line with its abbreviated values written out.
pub(super) fn expand(line: &str) -> Result<String, Fault> {
    expand_tokens(&expand_challenges(line)?)
}

/// The value of a header field, written out.
pub(super) fn expand_header(name: &str, value: &str) -> Result<String, Fault> {
    if name.eq_ignore_ascii_case("authorization") {
        return Ok(expand_basic(value));
    }
    if name.eq_ignore_ascii_case("date") && value.starts_with('@') {
        let format = "%a, %d %b %Y %H:%M:%S GMT";
        return moment(value).map(|at| at.strftime(format).to_string());
    }
    Ok(value.to_owned())
}

fn expand_challenges(line: &str) -> Result<String, Fault> {
    let mut expanded = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("S256(") {
        let (verifier, remainder) = after.split_once(')').ok_or(Fault::S256Open)?;
        expanded.push_str(before);
        expanded.push_str(&crate::s256(verifier));
        rest = remainder;
    }
    Ok(expanded + rest)
}

fn expand_tokens(line: &str) -> Result<String, Fault> {
    let mut expanded = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("JWT{") {
        let claims_text = &rest[at + "JWT".len()..];
        let (claims, length) = leading_json(claims_text)?;
        expanded.push_str(&rest[..at]);
        expanded.push_str(&token(&dated(claims)?));
        rest = &claims_text[length..];
    }
    Ok(expanded + rest)
}

/// The JSON value that the text begins with, and its length.
fn leading_json(text: &str) -> Result<(Value, usize), Fault> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => Ok((value, values.byte_offset())),
        Some(Err(error)) => Err(Fault::NotJson(error.to_string())),
        None => Err(Fault::NotJson(text.to_owned())),
    }
}

/// The claims with their relative times written as numbers.
fn dated(claims: Value) -> Result<Value, Fault> {
    match claims {
        Value::String(text) if text.starts_with('@') => {
            moment(&text).map(|at| Value::from(at.as_second()))
        }
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| Ok((name, dated(value)?)))
            .collect::<Result<_, _>>()
            .map(Value::Object),
        other => Ok(other),
    }
}

/// Reads `@60s`, or `@-60s` for a moment before the start.
fn moment(text: &str) -> Result<Timestamp, Fault> {
    let offset = text.trim_start_matches('@');
    let at = match offset.strip_prefix('-') {
        Some(before) => START.checked_sub(offset::read(before)?),
        None => START.checked_add(offset::read(offset)?),
    };
    at.map_err(|_out_of_range| Fault::NotATime(text.to_owned()))
}

fn token(claims: &Value) -> String {
    let encode = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
    let claims = encode(&claims.to_string());
    format!("{}.{claims}.{JWT_SIGNATURE}", encode(JWT_HEADER))
}

/// A colon occurs in credentials that are not encoded yet, and never in encoded ones.
fn expand_basic(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, credentials))
            if scheme.eq_ignore_ascii_case("basic") && credentials.contains(':') =>
        {
            format!("{scheme} {}", BASE64_STANDARD.encode(credentials.trim()))
        }
        _ => value.to_owned(),
    }
}
