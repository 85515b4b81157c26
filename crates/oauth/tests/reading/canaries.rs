//! No secret of an exchange is in its reading, wherever else in the exchange it stands.

use crate::plain::{exchange, reader};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use grantscope_oauth::{Reader, SECRET_PARAMETERS};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// How each secret begins, raw and in every encoding.
const MARK: &str = "cAn4ry";

/// Long and mixed, with characters that encodings change.
fn canary() -> String {
    format!("{MARK}/0123456789+abcdefABCDEF=é")
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A JWT that names the secret wherever a JWT names something.
fn jwt() -> String {
    let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let secret = format!("of-{}", canary());
    format!(
        "{}.{}.c2ln",
        part(json!({"alg": secret, "kid": secret, "typ": secret})),
        part(json!({"iss": secret, "aud": [secret, format!("https://{secret}")], "azp": secret}))
    )
}

/// Names, in each of which the secret stands as a part.
fn names() -> String {
    let names = [
        "client_id",
        "scope",
        "resource",
        "audience",
        "response_mode",
        "code_challenge_method",
        "dpop_jkt",
        "token_type_hint",
        "iss",
        "error",
        "error_description",
        "error_uri",
    ];
    let pairs = names.map(|name| format!("{name}=web-{}", percent(&canary())));
    pairs.join("&")
}

/// Redirection URIs that hold a secret, in a parameter of its name and elsewhere.
fn redirect_uris(name: &str) -> Vec<String> {
    let secret = percent(&canary());
    let nested = percent(&format!("https://app.test/x?{name}={secret}"));
    vec![
        format!("https://app.test/cb?a=1&{name}={secret}"),
        format!("https://app.test/cb#{name}={secret}"),
        format!("https://app.test/cb?next={nested}"),
        format!("https://app.test/cb?other={secret}"),
        format!("https://app.test/cb/{secret}"),
        format!("https://user:{secret}@app.test/cb"),
    ]
}

fn requests(name: &str, redirect_uri: &str) -> Vec<String> {
    let secret = percent(&canary());
    let names = names();
    let uri = percent(redirect_uri);
    let joint = if redirect_uri.contains(['?', '#']) {
        '&'
    } else {
        '?'
    };
    let form = |path: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1
             Host: idp.test
             DPoP: {jwt}
             Content-Type: application/x-www-form-urlencoded

             {name}={secret}&{names}&redirect_uri={uri}&{body}",
            jwt = jwt()
        )
    };
    let assertion = format!("client_assertion={}&assertion={}", jwt(), jwt());
    let grants = [
        "authorization_code",
        "refresh_token",
        "password",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        &format!("urn:example:{secret}"),
    ]
    .map(|grant| form("/token", &format!("grant_type={grant}&{assertion}")));
    let mut all = grants.to_vec();
    all.extend([
        form("/par", "response_type=code&request_uri="),
        form("/revoke", "token=t"),
        form("/introspect", "token=t"),
        form("/device_authorization", ""),
        form("/logout", "refresh_token=r"),
        format!(
            "GET /authorize/{secret}?{name}={secret}&response_type=code&{names}&redirect_uri={uri} HTTP/1.1\nHost: idp.test"
        ),
        format!("GET /cb/{secret}?{name}={secret}&code=C1&state=s&{names} HTTP/1.1\nHost: app.test"),
        format!("GET /.well-known/openid-configuration?{name}={secret} HTTP/1.1\nHost: idp.test"),
        format!("GET {redirect_uri}{joint}{name}={secret}&code=C1&state=s HTTP/1.1"),
    ]);
    all
}

