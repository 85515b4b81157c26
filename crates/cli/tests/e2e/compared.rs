//! `grantscope sessions show` and `sessions diff` as a user types them.

use std::fs;

use serde_json::Value;

use crate::support::grantscope::Home;
use crate::support::peers::{Certificates, Client, Provider};
use crate::support::played::play;

fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = home.command(arguments).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The refused login of the capture, and one that was granted, since it presents the redirection URI that it asked for.
fn captures(home: &Home) -> [String; 2] {
    let bad = include_str!("capture.har");
    let mut good: Value =
        serde_json::from_str(&bad.replace("SplxlOBeZQQYbYS6WxSbIA", "Zx8pQ1LmN4rT6vY0bC3dEf"))
            .unwrap();
    let token = &mut good["log"]["entries"][1];
    let form = token["request"]["postData"]["text"].as_str().unwrap();
    let form = form.replace("%2Fcb%2F", "%2Fcb");
    token["request"]["postData"]["text"] = form.into();
    token["response"]["status"] = 200.into();
    token["response"]["content"]["text"] =
        r#"{"access_token":"a1B2c3D4e5F6g7H8","token_type":"Bearer"}"#.into();
    let files = [home.path("good.har"), home.path("bad.har")];
    fs::write(&files[0], good.to_string()).unwrap();
    fs::write(&files[1], bad).unwrap();
    files.map(|file| file.to_str().unwrap().to_owned())
}

#[test]
fn the_first_difference_of_a_bad_login_is_told_first() {
    let home = Home::new();
    let [good, bad] = captures(&home);
    let (code, told, errors) = run(&home, &["sessions", "diff", &good, &bad]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let first = told.split("\n\n").nth(1).unwrap();
    let lines: Vec<_> = first.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "first: form redirect_uri of the token request (authorization_code) differs",
            "good #2    https://app.test/cb",
            "bad  #2    https://app.test/cb/",
            "^",
        ],
        "{told}"
    );
    let (_, json, _) = run(
        &home,
        &["sessions", "diff", &good, &bad, "--format", "json"],
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "grantscope.diff/1");
    assert_eq!(json["differences"][0]["kind"], "value");
    assert_eq!(json["bad"]["outcome"], "refused");
}

#[test]
fn a_login_may_be_named_by_finding_grant_and_exchange() {
    let home = Home::new();
    let [good, bad] = captures(&home);
    let (_, shown, _) = run(&home, &["sessions", "show", &bad, "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["schema"], "grantscope.session/1");
    let finding = shown["findings"][0]["id"].as_str().unwrap();
    let (_, told, _) = run(&home, &["sessions", "diff", &good, &bad]);
    for wanted in [finding, "2"] {
        let (code, same, errors) = run(
            &home,
            &["sessions", "diff", &good, &format!("{bad}#{wanted}")],
        );
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        assert_eq!(
            same.split_once("\n\n").unwrap().1,
            told.split_once("\n\n").unwrap().1
        );
    }
    let (code, _, error) = run(
        &home,
        &["sessions", "diff", &good, &format!("{bad}#nonsense")],
    );
    assert_eq!(code, Some(2));
    assert!(error.contains("nonsense"), "{error}");
    let (code, _, error) = run(
        &home,
        &["sessions", "diff", &good, &format!("{bad}#code#000000")],
    );
    assert_eq!(code, Some(2));
    assert!(error.contains("sessions show"), "{error}");
}

#[test]
fn a_login_does_not_differ_from_itself() {
    let home = Home::new();
    let [good, _] = captures(&home);
    let (_, told, _) = run(&home, &["sessions", "diff", &good, &good]);
    assert!(told.ends_with("no difference in meaning\n"), "{told}");
}

#[test]
fn a_session_is_shown_with_its_grants_and_findings() {
    let home = Home::new();
    let [_, bad] = captures(&home);
    let (code, shown, errors) = run(&home, &["sessions", "show", &bad]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    for part in [
        "exchanges  2: 1 authorization requests, 1 token requests",
        "servers    https://idp.test",
        "clients    web",
        "· web · invalid_grant",
        "redirect-uri-mismatch proven",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("SplxlOBeZQQYbYS6WxSbIA"), "{shown}");
}

fn twice(client: Client, wanted: &[&str]) {
    let certificates = Certificates::new();
    let provider = Provider::start(&certificates, "{}");
    let scenarios = client.scenarios();
    for name in wanted {
        let scenario = scenarios.iter().find(|it| it.name == *name).unwrap();
        let [one, two] = [0, 1].map(|_| play(client, scenario, &provider.issuer, &certificates));
        let [good, bad] = [&one, &two].map(|played| played.har().to_str().unwrap().to_owned());
        let (_, told, errors) = run(&Home::new(), &["sessions", "diff", &good, &bad]);
        assert!(
            told.ends_with("\n\nno difference in meaning\n"),
            "{name}: {told}{errors}"
        );
    }
}

#[test]
fn two_healthy_logins_by_openid_client_do_not_differ() {
    let wanted = [
        "healthy-code-pkce",
        "healthy-confidential-post",
        "healthy-par",
        "healthy-dpop",
        "healthy-denied",
    ];
    twice(Client::JavaScript, &wanted);
}

#[test]
fn two_healthy_logins_by_requests_oauthlib_do_not_differ() {
    let wanted = [
        "healthy-confidential",
        "healthy-client-credentials",
        "healthy-device",
    ];
    twice(Client::Python, &wanted);
}
