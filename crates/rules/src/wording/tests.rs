use super::*;

const CODE: &str = "authorization_code";
const REFRESH: &str = "refresh_token";

fn error(description: &str) -> TokenError {
    TokenError {
        status: 400,
        error: "invalid_grant".to_owned(),
        description: Some(description.to_owned()),
        uri: None,
        codes: Vec::new(),
        members: Vec::new(),
        server_time: None,
        retry_after_s: None,
    }
}

fn meant(grant_type: &str, text: &str) -> Vec<(Cause, Verdict)> {
    read(&error(text), text, grant_type)
}

/// Each text makes this cause likely.
fn mean(grant_type: &str, cause: Cause, texts: &[&str]) {
    for text in texts {
        let found = meant(grant_type, text);
        let first = found.first().copied();
        assert_eq!(first, Some((cause, Verdict::Likely)), "{text}");
    }
}

#[test]
fn a_code_that_was_used_is_told_in_many_words() {
    mean(
        CODE,
        Cause::CodeReused,
        &[
            "code is spent",
            "This code has already been swapped for tokens",
            "A code can only be exchanged once",
            "Code replay detected",
            "Le code a déjà été utilisé",
            "Der Code wurde bereits verwendet",
            "授权码已被使用",
        ],
    );
}

#[test]
fn a_code_that_expired_is_told_in_many_words() {
    mean(
        CODE,
        Cause::CodeExpired,
        &[
            "The lifetime of the authorization code has elapsed",
            "Ce code a expiré",
            "El código ha caducado",
            "O código de autorização expirou",
            "認可コードの有効期限が切れています",
        ],
    );
}

#[test]
fn what_is_said_of_verifier_redirect_uri_and_client_is_not_said_of_the_code() {
    mean(
        CODE,
        Cause::PkceVerifierMismatch,
        &[
            "PKCE check failed",
            "code_verifier did not satisfy the code_challenge",
        ],
    );
    mean(
        CODE,
        Cause::PkceVerifierMissing,
        &["This code needs a verifier", "no code_verifier provided"],
    );
    mean(
        CODE,
        Cause::PkceVerifierUnexpected,
        &["code_verifier was sent but no challenge is on record"],
    );
    mean(
        CODE,
        Cause::PkceVerifierMalformed,
        &["code_verifier must be 43-128 chars of [A-Za-z0-9-._~]"],
    );
    mean(
        CODE,
        Cause::RedirectUriMismatch,
        &[
            "redirection URI does not correspond",
            "L’URI de redirection ne correspond pas",
        ],
    );
    mean(
        CODE,
        Cause::RedirectUriMissing,
        &["redirect_uri has to be supplied"],
    );
    mean(
        CODE,
        Cause::CodeWrongClient,
        &[
            "code belongs to a client other than the caller",
            "El código pertenece a otro cliente.",
        ],
    );
    mean(
        CODE,
        Cause::CodeUnknown,
        &[
            "We have no record of this authorization code",
            "Code d’autorisation inconnu.",
        ],
    );
}

#[test]
fn a_refresh_token_is_told_of_by_the_same_words() {
    mean(
        REFRESH,
        Cause::RefreshRotated,
        &[
            "refresh token is spent",
            "Refresh token reuse detected; all sessions have been revoked",
        ],
    );
    mean(
        REFRESH,
        Cause::RefreshExpired,
        &["Le jeton de rafraîchissement a expiré"],
    );
    mean(
        REFRESH,
        Cause::RefreshRevoked,
        &[
            "The user has disconnected the app",
            "refresh_token was withdrawn",
        ],
    );
    mean(
        REFRESH,
        Cause::RefreshSessionEnded,
        &["Your session has ended. Please sign in again."],
    );
    mean(
        REFRESH,
        Cause::RefreshScopeExceeded,
        &["requested scope was not included in the original grant"],
    );
}

