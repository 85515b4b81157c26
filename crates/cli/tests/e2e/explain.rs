//! `grantscope explain` as a user types it.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::grantscope::Home;

fn explain(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let home = Home::new();
    let mut command = home.command(&["explain"]);
    command.args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_line_of_a_log_is_explained_from_standard_input() {
    let log = "callback failed: invalid_grant\n  {\"error\":\"invalid_grant\",\"error_description\":\"AADSTS54005: \
               OAuth2 Authorization code was already redeemed\"}\n  code=0.CanaryCodeZ9 client_secret=Canary~S3cret";
    let (code, answer, errors) = explain(&["-"], log);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(
        answer.contains("Microsoft Entra ID") && answer.contains("proven    code-reused"),
        "{answer}"
    );
    assert!(!answer.contains("Canary"), "{answer}");
}

#[test]
fn words_need_no_quotes() {
    let (code, answer, _) = explain(&["Code", "not", "valid"], "");
    assert_eq!(code, Some(0));
    assert!(answer.contains("Keycloak (“Code not valid”)"), "{answer}");
}

#[test]
fn a_warning_is_explained() {
    let (code, answer, _) = explain(&["pkce-missing"], "");
    assert_eq!(code, Some(0));
    assert!(
        answer.starts_with("# pkce-missing\n") && answer.contains("**Fix:**"),
        "{answer}"
    );
}

#[test]
fn that_nothing_is_known_is_said_without_the_text() {
    let (code, answer, error) = explain(&["CanarySecretZ9"], "");
    assert_eq!((code, answer.as_str()), (Some(2), ""));
    assert!(
        error.contains("nothing is known of that") && !error.contains("Canary"),
        "{error}"
    );
}
