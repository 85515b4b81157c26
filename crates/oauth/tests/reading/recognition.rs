//! Messages are recognised by what they mean, and not by their path.

use std::cell::Cell;

use crate::plain::{exchange, fp, read, reader, request};
use grantscope_oauth::{EndpointKind, RequestMessage, RequestUrl, ResponseMessage, ResponseMode};
use http::Method;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

fn post(path: &str, body: &str) -> RequestMessage {
    request(&format!(
        "POST {path} HTTP/1.1\nHost: idp.test\n{FORM}\n\n{body}"
    ))
}

#[test]
fn the_redirection_uri_is_kept_as_sent_but_for_what_the_response_added() {
    let reading = read(
        "GET /authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.test%3A443%2Fcb%3Fa%3D%252F%26b HTTP/1.1\nHost: idp.test",
        "HTTP/1.1 303 X\nLocation: https://app.test:443/cb?a=%2F&b&code=C1&state=s1&session_state=x&iss=https%3A%2F%2Fidp.test",
    );
    let (RequestMessage::Authorization(asked), Some(ResponseMessage::Authorization(given))) =
        (&reading.request, &reading.response)
    else {
        panic!("{reading:?}");
    };
    assert_eq!(asked.redirect_uri.as_ref(), Some(&given.redirect_uri));
}

#[test]
fn a_callback_with_nothing_but_a_code_is_known_by_its_redirection_uri() {
    let reader = reader();
    let callback = exchange(
        "GET /welcome?code=C1 HTTP/1.1\nHost: app.test",
        "HTTP/1.1 200 OK",
    );
    assert!(!reader.read(&callback).is_oauth());
    reader.read(&exchange(
        "GET /authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.test%2Fwelcome HTTP/1.1\nHost: idp.test",
        "",
    ));
    let reading = reader.read(&callback);
    let RequestMessage::Callback(response) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(response.code, Some(fp("C1")));
}

#[test]
fn a_callback_with_nothing_but_a_code_is_known_by_what_apps_call_it() {
    let callback = read("GET /auth/Callback?code=C1 HTTP/1.1\nHost: app.test", "");
    assert!(
        matches!(callback.request, RequestMessage::Callback(_)),
        "{callback:?}"
    );
    let shop = read("GET /discount?code=C1 HTTP/1.1\nHost: app.test", "");
    assert!(!shop.is_oauth(), "{shop:?}");
}

#[test]
fn an_authorization_request_without_a_client_is_one_all_the_same() {
    let reading = read(
        "GET /authorize?response_type=code&redirect_uri=https%3A%2F%2Fapp.test%2Fcb HTTP/1.1\nHost: idp.test",
        "",
    );
    assert!(
        matches!(reading.request, RequestMessage::Authorization(_)),
        "{reading:?}"
    );
}

#[test]
fn a_redirect_leads_to_the_request_that_follows_it() {
    let first = read(
        "GET /consent HTTP/1.1\nHost: idp.test",
        "HTTP/1.1 302 Found\nLocation: /cb?code=C1&state=s1#frag",
    );
    let next = read("GET /cb?code=C1&state=s1 HTTP/1.1\nHost: idp.test", "");
    assert_eq!(first.location, Some(next.url));
}

