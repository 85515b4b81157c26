//! Header fields: credentials, cookies, URLs, and whatever is not known to be harmless.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use grantscope_oauth::{AUTHENTICATION_SCHEMES, Headers, placeholder};

use super::allowed::{COOKIE_ATTRIBUTES, FIELDS, URL_FIELDS};
use super::edit::applied;
use super::form::decoded;
use super::scan::Scan;
use super::url::url;
use super::words::is_token;

/// Redacts the values of header fields. Names, order and number stay.
pub(super) fn headers(fields: &Headers, scan: &mut Scan<'_>) -> Headers {
    fields
        .iter()
        .map(|(name, value)| {
            let redacted = field(&name.to_ascii_lowercase(), value, scan);
            (name.to_owned(), redacted)
        })
        .collect()
}

fn field(name: &str, value: &str, scan: &mut Scan<'_>) -> String {
    match name {
        "authorization" => authorization(value, scan),
        "proxy-authorization" => credentials(value, scan),
        "cookie" => cookies(value, scan),
        "set-cookie" | "set-cookie2" => set_cookie(value, scan),
        "dpop" => scan.found.secret("proof", value),
        "link" | "refresh" => with_urls(value, scan),
        "www-authenticate" | "proxy-authenticate" => scan.found.said(value),
        _ if URL_FIELDS.contains(&name) => of_url(value, scan),
        _ if FIELDS.binary_search(&name).is_ok() && !is_token(value.trim()) => {
            scan.found.ordinary(value);
            if matches!(name, "accept" | "content-type" | "date" | "host") {
                scan.found.keep(value);
            }
            value.to_owned()
        }
        _ => scan.found.unknown("header", value),
    }
}

fn of_url(value: &str, scan: &mut Scan<'_>) -> String {
    let edits = url(value, scan);
    applied(value, &edits).into_owned()
}

/// The URLs among other words: `<https://…>; rel=next`, `0; url=https://…`.
fn with_urls(value: &str, scan: &mut Scan<'_>) -> String {
    let ends = |c: char| c.is_whitespace() || "<>\"',".contains(c);
    let mut redacted = String::with_capacity(value.len());
    for piece in value.split_inclusive(ends) {
        let word = piece.trim_end_matches(ends);
        let (before, link) = word.split_at(url_at(word));
        redacted.push_str(before);
        redacted.push_str(&of_url(link, scan));
        redacted.push_str(&piece[word.len()..]);
    }
    redacted
}

/// Where a URL begins in a word: at its start, or after `url=`. At its end where it holds none.
fn url_at(word: &str) -> usize {
    let scheme_at = word.find("://").unwrap_or(word.len());
    let named = word[..scheme_at].rfind('=').map_or(0, |at| at + 1);
    let is_named = word[..named].to_ascii_lowercase().ends_with("url=");
    let start = if is_named || scheme_at < word.len() {
        named
    } else {
        0
    };
    if word[start..].contains(['/', '?', '#', '@']) {
        start
    } else {
        word.len()
    }
}

/// Base64 as clients write it, and as the reading of an exchange takes it.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `Basic` keeps the id of a client (RFC 6749 §2.3.1).
fn authorization(value: &str, scan: &mut Scan<'_>) -> String {
    let trimmed = value.trim();
    match trimmed.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
            let redacted = basic(rest.trim(), scan);
            if scan.names_client {
                format!("{scheme} {redacted}")
            } else {
                // The id is the name of a person then.
                credentials(value, scan)
            }
        }
        _ => credentials(value, scan),
    }
}

fn basic(credentials: &str, scan: &mut Scan<'_>) -> String {
    let Ok(bytes) = TOLERANT.decode(credentials) else {
        return scan.found.secret("secret", credentials);
    };
    let text = String::from_utf8_lossy(&bytes);
    let redacted = if let Some((id, secret)) = text.split_once(':') {
        let redacted = scan.found.secret("secret", &decoded(secret).text);
        // The spelling may differ from the secret that it decodes to, and occur elsewhere as well.
        scan.found.secret("secret", secret);
        scan.found.keep(&decoded(id).text);
        format!("{id}:{redacted}")
    } else {
        scan.found.secret("secret", &text)
    };
    if redacted == text {
        return credentials.to_owned();
    }
    scan.found.secret("secret", credentials);
    BASE64_STANDARD.encode(redacted)
}

/// A scheme and what follows it (RFC 9110 §11.4). Without a known scheme, all of it may be a secret.
fn credentials(value: &str, scan: &mut Scan<'_>) -> String {
    let trimmed = value.trim();
    let (scheme, rest) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
    let is_known = AUTHENTICATION_SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let is_scheme = scheme.len() <= 20 && scheme.bytes().all(|b| b.is_ascii_alphabetic());
    if rest.is_empty() && is_known {
        return value.to_owned();
    }
    if rest.is_empty() || !is_scheme {
        return scan.found.secret("credentials", value);
    }
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "dpop" => "access",
        _ => "credentials",
    };
    format!("{scheme} {}", scan.found.secret(kind, rest.trim()))
}

/// `Cookie` (RFC 6265 §4.2): the names stay.
fn cookies(value: &str, scan: &mut Scan<'_>) -> String {
    let pairs: Vec<String> = value.split(';').map(|pair| cookie(pair, scan)).collect();
    pairs.join(";")
}

/// `Set-Cookie` (RFC 6265 §4.1): the name and the known attributes stay.
fn set_cookie(value: &str, scan: &mut Scan<'_>) -> String {
    let mut parts = value.split(';');
    let mut redacted = cookie(parts.next().unwrap_or_default(), scan);
    for part in parts {
        redacted.push(';');
        redacted.push_str(&attribute(part, scan));
    }
    redacted
}

fn attribute(part: &str, scan: &mut Scan<'_>) -> String {
    let (name, value) = part.split_at(part.find('=').map_or(part.len(), |at| at + 1));
    let bare = name.trim_matches(['=', ' ']).to_ascii_lowercase();
    match bare.as_str() {
        "path" => name.to_owned() + &of_url(value, scan),
        known if COOKIE_ATTRIBUTES.contains(&known) => part.to_owned(),
        _ => cookie(part, scan),
    }
}

fn cookie(pair: &str, scan: &mut Scan<'_>) -> String {
    let (name, value) = pair.split_at(pair.find('=').map_or(0, |at| at + 1));
    let bare = value.trim().trim_matches('"');
    scan.found.ordinary(name.trim_matches(['=', ' ']));
    if bare.is_empty() || placeholder::parse(bare).is_some() {
        return pair.to_owned();
    }
    let redacted = scan.found.unknown("cookie", bare);
    format!("{name}{}", value.replacen(bare, &redacted, 1))
}
