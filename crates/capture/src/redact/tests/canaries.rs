//! No secret of these exchanges occurs in an output, in no encoding.

use base64::prelude::BASE64_URL_SAFE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;
use crate::har;

/// A secret with characters that every encoding changes.
fn canary(name: &str) -> String {
    format!("cAn4ry/{name}+\"x&=é")
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    vec![
        secret.to_owned(),
        percent(secret),
        percent(&percent(secret)),
        BASE64_STANDARD.encode(secret),
        BASE64_URL_SAFE.encode(secret),
        json.trim_matches('"').to_owned(),
    ]
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

fn assert_silent(raw: &Exchange, secrets: &[String]) {
    let redacted = redacted(raw);
    let mut file = Vec::new();
    har::export(&mut file, "0", [&redacted], None).unwrap();
    let file = String::from_utf8(file).unwrap();
    let printed = format!("{redacted:?}");
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!file.contains(&spelling), "{spelling} in {file}");
            assert!(!printed.contains(&spelling), "{spelling} in {printed}");
        }
    }
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
    serde_json::json!({"a": [object.clone()], "ok": true, "error_description": "x"}).to_string()
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
                400,
                &[("Content-Type", label)],
                &body,
            );
            assert_silent(&raw, &secrets());
        }
    }
}

#[test]
fn a_secret_that_is_repeated_elsewhere_is_silent() {
    for spelling in spellings(&canary("code")) {
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
