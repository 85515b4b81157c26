use std::sync::Arc;

use grantscope_oauth::{Exchange, FingerprintKey, Providers, Reader};
use grantscope_testkit::scenarios;

use super::{Choice, Difference, Kind, Login, differences};
use crate::redact::Redactor;

/// The exchanges of a page's notation.
fn exchanges(http: &str) -> Vec<Exchange> {
    let page = format!("### A login\n\n```http\n{http}\n```\n\n```verdicts\nnone\n```\n");
    let mut read = scenarios("diff", &page).unwrap();
    read.remove(0).exchanges
}

fn login(http: &str, choice: &Choice) -> Login {
    let key = FingerprintKey::new([7; 32]);
    let redactor = Redactor::new(key.clone());
    let reader = Reader::new(key, Arc::new(Providers::embedded()));
    let redacted: Vec<_> = exchanges(http)
        .iter()
        .map(|it| redactor.redact(it))
        .collect();
    Login::choose(&redacted, &reader, choice).unwrap()
}

fn between(good: &str, bad: &str) -> Vec<Difference> {
    differences(
        &login(good, &Choice::Granted(None)),
        &login(bad, &Choice::Refused),
        true,
    )
}

/// What differs, in short, without that one was refused and the other not.
fn told(found: &[Difference]) -> Vec<String> {
    let value = |side: &super::Side| side.value.clone().unwrap_or_else(|| "-".to_owned());
    let line = |it: &Difference| {
        let (good, bad) = (value(&it.good), value(&it.bad));
        format!(
            "{} | {} | {:?} | {good} | {bad}",
            it.step, it.place, it.kind
        )
    };
    let others = found.iter().filter(|it| it.place != "answer");
    others.map(line).collect()
}

/// A login whose new values end in a mark of its own.
fn code_login(mark: &str) -> String {
    format!(
        "@0s GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&scope=openid&state=st-{mark}-Ak3\
         &nonce=no-{mark}-Bf9&code_challenge=S256(verifier-of-{mark}-0123456789-0123456789-0123456789)&code_challenge_method=S256\n\
         \x20 302 Location: https://app.test/cb?code=CODE{mark}x7Yq2&state=st-{mark}-Ak3\n\
         @1s GET https://app.test/cb?code=CODE{mark}x7Yq2&state=st-{mark}-Ak3\n\
         \x20 200\n\
         @2s POST /token\n\
         \x20 Authorization: Basic web:s3cr3tOfWeb\n\
         \x20 grant_type=authorization_code&code=CODE{mark}x7Yq2&redirect_uri=https://app.test/cb\
         &code_verifier=verifier-of-{mark}-0123456789-0123456789-0123456789\n\
         \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"refresh_token\":\"RT{mark}p0Qr4\",\"token_type\":\"Bearer\",\"expires_in\":300}}"
    )
}

/// The same, refused.
fn refused(login: &str) -> String {
    let (before, _) = login.rsplit_once("200 {").unwrap();
    format!("{before}400 {{\"error\":\"invalid_grant\"}}")
}

