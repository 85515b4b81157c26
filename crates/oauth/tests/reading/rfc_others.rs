//! The examples of the RFCs that add grants, endpoints and parameters.

use crate::plain::{exchange, fp, read, reader, request, token_request};
use grantscope_oauth::{
    ClientAuthentication, CodeChallengeMethod, Form, Grant, JwtFacts, Reading, RequestMessage,
    ResponseMessage, placeholder,
};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const JSON: &str = "Content-Type: application/json";

#[test]
fn rfc_7636_appendix_b_a_challenge_and_its_verifier() {
    let asked = request(
        "GET /authorize?response_type=code&client_id=s6BhdRkqt3&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256 HTTP/1.1
         Host: server.example.com",
    );
    let RequestMessage::Authorization(asked) = asked else {
        panic!("{asked:?}");
    };
    let challenge = asked.code_challenge.unwrap();
    assert_eq!(challenge.method, CodeChallengeMethod::S256);
    let presented = token_request(&format!(
        "POST /token HTTP/1.1
         Host: server.example.com
         {FORM}

         grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&client_id=s6BhdRkqt3&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    ));
    let Grant::AuthorizationCode {
        code_verifier: Some(verifier),
        ..
    } = presented.grant
    else {
        panic!("{presented:?}");
    };
    assert_eq!(verifier.form(Form::S256), Some(challenge.value.digest));
}

#[test]
fn rfc_7009_section_2_1_revocation() {
    let asked = request(&format!(
        "POST /revoke HTTP/1.1
         Host: server.example.com
         {FORM}
         Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW

         token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token"
    ));
    let RequestMessage::Revocation(asked) = asked else {
        panic!("{asked:?}");
    };
    assert_eq!(asked.token, fp("45ghiukldjahdnhzdauz"));
    assert_eq!(asked.token_type_hint.as_deref(), Some("refresh_token"));
    assert_eq!(asked.client.id.as_deref(), Some("s6BhdRkqt3"));
}