fn responses(name: &str) -> Vec<String> {
    let secret = canary();
    let members = |first: &str| {
        json!({
            first: secret,
            name: secret,
            "error_description": format!("unlike {secret} ({})", percent(&secret)),
            "error_codes": [format!("c-{secret}")],
            "error_uri": format!("https://idp.test/e?{}", percent(&secret)),
            "token_type": format!("x{secret}"),
            "scope": format!("a {secret}"),
            "client_id": format!("web-{secret}"),
            "active": true,
            "issuer": format!("https://idp.test/{secret}"),
            "token_endpoint": format!("https://idp.test/{secret}/token"),
        })
    };
    let content = |status: u16, first: &str| {
        format!(
            "HTTP/1.1 {status} X\nContent-Type: application/json\n\n{}",
            members(first)
        )
    };
    let sent = format!("{name}={}&state=s&{}", percent(&secret), names());
    vec![
        String::new(),
        content(400, "error"),
        content(200, "access_token"),
        content(200, "device_code"),
        content(200, "request_uri"),
        format!("HTTP/1.1 302 Found\nLocation: https://app.test/cb?{sent}"),
        format!("HTTP/1.1 302 Found\nLocation: https://app.test/cb#{sent}"),
        format!(
            "HTTP/1.1 302 Found\nLocation: https://app.test/{}/cb?code=C1&{sent}",
            percent(&secret)
        ),
    ]
}

fn assert_silent(reader: &Reader, request: &str, response: &str) {
    let reading = reader.read(&exchange(request, response));
    let printed = format!("{reading:?}");
    assert!(
        !printed.contains(MARK) && !printed.contains(&MARK.replace('4', "a")),
        "{request}\n\n{response}\n\n{reading:#?}"
    );
}

#[test]
fn no_secret_parameter_is_in_a_reading_wherever_it_stands() {
    for (name, _) in SECRET_PARAMETERS {
        let reader = &reader();
        let uris = redirect_uris(name);
        let asked = uris.iter().flat_map(|uri| requests(name, uri));
        asked.for_each(|request| assert_silent(reader, &request, ""));
        for request in requests(name, &uris[0]) {
            let answers = responses(name);
            let answers = answers.iter();
            answers.for_each(|response| assert_silent(reader, &request, response));
        }
    }
}

fn client_credentials(authorization: &str, rest: &str) -> String {
    format!(
        "POST /token HTTP/1.1
         Host: idp.test
         Authorization: {authorization}
         Content-Type: application/x-www-form-urlencoded

         grant_type=client_credentials&{rest}"
    )
}

#[test]
fn credentials_in_a_header_are_in_no_reading() {
    let secret = canary();
    let basic = |secret: &str| BASE64_STANDARD.encode(format!("web:{secret}"));
    for authorization in [
        format!("Basic {}", basic(&secret)),
        format!("Basic {}", basic(&percent(&secret))),
        format!("Bearer {secret}"),
        format!("Custom {secret}"),
        secret,
    ] {
        let request = client_credentials(&authorization, &names());
        assert_silent(&reader(), &request, &responses("x")[1]);
    }
    // Letters alone are no scheme where nothing follows them.
    assert_silent(
        &reader(),
        &client_credentials(&MARK.replace('4', "a"), ""),
        "",
    );
}

#[test]
fn what_a_server_issued_is_no_name_even_where_it_stands_alone() {
    let secret = percent(&canary());
    for name in ["code", "refresh_token", "code_verifier", "client_assertion"] {
        let request = format!(
            "POST /token HTTP/1.1
             Host: idp.test
             Content-Type: application/x-www-form-urlencoded

             grant_type={secret}&{name}={secret}&client_id={secret}&scope={secret}&redirect_uri={secret}"
        );
        assert_silent(&reader(), &request, "");
    }
}

/// It is compared with the name in other exchanges, in which the secret does not occur.
#[test]
fn a_name_stays_where_it_is_also_a_state_or_a_password() {
    let request = "POST /token HTTP/1.1
         Host: idp.test
         Content-Type: application/x-www-form-urlencoded

         grant_type=password&client_id=Web1234567890App&client_secret=Web1234567890App&username=https%3A%2F%2Fapp.test%2Fcb&password=token&state=https%3A%2F%2Fidp.test%2Ftoken&scope=token&redirect_uri=https%3A%2F%2Fapp.test%2Fcb";
    let reading = reader().read(&exchange(request, ""));
    let printed = format!("{reading:?}");
    assert!(printed.contains("Some(\"Web1234567890App\")"), "{printed}");
    assert!(printed.contains("\"https://idp.test/token\""), "{printed}");
    assert!(printed.contains("Some(\"token\")"), "{printed}");
}