#[test]
fn two_healthy_logins_of_one_app_do_not_differ() {
    let refresh = |mark: &str| {
        format!(
            "{}\n@60s POST /token\n\
             \x20 Authorization: Basic web:s3cr3tOfWeb\n\
             \x20 grant_type=refresh_token&refresh_token=RT{mark}p0Qr4\n\
             \x20 200 {{\"access_token\":\"AU{mark}k2Lm9\",\"refresh_token\":\"RU{mark}p0Qr4\",\"token_type\":\"Bearer\"}}",
            code_login(mark)
        )
    };
    let device = |mark: &str| {
        format!(
            "@0s POST /device client_id=tv&scope=openid\n\
             \x20 200 {{\"device_code\":\"DC{mark}m4Np8\",\"user_code\":\"WDJB-{mark}\",\"verification_uri\":\"https://idp.test/d\",\"expires_in\":600}}\n\
             @5s POST /token grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=DC{mark}m4Np8&client_id=tv\n\
             \x20 400 {{\"error\":\"authorization_pending\"}}\n\
             @10s POST /token grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=DC{mark}m4Np8&client_id=tv\n\
             \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"token_type\":\"Bearer\"}}"
        )
    };
    let pushed = |mark: &str| {
        format!(
            "@0s POST /par response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=st-{mark}-Ak3&client_secret=s3cr3tOfWeb\n\
             \x20 201 {{\"request_uri\":\"urn:ietf:params:oauth:request_uri:{mark}\",\"expires_in\":60}}\n\
             @1s GET /authorize?client_id=web&request_uri=urn:ietf:params:oauth:request_uri:{mark}\n\
             \x20 302 Location: https://app.test/cb?code=CODE{mark}x7Yq2&state=st-{mark}-Ak3\n\
             @2s POST /token grant_type=authorization_code&code=CODE{mark}x7Yq2&redirect_uri=https://app.test/cb&client_id=web&client_secret=s3cr3tOfWeb\n\
             \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"token_type\":\"Bearer\"}}"
        )
    };
    let credentials = |mark: &str| {
        format!(
            "@0s POST /token\n\
             \x20 Authorization: Basic batch:s3cr3tOfBatch\n\
             \x20 grant_type=client_credentials&scope=batch\n\
             \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"token_type\":\"Bearer\"}}"
        )
    };
    let password = |mark: &str| {
        format!(
            "@0s POST /token grant_type=password&username=u-{mark}&password=pw-{mark}-w3Xz&client_id=legacy\n\
             \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"token_type\":\"Bearer\"}}"
        )
    };
    let assertion = |mark: &str| {
        format!(
            "@0s POST /token grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id=svc&assertion=JWT{{\"iss\":\"svc\",\"sub\":\"svc\",\"aud\":\"https://idp.test\",\"jti\":\"j-{mark}\",\"exp\":\"@60s\"}}\n\
             \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"token_type\":\"Bearer\"}}"
        )
    };
    let exchange = |mark: &str| {
        format!(
            "@0s POST /token grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=ST{mark}k2Lm9&subject_token_type=urn:ietf:params:oauth:token-type:access_token&client_id=web\n\
             \x20 200 {{\"access_token\":\"AT{mark}k2Lm9\",\"token_type\":\"Bearer\"}}"
        )
    };
    let flows: [&dyn Fn(&str) -> String; 8] = [
        &|mark| code_login(mark),
        &refresh,
        &device,
        &pushed,
        &credentials,
        &password,
        &assertion,
        &exchange,
    ];
    for flow in flows {
        let (good, bad) = (flow("ONE"), flow("TWO"));
        assert_eq!(between(&good, &bad), [], "{good}");
        assert_eq!(between(&bad, &good), [], "{good}");
    }
}

#[test]
fn a_login_does_not_differ_from_itself() {
    let login = code_login("ONE");
    assert_eq!(between(&login, &login), []);
}

#[test]
fn the_answer_is_the_only_difference_where_nothing_else_is() {
    let found = between(&code_login("ONE"), &refused(&code_login("TWO")));
    let [only] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(only.place, "answer");
    assert_eq!(only.good.value.as_deref(), Some("200 tokens"));
    assert_eq!(only.bad.value.as_deref(), Some("400 invalid_grant"));
}

/// Changes a text of the second login, of which the last occurrence is meant.
fn changed(from: &str, to: &str) -> (String, String) {
    let login = code_login("TWO");
    let (before, after) = login.rsplit_once(from).unwrap();
    (code_login("ONE"), refused(&format!("{before}{to}{after}")))
}

fn one(pair: &(String, String)) -> Vec<String> {
    // What is missing from one is what the other has more.
    let (there, back) = (
        between(&pair.0, &pair.1),
        differences(
            &login(&pair.1, &Choice::Refused),
            &login(&pair.0, &Choice::Granted(None)),
            true,
        ),
    );
    assert_eq!(there.len(), back.len(), "{there:#?}\n{back:#?}");
    told(&there)
}

#[test]
fn a_redirect_uri_that_differs_is_marked_where_it_does() {
    let pair = changed(
        "redirect_uri=https://app.test/cb",
        "redirect_uri=https://app.test/cb/",
    );
    let found = between(&pair.0, &pair.1);
    assert_eq!(
        told(&found),
        [
            "token request (authorization_code) | form redirect_uri | Value | https://app.test/cb | https://app.test/cb/"
        ]
    );
    assert_eq!(
        (found[0].good.differs.clone(), found[0].bad.differs.clone()),
        (19..19, 19..20)
    );
    assert_eq!(found[0].bad.exchange, Some(3));
}

#[test]
fn a_parameter_that_is_missing_is_named() {
    let pair = changed(
        "&code_verifier=verifier-of-TWO-0123456789-0123456789-0123456789",
        "",
    );
    let found = one(&pair);
    let [only] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert!(
        only.starts_with(
            "token request (authorization_code) | form code_verifier | Missing | verifier#"
        ),
        "{only}"
    );
}

#[test]
fn a_parameter_that_is_new_is_named() {
    let pair = changed(
        "grant_type=authorization_code",
        "scope=openid&grant_type=authorization_code",
    );
    assert_eq!(
        one(&pair),
        ["token request (authorization_code) | form scope | Added | - | openid"]
    );
}

