//! A refusal is recognised by what it means, in whatever shape it comes.

use crate::plain::{fp, read};
use grantscope_oauth::{ResponseMessage, TokenError};

const REQUEST: &str = "POST /token HTTP/1.1
    Host: idp.test
    Content-Type: application/x-www-form-urlencoded

    grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&client_id=web";

fn refused(status: u16, label: &str, body: &str) -> TokenError {
    let response = format!(
        "HTTP/1.1 {status} X
         Content-Type: {label}
         Date: Mon, 23 Nov 2026 10:00:00 GMT
         Retry-After: Mon, 23 Nov 2026 10:00:30 GMT

         {body}"
    );
    let reading = read(REQUEST, &response);
    let (_, error) = reading.refusal().unwrap_or_else(|| panic!("{reading:?}"));
    error.clone()
}

fn said(status: u16, label: &str, body: &str) -> (String, Option<String>, Vec<String>) {
    let error = refused(status, label, body);
    (error.error, error.description, error.codes)
}

type Shape = (
    u16,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [&'static str],
);

const JSON: &str = "application/json";

/// Status, label and body; then the error, the description and the codes that are read from them.
const SHAPES: &[Shape] = &[
    (
        400,
        JSON,
        r#"{"error":"invalid_grant"}"#,
        "invalid_grant",
        None,
        &[],
    ),
    (
        200,
        JSON,
        r#"{"ok":false,"error":"invalid_code"}"#,
        "invalid_code",
        None,
        &[],
    ),
    (
        200,
        "application/x-www-form-urlencoded; charset=utf-8",
        "error=bad_verification_code&error_description=The+code+passed+is+incorrect+or+expired.",
        "bad_verification_code",
        Some("The code passed is incorrect or expired."),
        &[],
    ),
    (
        400,
        "text/html",
        r#"{"error":"invalid_grant","error_description":"Code not valid"}"#,
        "invalid_grant",
        Some("Code not valid"),
        &[],
    ),
    (
        400,
        JSON,
        r#"{"error":{"message":"Error validating code","type":"OAuthException","code":100,"error_subcode":36007}}"#,
        "OAuthException",
        Some("Error validating code"),
        &["36007", "100"],
    ),
    (
        400,
        JSON,
        r#"{"errorCode":"invalid_grant","errorSummary":"PKCE verification failed."}"#,
        "invalid_grant",
        Some("PKCE verification failed."),
        &[],
    ),
    (
        401,
        JSON,
        r#"{"fault":{"faultstring":"Invalid code","detail":{"errorcode":"x"}}}"#,
        "",
        Some("Invalid code"),
        &[],
    ),
    (
        400,
        JSON,
        r#"{"errors":[{"errorType":"invalid_grant","message":"Refresh token invalid"}],"success":false}"#,
        "invalid_grant",
        Some("Refresh token invalid"),
        &[],
    ),
    (
        400,
        JSON,
        r#"{"error":"invalid_grant","error_description":"AADSTS54005: used","error_codes":[54005],"suberror":"bad_token"}"#,
        "invalid_grant",
        Some("AADSTS54005: used"),
        &["54005", "bad_token"],
    ),
    (
        400,
        JSON,
        r#"{"status":"BAD_AUTH_CODE","message":"missing or unknown auth code"}"#,
        "BAD_AUTH_CODE",
        Some("missing or unknown auth code"),
        &[],
    ),
];

#[test]
fn each_shape_is_read() {
    for &(status, label, body, error, description, codes) in SHAPES {
        let codes: Vec<_> = codes.iter().map(|&code| code.to_owned()).collect();
        let expected = (error.to_owned(), description.map(str::to_owned), codes);
        assert_eq!(said(status, label, body), expected, "{body}");
    }
}

#[test]
fn a_failure_without_words_has_its_status() {
    for body in ["", "<html>502</html>", "{}"] {
        let error = refused(502, "text/html", body);
        assert_eq!((error.status, error.error.as_str()), (502, ""));
    }
}

#[test]
fn the_server_s_clock_and_its_delay_are_read() {
    let error = refused(
        429,
        "application/json",
        r#"{"error":"temporarily_unavailable"}"#,
    );
    assert_eq!(
        error.server_time.unwrap().to_string(),
        "2026-11-23T10:00:00Z"
    );
    assert_eq!(error.retry_after_s, Some(30));
}

#[test]
fn no_secret_of_the_request_is_left_in_what_the_server_says() {
    let body = r#"{"error":"invalid_grant","error_description":"Invalid authorization code: SplxlOBeZQQYbYS6WxSbIA","error_uri":"https://idp.test/e?code=SplxlOBeZQQYbYS6WxSbIA"}"#;
    let error = refused(400, "application/json", body);
    let shown = fp("SplxlOBeZQQYbYS6WxSbIA").named("code");
    let expected = format!("Invalid authorization code: {shown}");
    assert_eq!(error.description, Some(expected));
    assert_eq!(error.uri, Some(format!("https://idp.test/e?code={shown}")));
}

#[test]
fn success_without_tokens_is_no_refusal() {
    let reading = read(
        REQUEST,
        "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"error\":false}",
    );
    assert_eq!(reading.response, Some(ResponseMessage::Other));
}
