use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use grantscope_oauth::{
    Body, Exchange, ExchangeId, FingerprintKey, Headers, Peer, Providers, Reader, Reading, Request,
    RequestUrl, Response, Timings, placeholder,
};
use http::{Method, Version};
use jiff::Timestamp;

use super::{Redacted, Redactor};

mod broken;
mod canaries;
mod guide;
mod hostile;
mod properties;

const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

fn fields(of: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

fn exchange(method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Exchange {
    Exchange {
        id: ExchangeId(1),
        started_at: Timestamp::UNIX_EPOCH,
        request: Request {
            method,
            url: RequestUrl::new(url),
            version: Version::HTTP_11,
            headers: fields(headers),
            body: Body::whole(body.to_owned()),
        },
        response: None,
        timings: Timings::default(),
        peer: Peer::default(),
    }
}

fn get(url: &str) -> Exchange {
    exchange(Method::GET, url, &[], "")
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn token(headers: &[(&str, &str)], body: &str) -> Exchange {
    let headers = [&[FORM], headers].concat();
    exchange(Method::POST, "https://idp.test/token", &headers, body)
}

fn answered(mut of: Exchange, status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
    of.response = Some(Response {
        status,
        version: Version::HTTP_11,
        headers: fields(headers),
        body: Body::whole(body.to_owned()),
    });
    of
}

fn redacted(of: &Exchange) -> Redacted<Exchange> {
    Redactor::new(KEY).redact(of)
}

fn stands_for(kind: &str, secret: &str) -> String {
    placeholder::write(kind, &KEY.read(secret))
}

/// What stands for a value of which nothing is known.
fn stands_for_value(kind: &str, value: &str) -> String {
    placeholder::write(kind, &KEY.read_plain(value))
}

/// The content of the response after redaction.
fn answer(of: &Redacted<Exchange>) -> String {
    of.response.as_ref().unwrap().body.text().into_owned()
}

/// What a reader makes of the raw exchange and of the redacted one is the same.
fn reads_the_same(raw: &Exchange) {
    let redacted = redacted(raw);
    assert_eq!(read(raw), read(&redacted), "{redacted:?}");
}

/// The same, but for the digests of URLs that hold words or claims in which secrets were replaced.
fn reads_the_same_apart_from_urls(raw: &Exchange) {
    let redacted = redacted(raw);
    let mut expected = read(raw);
    let read = read(&redacted);
    expected.url = read.url;
    expected.location = read.location;
    assert_eq!(expected, read, "{redacted:?}");
}

fn read(of: &Exchange) -> Reading {
    Reader::new(KEY, Arc::new(Providers::default())).read(of)
}

#[test]
fn a_form_keeps_its_order_and_the_spelling_of_everything_else() {
    let raw = token(
        &[],
        "grant_type=authorization_code&co%64e=a%2Fb&redirect_uri=https%3a%2f%2Fapp.test%2Fcb&&x&client_id=we+b",
    );
    let code = stands_for("code", "a/b");
    assert_eq!(
        redacted(&raw).request.body.text(),
        format!(
            "grant_type=authorization_code&co%64e={code}&redirect_uri=https%3a%2f%2Fapp.test%2Fcb&&x&client_id=we+b"
        )
    );
    reads_the_same(&raw);
}

#[test]
fn basic_keeps_the_client_and_fingerprints_the_decoded_secret() {
    let basic = format!("Basic {}", BASE64_STANDARD.encode("my%3Aclient:p%26w+d"));
    let raw = token(
        &[("Authorization", &basic)],
        "grant_type=client_credentials",
    );
    let expected = BASE64_STANDARD.encode(format!("my%3Aclient:{}", stands_for("secret", "p&w d")));
    let redacted = redacted(&raw);
    let header = redacted.request.headers.first("authorization");
    assert_eq!(header, Some(format!("Basic {expected}").as_str()));
    reads_the_same(&raw);
}

#[test]
fn credentials_that_cannot_be_taken_apart_are_one_secret() {
    for basic in [
        "Basic ???",
        "Basic bm9jb2xvbg==",
        "basic YTpi",
        "Basic YTo",
        "s3cr3t-alone",
    ] {
        let raw = token(&[("Authorization", basic)], "grant_type=client_credentials");
        reads_the_same(&raw);
    }
    for value in [
        "Bearer abcdef-123",
        "DPoP abcdef-123",
        "Custom abcdef-123",
        "abcdef-123",
    ] {
        let redacted = redacted(&token(&[("Authorization", value)], ""));
        let header = redacted.request.headers.first("authorization").unwrap();
        assert!(!header.contains("abcdef-123"), "{header}");
    }
}

#[test]
fn cookies_keep_their_names_and_attributes() {
    let raw = exchange(
        Method::GET,
        "https://a.test/",
        &[("Cookie", "sid=abc123xyz; theme=; q=\"v1\"")],
        "",
    );
    let raw = answered(
        raw,
        200,
        &[("Set-Cookie", "sid=abc123xyz; Path=/; HttpOnly")],
        "",
    );
    let redacted = redacted(&raw);
    let sid = stands_for_value("cookie", "abc123xyz");
    let cookie = redacted.request.headers.first("cookie").unwrap();
    assert_eq!(
        cookie,
        format!(
            "sid={sid}; theme=; q=\"{}\"",
            stands_for_value("cookie", "v1")
        )
    );
    let set = redacted
        .response
        .as_ref()
        .unwrap()
        .headers
        .first("set-cookie")
        .unwrap();
    assert_eq!(set, format!("sid={sid}; Path=/; HttpOnly"));
}

#[test]
fn a_redirect_is_redacted_in_query_and_fragment() {
    let raw = get(
        "https://idp.test/authorize?response_type=code&client_id=web&state=st-12345&nonce=n-0S6&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    );
    for location in [
        "https://app.test/cb?code=C0de%2F12345&state=st-12345&iss=https%3A%2F%2Fidp.test",
        "https://app.test/cb#access_token=T0ken12345&state=st-12345&token_type=Bearer",
        "/cb?error=access_denied&error_description=no%20st-12345+here&state=st-12345",
        "com.example.app:/cb?code=C0de12345&state=st-12345#_=_",
    ] {
        let raw = answered(raw.clone(), 302, &[("Location", location)], "");
        reads_the_same_apart_from_urls(&raw);
        let redacted = redacted(&raw);
        let location = redacted
            .response
            .as_ref()
            .unwrap()
            .headers
            .first("location")
            .unwrap();
        assert!(!location.contains("12345"), "{location}");
    }
}

#[test]
fn what_nothing_is_known_of_is_redacted() {
    let raw = token(
        &[("X-Api-Key", "k3y-value")],
        "grant_type=x&custom=hidden&pin=42",
    );
    let redacted = redacted(&raw);
    let text = redacted.request.body.text().into_owned();
    assert!(!text.contains("hidden") && !text.contains("=42"), "{text}");
    assert!(
        text.starts_with("grant_type=x&custom=gs1.parameter."),
        "{text}"
    );
    let key = redacted.request.headers.first("x-api-key");
    assert_eq!(key, Some(stands_for_value("header", "k3y-value").as_str()));
}

#[test]
fn json_is_redacted_in_place_also_where_it_is_nested_or_broken_off() {
    let token = stands_for("access", "a/1\u{e9}");
    let raw = answered(
        token_request(),
        200,
        &[JSON],
        "{ \"access_token\" : \"a\\/1\\u00e9\",\"expires_in\":3600, \"user\":{\"mail\":\"joe@x.test\",\"expires_in\":[1,true,null]},\"pin\":1234}",
    );
    assert_eq!(
        answer(&redacted(&raw)),
        format!(
            "{{ \"access_token\" : \"{token}\",\"expires_in\":3600, \"user\":{{\"mail\":\"{}\",\"expires_in\":[1,true,null]}},\"pin\":\"{}\"}}",
            stands_for_value("parameter", "joe@x.test"),
            stands_for_value("parameter", "1234"),
        )
    );
    reads_the_same(&raw);
    let broken = answered(
        token_request(),
        200,
        &[JSON],
        r#"{"token_type":"Bearer","access_token":"abc123de"#,
    );
    assert!(!answer(&redacted(&broken)).contains("abc123de"));
}

fn token_request() -> Exchange {
    token(
        &[],
        "grant_type=authorization_code&code=C0de12345&client_id=web",
    )
}

#[test]
fn an_error_keeps_its_words_and_loses_the_secrets_in_them() {
    for (body, kept) in [
        (
            r#"{"error":"invalid_grant","error_description":"Code C0de12345 expired (1)"}"#,
            "expired (1)",
        ),
        (
            r#"{"error":{"code":190,"type":"OAuthException","message":"bad C0de12345","fbtrace_id":"x"}}"#,
            "\"code\":190",
        ),
        (r#"{"message":"The code C0de12345 is wrong"}"#, "is wrong"),
        (r#"{"code":"invalid_code","msg":"no"}"#, "invalid_code"),
        (
            r#"{"error":"invalid_grant","error_codes":[70000],"error_uri":"https://x.test/e?code=70000"}"#,
            "e?code=70000",
        ),
        (
            "error=invalid_grant&error_description=gone+C0de12345",
            "error=invalid_grant",
        ),
    ] {
        let raw = answered(token_request(), 400, &[JSON], body);
        reads_the_same(&raw);
        let text = answer(&redacted(&raw));
        assert!(text.contains(kept) && !text.contains("C0de12345"), "{text}");
    }
}

#[test]
fn a_request_object_keeps_its_parameters() {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let claims = r#"{"client_id":"web","redirect_uri":"https://app.test/cb","state":"st-12345","response_type":"code","login_hint":"joe"}"#;
    let jwt = format!(
        "{}.{}.c2lnbmF0dXJl",
        part(r#"{"alg":"RS256"}"#),
        part(claims)
    );
    let raw = get(&format!(
        "https://idp.test/authorize?client_id=web&request={jwt}"
    ));
    reads_the_same_apart_from_urls(&raw);
    let redacted = redacted(&raw);
    assert!(!redacted.request.url.as_str().contains("c2lnbmF0dXJl"));
    let encrypted = get("https://idp.test/authorize?client_id=web&request=e30.a.b.c.d");
    reads_the_same(&encrypted);
}

#[test]
fn a_page_that_posts_a_response_keeps_its_form_alone() {
    let page = r#"<html><script>var session="s3ss10n-abc"</script><form method=post action="https://app.test/cb?a=1&amp;b=2">
        <input type="hidden" name="code" value="C0de&#x2F;12345"/><input type=hidden name=state value=st-12345></form></html>"#;
    let raw = answered(
        get(
            "https://idp.test/authorize?response_type=code&response_mode=form_post&client_id=web&state=st-12345&redirect_uri=https%3A%2F%2Fapp.test%2Fcb",
        ),
        200,
        &[("Content-Type", "text/html; charset=utf-8")],
        page,
    );
    let text = answer(&redacted(&raw));
    assert!(text.contains(&stands_for("code", "C0de/12345")), "{text}");
    assert!(
        !text.contains("s3ss10n-abc") && !text.contains("12345"),
        "{text}"
    );
}

#[test]
fn a_content_that_cannot_be_understood_leaves_its_length() {
    let html = (
        ("Content-Type", "text/html"),
        "<p>Joe's account</p>".repeat(117),
    );
    let binary = (("Content-Type", "image/png"), "\u{89}PNG".to_owned());
    let api = (JSON, r#"[{"mail":"joe@x.test"}]"#.to_owned());
    for ((label, body), expected) in [
        (html, "[grantscope: 2,340 bytes of text/html not kept]"),
        (binary, "[grantscope: 5 bytes of image/png not kept]"),
        (api, "[grantscope: 23 bytes of application/json not kept]"),
    ] {
        let raw = answered(get("https://a.test/"), 200, &[label], &body);
        let redacted = redacted(&raw);
        assert_eq!(answer(&redacted), expected);
        let body = &redacted.response.as_ref().unwrap().body;
        assert_eq!(body.size, raw.response.as_ref().unwrap().body.size);
        reads_the_same(&raw);
        let failed = answered(
            token_request(),
            502,
            &[label],
            &raw.response.as_ref().unwrap().body.text(),
        );
        reads_the_same(&failed);
    }
}

#[test]
fn a_secret_that_is_also_a_name_does_not_take_the_names_with_it() {
    let raw = token(
        &[],
        "grant_type=password&username=password&password=password&client_id=client_id&client_secret=client_id",
    );
    let text = redacted(&raw).request.body.text().into_owned();
    assert!(
        text.starts_with("grant_type=password&username=gs1."),
        "{text}"
    );
    assert!(
        text.contains("&client_id=client_id&client_secret=gs1."),
        "{text}"
    );
    reads_the_same(&raw);
}

#[test]
fn a_redirect_uri_is_the_same_wherever_it_occurs() {
    let asked = get(
        "https://idp.test/authorize?response_type=code&client_id=web&state=s1&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fstore%3D17",
    );
    let raw = answered(
        asked,
        302,
        &[("Location", "https://app.test/cb?store=17&code=C1&state=s1")],
        "",
    );
    let redacted = redacted(&raw);
    let store = stands_for_value("parameter", "17");
    assert!(
        redacted
            .request
            .url
            .as_str()
            .ends_with(&format!("cb%3Fstore%3D{store}"))
    );
    let location = redacted
        .response
        .as_ref()
        .unwrap()
        .headers
        .first("location")
        .unwrap();
    assert!(location.starts_with(&format!("https://app.test/cb?store={store}&")));
}

#[test]
fn a_redirect_uri_with_secrets_reads_like_the_raw_one() {
    let opaque = "0AX4XfWhqLd8Zk1cVb2Nm3Qw4Er5Ty6Ui7Op8As9";
    for uri in [
        "https://app.test/cb?code=C0de%2F12345&state=s1",
        "https://app.test/cb#code=C1&id_token=I1",
        "https://app.test/cb?redirect_uri=%2Fx%3Fcode%3DC1",
        &format!("https://app.test/{opaque}/cb?sid={opaque}"),
        "https://joe:pw@app.test/cb?code=C1",
    ] {
        let uri: String = form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        reads_the_same(&token(
            &[],
            &format!(
                "grant_type=authorization_code&client_id=web&code=C0de%2F12345&redirect_uri={uri}"
            ),
        ));
        reads_the_same_apart_from_urls(&get(&format!(
            "https://idp.test/authorize?response_type=code&client_id=web&redirect_uri={uri}"
        )));
    }
}

#[test]
fn a_code_in_the_place_of_a_name_does_not_stay_there() {
    let code = "4f9C2d7E81b3Aa0Z-x";
    let raw = token(
        &[],
        &format!("grant_type=authorization_code&code={code}&client_id={code}"),
    );
    let redacted = redacted(&raw);
    assert!(!redacted.request.body.text().contains(code));
    reads_the_same(&raw);
}

/// That such a text is read once is a test of the placeholders themselves.
#[test]
fn a_text_full_of_beginnings_of_placeholders_is_redacted() {
    for piece in [placeholder::PREFIX, "gs1.a.7f3a9c0011223344.1.a."] {
        let raw = token(&[], &format!("code={}.z", piece.repeat(10_000)));
        let text = redacted(&raw).request.body.text().into_owned();
        assert!(text.len() < 2000, "{}", text.len());
        let said =
            serde_json::json!({"error": "invalid_grant", "error_description": piece.repeat(9_000)});
        let raw = answered(token_request(), 400, &[JSON], &said.to_string());
        assert_eq!(answer(&redacted(&raw)), said.to_string());
    }
}

#[test]
fn what_is_nested_without_end_is_one_value() {
    let raw = get(&format!(
        "https://a.test/{}",
        "?redirect_uri=".repeat(50_000)
    ));
    let redacted = redacted(&raw);
    assert!(redacted.request.url.as_str().len() < 1000);
    assert_eq!(
        Redactor::new(KEY).redact(&redacted).request.url,
        redacted.request.url
    );
}

#[test]
fn secrets_stay_where_the_user_asks_for_it() {
    let raw = token_request();
    let kept = Redactor::keep_secrets().redact(&raw);
    assert_eq!(kept.request.body.text(), raw.request.body.text());
}