#[test]
fn a_verifier_of_another_login_is_told_by_its_relation() {
    let pair = changed(
        "code_verifier=verifier-of-TWO",
        "code_verifier=verifier-of-SIX",
    );
    assert_eq!(
        one(&pair),
        [
            "token request (authorization_code) | form code_verifier | Relation | its S256 is the code_challenge of the \
          authorization request | the code_verifier of the token request (authorization_code)"
        ]
    );
}

#[test]
fn a_code_that_was_not_issued_leaves_the_login_without_its_beginning() {
    let pair = changed("&code=CODETWOx7Yq2", "&code=CODESIXx7Yq2");
    let found = told(&between(&pair.0, &pair.1));
    assert_eq!(
        found[0],
        "authorization request |  | Missing | authorization request | -"
    );
}

#[test]
fn another_client_authentication_is_one_difference() {
    let login = code_login("TWO").replace("  Authorization: Basic web:s3cr3tOfWeb\n", "");
    let bad = refused(&login.replace(
        "&code_verifier",
        "&client_id=web&client_secret=s3cr3tOfWeb&code_verifier",
    ));
    assert_eq!(
        one(&(code_login("ONE"), bad)),
        [
            "token request (authorization_code) | client authentication | Value | client_secret_basic | client_secret_post"
        ]
    );
}

#[test]
fn another_client_secret_is_told_without_it() {
    let found = one(&changed("s3cr3tOfWeb", "s3cr3tOfOld"));
    let [only] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert!(
        only.contains("client_secret | Relation | secret#"),
        "{only}"
    );
    assert!(!only.contains("s3cr3t"), "{only}");
}

#[test]
fn a_client_secret_of_another_key_is_compared_by_its_length() {
    let between = |to: &str| {
        let pair = changed("s3cr3tOfWeb", to);
        let [good, bad] = [
            login(&pair.0, &Choice::Granted(None)),
            login(&pair.1, &Choice::Refused),
        ];
        told(&differences(&good, &bad, false))
    };
    assert_eq!(between("s3cr3tOfOld"), [""; 0]);
    assert_eq!(
        between("s3cr3t"),
        [
            "token request (authorization_code) | client_secret | Relation | 11 characters | 6 characters"
        ]
    );
}

#[test]
fn a_login_that_was_denied_lacks_what_would_have_followed() {
    let bad = "@0s GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&scope=openid&state=st-TWO-Ak3\
         &nonce=no-TWO-Bf9&code_challenge=S256(verifier-of-TWO-0123456789-0123456789-0123456789)&code_challenge_method=S256\n\
         \x20 302 Location: https://app.test/cb?error=access_denied&state=st-TWO-Ak3\n\
         @1s GET https://app.test/cb?error=access_denied&state=st-TWO-Ak3\n\
         \x20 200";
    assert_eq!(
        told(&between(&code_login("ONE"), bad))[..2],
        [
            "authorization response | error | Added | - | access_denied",
            "authorization response | code | Missing | code#83c884 | -",
        ]
    );
}

#[test]
fn another_client_is_told() {
    assert_eq!(
        one(&changed("Basic web:", "Basic shop:")),
        ["token request (authorization_code) | client_id | Value | web | shop"]
    );
}

#[test]
fn another_scope_of_the_authorization_request_comes_first() {
    let bad = refused(&code_login("TWO")).replace("scope=openid", "scope=openid%20offline_access");
    assert_eq!(
        one(&(code_login("ONE"), bad)),
        ["authorization request | query scope | Value | openid | openid offline_access"]
    );
}

#[test]
fn another_endpoint_is_told() {
    assert_eq!(
        one(&changed("POST /token", "POST https://other.test/token")),
        [
            "token request (authorization_code) | endpoint | Value | POST https://idp.test/token | POST https://other.test/token"
        ]
    );
}

#[test]
fn another_content_type_is_told() {
    let bad = refused(&code_login("TWO")).replace(
        "  Authorization: Basic",
        "  Accept: text/html\n  Authorization: Basic",
    );
    assert_eq!(
        one(&(code_login("ONE"), bad)),
        ["token request (authorization_code) | header Accept | Added | - | text/html"]
    );
}

/// To be earlier than the good login is no fault.
fn late(pair: &(String, String)) -> Vec<String> {
    let back = differences(
        &login(&pair.1, &Choice::Refused),
        &login(&pair.0, &Choice::Granted(None)),
        true,
    );
    assert_eq!(told(&back), [""; 0]);
    told(&between(&pair.0, &pair.1))
}

