//! Readings of the exchanges of two clients with one server.

use grantscope_correlation::{Correlator, Event, Server};
use grantscope_oauth::{
    AuthorizationRequest, AuthorizationResponse, AuthorizationServerMetadata, Client,
    ClientAuthentication, CodeChallenge, CodeChallengeMethod, EndSessionRequest, ExchangeId,
    Fingerprint, FingerprintKey, Grant, PushedAuthorizationResponse, Reading, RedirectUri,
    RequestMessage, ResponseMessage, ResponseMode, RevocationRequest, TokenError, TokenRequest,
    TokenResponse,
};
use jiff::{SignedDuration, Timestamp};

const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

pub(crate) const ORIGIN: &str = "https://idp.example";
pub(crate) const TOKEN_ENDPOINT: &str = "https://idp.example/token";

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn secret(text: &str) -> Fingerprint {
    KEY.read(text)
}

pub(crate) fn redirect_uri(client: &str) -> RedirectUri {
    RedirectUri(format!("https://{client}.example/callback"))
}

pub(crate) fn server() -> Server {
    Server {
        issuer: None,
        origin: ORIGIN.to_owned(),
        token_endpoint: TOKEN_ENDPOINT.to_owned(),
    }
}

/// A ledger that observed these exchanges to their end, in this order.
pub(crate) fn observed(readings: &[Reading]) -> Correlator {
    let ledger = Correlator::default();
    for reading in readings {
        ledger.observe(Event::Finished(reading.clone()));
    }
    ledger
}

/// A request as it was when it was sent.
pub(crate) fn without_answer(reading: &Reading) -> Reading {
    Reading {
        answered_at: None,
        location: None,
        agent: None,
        status: None,
        response: None,
        ..reading.clone()
    }
}

fn reading(id: u64, second: i64, endpoint: &str, request: RequestMessage) -> Reading {
    Reading {
        exchange: ExchangeId(id),
        started_at: at(second),
        sent_at: at(second),
        answered_at: None,
        method: "POST".to_owned(),
        endpoint: endpoint.to_owned(),
        url: KEY.digest(&format!("{endpoint}?{id}")),
        location: None,
        agent: None,
        marks: Vec::new(),
        status: None,
        request,
        response: None,
        malformations: Vec::new(),
    }
}

/// The same reading with an answer, which came this many seconds after the request.
pub(crate) fn answered(
    reading: Reading,
    seconds: i64,
    status: u16,
    response: ResponseMessage,
) -> Reading {
    Reading {
        answered_at: Some(reading.sent_at + SignedDuration::from_secs(seconds)),
        status: Some(status),
        response: Some(response),
        ..reading
    }
}

/// An answer that redirects to another request.
pub(crate) fn leading_to(from: Reading, to: &Reading) -> Reading {
    Reading {
        location: Some(to.url),
        ..answered(from, 0, 302, ResponseMessage::Other)
    }
}

fn challenge(verifier: &str) -> CodeChallenge {
    let method = CodeChallengeMethod::Plain;
    let value = secret(verifier);
    CodeChallenge { value, method }
}

fn request(client: &str, state: Option<&str>, verifier: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        endpoint: format!("{ORIGIN}/authorize"),
        client_id: Some(client.to_owned()),
        response_type: Some("code".to_owned()),
        redirect_uri: Some(redirect_uri(client)),
        state: state.map(secret),
        code_challenge: Some(challenge(verifier)),
        ..AuthorizationRequest::default()
    }
}

pub(crate) fn authorize(
    id: u64,
    second: i64,
    client: &str,
    state: Option<&str>,
    verifier: &str,
) -> Reading {
    let request = request(client, state, verifier);
    let endpoint = request.endpoint.clone();
    let message = RequestMessage::Authorization(request);
    let page = reading(id, second, &endpoint, message);
    answered(page, 0, 200, ResponseMessage::Other)
}

/// A pushed authorization request (RFC 9126) and its answer.
pub(crate) fn push(id: u64, second: i64, client: &str, state: &str, uri: &str) -> Reading {
    let request = request(client, Some(state), "pushed");
    let message = RequestMessage::PushedAuthorization(request, client_of(client));
    let response = ResponseMessage::PushedAuthorization(PushedAuthorizationResponse {
        request_uri: secret(uri),
        expires_in_s: Some(60),
    });
    let pushing = reading(id, second, "https://idp.example/par", message);
    answered(pushing, 0, 201, response)
}

/// The authorization request that refers to a pushed one.
pub(crate) fn authorize_pushed(id: u64, second: i64, client: &str, uri: &str) -> Reading {
    let request = AuthorizationRequest {
        endpoint: format!("{ORIGIN}/authorize"),
        client_id: Some(client.to_owned()),
        request_uri: Some(secret(uri)),
        ..AuthorizationRequest::default()
    };
    let endpoint = request.endpoint.clone();
    let page = reading(
        id,
        second,
        &endpoint,
        RequestMessage::Authorization(request),
    );
    answered(page, 0, 200, ResponseMessage::Other)
}

