//! The examples of RFC 6749 are read as what the RFC says they are.

use crate::plain::{fp, read};

use grantscope_oauth::{
    ClientAuthentication, Grant, RequestMessage, ResponseMessage, ResponseMode,
};

const BASIC: &str = "Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const TOKENS: &str = r#"HTTP/1.1 200 OK
    Content-Type: application/json;charset=UTF-8
    Cache-Control: no-store

    {
      "access_token":"2YotnFZFEjr1zCsicMWpAA",
      "token_type":"example",
      "expires_in":3600,
      "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
      "example_parameter":"example_value"
    }"#;

#[test]
fn section_4_1_1_and_4_1_2_authorization() {
    let reading = read(
        "GET /authorize?response_type=code&client_id=s6BhdRkqt3&state=xyz&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb HTTP/1.1
         Host: server.example.com",
        "HTTP/1.1 302 Found
         Location: https://client.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz",
    );
    let RequestMessage::Authorization(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(request.endpoint, "https://server.example.com/authorize");
    assert_eq!(request.response_type.as_deref(), Some("code"));
    assert_eq!(request.client_id.as_deref(), Some("s6BhdRkqt3"));
    assert_eq!(request.state, Some(fp("xyz")));
    let Some(ResponseMessage::Authorization(response)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(Some(&response.redirect_uri), request.redirect_uri.as_ref());
    assert_eq!(response.mode, ResponseMode::Query);
    assert_eq!(response.code, Some(fp("SplxlOBeZQQYbYS6WxSbIA")));
    assert_eq!(response.state, Some(fp("xyz")));
    assert!(reading.malformations.is_empty(), "{reading:?}");
}

#[test]
fn section_4_1_2_1_authorization_error() {
    let reading = read(
        "GET /authorize?response_type=code&client_id=s6BhdRkqt3&state=xyz HTTP/1.1
         Host: server.example.com",
        "HTTP/1.1 302 Found
         Location: https://client.example.com/cb?error=access_denied&state=xyz",
    );
    let Some(ResponseMessage::Authorization(response)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(response.error.as_deref(), Some("access_denied"));
    assert_eq!(response.code, None);
}

#[test]
fn section_4_1_3_and_4_1_4_access_token() {
    let reading = read(
        &format!("POST /token HTTP/1.1
         Host: server.example.com
         {BASIC}
         {FORM}

         grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb"),
        TOKENS,
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    let Grant::AuthorizationCode {
        code,
        redirect_uri,
        code_verifier,
    } = &request.grant
    else {
        panic!("{request:?}");
    };
    assert_eq!(*code, Some(fp("SplxlOBeZQQYbYS6WxSbIA")));
    assert_eq!(
        redirect_uri.as_ref().unwrap().as_str(),
        "https://client.example.com/cb"
    );
    assert_eq!(*code_verifier, None);
    assert_eq!(request.client.id.as_deref(), Some("s6BhdRkqt3"));
    assert_eq!(
        request.client.authentication,
        ClientAuthentication::SecretBasic(fp("gX1fBat3bV"))
    );
    let Some(ResponseMessage::Token(tokens)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(tokens.access_token, Some(fp("2YotnFZFEjr1zCsicMWpAA")));
    assert_eq!(tokens.refresh_token, Some(fp("tGzv3JOkF0XG5Qx2TlKWIA")));
    assert_eq!(tokens.expires_in_s, Some(3600));
    assert!(reading.malformations.is_empty(), "{reading:?}");
}

#[test]
fn section_4_3_2_password() {
    let reading = read(
        &format!(
            "POST /token HTTP/1.1
         Host: server.example.com
         {BASIC}
         {FORM}

         grant_type=password&username=johndoe&password=A3ddj3w"
        ),
        TOKENS,
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(
        request.grant,
        Grant::Password {
            username: Some(fp("johndoe")),
            password: Some(fp("A3ddj3w"))
        }
    );
}

#[test]
fn section_4_4_2_client_credentials() {
    let reading = read(
        &format!(
            "POST /token HTTP/1.1
         Host: server.example.com
         {BASIC}
         {FORM}

         grant_type=client_credentials"
        ),
        "",
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(request.grant, Grant::ClientCredentials);
    assert_eq!(reading.response, None);
}

#[test]
fn section_5_2_refusal() {
    let reading = read(
        &format!(
            "POST /token HTTP/1.1
         Host: server.example.com
         {FORM}

         grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&client_id=s6BhdRkqt3"
        ),
        r#"HTTP/1.1 400 Bad Request
         Content-Type: application/json;charset=UTF-8
         Cache-Control: no-store
         Pragma: no-cache

         {
           "error":"invalid_request"
         }"#,
    );
    let (request, error) = reading.refusal().unwrap();
    assert_eq!(request.client.authentication, ClientAuthentication::None);
    assert_eq!(
        (error.status, error.error.as_str()),
        (400, "invalid_request")
    );
    assert_eq!(error.description, None);
    assert!(reading.malformations.is_empty(), "{reading:?}");
}

#[test]
fn section_6_refresh() {
    let reading = read(
        &format!(
            "POST /token HTTP/1.1
         Host: server.example.com
         {BASIC}
         {FORM}

         grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA"
        ),
        "",
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(
        request.grant,
        Grant::RefreshToken {
            refresh_token: Some(fp("tGzv3JOkF0XG5Qx2TlKWIA"))
        }
    );
}