#[test]
fn a_code_that_was_presented_late_is_told() {
    assert_eq!(
        late(&changed("@2s POST", "@95s POST")),
        ["token request (authorization_code) | age of the grant | Timing | 1.950 s | 94.950 s"]
    );
}

#[test]
fn a_code_that_was_presented_before_is_a_message_more() {
    let again = "\n@3s POST /token\n\
         \x20 Authorization: Basic web:s3cr3tOfWeb\n\
         \x20 grant_type=authorization_code&code=CODETWOx7Yq2&redirect_uri=https://app.test/cb\
         &code_verifier=verifier-of-TWO-0123456789-0123456789-0123456789\n\
         \x20 400 {\"error\":\"invalid_grant\"}";
    let bad = format!("{}{again}", code_login("TWO"));
    let found = between(&code_login("ONE"), &bad);
    let added: Vec<_> = found.iter().map(|it| (it.kind, it.bad.exchange)).collect();
    assert_eq!(
        added,
        [(Kind::Added, Some(4)), (Kind::Added, Some(4))],
        "{found:#?}"
    );
}

#[test]
fn a_callback_that_was_not_seen_is_a_message_less() {
    let bad = refused(&code_login("TWO"));
    let (before, rest) = bad.split_once("@1s").unwrap();
    let bad = format!("{before}@2s{}", rest.split_once("@2s").unwrap().1);
    assert_eq!(
        one(&(code_login("ONE"), bad)),
        ["callback |  | Missing | callback | -"]
    );
}

#[test]
fn a_state_that_came_back_changed_is_told() {
    let bad = refused(&code_login("TWO")).replace(
        "GET https://app.test/cb?code=CODETWOx7Yq2&state=st-TWO",
        "GET https://app.test/cb?code=CODETWOx7Yq2&state=st-SIX",
    );
    assert_eq!(
        one(&(code_login("ONE"), bad)),
        [
            "callback | state | Relation | the state of the authorization request | the state of the callback"
        ]
    );
}

#[test]
fn the_port_of_a_loopback_redirect_uri_is_new_in_each_login() {
    let at = |mark: &str, port: &str| {
        code_login(mark).replace(
            "https://app.test/cb",
            &format!("http://127.0.0.1:{port}/cb"),
        )
    };
    assert_eq!(between(&at("ONE", "50123"), &at("TWO", "50987")), []);
    let bad = at("TWO", "50987");
    let (before, after) = bad.rsplit_once("127.0.0.1:50987").unwrap();
    let found = told(&between(
        &at("ONE", "50123"),
        &format!("{before}127.0.0.1:50000{after}"),
    ));
    assert_eq!(
        found,
        [
            "token request (authorization_code) | form redirect_uri | Relation | the redirect_uri of the authorization request \
          | the redirect_uri of the token request (authorization_code)"
        ]
    );
}

#[test]
fn a_refresh_with_another_token_is_told() {
    let refresh = |mark: &str, token: &str, answer: &str| {
        format!(
            "{}\n@60s POST /token\n\
             \x20 Authorization: Basic web:s3cr3tOfWeb\n\
             \x20 grant_type=refresh_token&refresh_token={token}\n\x20 {answer}",
            code_login(mark)
        )
    };
    let good = refresh(
        "ONE",
        "RTONEp0Qr4",
        "200 {\"access_token\":\"AUk2Lm9ONE\",\"token_type\":\"Bearer\"}",
    );
    let bad = refresh(
        "TWO",
        "RTTWOp0Qr4&scope=admin",
        "400 {\"error\":\"invalid_scope\"}",
    );
    assert_eq!(
        told(&between(&good, &bad)),
        ["token request (refresh_token) | form scope | Added | - | admin"]
    );
}

#[test]
fn a_login_is_chosen_by_its_grant_or_its_exchange() {
    let both = format!(
        "{}\n{}",
        code_login("ONE"),
        refused(&code_login("TWO"))
            .replace("@0s", "@10s")
            .replace("@1s", "@11s")
            .replace("@2s", "@12s")
    );
    let last = login(&both, &Choice::Refused);
    assert_eq!((last.presented_in.0, last.outcome), (6, "refused"));
    let first = login(
        &both,
        &Choice::Granted(Some("authorization_code".to_owned())),
    );
    assert_eq!((first.presented_in.0, first.outcome), (3, "granted"));
    let named = login(&both, &Choice::Grant(first.grant.clone().unwrap()));
    assert_eq!(named.presented_in, first.presented_in);
    let exchanges: Vec<_> = first.exchanges().map(|it| it.0).collect();
    assert_eq!(exchanges, [1, 2, 3]);
}