fn response(client: &str, code: &str, state: Option<&str>) -> AuthorizationResponse {
    AuthorizationResponse {
        redirect_uri: redirect_uri(client),
        mode: ResponseMode::Query,
        code: Some(secret(code)),
        state: state.map(secret),
        iss: None,
        error: None,
        error_description: None,
    }
}

/// The answer to a login form, which carries the authorization response.
pub(crate) fn log_in(
    id: u64,
    second: i64,
    client: &str,
    code: &str,
    state: Option<&str>,
) -> Reading {
    let form = reading(
        id,
        second,
        "https://idp.example/login",
        RequestMessage::Other,
    );
    issuing(form, client, code, state)
}

/// The same exchange, answered by an authorization response.
pub(crate) fn issuing(asked: Reading, client: &str, code: &str, state: Option<&str>) -> Reading {
    let message = ResponseMessage::Authorization(response(client, code, state));
    answered(asked, 0, 302, message)
}

pub(crate) fn call_back(
    id: u64,
    second: i64,
    client: &str,
    code: &str,
    state: Option<&str>,
) -> Reading {
    let message = RequestMessage::Callback(response(client, code, state));
    let endpoint = redirect_uri(client).0;
    let arrival = reading(id, second, &endpoint, message);
    answered(arrival, 0, 200, ResponseMessage::Other)
}

fn client_of(client: &str) -> Client {
    Client {
        id: Some(client.to_owned()),
        authentication: ClientAuthentication::SecretPost(secret(&format!("{client}-secret"))),
    }
}

fn present(id: u64, second: i64, client: &str, grant: Grant) -> Reading {
    let message = RequestMessage::Token(TokenRequest {
        endpoint: TOKEN_ENDPOINT.to_owned(),
        called_as: None,
        grant,
        client: client_of(client),
        scope: None,
        resource: Vec::new(),
        dpop: None,
        secrets_in_query: Vec::new(),
    });
    reading(id, second, TOKEN_ENDPOINT, message)
}

pub(crate) fn redeem(id: u64, second: i64, client: &str, code: &str) -> Reading {
    let grant = Grant::AuthorizationCode {
        code: Some(secret(code)),
        redirect_uri: Some(redirect_uri(client)),
        code_verifier: None,
    };
    present(id, second, client, grant)
}

pub(crate) fn refresh(id: u64, second: i64, client: &str, token: &str) -> Reading {
    let refresh_token = Some(secret(token));
    present(id, second, client, Grant::RefreshToken { refresh_token })
}

/// Granted, with this refresh token and an access token that is named after it.
pub(crate) fn granted(presentation: Reading, seconds: i64, refresh_token: &str) -> Reading {
    let tokens = TokenResponse {
        access_token: Some(secret(&format!("access to {refresh_token}"))),
        id_token: Some(secret(&format!("id beside {refresh_token}"))),
        refresh_token: Some(secret(refresh_token)),
        ..TokenResponse::default()
    };
    answered(presentation, seconds, 200, ResponseMessage::Token(tokens))
}

pub(crate) fn refused(presentation: Reading, seconds: i64) -> Reading {
    let error = TokenError {
        status: 400,
        error: "invalid_grant".to_owned(),
        description: None,
        uri: None,
        codes: Vec::new(),
        members: Vec::new(),
        server_time: None,
        retry_after_s: None,
    };
    answered(presentation, seconds, 400, ResponseMessage::Error(error))
}

pub(crate) fn revoke(id: u64, second: i64, client: &str, token: &str) -> Reading {
    let endpoint = format!("{ORIGIN}/revoke");
    let message = RequestMessage::Revocation(RevocationRequest {
        endpoint: endpoint.clone(),
        token: secret(token),
        token_type_hint: None,
        client: client_of(client),
    });
    let asked = reading(id, second, &endpoint, message);
    answered(asked, 0, 200, ResponseMessage::Other)
}

pub(crate) fn log_out(
    id: u64,
    second: i64,
    origin: &str,
    id_token: Option<&str>,
    status: u16,
) -> Reading {
    let endpoint = format!("{origin}/logout");
    let message = RequestMessage::EndSession(EndSessionRequest {
        endpoint: endpoint.clone(),
        client_id: None,
        id_token_hint: id_token.map(secret),
        refresh_token: None,
    });
    let asked = reading(id, second, &endpoint, message);
    answered(asked, 0, status, ResponseMessage::Other)
}

pub(crate) fn describe(id: u64, second: i64, issuer: &str) -> Reading {
    let metadata = AuthorizationServerMetadata {
        issuer: issuer.to_owned(),
        token_endpoint: Some(TOKEN_ENDPOINT.to_owned()),
        ..AuthorizationServerMetadata::default()
    };
    let endpoint = "https://idp.example/.well-known/openid-configuration";
    let asked = reading(id, second, endpoint, RequestMessage::Metadata);
    answered(asked, 0, 200, ResponseMessage::Metadata(metadata))
}