#[test]
fn a_text_with_alternatives_makes_nothing_likely() {
    for text in [
        "PKCE or redirect mismatch",
        "client/redirect mismatch",
        "El código no existe, ya se usó o caducó.",
        "The code may be used up or expired",
    ] {
        let found = meant(CODE, text);
        assert!(found.len() > 1, "{text}: {found:?}");
        assert!(
            found
                .iter()
                .all(|(_, verdict)| *verdict == Verdict::Possible),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn what_is_denied_is_not_said() {
    for text in [
        "The code is not expired",
        "The code has never been used",
        "code has not yet expired",
    ] {
        assert_eq!(meant(CODE, text), [], "{text}");
    }
}

#[test]
fn what_is_about_something_else_says_nothing() {
    for text in [
        "Your password has expired",
        "The signature does not match",
        "Something went wrong",
        "Bad Request",
        "",
    ] {
        assert_eq!(meant(CODE, text), [], "{text}");
    }
    assert_eq!(meant("client_credentials", "code is spent"), []);
    let page = "the code expired ".repeat(100);
    assert_eq!(meant(CODE, &page), [], "a page is no statement");
}

#[test]
fn what_is_said_of_the_user_or_the_client_holds_for_every_grant() {
    for (text, cause) in [
        (
            "Your account was suspended by an administrator",
            Cause::UserBlocked,
        ),
        ("User is frozen", Cause::UserBlocked),
        (
            "Please sign in again to continue",
            Cause::UserInteractionRequired,
        ),
        (
            "consent has not been granted",
            Cause::UserInteractionRequired,
        ),
        (
            "The client secret has expired",
            Cause::ClientCredentialsWrong,
        ),
        (
            "This application has been archived",
            Cause::ClientNotAllowed,
        ),
        (
            "There is no record of this app",
            Cause::ClientCredentialsWrong,
        ),
        ("Invalid app", Cause::ClientCredentialsWrong),
    ] {
        for grant_type in [CODE, REFRESH, "password"] {
            let found = meant(grant_type, text);
            assert_eq!(found, [(cause, Verdict::Likely)], "{grant_type}: {text}");
        }
    }
}

#[test]
fn what_is_wrong_with_an_assertion_is_told_by_what_is_named() {
    let grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    for (text, cause) in [
        (
            "JWKS has no matching entry",
            Cause::AssertionSignatureInvalid,
        ),
        (
            "iss claim is not one of ours",
            Cause::AssertionAudienceMismatch,
        ),
        ("The JWT is from the future", Cause::AssertionTimeInvalid),
        ("JWT was already consumed", Cause::AssertionReplayed),
        (
            "We do not know this member: no record",
            Cause::AssertionSubjectInvalid,
        ),
    ] {
        assert_eq!(
            meant(grant_type, text),
            [(cause, Verdict::Likely)],
            "{text}"
        );
    }
}

#[test]
fn a_device_code_and_a_password_have_one_fault_each() {
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let found = meant(device, "The device code was redeemed");
    assert_eq!(found, [(Cause::DeviceCodeExpired, Verdict::Likely)]);
    let found = meant("password", "We have no record of this username");
    assert_eq!(found, [(Cause::UserCredentialsWrong, Verdict::Likely)]);
}

#[test]
fn an_error_code_of_the_servers_own_is_read_where_nothing_else_is_said() {
    let code = |code: &str| TokenError {
        error: code.to_owned(),
        description: None,
        ..error("")
    };
    assert_eq!(
        read(&code("code_was_redeemed"), "", CODE),
        [(Cause::CodeReused, Verdict::Likely)]
    );
    assert_eq!(read(&code("invalid_grant"), "", CODE), []);
}

#[test]
fn of_what_is_only_no_good_nothing_is_likely() {
    let found = meant(REFRESH, "BAD_REFRESH_TOKEN");
    assert_eq!(
        found.first(),
        Some(&(Cause::RefreshRotated, Verdict::Possible))
    );
    assert_eq!(found.len(), 4);
}