#[test]
fn a_fragment_and_a_custom_scheme_are_read() {
    let reading = read(
        "GET /authorize?response_type=code%20id_token&client_id=web HTTP/1.1\nHost: idp.test",
        "HTTP/1.1 302 Found\nLocation: com.example.app:/cb#code=C1&state=s1",
    );
    let Some(ResponseMessage::Authorization(response)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(response.mode, ResponseMode::Fragment);
    assert_eq!(response.redirect_uri.as_str(), "com.example.app:/cb");
}

#[test]
fn a_form_post_is_read_where_it_arrives() {
    let message = post("/cb", "code=C1&state=s1&iss=https%3A%2F%2Fidp.test");
    let RequestMessage::Callback(response) = message else {
        panic!("{message:?}");
    };
    assert_eq!(response.mode, ResponseMode::FormPost);
    assert_eq!(response.redirect_uri.as_str(), "https://idp.test/cb");
}

#[test]
fn a_request_object_supplies_the_parameters() {
    // {"client_id":"web","response_type":"code","redirect_uri":"https://app.test/cb","state":"s1"}
    let message = request(
        "GET /authorize?client_id=web&request=eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJ3ZWIiLCJyZXNwb25zZV90eXBlIjoiY29kZSIsInJlZGlyZWN0X3VyaSI6Imh0dHBzOi8vYXBwLnRlc3QvY2IiLCJzdGF0ZSI6InMxIn0. HTTP/1.1\nHost: idp.test",
    );
    let RequestMessage::Authorization(asked) = message else {
        panic!("{message:?}");
    };
    assert!(asked.request_object);
    assert_eq!(asked.redirect_uri.unwrap().as_str(), "https://app.test/cb");
    assert_eq!(asked.state, Some(fp("s1")));
}

#[test]
fn github_needs_no_grant_type() {
    let message = request(&format!(
        "POST /login/oauth/access_token HTTP/1.1\nHost: github.com\n{FORM}\n\nclient_id=a&client_secret=b&code=C1"
    ));
    assert!(matches!(message, RequestMessage::Token(_)), "{message:?}");
}

#[test]
fn a_client_that_presents_a_grant_needs_no_grant_type() {
    let slack = post(
        "/api/oauth.v2.access",
        "client_id=a&client_secret=b&code=C1",
    );
    assert!(matches!(slack, RequestMessage::Token(_)), "{slack:?}");
    let backend = post("/api/session", "code=C1&code_verifier=v");
    assert_eq!(backend, RequestMessage::Other);
    let logout = post("/x/logout", "client_id=a&client_secret=b&refresh_token=R1");
    assert!(
        matches!(logout, RequestMessage::EndSession(_)),
        "{logout:?}"
    );
}

#[test]
fn a_code_without_state_is_issued_where_the_user_agent_leaves_the_server() {
    let reading = read(
        "GET /authorize?response_type=code&client_id=web HTTP/1.1\nHost: idp.test",
        "HTTP/1.1 302 Found\nLocation: https://app.test/cb?code=C1",
    );
    assert!(matches!(
        reading.response,
        Some(ResponseMessage::Authorization(_))
    ));
}

#[test]
fn the_other_endpoints_are_told_by_path_and_parameters() {
    assert!(matches!(
        post("/oidc/revocation", "token=T&client_id=web"),
        RequestMessage::Revocation(_)
    ));
    assert!(matches!(
        post(
            "/realms/a/protocol/openid-connect/logout",
            "client_id=web&refresh_token=R1"
        ),
        RequestMessage::EndSession(_)
    ));
    assert!(matches!(
        request("GET /bye?id_token_hint=x HTTP/1.1\nHost: idp.test"),
        RequestMessage::EndSession(_)
    ));
    assert!(matches!(
        post("/login/device/code", "client_id=web"),
        RequestMessage::DeviceAuthorization(_)
    ));
}

#[test]
fn what_only_resembles_oauth_is_left_alone() {
    for message in [
        post("/search", "code=1&q=x"),
        post("/device", "user_code=WDJB-MJHT&client_id=web"),
        request("GET /errors?error=404 HTTP/1.1\nHost: app.test"),
        request("GET /users?state=open HTTP/1.1\nHost: app.test"),
        request("GET /docs?grant_type=password HTTP/1.1\nHost: app.test"),
        request(
            "OPTIONS /token?grant_type=refresh_token&refresh_token=R1 HTTP/1.1\nHost: app.test",
        ),
    ] {
        assert_eq!(message, RequestMessage::Other);
    }
}

#[test]
fn an_error_page_of_the_server_is_no_authorization_response() {
    let reading = read(
        "GET /authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.test%2Fcb HTTP/1.1\nHost: idp.test",
        "HTTP/1.1 302 Found\nLocation: /login?error=bad_password&state=internal",
    );
    assert_eq!(reading.response, Some(ResponseMessage::Other));
}

#[test]
fn a_head_alone_tells_what_may_concern() {
    let reader = reader();
    let concerns = |method, url: &str, fields: &[(&str, &str)]| {
        let path = url.strip_prefix("https://a.test").unwrap();
        let field = |name: &str| {
            let of_name = |(field, _): &&(&str, &str)| field.eq_ignore_ascii_case(name);
            fields.iter().find(of_name).map(|(_, value)| *value)
        };
        reader.concerns(method, path, field, || RequestUrl::new(url))
    };
    assert!(concerns(&Method::POST, "https://a.test/x", &[]));
    assert!(concerns(&Method::GET, "https://a.test/cb?code=C1", &[]));
    assert!(concerns(
        &Method::GET,
        "https://a.test/go",
        &[("Accept", "text/html,*/*")]
    ));
    assert!(concerns(
        &Method::GET,
        "https://a.test/.well-known/openid-configuration",
        &[]
    ));
    assert!(!concerns(
        &Method::GET,
        "https://a.test/logo.png",
        &[("Accept", "image/*")]
    ));
    assert!(!concerns(
        &Method::POST,
        "https://a.test/up",
        &[("Content-Type", "image/png")]
    ));
}

#[test]
fn an_endpoint_that_was_learned_concerns_by_its_whole_url_which_is_asked_for_only_then() {
    let reader = reader();
    let asked = Cell::new(0);
    let concerns = |host: &str, path: &str| {
        let url = || {
            asked.set(asked.get() + 1);
            RequestUrl::new(format!("https://{host}{path}"))
        };
        reader.concerns(&Method::GET, path, |_| None, url)
    };
    assert!(!concerns("a.test", "/leave?a=b"));
    assert_eq!(asked.get(), 0, "nothing is known by its URL");
    reader.know(
        &RequestUrl::new("https://a.test/leave"),
        EndpointKind::EndSession,
    );
    assert!(concerns("a.test", "/leave?a=b"));
    assert!(!concerns("b.test", "/leave?a=b"));
    assert!(!concerns("a.test", "/logo.png"));
}

#[test]
fn of_the_headers_that_tell_a_product_the_names_are_kept_and_not_the_values() {
    let reading = read(
        &format!(
            "POST /token HTTP/1.1\nHost: id.test\n{FORM}\n\ngrant_type=refresh_token&refresh_token=R1"
        ),
        "HTTP/1.1 400 X\nx-okta-request-id: Zx9CanarySecretQ7\nX-Other: Zx9CanarySecretQ7\nSet-Cookie: Zx9CanarySecretQ7\n\n{\"error\":\"invalid_grant\"}",
    );
    assert_eq!(reading.marks, ["x-okta-request-id"]);
    assert!(!format!("{reading:?}").contains("Zx9CanarySecretQ7"));
}
