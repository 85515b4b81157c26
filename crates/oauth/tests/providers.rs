//! What holds for every provider file.

use grantscope_oauth::{Provider, Providers, Sighting, StatedVerdict, Statement, TokenError};

/// The closed list of causes.
const CAUSES: &[&str] = &[
    "code-reused",
    "code-expired",
    "code-altered",
    "code-unknown",
    "code-superseded",
    "code-wrong-client",
    "code-wrong-server",
    "code-revoked",
    "redirect-uri-mismatch",
    "redirect-uri-missing",
    "pkce-verifier-mismatch",
    "pkce-verifier-missing",
    "pkce-verifier-unexpected",
    "pkce-verifier-malformed",
    "client-credentials-wrong",
    "client-not-allowed",
    "refresh-expired",
    "refresh-rotated",
    "refresh-revoked",
    "refresh-session-ended",
    "refresh-altered",
    "refresh-unknown",
    "refresh-wrong-client",
    "refresh-wrong-server",
    "refresh-scope-exceeded",
    "assertion-time-invalid",
    "assertion-signature-invalid",
    "assertion-audience-mismatch",
    "assertion-subject-invalid",
    "assertion-replayed",
    "user-credentials-wrong",
    "user-blocked",
    "user-interaction-required",
    "device-code-expired",
    "sender-key-mismatch",
    "server-fault",
];

fn providers() -> Vec<Provider> {
    let parse = |(name, text): &(&str, &str)| match Providers::parse_file(name, text) {
        Ok(provider) => provider,
        Err(error) => panic!("{error}"),
    };
    Providers::embedded_files().iter().map(parse).collect()
}

fn refusal(error: &str, description: Option<&str>) -> TokenError {
    TokenError {
        status: 400,
        error: error.to_owned(),
        description: description.map(str::to_owned),
        uri: None,
        codes: Vec::new(),
        members: Vec::new(),
        server_time: None,
        retry_after_s: None,
    }
}

/// A statement with each of its examples.
fn exemplified(statement: &Statement) -> impl Iterator<Item = (&Statement, &str)> {
    let others = statement.also.iter().map(|wording| &wording.example);
    std::iter::once(&statement.example)
        .chain(others)
        .map(move |example| (statement, example.as_str()))
}

/// The refusal that an example of a statement stands for.
fn exemplary(statement: &Statement, example: &str) -> TokenError {
    let error = statement.error.as_deref().unwrap_or("invalid_grant");
    refusal(error, statement.pattern.as_ref().map(|_| example))
}

/// The grant types for which a statement holds; any one stands for all.
fn grant_types(statement: &Statement) -> Vec<&str> {
    if statement.grant_types.is_empty() {
        return vec!["authorization_code", "refresh_token", "password"];
    }
    statement.grant_types.iter().map(String::as_str).collect()
}

#[test]
fn every_file_parses_and_is_embedded() {
    let count = providers().len();
    assert!(count >= 10, "{count}");
    let embedded = Providers::embedded();
    assert_eq!(embedded.iter().count() + 1, count);
    assert!(embedded.generic().is_some());
}