#[test]
fn rfc_7662_section_2_introspection() {
    let reading = read(
        &format!(
            "POST /introspect HTTP/1.1
             Host: server.example.com
             Accept: application/json
             {FORM}
             Authorization: Bearer 23410913-abewfq.123483

             token=2YotnFZFEjr1zCsicMWpAA"
        ),
        &format!(
            r#"HTTP/1.1 200 OK
             {JSON}

             {{"active": true, "client_id": "l238j323ds-23ij4", "username": "jdoe", "exp": 1419356238}}"#
        ),
    );
    let RequestMessage::Introspection(asked) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(asked.token, fp("2YotnFZFEjr1zCsicMWpAA"));
    assert_eq!(
        asked.client.authentication,
        ClientAuthentication::Other("Bearer".to_owned())
    );
    let Some(ResponseMessage::Introspection(known)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert!(known.active);
    assert_eq!(known.exp, Some(1_419_356_238));
}

#[test]
fn rfc_8628_sections_3_1_and_3_2_device_authorization() {
    let reading = read(
        &format!(
            "POST /device_authorization HTTP/1.1
             Host: server.example.com
             {FORM}

             client_id=1406020730&scope=example_scope"
        ),
        &format!(
            r#"HTTP/1.1 200 OK
             {JSON}
             Cache-Control: no-store

             {{
               "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
               "user_code": "WDJB-MJHT",
               "verification_uri": "https://example.com/device",
               "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
               "expires_in": 1800,
               "interval": 5
             }}"#
        ),
    );
    let RequestMessage::DeviceAuthorization(asked) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(asked.client.id.as_deref(), Some("1406020730"));
    let Some(ResponseMessage::DeviceAuthorization(given)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(
        given.device_code,
        fp("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS")
    );
    assert_eq!(given.user_code, Some(fp("WDJB-MJHT")));
    assert_eq!(
        (given.expires_in_s, given.interval_s),
        (Some(1800), Some(5))
    );
}

#[test]
fn rfc_8628_sections_3_4_and_3_5_device_access_token() {
    let reading = read(
        &format!(
            "POST /token HTTP/1.1
             Host: server.example.com
             {FORM}

             grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS&client_id=1406020730"
        ),
        &format!(
            r#"HTTP/1.1 400 Bad Request
             {JSON}

             {{"error":"authorization_pending"}}"#
        ),
    );
    let (RequestMessage::Token(asked), Some(ResponseMessage::Error(answered))) =
        (&reading.request, &reading.response)
    else {
        panic!("{reading:?}");
    };
    assert_eq!(
        asked.grant.secret(),
        Some(&fp("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"))
    );
    assert_eq!(answered.error, "authorization_pending");
    assert_eq!(reading.refusal(), None, "the device is to go on polling");
}

#[test]
fn rfc_9126_section_2_pushed_authorization() {
    let pushed = format!(
        "POST /as/par HTTP/1.1
         Host: as.example.com
         {FORM}
         Authorization: Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3

         response_type=code&state=af0ifjsldkj&client_id=s6BhdRkqt3&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&code_challenge=K2-ltc83acc4h0c9w6ESC_rEMTJ3bww-uCHaoeK1t8U&code_challenge_method=S256&scope=account-information"
    );
    let reading = read(
        &pushed,
        &format!(
            r#"HTTP/1.1 201 Created
             {JSON}
             Cache-Control: no-cache, no-store

             {{
               "request_uri": "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c",
               "expires_in": 60
             }}"#
        ),
    );
    let RequestMessage::PushedAuthorization(asked, client) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(client.authentication.method(), "client_secret_basic");
    assert_eq!(asked.state, Some(fp("af0ifjsldkj")));
    let Some(ResponseMessage::PushedAuthorization(given)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(given.expires_in_s, Some(60));
    let RequestMessage::Authorization(referring) = request(
        "GET /authorize?client_id=s6BhdRkqt3&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc_11ACC5bwc014ltc14eY22c HTTP/1.1
         Host: as.example.com",
    ) else {
        panic!("no authorization request");
    };
    assert_eq!(referring.request_uri, Some(given.request_uri.clone()));
    assert_eq!(
        reader().read(&exchange(&pushed, "")).request,
        reading.request
    );
}

#[test]
fn rfc_9207_section_2_issuer_identification() {
    let reading = read(
        "GET /authorize?response_type=code&client_id=c&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI HTTP/1.1
         Host: honest.as.example",
        "HTTP/1.1 302 Found
         Location: https://client.example/cb?code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI&iss=https%3A%2F%2Fhonest.as.example",
    );
    let Some(ResponseMessage::Authorization(response)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(response.iss.as_deref(), Some("https://honest.as.example"));
    assert_eq!(response.redirect_uri.as_str(), "https://client.example/cb");
}

const ASSERTION: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3MiOiJodHRwczovL2p3dC1pZHAuZXhhbXBsZS5jb20iLCJzdWIiOiJtYWlsdG86bWlrZUBleGFtcGxlLmNvbSIsImF1ZCI6Imh0dHBzOi8vand0LXJwLmV4YW1wbGUubmV0IiwibmJmIjoxMzAwODE1NzgwLCJleHAiOjEzMDA4MTkzODB9.c2ln";

#[test]
fn rfc_7523_section_2_1_an_assertion_as_grant() {
    let asked = token_request(&format!(
        "POST /token.oauth2 HTTP/1.1
         Host: as.example.com
         {FORM}

         grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={ASSERTION}"
    ));
    let Grant::JwtBearer {
        assertion: Some(assertion),
    } = asked.grant
    else {
        panic!("{asked:?}");
    };
    let jwt = assertion.jwt.unwrap();
    assert_eq!(jwt.iss.as_deref(), Some("https://jwt-idp.example.com"));
    assert_eq!(
        (jwt.nbf, jwt.exp),
        (Some(1_300_815_780), Some(1_300_819_380))
    );
}

#[test]
fn rfc_7523_section_2_2_an_assertion_as_client_authentication() {
    let asked = token_request(&format!(
        "POST /token.oauth2 HTTP/1.1
         Host: as.example.com
         {FORM}

         grant_type=authorization_code&code=n0esc3NRze7LTCu7iYzS6a5acc3f0ogp4&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={ASSERTION}"
    ));
    assert_eq!(asked.client.authentication.method(), "private_key_jwt");
    assert_eq!(
        asked.client.id.as_deref(),
        Some("https://jwt-idp.example.com")
    );
}

#[test]
fn rfc_8693_section_2_token_exchange() {
    let reading = read(
        &format!(
            "POST /as/token.oauth2 HTTP/1.1
             Host: as.example.com
             Authorization: Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0
             {FORM}

             grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&resource=https%3A%2F%2Fbackend.example.com%2Fapi&subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
        ),
        &format!(
            r#"HTTP/1.1 200 OK
             {JSON}

             {{"access_token":"A","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":60}}"#
        ),
    );
    let RequestMessage::Token(asked) = &reading.request else {
        panic!("{reading:?}");
    };
    assert_eq!(asked.resource, ["https://backend.example.com/api"]);
    assert_eq!(
        asked.grant,
        Grant::TokenExchange {
            subject_token: Some(fp("accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC")),
            actor_token: None,
            audience: Vec::new(),
        }
    );
    assert!(reading.malformations.is_empty(), "{reading:?}");
}

#[test]
fn rfc_8414_section_3_metadata_tells_the_endpoints() {
    let reader = reader();
    let reading = reader.read(&exchange(
        "GET /.well-known/oauth-authorization-server HTTP/1.1
         Host: server.example.com",
        &format!(
            r#"HTTP/1.1 200 OK
             {JSON}

             {{
               "issuer": "https://server.example.com",
               "authorization_endpoint": "https://server.example.com/a",
               "token_endpoint": "https://server.example.com/t",
               "revocation_endpoint": "https://server.example.com/r",
               "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"]
             }}"#
        ),
    ));
    let Some(ResponseMessage::Metadata(metadata)) = &reading.response else {
        panic!("{reading:?}");
    };
    assert_eq!(metadata.token_endpoint_auth_methods.len(), 2);
    let without_grant_type = exchange(
        &format!(
            "POST /t HTTP/1.1
             Host: server.example.com
             {FORM}

             code=C1&client_id=web"
        ),
        "",
    );
    let read = reader.read(&without_grant_type);
    let RequestMessage::Token(asked) = &read.request else {
        panic!("{read:?}");
    };
    assert_eq!(asked.grant.secret(), Some(&fp("C1")));
    assert_eq!(read.malformations[0].place, "form grant_type");
    let elsewhere = crate::plain::reader().read(&without_grant_type);
    assert_eq!(elsewhere.request, RequestMessage::Other);
}

/// The proof of RFC 9449 §5.
const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

fn with_proof(fields: &str) -> Reading {
    read(
        &format!(
            "POST /token HTTP/1.1
             Host: server.example.com
             {FORM}
             {fields}

             grant_type=authorization_code&client_id=s6BhdRkqt3&code=SplxlOBeZQQYbYS6WxSbIA"
        ),
        "",
    )
}

fn facts(reading: &Reading) -> Option<&JwtFacts> {
    match &reading.request {
        RequestMessage::Token(asked) => asked.dpop.as_deref(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc_9449_section_5_a_proof_names_its_key() {
    for proof in [PROOF.to_owned(), placeholder::write("proof", &fp(PROOF))] {
        let reading = with_proof(&format!("DPoP: {proof}"));
        let facts = facts(&reading).unwrap();
        assert_eq!(facts.iat, Some(1_562_262_616));
        // RFC 9449 §6.1 gives the thumbprint of this key.
        let expected = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(facts.jkt.as_deref(), Some(expected));
        assert_eq!(reading.malformations, []);
    }
}

#[test]
fn a_proof_that_cannot_be_read_and_a_second_one_are_noted() {
    for (fields, expected) in [
        (
            "DPoP: not.a.jwt".to_owned(),
            "is not a JWT that can be read",
        ),
        (
            format!("DPoP: {}", placeholder::write("proof", &fp("not.a.jwt"))),
            "is not a JWT that can be read",
        ),
        (
            format!("DPoP: {PROOF}\nDPoP: {PROOF}"),
            "is sent more than once",
        ),
    ] {
        let reading = with_proof(&fields);
        let notes: Vec<_> = (reading.malformations.iter())
            .map(|note| (note.place.as_str(), note.text.as_str()))
            .collect();
        assert_eq!(notes, [("header DPoP", expected)]);
    }
}
