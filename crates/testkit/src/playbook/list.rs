//! The plays, in the order in which the demo plays them.

use super::{Expected, Play, client, code, device, healthy, pkce, redirect_uri, refresh};

/// All plays.
pub fn plays() -> &'static [Play] {
    PLAYS
}

const fn refused(cause: &'static str) -> Expected {
    Expected::Refused { cause }
}

const PLAYS: &[Play] = &[
    Play {
        name: "login-and-refresh",
        title: "A login with PKCE, and a refresh that rotates the token",
        expected: Expected::Healthy,
        script: |context| Box::pin(healthy::login_and_refresh(context)),
    },
    Play {
        name: "client-credentials",
        title: "A service obtains a token for itself",
        expected: Expected::Healthy,
        script: |context| Box::pin(healthy::client_credentials(context)),
    },
    Play {
        name: "pushed-login",
        title: "The app pushes its authorization request before the login",
        expected: Expected::Healthy,
        script: |context| Box::pin(healthy::pushed_login(context)),
    },
    Play {
        name: "device-login",
        title: "A television is connected from a phone",
        expected: Expected::Healthy,
        script: |context| Box::pin(device::connected(context)),
    },
    Play {
        name: "callback-reloaded",
        title: "The user reloads the callback page",
        expected: refused("code-reused"),
        script: |context| Box::pin(code::reused(context)),
    },
    Play {
        name: "callback-twice-at-once",
        title: "Two replicas exchange one code at the same time",
        expected: refused("code-reused"),
        script: |context| Box::pin(code::reused_at_once(context)),
    },
    Play {
        name: "code-too-late",
        title: "The app exchanges the code after its lifetime",
        expected: refused("code-expired"),
        script: |context| Box::pin(code::expired(context)),
    },
    Play {
        name: "code-encoded-twice",
        title: "The app percent-encodes the code once more",
        expected: refused("code-altered"),
        script: |context| Box::pin(code::encoded_twice(context)),
    },
    Play {
        name: "code-of-another-client",
        title: "An app exchanges the code of another app",
        expected: refused("code-wrong-client"),
        script: |context| Box::pin(code::of_another_client(context)),
    },
    Play {
        name: "code-of-another-server",
        title: "The app logs in at one server and calls the token endpoint of another",
        expected: refused("code-wrong-server"),
        script: |context| Box::pin(code::of_another_server(context)),
    },
    Play {
        name: "code-from-nowhere",
        title: "The app exchanges a code that was left over from another environment",
        expected: refused("code-unknown"),
        script: |context| Box::pin(code::from_nowhere(context)),
    },
    Play {
        name: "redirect-uri-with-slash",
        title: "The token request's redirect_uri ends with a slash more",
        expected: refused("redirect-uri-mismatch"),
        script: |context| Box::pin(redirect_uri::with_slash(context)),
    },
    Play {
        name: "redirect-uri-left-out",
        title: "The token request has no redirect_uri",
        expected: refused("redirect-uri-missing"),
        script: |context| Box::pin(redirect_uri::left_out(context)),
    },
    Play {
        name: "verifier-of-another-tab",
        title: "The user logs in in two tabs, and the app mixes up their verifiers",
        expected: refused("pkce-verifier-mismatch"),
        script: |context| Box::pin(pkce::of_another_login(context)),
    },
    Play {
        name: "verifier-left-out",
        title: "The app sends a challenge and no verifier",
        expected: refused("pkce-verifier-missing"),
        script: |context| Box::pin(pkce::left_out(context)),
    },
    Play {
        name: "verifier-without-challenge",
        title: "The app sends a verifier and sent no challenge",
        expected: refused("pkce-verifier-unexpected"),
        script: |context| Box::pin(pkce::without_challenge(context)),
    },
    Play {
        name: "verifier-too-short",
        title: "The app invents verifiers of 16 characters",
        expected: refused("pkce-verifier-malformed"),
        script: |context| Box::pin(pkce::too_short(context)),
    },
    Play {
        name: "secret-wrong",
        title: "The app has an old secret",
        expected: refused("client-credentials-wrong"),
        script: |context| Box::pin(client::wrong_secret(context)),
    },
    Play {
        name: "secret-left-out",
        title: "The app is deployed without its secret",
        expected: refused("client-credentials-wrong"),
        script: |context| Box::pin(client::no_secret(context)),
    },
    Play {
        name: "grant-not-allowed",
        title: "The app asks for a grant type that it is not registered for",
        expected: refused("client-not-allowed"),
        script: |context| Box::pin(client::grant_not_allowed(context)),
    },
    Play {
        name: "password-wrong",
        title: "The user mistypes the password",
        expected: refused("user-credentials-wrong"),
        script: |context| Box::pin(client::wrong_password(context)),
    },
    Play {
        name: "refresh-token-used-again",
        title: "The app keeps the refresh token that was replaced",
        expected: refused("refresh-rotated"),
        script: |context| Box::pin(refresh::rotated(context)),
    },
    Play {
        name: "refresh-token-revoked",
        title: "The app revokes its refresh token and goes on using it",
        expected: refused("refresh-revoked"),
        script: |context| Box::pin(refresh::revoked(context)),
    },
    Play {
        name: "refresh-token-killed",
        title: "A code is replayed, which ends the tokens that came from it",
        expected: refused("refresh-revoked"),
        script: |context| Box::pin(refresh::killed_by_replay(context)),
    },
    Play {
        name: "refresh-token-too-late",
        title: "The app comes back after the lifetime of its refresh token",
        expected: refused("refresh-expired"),
        script: |context| Box::pin(refresh::expired(context)),
    },
    Play {
        name: "refresh-token-cut",
        title: "The app's database cuts the refresh token short",
        expected: refused("refresh-altered"),
        script: |context| Box::pin(refresh::cut(context)),
    },
    Play {
        name: "refresh-token-of-another-client",
        title: "An app uses the refresh token of another app",
        expected: refused("refresh-wrong-client"),
        script: |context| Box::pin(refresh::of_another_client(context)),
    },
    Play {
        name: "refresh-token-of-another-server",
        title: "The app uses the refresh token of one server at another",
        expected: refused("refresh-wrong-server"),
        script: |context| Box::pin(refresh::of_another_server(context)),
    },
    Play {
        name: "refresh-token-from-nowhere",
        title: "The app uses a refresh token that nobody saw issued",
        expected: refused("refresh-unknown"),
        script: |context| Box::pin(refresh::from_nowhere(context)),
    },
    Play {
        name: "refresh-token-for-more",
        title: "The app asks for a scope that the user did not grant",
        expected: refused("refresh-scope-exceeded"),
        script: |context| Box::pin(refresh::for_more(context)),
    },
    Play {
        name: "device-code-used-again",
        title: "A television polls once more after it has its tokens",
        expected: refused("device-code-expired"),
        script: |context| Box::pin(device::used_again(context)),
    },
];
