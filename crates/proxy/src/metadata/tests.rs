use super::*;
use crate::facade;

fn names() -> Names {
    facade::named("idp.example", "localhost:9443")
}

fn answer(fields: &[(&'static str, &'static str)]) -> Parts {
    let mut answer = http::Response::builder();
    for (name, value) in fields {
        answer = answer.header(*name, *value);
    }
    answer.body(()).unwrap().into_parts().0
}

fn told(document: &str) -> Result<Option<String>, Unchanged> {
    let told = retell(&answer(&[]), document.as_bytes(), &names())?;
    Ok(told.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()))
}

#[test]
fn metadata_are_where_the_specifications_have_them() {
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/realms/one",
        "/realms/one/.well-known/openid-configuration",
    ] {
        assert!(is_at(path), "{path}");
    }
    for path in [
        "/",
        "/.well-known/jwks.json",
        "/.well-known/openid-configurations",
        "/token",
    ] {
        assert!(!is_at(path), "{path}");
    }
}

#[test]
fn places_are_renamed_and_all_else_stays_to_the_byte() {
    let document = r#" {"issuer" : "https://idp.example",
        "token_endpoint":"https://idp.example/token?x=1", "jwks_uri": "HTTPS://IDP.example:443/jwks",
	"userinfo_endpoint":"https:\/\/idp.example\/me","n":1.50e+3,"z":"\u00e9\"https://idp.example/",
        "registration_endpoint" : "https\u003a//idp.example", "x":["https://idp.example/a",["https://idp.example?b"]],
        "mtls_endpoint_aliases":{"issuer":"https://idp.example","token_endpoint":"https://idp.example#c"},
        "other":"https://idp.example.evil/","plain":"http://idp.example/","tos":"see https://idp.example/",
        "scopes_supported":["https://idp.example/read",{"a":"https://idp.example/"}],"protected_resources":["https://idp.example/api"],
        "end_session_endpoint":"https://idp.example/end","token_endpoint":"https://idp.example/second"} "#;
    let expected = r#" {"issuer" : "https://idp.example",
        "token_endpoint":"https://localhost:9443/token?x=1", "jwks_uri": "https://localhost:9443/jwks",
	"userinfo_endpoint":"https://localhost:9443\/me","n":1.50e+3,"z":"\u00e9\"https://idp.example/",
        "registration_endpoint" : "https://localhost:9443", "x":["https://localhost:9443/a",["https://localhost:9443?b"]],
        "mtls_endpoint_aliases":{"issuer":"https://idp.example","token_endpoint":"https://localhost:9443#c"},
        "other":"https://idp.example.evil/","plain":"http://idp.example/","tos":"see https://idp.example/",
        "scopes_supported":["https://idp.example/read",{"a":"https://idp.example/"}],"protected_resources":["https://idp.example/api"],
        "end_session_endpoint":"https://localhost:9443/end","token_endpoint":"https://localhost:9443/second"} "#;
    assert_eq!(told(document).unwrap().unwrap(), expected);
}

#[test]
fn what_cannot_be_renamed_is_left_for_a_reason() {
    for (document, reason) in [
        (r#"["https://idp.example/"]"#, Unchanged::NoObject),
        (
            r#"{"token_endpoint":"https://idp.example/""#,
            Unchanged::NoObject,
        ),
        ("<html>", Unchanged::NoObject),
        (
            r#"{"token_endpoint":"https://idp.internal/"}"#,
            Unchanged::OtherServer,
        ),
    ] {
        assert_eq!(told(document), Err(reason), "{document}");
    }
    // Where grantscope takes the server's place, nothing is to be done.
    let own = r#"{"token_endpoint":"https://localhost:9443/token"}"#;
    assert_eq!(told(own), Ok(None));
    let coded = answer(&[("content-encoding", "dcb")]);
    assert_eq!(retell(&coded, b"{}", &names()), Err(Unchanged::Coded));
    let filler = " ".repeat(METADATA_BYTES_MAX);
    let long = format!(r#"{{"token_endpoint":{filler}"https://idp.example/"}}"#);
    let zipped = zstd::encode_all(long.as_bytes(), 1).unwrap();
    let coded = answer(&[("content-encoding", "zstd")]);
    assert_eq!(retell(&coded, &zipped, &names()), Err(Unchanged::TooLong));
}

#[test]
fn a_name_of_the_client_cannot_break_the_document() {
    let names = facade::named("idp.example", "a\"b\\c");
    let document = r#"{"token_endpoint":"https://idp.example/token"}"#;
    let told = retell(&answer(&[]), document.as_bytes(), &names);
    let told: serde_json::Value = serde_json::from_slice(&told.unwrap().unwrap()).unwrap();
    assert_eq!(told["token_endpoint"], "https://a\"b\\c/token");
}

#[test]
fn the_header_is_made_true_of_the_content() {
    let mut answer = answer(&[
        ("content-length", "5"),
        ("content-encoding", "gzip"),
        ("etag", "\"a\""),
        ("repr-digest", "sha-256=:x:"),
        ("content-digest", "sha-256=:x:"),
        ("vary", "accept-encoding"),
    ]);
    restate(&mut answer, &Bytes::from_static(b"{}"));
    let fields = answer.headers.iter();
    let mut fields: Vec<_> = fields
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    fields.sort();
    let expected = [
        "content-length: 2",
        "etag: W/\"a\"",
        "vary: accept-encoding",
    ];
    assert_eq!(fields, expected);
    restate(&mut answer, &Bytes::new());
    assert_eq!(answer.headers["etag"], "W/\"a\"");
}

#[test]
fn signed_metadata_are_left_out_wherever_they_stand() {
    let place = r#""a":"https://idp.example/a""#;
    let told_place = r#""a":"https://localhost:9443/a""#;
    for (document, expected) in [
        (
            format!("{{\"signed_metadata\":\"e.y.J\",\n {place}}}"),
            format!("{{{told_place}}}"),
        ),
        (
            format!("{{{place} ,\n \"signed_metadata\" : \"e.y.J\"\n}}"),
            format!("{{{told_place} \n}}"),
        ),
        (
            format!("{{{place},\"signed\\u005fmetadata\":\"\\\"\", \"n\":1}}"),
            format!("{{{told_place},\"n\":1}}"),
        ),
        (
            format!("{{{place},\"signed_metadata\":\"a\",\"signed_metadata\":\"b\"}}"),
            format!("{{{told_place}}}"),
        ),
        // What is no signed metadata of the server itself stays.
        (
            format!(
                "{{\"x\":{{\"signed_metadata\":\"a\"}},\"signed_metadata\":1,{place},\"z\":\"signed_metadata\"}}"
            ),
            format!(
                "{{\"x\":{{\"signed_metadata\":\"a\"}},\"signed_metadata\":1,{told_place},\"z\":\"signed_metadata\"}}"
            ),
        ),
    ] {
        assert_eq!(told(&document), Ok(Some(expected)), "{document}");
    }
    let other = r#"{"signed_metadata":"a","issuer":"https://other.example"}"#;
    assert_eq!(told(other), Err(Unchanged::OtherServer));
}
