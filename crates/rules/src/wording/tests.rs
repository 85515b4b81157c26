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
    read(&error(text), grant_type)
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
        "The client secret has expired",
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
