//! The reading of a redacted exchange is that of the raw one.

use crate::plain::{KEY, exchange, reader};
use grantscope_oauth::{Reading, placeholder, secret_kind, with_claims};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjEyMywiaXNzIjoid2ViIn0.c2ln";

/// A placeholder. The kind is whatever the redaction calls it, and is not read.
fn redacted(secret: &str) -> String {
    placeholder::write("secret", &KEY.read(secret))
}

fn raw(secret: &str) -> String {
    secret.to_owned()
}

/// Writes a secret: raw, or as the placeholder of a redaction.
type Write = fn(&str) -> String;

/// Requests and responses, with their secrets written in one way or the other.
type Messages = fn(Write) -> Vec<(String, String)>;

/// Reads what `message` makes of the secrets, with one reader from first to last.
fn readings(messages: Messages, of: Write) -> Vec<Reading> {
    let reader = reader();
    messages(of)
        .iter()
        .map(|(request, response)| reader.read(&exchange(request, response)))
        .collect()
}

fn assert_same(messages: Messages) {
    let raw = readings(messages, raw);
    assert!(raw.iter().all(Reading::is_oauth), "{raw:#?}");
    // Fingerprints are equal where their digests are: the printed form compares their other fields, too.
    assert_eq!(
        format!("{raw:#?}"),
        format!("{:#?}", readings(messages, redacted))
    );
}

#[test]
fn of_an_authorization_and_its_callback() {
    assert_same(|s| {
        let (state, code) = (s("s1"), s("C1/C1+C1 é"));
        let code = percent_encoding::utf8_percent_encode(&code, percent_encoding::NON_ALPHANUMERIC)
            .to_string();
        vec![
            (
                format!(
                    "GET /authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fa%3D1&state={state}&code_challenge={} HTTP/1.1
                     Host: idp.test",
                    s("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
                ),
                format!("HTTP/1.1 302 Found\nLocation: https://app.test/cb?a=1&code={code}&state={state}"),
            ),
            (
                format!("GET /cb?a=1&code={code}&state={state} HTTP/1.1\nHost: app.test"),
                "HTTP/1.1 200 OK".to_owned(),
            ),
        ]
    });
}

#[test]
fn of_a_refused_code_with_basic_authentication() {
    assert_same(|s| {
        let basic = BASE64_STANDARD.encode(format!("web:{}", s("S3cret S3cret")));
        let code = s("SplxlOBeZQQYbYS6WxSbIA");
        vec![(
            format!(
                "POST /token HTTP/1.1
                 Host: idp.test
                 Authorization: Basic {basic}
                 DPoP: {}
                 Content-Type: application/x-www-form-urlencoded

                 grant_type=authorization_code&code={code}&code_verifier={}&code={code}",
                s(JWT),
                s("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
            ),
            format!(
                r#"HTTP/1.1 400 Bad Request
                 Content-Type: application/json

                 {{"error":"invalid_grant","error_description":"Invalid code {code}."}}"#
            ),
        )]
    });
}

#[test]
fn of_a_refresh_with_an_assertion_and_of_empty_values() {
    assert_same(|s| {
        vec![(
            format!(
                "POST /token HTTP/1.1
                 Host: idp.test
                 Content-Type: application/json

                 {{\"grant_type\":\"refresh_token\",\"refresh_token\":\"{}\",\"client_assertion\":\"{}\",\"client_secret\":\"{}\"}}",
                s("R1"),
                s(JWT),
                s("")
            ),
            format!(
                r#"HTTP/1.1 200 OK
                 Content-Type: application/json

                 {{"access_token":"{}","refresh_token":"{}","expires_in":"300","token_type":"Bearer"}}"#,
                s("A2"),
                s("R2")
            ),
        )]
    });
}

#[test]
fn of_credentials_that_are_no_basic_credentials() {
    assert_same(|s| {
        let request = |basic: &str| {
            format!(
                "POST /token HTTP/1.1
                 Host: idp.test
                 Authorization: Basic {basic}
                 Content-Type: application/x-www-form-urlencoded

                 grant_type=client_credentials"
            )
        };
        let no_colon = BASE64_STANDARD.encode(s("without a colon"));
        vec![
            (request(&s("not.base64!")), String::new()),
            (request(&no_colon), String::new()),
        ]
    });
}

#[test]
fn of_a_request_object() {
    assert_same(|s| {
        let claims = r#"{"response_type":"code","client_id":"web","state":"s1","scope":"a"}"#;
        let jwt = format!(
            "eyJhbGciOiJub25lIn0.{}.c2ln",
            BASE64_URL_SAFE_NO_PAD.encode(claims)
        );
        let secret = |name: &str, value: &str| secret_kind(name).map(|_| s(value));
        let jwt = with_claims(&jwt, secret).unwrap();
        vec![(
            format!("GET /authorize?client_id=web&request={jwt} HTTP/1.1\nHost: idp.test"),
            String::new(),
        )]
    });
}

#[test]
fn of_a_page_that_posts_the_response() {
    assert_same(|s| {
        vec![(
            "GET /authorize?response_type=code&client_id=web&response_mode=form_post HTTP/1.1\nHost: idp.test".to_owned(),
            format!(
                r#"HTTP/1.1 200 OK
                 Content-Type: text/html;charset=utf-8

                 <form method="post" action="https://app.test/cb"><input type="hidden" name="code" value="{}"><input type="hidden" name="state" value="{}"></form>"#,
                s("C1"),
                s("s1")
            ),
        )]
    });
}
