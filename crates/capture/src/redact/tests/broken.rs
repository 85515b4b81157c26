//! Traffic that is not as it should be: values in the place of names, JSON with a fault, a method that nobody expects.

use super::*;

#[test]
fn of_json_with_a_fault_the_members_before_it_stay() {
    for (body, stays) in [
        (
            r#"{"error":"invalid_grant","error_description":"s3cret-w"#,
            r#"{"error":"invalid_grant""#,
        ),
        (
            r#"{"error":"invalid_grant","error_description"8"s3cret-w"}"#,
            r#"{"error":"invalid_grant""#,
        ),
        (
            r#"{"error":"invalid_grant"} s3cret-w"#,
            r#"{"error":"invalid_grant"}"#,
        ),
        (
            r#"[{"error":{"a":[true]}, s3cret-w"#,
            r#"[{"error":{"a":[true]}"#,
        ),
        (r#"{"s3cret-w" "error""#, "{"),
        (r#"{"made_up":"s3cret-w", x"#, "{"),
    ] {
        let raw = answered(token_request(), 400, &[JSON], body);
        let once = redacted(&raw);
        let left_out = body.len() - if stays == "{" { 1 } else { stays.len() };
        let expected = format!("{stays} [grantscope: {left_out} bytes of unknown type not kept]");
        assert_eq!(answer(&once), expected);
        assert_eq!(answer(&redacted(&once)), expected);
        reads_the_same(&raw);
    }
}

#[test]
fn a_content_that_was_left_out_stays_so_also_under_a_coding() {
    let mut raw = answered(token_request(), 400, &[JSON], "no gzip");
    raw.response.as_mut().unwrap().body.coding = Some("gzip".to_owned());
    let once = redacted(&raw);
    assert_eq!(
        answer(&once),
        "[grantscope: 7 bytes of application/json not kept]"
    );
    assert_eq!(answer(&redacted(&once)), answer(&once));
}

#[test]
fn what_is_behind_a_fault_takes_nothing_else_with_it() {
    let request = "grant_type=authorization_code&code=C0de-12345&redirect_uri=https://app.test/cb";
    let body = format!(r#"{{"error":"invalid_grant"}} {request} "access_token":"https-t0ken""#);
    let field = ("X-Request-Id", "https-t0ken");
    let raw = answered(token(&[], request), 400, &[JSON, field], &body);
    let redacted = redacted(&raw);
    let sent = redacted.request.body.text().into_owned();
    assert!(
        sent.ends_with("&redirect_uri=https://app.test/cb"),
        "{sent}"
    );
    let fields = format!("{:?}", redacted.response.as_ref().unwrap().headers);
    assert!(!fields.contains("t0ken"), "{fields}");
    reads_the_same(&raw);
}

#[test]
fn a_token_in_the_place_of_a_name_does_not_stay_there() {
    let bearer = "cAn4ry~Of.A-Token_7Q+/x2==";
    let plain = "7f3a9c00-1122-3344";
    for token_of in [bearer, plain] {
        let field = format!("Bearer {token_of}");
        let raw = token(
            &[("Authorization", &field)],
            "grant_type=refresh_token&refresh_token=R1",
        );
        for body in [
            format!(r#"{{"error":"invalid_grant","{token_of}":true}}"#),
            format!(r#"{{"error":"invalid_grant","error_description"8"{token_of}"}}"#),
            format!("error=invalid_grant&{token_of}=1"),
            format!("error=invalid_grant&a{token_of}b=1"),
        ] {
            let cookie = ("Set-Cookie", format!("{token_of}=1"));
            let raw = answered(raw.clone(), 400, &[JSON, (cookie.0, &cookie.1)], &body);
            let once = redacted(&raw);
            assert!(!format!("{once:?}").contains(token_of), "{once:?}");
            assert_eq!(format!("{once:?}"), format!("{:?}", redacted(&once)));
            reads_the_same(&raw);
        }
    }
}

#[test]
fn who_presents_a_grant_in_a_content_is_a_client_whatever_the_method() {
    let basic = format!("Basic {}", BASE64_STANDARD.encode("web:s3cret-w"));
    for (label, body) in [
        (FORM, "grant_type=authorization_code&code=C1"),
        (JSON, r#"{"grant_type":"authorization_code","code":"C1"}"#),
        (
            FORM,
            "grant-type=authorization_code&code=C1&code_verifier=V1",
        ),
        (FORM, "refresh_token=R1"),
    ] {
        let headers = [label, ("Authorization", &basic)];
        let raw = exchange(Method::PUT, "https://idp.test/token", &headers, body);
        let kept = redacted(&raw)
            .request
            .headers
            .first("authorization")
            .unwrap()
            .to_owned();
        let kept = BASE64_STANDARD
            .decode(kept.trim_start_matches("Basic "))
            .unwrap();
        assert!(kept.starts_with(b"web:gs1."));
        reads_the_same(&raw);
    }
}

#[test]
fn an_address_under_a_name_that_is_not_known_does_not_take_the_callback_with_it() {
    for address in [
        "https://app.test",
        "https://app.test/",
        "https://app.test/cb",
    ] {
        let asked = get(&format!(
            "https://idp.test/authorize?response_type=code&client_id=web&back={address}"
        ));
        let location = ("Location", "https://app.test/cb?code=C0de-12345");
        let raw = answered(asked, 302, &[location], "");
        let redacted = redacted(&raw);
        assert!(!redacted.request.url.as_str().contains("app.test"));
        let fields = &redacted.response.as_ref().unwrap().headers;
        let location = fields.first("location").unwrap();
        assert!(
            location.starts_with("https://app.test/cb?code=gs1."),
            "{location}"
        );
    }
}
