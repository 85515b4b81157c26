//! No secret of these exchanges occurs in an output, in no encoding.

use grantscope_testkit::Canaries;
use grantscope_testkit::canary::encodings;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;
use crate::{har, jsonl};

mod persons;
mod places;

/// A secret with characters that every encoding changes.
fn canary(name: &str) -> String {
    format!("cAn4ry/{name}+\"x&=é")
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

const NAMES: [&str; 24] = [
    "code",
    "state",
    "nonce",
    "code_challenge",
    "code_verifier",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
    "token",
    "subject_token",
    "actor_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "device_code",
    "user_code",
    "request_uri",
    "request",
    "password",
    "username",
    "login_hint",
    "session_state",
    "registration_access_token",
];

#[track_caller]
fn assert_silent(raw: &Exchange, secrets: &[String]) {
    let canaries = Canaries::new(secrets.iter().map(|secret| ("canary", secret)));
    let redacted = redacted(raw);
    let (mut file, mut line) = (Vec::new(), Vec::new());
    har::export(&mut file, "0", [&redacted], None).unwrap();
    jsonl::write(&mut line, &redacted).unwrap();
    canaries.assert_silent(
        &format!("the HAR {}", String::from_utf8_lossy(&file)),
        &file,
    );
    canaries.assert_silent("the line of the session", &line);
    canaries.assert_silent("the debug output", format!("{redacted:?}").as_bytes());
    // A parameter of which nothing is known stays in a redirection URI: the app may need it, and it is shown as it was sent.
    let known = secrets.iter().filter(|secret| !secret.contains("made_up"));
    let canaries = Canaries::new(known.map(|secret| ("canary", secret)));
    let reading = format!("{:?}", read(raw));
    canaries.assert_silent(&format!("the reading {reading}"), reading.as_bytes());
}

fn parameters() -> String {
    let pairs = NAMES
        .iter()
        .chain(&["made_up"])
        .map(|name| format!("{name}={}", percent(&canary(name))));
    pairs.collect::<Vec<_>>().join("&")
}

fn members() -> String {
    let members = NAMES
        .iter()
        .map(|name| ((*name).to_owned(), canary(name).into()));
    let object: serde_json::Map<String, serde_json::Value> = members.collect();
    serde_json::json!({"a": [object.clone()], "ok": true, "scope": "x"}).to_string()
}

fn secrets() -> Vec<String> {
    NAMES
        .iter()
        .chain(&["made_up"])
        .map(|name| canary(name))
        .collect()
}

#[test]
fn parameters_are_silent_in_every_place() {
    let parameters = parameters();
    let nested = percent(&format!("https://app.test/cb?{parameters}"));
    for url in [
        format!("https://a.test/?{parameters}"),
        format!("https://a.test/#{parameters}"),
        format!("https://a.test/#/route?{parameters}"),
        format!("https://a.test/?redirect_uri={nested}"),
        format!(
            "https://a.test/?next={}",
            percent(&format!("/x?redirect_uri={nested}"))
        ),
    ] {
        assert_silent(&get(&url), &secrets());
        for name in ["Referer", "Content-Location", "X-Original-Url"] {
            assert_silent(
                &exchange(Method::GET, "https://b.test/", &[(name, &url)], ""),
                &secrets(),
            );
        }
        for value in [format!("<{url}>; rel=\"next\""), format!("0; url={url}")] {
            let raw = answered(
                get("https://b.test/"),
                302,
                &[("Location", &url), ("Link", &value), ("Refresh", &value)],
                "",
            );
            assert_silent(&raw, &secrets());
        }
    }
}

#[test]
fn contents_are_silent_whatever_their_label() {
    let part = |name: &&str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{}\r\n",
            canary(name)
        )
    };
    let parts: String = NAMES.iter().map(part).collect();
    let input = |name: &&str| {
        let value = canary(name).replace('&', "&amp;").replace('"', "&quot;");
        format!("<input type=hidden name={name} value=\"{value}\">")
    };
    let inputs: String = NAMES.iter().map(input).collect();
    let page = format!(
        "<form action='https://a.test/?{}'>{inputs}</form>",
        parameters()
    );
    for body in [
        parameters(),
        members(),
        format!(")]}}',\n{}", members()),
        parts + "--b--",
        page,
        "junk cAn4ry/code".to_owned(),
    ] {
        for label in [
            "application/x-www-form-urlencoded",
            "application/json",
            "text/html",
            "multipart/form-data; boundary=b",
            "text/plain",
            "",
        ] {
            let raw = exchange(
                Method::POST,
                "https://a.test/",
                &[("Content-Type", label)],
                &body,
            );
            assert_silent(&raw, &secrets());
            let raw = answered(
                get("https://a.test/"),
                200,
                &[("Content-Type", label)],
                &body,
            );
            assert_silent(&raw, &secrets());
            // In what tells of an error, `code` is that of the error.
            let of_error = body.replace("\"code\":", "\"access_token\":");
            let raw = answered(raw, 400, &[("Content-Type", label)], &of_error);
            assert_silent(&raw, &secrets());
        }
    }
}

#[test]
fn a_secret_that_is_repeated_elsewhere_is_silent() {
    for (encoding, spelling) in encodings(&canary("code")) {
        if encoding.contains("within") {
            continue;
        }
        let raw = token(
            &[("X-Debug", &spelling)],
            &format!(
                "grant_type=authorization_code&code={}",
                percent(&canary("code"))
            ),
        );
        let body = serde_json::json!({"error": "invalid_grant", "error_description": format!("the code {spelling} is wrong")});
        let raw = answered(raw, 400, &[JSON, ("X-Log", &spelling)], &body.to_string());
        assert_silent(&raw, &[canary("code")]);
    }
    let short = token(
        &[("X-Debug", "the pin1234 again")],
        "grant_type=x&client_id=web&password=pin1234",
    );
    assert_silent(&short, &["pin1234".to_owned()]);
}

#[test]
fn credentials_and_cookies_are_silent() {
    let secret = canary("secret");
    let basic = BASE64_STANDARD.encode(format!("web:{}", percent(&secret)));
    let plain = BASE64_STANDARD.encode(format!("web:{secret}"));
    for (name, value) in [
        ("Authorization", format!("Basic {basic}")),
        ("Authorization", format!("Basic {plain}")),
        ("Authorization", format!("Bearer {secret}")),
        ("Authorization", secret.clone()),
        ("Proxy-Authorization", format!("Basic {basic}")),
        ("DPoP", secret.clone()),
        ("X-Api-Key", secret.clone()),
        ("X-Forwarded-Access-Token", secret.clone()),
        ("Cookie", "sid=cAn4ry/secret".to_owned()),
    ] {
        let raw = exchange(Method::GET, "https://a.test/x", &[(name, &value)], "");
        assert_silent(
            &raw,
            &[
                secret.clone(),
                basic.clone(),
                plain.clone(),
                "cAn4ry/secret".to_owned(),
            ],
        );
    }
    assert_silent(
        &get("https://joe:cAn4ry%2Fpw@a.test/x;jsessionid=cAn4ry"),
        &["cAn4ry".to_owned()],
    );
}
