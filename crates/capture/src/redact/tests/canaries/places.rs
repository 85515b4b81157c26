//! Places in which other tools leave secrets: headers of other names, paths, routes, names, contents of other kinds.

use super::*;

const SECRET: &str = "cAn4ry-pl4ce-of-4711";

fn secrets() -> Vec<String> {
    vec![SECRET.to_owned()]
}

fn carried(name: &str, value: &str) -> Exchange {
    let raw = exchange(Method::GET, "https://a.test/x", &[(name, value)], "");
    answered(raw, 200, &[(name, value)], "")
}

#[test]
fn a_header_field_that_is_not_known_is_silent() {
    for name in [
        "From",
        "Forwarded",
        "X-Forwarded-For",
        "X-User",
        "X-Remote-User",
        "X-Ms-Client-Principal",
        "X-Amzn-Oidc-Data",
        "X-Original-Url",
        "Content-Disposition",
        "Content-Security-Policy",
        "ETag",
        "If-None-Match",
        "Digest",
        "Signature",
        "DPoP-Nonce",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Protocol",
        "Server-Timing",
        "X-Debug",
    ] {
        assert_silent(&carried(name, SECRET), &secrets());
        assert_silent(
            &carried(
                name,
                &BASE64_STANDARD.encode(format!("{{\"k\":\"{SECRET}\"}}")),
            ),
            &secrets(),
        );
    }
}

#[test]
fn credentials_of_every_scheme_are_silent() {
    let basic = BASE64_STANDARD.encode(format!("{SECRET}:{SECRET}"));
    for value in [
        format!("Bearer {SECRET}"),
        format!("bearer  {SECRET}"),
        format!("DPoP {SECRET}"),
        format!("Digest username=\"{SECRET}\", response=\"{SECRET}\""),
        format!("Negotiate {SECRET}"),
        format!("NTLM {SECRET}"),
        format!("AWS4-HMAC-SHA256 Credential={SECRET}/x, Signature={SECRET}"),
        format!("Token token=\"{SECRET}\""),
        format!("ApiKey {SECRET}"),
        format!("Hawk id=\"{SECRET}\", mac=\"{SECRET}\""),
        format!("Basic {basic}"),
        format!("Basic {SECRET}"),
        SECRET.to_owned(),
    ] {
        assert_silent(&carried("Authorization", &value), &secrets());
        assert_silent(&carried("Proxy-Authorization", &value), &secrets());
    }
    assert_silent(&carried("DPoP", SECRET), &secrets());
}

#[test]
fn a_cookie_keeps_its_name_alone() {
    assert_silent(
        &carried("Cookie", &format!("a={SECRET}; b=\"{SECRET}\"; {SECRET}")),
        &secrets(),
    );
    for value in [
        format!("a={SECRET}; Path=/; HttpOnly"),
        format!("a=1; Path=/reset/{SECRET}"),
        format!("a=1; hint={SECRET}; Secure"),
        SECRET.to_owned(),
    ] {
        assert_silent(&carried("Set-Cookie", &value), &secrets());
    }
}

#[test]
fn a_path_or_route_that_lets_somebody_in_is_silent() {
    let random = "Zx81aQ9k3LmN0pR7sT2uV5wX8yB4cD6e";
    let secrets = [
        secrets(),
        vec![random.to_owned(), "jane.doe@mail.x.test".to_owned()],
    ]
    .concat();
    for url in [
        format!("https://a.test/reset/{SECRET}"),
        format!("https://a.test/account/verify-email/{SECRET}?x=1"),
        format!("https://a.test/magic-link/{SECRET}/"),
        format!("https://a.test/x/{random}/y"),
        format!("https://a.test/reset/{SECRET}/https://b.test/"),
        format!("//{SECRET}:{SECRET}@a.test/x"),
        format!("https://{SECRET}@a.test/x"),
        format!("https://joe:{}@a.test/x", percent(SECRET)),
        format!("https://a.test/x;a=1;jsessionid={SECRET}"),
        format!("https://a.test/#/reset/{SECRET}?x=1"),
        format!("https://a.test/#!/invite/{SECRET}"),
        format!("https://a.test/#{SECRET}"),
        "https://a.test/users/jane.doe@mail.x.test/x".to_owned(),
        "https://a.test/users/jane.doe%40mail.x.test".to_owned(),
        "mailto:jane.doe@mail.x.test".to_owned(),
    ] {
        assert_silent(&get(&url), &secrets);
        let nested = format!(
            "https://c.test/?next={}",
            percent(&format!("/y?redirect_uri={}", percent(&url)))
        );
        assert_silent(&get(&nested), &secrets);
        for name in ["Location", "Referer", "Link", "Refresh"] {
            let value = match name {
                "Link" => format!("<{url}>; rel=\"next\""),
                "Refresh" => format!("0; url={url}"),
                _ => url.clone(),
            };
            assert_silent(&carried(name, &value), &secrets);
        }
    }
}