#[test]
fn every_example_matches_its_statement_and_no_other() {
    let mut wrong = Vec::new();
    for provider in providers() {
        for (statement, text) in provider.statements.iter().flat_map(exemplified) {
            let error = exemplary(statement, text);
            for grant_type in grant_types(statement) {
                let made: Vec<_> = provider
                    .statements(&error, grant_type)
                    .map(|statement| statement.pattern.as_deref())
                    .collect();
                if made != [statement.pattern.as_deref()] {
                    let of = &provider.id;
                    wrong.push(format!("{of}: {text:?} for {grant_type} makes {made:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_cause_is_one_of_the_list() {
    for provider in providers() {
        let stated = provider.statements.iter().flat_map(|of| &of.causes);
        let remedied = provider.remedies.iter().map(|remedy| &remedy.cause);
        for cause in stated.map(|of| &of.cause).chain(remedied) {
            assert!(CAUSES.contains(&cause.as_str()), "{}: {cause}", provider.id);
        }
    }
}

#[test]
fn a_proof_names_one_cause() {
    for provider in providers() {
        for statement in &provider.statements {
            let proves = |of: &grantscope_oauth::StatedCause| of.verdict == StatedVerdict::Proven;
            assert!(!statement.causes.is_empty(), "{}", statement.example);
            assert!(
                statement.causes.len() == 1 || !statement.causes.iter().any(proves),
                "{}: {:?}",
                provider.id,
                statement.example
            );
        }
    }
}

/// It stands behind "would be settled by".
#[test]
fn what_tells_a_cause_is_a_noun_phrase_of_one_line() {
    let mut told = 0;
    for provider in providers() {
        let causes = provider.statements.iter().flat_map(|of| &of.causes);
        for text in causes.filter_map(|of| of.told_by.as_deref()) {
            told += 1;
            assert!(
                !text.ends_with('.') && !text.contains('\n') && text.len() < 160,
                "{}: {text}",
                provider.id
            );
        }
    }
    assert!(told >= 24, "{told} causes");
}

#[test]
fn the_generic_file_proves_nothing() {
    let embedded = Providers::embedded();
    let generic = embedded.generic().unwrap();
    let causes = generic.statements.iter().flat_map(|of| &of.causes);
    assert!(
        causes
            .into_iter()
            .all(|of| of.verdict != StatedVerdict::Proven)
    );
}

#[test]
fn a_provider_is_recognised_by_its_marks() {
    let embedded = Providers::embedded();
    let by_endpoint = |endpoint| {
        let sighting = Sighting {
            endpoint,
            ..Sighting::default()
        };
        embedded
            .recognise(&sighting)
            .one()
            .map(|provider| provider.id.0.clone())
    };
    for (endpoint, id) in [
        (
            "https://sso.test/auth/realms/a/protocol/openid-connect/token",
            Some("keycloak"),
        ),
        (
            "https://sso.test/realms/a/protocol/openid-connect/token",
            Some("keycloak"),
        ),
        ("https://x.eu.auth0.com/oauth/token", Some("auth0")),
        (
            "https://dev-1.okta.com/oauth2/default/v1/token",
            Some("okta"),
        ),
        ("https://oauth2.googleapis.com/token", Some("google")),
        (
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            Some("microsoft-entra"),
        ),
        (
            "https://github.com/login/oauth/access_token",
            Some("github"),
        ),
        ("https://app.test/token", None),
    ] {
        assert_eq!(by_endpoint(endpoint).as_deref(), id, "{endpoint}");
    }
    let error = refusal("invalid_grant", Some("grant request is invalid"));
    let sighting = Sighting {
        error: Some(&error),
        ..Sighting::default()
    };
    let found = embedded.recognise(&sighting).one().unwrap();
    assert_eq!(found.id.0, "oidc-provider");
    assert_eq!(found.lifetimes.code.as_ref().unwrap().seconds, 60);
}

#[test]
fn a_text_that_the_provider_explains_has_no_generic_meaning() {
    let embedded = Providers::embedded();
    let error = refusal("invalid_grant", Some("Incorrect redirect_uri"));
    let stated: Vec<_> = embedded
        .statements(embedded.by_id("keycloak"), &error, "authorization_code")
        .map(|statement| statement.pattern.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(stated, ["Incorrect redirect_uri"]);
}

#[test]
fn the_sentence_that_names_every_cause_states_none() {
    let embedded = Providers::embedded();
    for sentence in [
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
        "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
        "The provided access grant is invalid, expired, or revoked.",
    ] {
        let error = refusal("invalid_grant", Some(sentence));
        for grant_type in ["authorization_code", "refresh_token"] {
            let stated: Vec<_> = embedded.statements(None, &error, grant_type).collect();
            assert!(stated.is_empty(), "{stated:?}");
        }
    }
}

#[test]
fn the_file_in_the_guide_is_one() {
    let guide = include_str!("../../../docs/guides/add-a-provider.md");
    let (_, rest) = guide.split_once("```toml\n").unwrap();
    let (file, _) = rest.split_once("```").unwrap();
    let provider = Providers::parse_file("example", file).unwrap();
    for statement in &provider.statements {
        let error = exemplary(statement, &statement.example);
        let mut made = provider.statements(&error, grant_types(statement)[0]);
        assert!(made.next().is_some());
    }
}

/// A self-hosted server has no host of its own, and one refusal may say nothing but a text of its product.
#[test]
fn a_self_hosted_server_is_recognised_by_a_text_that_its_product_alone_sends() {
    let providers = Providers::embedded();
    let recognised = |description: &str| {
        let error = TokenError {
            status: 400,
            error: "invalid_request".to_owned(),
            description: Some(description.to_owned()),
            uri: None,
            codes: Vec::new(),
            members: Vec::new(),
            server_time: None,
            retry_after_s: None,
        };
        let sighting = Sighting {
            endpoint: "https://login.example/token",
            error: Some(&error),
            ..Sighting::default()
        };
        providers
            .recognise(&sighting)
            .one()
            .map(|it| it.id.0.clone())
    };
    let text = "code_verifier must be a string with a minimum length of 43 characters";
    assert_eq!(recognised(text).as_deref(), Some("oidc-provider"));
    assert_eq!(recognised("the code has expired"), None);
}
