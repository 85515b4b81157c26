//! That a mark tells one product, or is known to be that of several.

use std::collections::{BTreeMap, BTreeSet};

use grantscope_oauth::{Providers, Recognised, Sighting, TokenError};
use toml::Table;

/// A text that a pattern fits.
fn sample(pattern: &str) -> String {
    pattern.replace('*', "x")
}

/// The marks of one kind in a provider file.
fn marks(file: &Table, kind: &str) -> Vec<String> {
    let listed = file
        .get("recognise")
        .and_then(|it| it.get(kind)?.as_array());
    let text = |mark: &toml::Value| match mark {
        toml::Value::Table(header) => header["name"]
            .as_str()
            .unwrap_or_default()
            .to_ascii_lowercase(),
        text => sample(text.as_str().unwrap_or_default()),
    };
    listed.into_iter().flatten().map(text).collect()
}

fn refusal() -> TokenError {
    TokenError {
        status: 400,
        error: "invalid_grant".to_owned(),
        description: None,
        uri: None,
        codes: Vec::new(),
        members: Vec::new(),
        server_time: None,
        retry_after_s: None,
    }
}

/// What is recognised of one mark alone.
fn recognised(providers: &Providers, kind: &str, mark: &str) -> Vec<String> {
    let members = [
        "error_codes",
        "suberror",
        "error_subcode",
        "error_reason",
        "error_hint",
        "hint",
    ];
    let (mut endpoint, mut issuer, mut headers) = (String::new(), None, Vec::new());
    let mut error = refusal();
    match kind {
        "hosts" if mark.contains('/') => endpoint = format!("https://{mark}"),
        "hosts" => endpoint = format!("https://{mark}/elsewhere"),
        "paths" => endpoint = format!("https://self-hosted.test{mark}"),
        "issuers" => issuer = Some(mark),
        "headers" => headers.push(mark.to_owned()),
        "error_uris" => error.uri = Some(mark.to_owned()),
        "members" => error
            .members
            .extend(members.iter().filter(|it| **it == mark)),
        _ => error.description = Some(mark.to_owned()),
    }
    let sighting = Sighting {
        endpoint: &endpoint,
        issuer,
        marks: &headers,
        error: Some(&error),
    };
    let found = providers.recognise(&sighting);
    found.all().iter().map(|it| it.id.0.clone()).collect()
}

const KINDS: [&str; 7] = [
    "hosts",
    "paths",
    "issuers",
    "headers",
    "error_uris",
    "members",
    "descriptions",
];

/// Of a path that two products have, the recognition names both. All other marks have to tell.
#[test]
fn a_mark_decides_for_one_product_unless_it_is_a_path_that_several_have() {
    let providers = Providers::embedded();
    let mut shared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, text) in Providers::embedded_files() {
        let file: Table = text.parse().unwrap();
        for kind in KINDS {
            for mark in marks(&file, kind) {
                let found = recognised(&providers, kind, &mark);
                assert!(
                    found.iter().any(|it| it == id),
                    "{id}: {mark} tells {found:?}"
                );
                if found.len() > 1 {
                    assert_eq!(kind, "paths", "{mark} is that of {found:?}");
                    shared.insert(mark, found.into_iter().collect());
                }
            }
        }
    }
    let shared: Vec<_> = shared
        .into_iter()
        .map(|(path, of)| format!("{path}: {}", of.into_iter().collect::<Vec<_>>().join(", ")))
        .collect();
    assert_eq!(
        shared,
        [
            "/api/oidc/token: authelia, pocket-id",
            "x/connect/token: identityserver, openiddict",
        ]
    );
}

#[test]
fn what_else_is_seen_tells_the_products_of_one_path_apart() {
    let providers = Providers::embedded();
    let mut error = refusal();
    let told = |error: &TokenError| {
        let sighting = Sighting {
            endpoint: "https://id.test/connect/token",
            error: Some(error),
            ..Sighting::default()
        };
        match providers.recognise(&sighting) {
            Recognised::One(provider) => provider.id.0.clone(),
            other => format!("{} products", other.all().len()),
        }
    };
    assert_eq!(told(&error), "2 products");
    error.uri = Some("https://documentation.openiddict.com/errors/ID2010".to_owned());
    assert_eq!(told(&error), "openiddict");
}

#[test]
fn a_host_tells_more_than_a_path() {
    let sighting = Sighting {
        endpoint: "https://identity.xero.com/connect/token",
        ..Sighting::default()
    };
    let providers = Providers::embedded();
    assert_eq!(providers.recognise(&sighting).one().unwrap().id.0, "xero");
}

#[test]
fn a_provider_of_the_user_counts_before_one_that_comes_with_grantscope() {
    let own = "id = \"own\"\nname = \"Own\"\n[recognise]\nhosts = [\"*.okta.com\"]\nsource = \"https://a.test\"\n";
    let own = Providers::parse_file("own", own).unwrap();
    let sighting = Sighting {
        endpoint: "https://dev.okta.com/oauth2/v1/token",
        ..Sighting::default()
    };
    let providers = Providers::embedded();
    assert_eq!(providers.recognise(&sighting).one().unwrap().id.0, "okta");
    let providers = providers.with(own.clone()).with(own);
    assert_eq!(providers.recognise(&sighting).one().unwrap().id.0, "own");
}
