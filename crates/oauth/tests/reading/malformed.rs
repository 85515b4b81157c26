//! Malformed traffic is data: the value is kept and what is wrong with it is noted, without a secret.

use crate::plain::{exchange, fp, reader};
use grantscope_oauth::{ClientAuthentication, Grant, Reading, RequestMessage};

fn read(header: &str, body: &str) -> Reading {
    let request = format!("POST /token HTTP/1.1\nHost: idp.test\n{header}\n\n{body}");
    reader().read(&exchange(&request, ""))
}

fn notes(reading: &Reading) -> Vec<String> {
    let said = |note: &grantscope_oauth::Malformation| format!("{} {}", note.place, note.text);
    reading.malformations.iter().map(said).collect()
}

fn code(reading: &Reading) -> Option<grantscope_oauth::Fingerprint> {
    match &reading.request {
        RequestMessage::Token(request) => request.grant.secret().cloned(),
        other => panic!("{other:?}"),
    }
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

#[test]
fn a_body_is_read_by_what_it_is_and_not_by_its_label() {
    for (header, body, note) in [
        (
            "Content-Type: application/json",
            "grant_type=authorization_code&code=C1",
            "header Content-Type is a form but labelled application/json",
        ),
        (
            FORM,
            r#"{"grant_type":"authorization_code","code":"C1"}"#,
            "header Content-Type is JSON but labelled application/x-www-form-urlencoded",
        ),
        (
            "Accept: */*",
            "grant_type=authorization_code&code=C1",
            "request body is a form but has no Content-Type",
        ),
    ] {
        let reading = read(header, body);
        assert_eq!(code(&reading), Some(fp("C1")));
        assert_eq!(notes(&reading), [note]);
    }
}

#[test]
fn json_in_place_of_a_form_is_noted() {
    let json = "Content-Type: application/json; charset=utf-8";
    let reading = read(json, r#"{"grant_type":"authorization_code","code":"C1"}"#);
    assert_eq!(code(&reading), Some(fp("C1")));
    assert_eq!(
        reading.why_no_form(),
        Some("is JSON, not a form of RFC 6749")
    );
    let reading = read(FORM, "grant_type=authorization_code&code=C1");
    assert_eq!(reading.why_no_form(), None);
    let reading = read("Accept: */*", "grant_type=authorization_code&code=C1");
    assert_eq!(reading.why_no_form(), None);
}

#[test]
fn duplicates_and_empty_values_are_noted() {
    let reading = read(
        FORM,
        "grant_type=authorization_code&code=C1&code=C2&redirect_uri=",
    );
    assert_eq!(code(&reading), Some(fp("C1")));
    assert_eq!(
        notes(&reading),
        [
            "form code is sent more than once",
            "form redirect_uri has no value"
        ]
    );
}

#[test]
fn a_secret_in_the_url_is_named() {
    let reading = reader().read(&exchange(
        "POST /token?grant_type=refresh_token&refresh_token=R1&client_secret=S1 HTTP/1.1\nHost: idp.test",
        "",
    ));
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(request.secrets_in_query, ["refresh_token", "client_secret"]);
}

#[test]
fn basic_credentials_are_form_decoded() {
    // a%2Fb:c%2Bd e
    let reading = read(
        &format!("Authorization: Basic YSUyRmI6YyUyQmQrZQ==\n{FORM}"),
        "grant_type=client_credentials",
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(request.client.id.as_deref(), Some("a/b"));
    assert_eq!(
        request.client.authentication,
        ClientAuthentication::SecretBasic(fp("c+d e"))
    );
    assert!(reading.malformations.is_empty(), "{reading:?}");
}

#[test]
fn two_methods_of_authentication_are_both_kept() {
    let reading = read(
        &format!("Authorization: Basic d2ViOlMx\n{FORM}"),
        "grant_type=client_credentials&client_id=other&client_secret=S2",
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(
        request.client.authentication,
        ClientAuthentication::Several(vec![
            ClientAuthentication::SecretBasic(fp("S1")),
            ClientAuthentication::SecretPost(fp("S2")),
        ])
    );
    assert_eq!(notes(&reading).len(), 2, "{reading:?}");
}

#[test]
fn a_body_that_breaks_off_is_read_up_to_there() {
    let mut exchange = exchange(
        "POST /token HTTP/1.1\nHost: idp.test\nContent-Type: application/json\n\n{\"grant_type\":\"refresh_token\",\"refresh_token\":\"R1\",\"sco",
        "",
    );
    exchange.request.body.truncated = true;
    let reading = reader().read(&exchange);
    assert_eq!(code(&reading), Some(fp("R1")));
    assert_eq!(notes(&reading).len(), 3, "{reading:?}");
}

#[test]
fn another_grant_type_is_kept_as_sent() {
    let reading = read(FORM, "grant_type=Authorization_Code&code=C1");
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(
        request.grant,
        Grant::Unknown("Authorization_Code".to_owned())
    );
}

#[test]
fn no_note_holds_a_secret() {
    for (header, body) in [
        (
            "Authorization: CANARY\nContent-Type: CANARY",
            "grant_type=a&CANARY=%zz&CANARY=1&code=%zzCANARY",
        ),
        (
            "Authorization: Basic CANARY!",
            "grant_type=x&code=CANARY&code=CANARY",
        ),
        (
            "Content-Type: text/CANARY",
            "{\"grant_type\":\"x\",\"CANARY\":\"\"",
        ),
    ] {
        let notes = notes(&read(header, body)).join("\n").to_lowercase();
        assert!(!notes.contains("canary"), "{notes}");
    }
}

#[test]
fn the_parts_of_a_multipart_form_may_have_come_without_their_boundary() {
    let reading = read(
        "Content-Type: multipart/form-data",
        "grant_type=refresh_token&refresh_token=R1",
    );
    assert_eq!(code(&reading), Some(fp("R1")));
}

#[test]
fn a_client_that_was_taken_out_of_the_capture_is_not_known() {
    let reading = read(
        FORM,
        "grant_type=refresh_token&refresh_token=R1&client_id=[REDACTED]",
    );
    let RequestMessage::Token(request) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(request.client.id, None);
}
