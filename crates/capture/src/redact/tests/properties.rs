//! What holds for any exchange.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A value as servers and clients make them, well or badly.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9_-]{22,64}",
        "[A-Za-z0-9+/]{20,40}={0,2}",
        "[a-z]{1,8}",
        "[ -~é]{0,12}",
        "[0-9]{1,8}",
        Just("https://app.test/cb".to_owned()),
    ]
}

const SECRETS: [&str; 12] = [
    "code",
    "state",
    "nonce",
    "code_challenge",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "device_code",
    "username",
    "password",
    "token",
    "made_up",
];

fn pairs() -> impl Strategy<Value = Vec<(usize, String)>> {
    vec((0..SECRETS.len(), value()), 0..6)
}

fn encoded(pairs: &[(usize, String)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", "web")
        .append_pair("redirect_uri", "https://app.test/cb");
    for (name, value) in pairs {
        form.append_pair(SECRETS[*name], value);
    }
    form.finish()
}

fn token_exchange() -> impl Strategy<Value = Exchange> {
    let basic = proptest::option::of("[!-~]{0,20}:[!-~]{0,20}");
    let tokens = (value(), value(), any::<bool>());
    (pairs(), basic, tokens, "[a-z ]{0,20}").prop_map(|(pairs, basic, (access, refresh, granted), said)| {
        let basic = basic.map(|basic| format!("Basic {}", BASE64_STANDARD.encode(basic)));
        let headers: Vec<_> = basic.iter().map(|basic| ("Authorization", basic.as_str())).collect();
        let request = token(&headers, &format!("grant_type=authorization_code&{}", encoded(&pairs)));
        let body = if granted {
            serde_json::json!({"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600})
        } else {
            serde_json::json!({"error": "invalid_grant", "error_description": said})
        };
        answered(request, if granted { 200 } else { 400 }, &[JSON], &body.to_string())
    })
}

fn authorization_exchange() -> impl Strategy<Value = Exchange> {
    let sent = (value(), value(), value());
    (pairs(), sent, prop::sample::select(vec!['?', '#'])).prop_map(|(asked, sent, mark)| {
        let request = get(&format!(
            "https://idp.test/authorize?response_type=code&{}",
            encoded(&asked)
        ));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("code", &sent.0)
            .append_pair("state", &sent.1);
        form.append_pair("session_state", &sent.2);
        let location = format!("https://app.test/cb{mark}{}", form.finish());
        answered(request, 302, &[("Location", &location)], "")
    })
}

/// Anything at all.
fn any_exchange() -> impl Strategy<Value = Exchange> {
    let text = "[a-z{}\\[\\]\",:=&%?#/<>+. 0-9é\\\\]{0,60}";
    let label = prop::sample::select(vec![
        "application/json",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ]);
    let name = prop::sample::select(vec![
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "Link",
        "Location",
        "X-Y",
    ]);
    (text, text, label, name, text).prop_map(|(url, body, label, name, value)| {
        let headers = [("Content-Type", label), (name, &value)];
        let request = exchange(
            Method::POST,
            &format!("https://a.test/{url}"),
            &headers,
            &body,
        );
        answered(request, 400, &headers, &body)
    })
}

fn again(of: &Exchange) {
    let once = redacted(of);
    let twice = redacted(&once);
    assert_eq!(format!("{once:?}"), format!("{twice:?}"), "of {of:?}");
}

proptest! {
    #[test]
    fn a_redacted_token_exchange_reads_like_the_raw_one(raw in token_exchange()) {
        reads_the_same(&raw);
        again(&raw);
    }

    #[test]
    fn a_redacted_authorization_reads_like_the_raw_one(raw in authorization_exchange()) {
        reads_the_same(&raw);
        again(&raw);
    }

    #[test]
    fn nothing_makes_it_panic_and_a_second_redaction_changes_nothing(raw in any_exchange()) {
        again(&raw);
    }
}
