//! What names a person is redacted like a secret.

use super::*;

const PERSON: [(&str, &str); 10] = [
    ("sub", "subject-4711"),
    ("name", "Jane Q. Doe"),
    ("given_name", "Jane-Quentin"),
    ("family_name", "Doe-Smith"),
    ("preferred_username", "j.doe.1979"),
    ("email", "jane.doe@mail.x.test"),
    ("phone_number", "+1 555 0100 42"),
    ("picture", "https://x.test/jane.doe.png"),
    ("profile", "https://x.test/users/jane"),
    ("birthdate", "1979-01-31"),
];

fn person() -> serde_json::Value {
    let members = PERSON
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()));
    serde_json::Value::Object(members.collect())
}

fn names() -> Vec<String> {
    PERSON
        .iter()
        .map(|(_, value)| (*value).to_owned())
        .collect()
}

fn jwt(claims: &serde_json::Value) -> String {
    let part = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"RS256","kid":"k1"}"#.to_owned());
    format!(
        "{header}.{}.{}",
        part(claims.to_string()),
        part("cAn4ry/signature".to_owned())
    )
}

#[test]
fn an_answer_about_a_user_names_nobody() {
    let mut told = person();
    told["active"] = true.into();
    told["scope"] = "openid".into();
    told["address"] =
        serde_json::json!({"street_address": "42 Hidden Lane", "locality": "Nowhere-on-Sea"});
    let more = ["42 Hidden Lane", "Nowhere-on-Sea"].map(str::to_owned);
    let secrets = [names(), more.to_vec()].concat();
    for path in ["userinfo", "introspect"] {
        let raw = exchange(
            Method::POST,
            &format!("https://idp.test/{path}"),
            &[FORM],
            "token=t0ken-12345",
        );
        assert_silent(
            &answered(raw.clone(), 200, &[JSON], &told.to_string()),
            &secrets,
        );
        assert_silent(&answered(raw, 403, &[JSON], &told.to_string()), &secrets);
    }
}

#[test]
fn the_claims_of_a_jwt_name_nobody_in_whatever_place() {
    let jwt = jwt(&person());
    let signature = jwt.rsplit('.').next().unwrap();
    let secrets = [
        names(),
        vec![signature.to_owned(), "cAn4ry/signature".to_owned()],
    ]
    .concat();
    let mut raws = vec![
        get(&format!("https://a.test/?id_token_hint={jwt}")),
        get(&format!("https://a.test/?request={jwt}&client_id=web")),
        get(&format!("https://a.test/?response={jwt}")),
        get(&format!("https://a.test/?made_up={jwt}")),
        get(&format!("https://a.test/{jwt}/x")),
        token(&[("X-Goog-Iap-Jwt-Assertion", &jwt)], ""),
        token(&[("Authorization", &format!("Bearer {jwt}"))], ""),
        token(
            &[],
            &format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={jwt}"),
        ),
        token(&[], &format!("client_assertion={jwt}")),
    ];
    let body =
        serde_json::json!({"error": "invalid_grant", "error_description": format!("bad {jwt}.")});
    raws.push(answered(token_request(), 400, &[JSON], &body.to_string()));
    for raw in raws {
        assert_silent(&raw, &secrets);
    }
}

#[test]
fn an_assertion_keeps_what_a_diagnosis_needs_of_it() {
    let claims = serde_json::json!({
        "iss": "web", "aud": "https://idp.test", "exp": 1_700_000_000, "iat": 1_699_999_000, "jti": "j-4711-secret", "sub": "jane",
    });
    let redacted = redacted(&token(&[], &format!("client_assertion={}", jwt(&claims))));
    let body = redacted.request.body.text();
    let placeholder = body.strip_prefix("client_assertion=").unwrap();
    let kept = placeholder::parse(placeholder)
        .unwrap()
        .fingerprint
        .jwt
        .unwrap();
    assert_eq!(
        (kept.alg.as_deref(), kept.kid.as_deref()),
        (Some("RS256"), Some("k1"))
    );
    assert_eq!(
        (kept.iss.as_deref(), kept.aud.as_slice()),
        (Some("web"), &["https://idp.test".to_owned()][..])
    );
    assert_eq!(
        (kept.exp, kept.iat),
        (Some(1_700_000_000), Some(1_699_999_000))
    );
    assert_eq!(kept.jti, Some(KEY.digest("j-4711-secret").0));
}

#[test]
fn the_words_of_a_server_name_nobody_by_address() {
    let said = "AADSTS50034: The user account jane.doe@mail.x.test does not exist";
    let body = serde_json::json!({"error": "invalid_grant", "error_description": said});
    let raw = answered(token_request(), 400, &[JSON], &body.to_string());
    assert_silent(&raw, &["jane.doe@mail.x.test".to_owned()]);
    assert!(answer(&redacted(&raw)).contains("AADSTS50034: The user account email#"));
    reads_the_same(&raw);
    let callback = get(
        "https://app.test/cb?error=access_denied&error_description=jane.doe%40mail.x.test+declined&state=s1",
    );
    assert_silent(&callback, &["jane.doe@mail.x.test".to_owned()]);
}