#[test]
fn a_secret_in_the_place_of_a_name_is_silent() {
    let long = "Zx81aQ9k3LmN0pR7sT2uV5wX8yB4cD6e";
    let secrets = vec![long.to_owned(), "jane@mail.x.test".to_owned()];
    for text in [
        long.to_owned(),
        format!("{long}="),
        format!("{long}=1"),
        BASE64_STANDARD.encode(format!("{long}1")),
        "jane%40mail.x.test=1".to_owned(),
    ] {
        assert_silent(&get(&format!("https://a.test/?{text}")), &secrets);
        assert_silent(&token(&[], &format!("{text}&code=C1")), &secrets);
    }
    let body = serde_json::json!({"access_token": "a", long: 1, "users": {"jane@mail.x.test": {}}});
    let raw = answered(token_request(), 200, &[JSON], &body.to_string());
    assert_silent(&raw, &secrets);
}

#[test]
fn contents_of_other_kinds_are_silent() {
    let query = serde_json::json!({"query": format!("mutation {{ login(p: \"{SECRET}\") }}"), "variables": {"code": SECRET}});
    let nested =
        serde_json::json!({"token": "t", "body": serde_json::json!({"code": SECRET}).to_string()});
    let success = serde_json::json!({"data": {"title": SECRET, "message": SECRET}, "errors": [], "status": format!("I am {SECRET} today")});
    let key = serde_json::json!({"scope": "x", "n": SECRET, "x": SECRET, "keys": [{"kty": "RSA", "d": SECRET, "k": SECRET}]});
    for (label, body) in [
        ("application/json", query.to_string()),
        (
            "application/graphql",
            format!("{{ login(p: \"{SECRET}\") }}"),
        ),
        ("application/json", nested.to_string()),
        ("application/json", success.to_string()),
        ("application/json", key.to_string()),
        ("text/plain", format!("the code is {SECRET}")),
        (
            "text/event-stream",
            format!("data: {{\"code\":\"{SECRET}\"}}\n\n"),
        ),
        (
            "application/xml",
            format!("<Assertion>{SECRET}</Assertion>"),
        ),
        ("text/html", format!("<p>{SECRET}</p>")),
        (
            "application/x-www-form-urlencoded",
            format!(
                "SAMLResponse={}",
                percent(&BASE64_STANDARD.encode(format!("<a>{SECRET}</a>")))
            ),
        ),
        (
            "multipart/form-data; boundary=b",
            format!("--b\r\n{SECRET} without a head\r\n--b--"),
        ),
        (
            "multipart/form-data; boundary=b",
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{SECRET}\"\r\nX-A: {SECRET}\r\n\r\nx\r\n--b--\r\n{SECRET}"
            ),
        ),
    ] {
        let header = [("Content-Type", label)];
        assert_silent(
            &exchange(Method::POST, "https://a.test/x", &header, &body),
            &secrets(),
        );
        let raw = exchange(Method::POST, "https://a.test/x", &[], "");
        assert_silent(&answered(raw, 200, &header, &body), &secrets());
    }
}

#[test]
fn a_content_under_a_coding_is_silent() {
    for coding in ["gzip", "br", "zstd", "deflate", "x-unknown"] {
        let mut raw = token(&[("Content-Encoding", coding)], &format!("code={SECRET}"));
        raw.request.body.coding = Some(coding.to_owned());
        assert_silent(&raw, &secrets());
    }
}
