//! What matters on a message: the parameters by which grants are lost, with fingerprints where they are secret.

use grantscope_oauth::{
    AuthorizationRequest, AuthorizationResponse, Grant, Reading, RequestMessage, ResponseMessage,
    TokenRequest, TokenResponse,
};

/// A parameter and its value.
pub type Fact = (&'static str, String);

/// The facts of a request.
pub(super) fn of_request(reading: &Reading) -> Vec<Fact> {
    let facts = match &reading.request {
        RequestMessage::Authorization(request) => of_authorization(request),
        RequestMessage::PushedAuthorization(request, client) => {
            let mut facts = of_authorization(request);
            facts.push(method(client.authentication.method()));
            facts
        }
        RequestMessage::Callback(response) => of_callback(response),
        RequestMessage::Token(request) => of_token(request),
        _ => Vec::new(),
    };
    present(facts)
}

/// The facts of a response.
pub(super) fn of_response(reading: &Reading) -> Vec<Fact> {
    let Some(response) = &reading.response else {
        return Vec::new();
    };
    let facts = match response {
        ResponseMessage::Authorization(response) => vec![
            ("redirect_uri", Some(response.redirect_uri.0.clone())),
            ("error_description", response.error_description.clone()),
        ],
        ResponseMessage::Error(error) => {
            vec![("error_description", error.description.clone())]
        }
        ResponseMessage::Token(tokens) => of_tokens(tokens),
        ResponseMessage::DeviceAuthorization(response) => {
            vec![("expires_in", response.expires_in_s.map(seconds))]
        }
        ResponseMessage::PushedAuthorization(response) => {
            vec![("expires_in", response.expires_in_s.map(seconds))]
        }
        _ => Vec::new(),
    };
    present(facts)
}

type Unsure = (&'static str, Option<String>);

fn present(facts: Vec<Unsure>) -> Vec<Fact> {
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn of_authorization(request: &AuthorizationRequest) -> Vec<Unsure> {
    let uri = request.redirect_uri.as_ref().map(|uri| uri.0.clone());
    let challenge = request.code_challenge.as_ref();
    vec![
        ("client_id", request.client_id.clone()),
        ("redirect_uri", uri),
        (
            "code_challenge_method",
            challenge.map(|it| it.method.to_string()),
        ),
        ("scope", request.scope.clone()),
        (
            "request_uri",
            request.request_uri.as_ref().map(|it| it.named("par")),
        ),
    ]
}

fn of_callback(response: &AuthorizationResponse) -> Vec<Unsure> {
    let state = response.state.as_ref().map(|it| it.named("state"));
    vec![
        ("state", state),
        ("iss", response.iss.clone()),
        ("error_description", response.error_description.clone()),
    ]
}

fn of_token(request: &TokenRequest) -> Vec<Unsure> {
    let (uri, verifier) = match &request.grant {
        Grant::AuthorizationCode {
            redirect_uri,
            code_verifier,
            ..
        } => (redirect_uri.as_ref(), code_verifier.as_ref()),
        _ => (None, None),
    };
    vec![
        ("client_id", request.client.id.clone()),
        ("redirect_uri", uri.map(|uri| uri.0.clone())),
        ("code_verifier", verifier.map(|it| it.named("verifier"))),
        method(request.client.authentication.method()),
        ("scope", request.scope.clone()),
    ]
}

fn of_tokens(tokens: &TokenResponse) -> Vec<Unsure> {
    let access = tokens.access_token.as_ref();
    vec![
        ("access_token", access.map(|it| it.named("access"))),
        ("expires_in", tokens.expires_in_s.map(seconds)),
        (
            "refresh_expires_in",
            tokens.refresh_expires_in_s.map(seconds),
        ),
        ("scope", tokens.scope.clone()),
    ]
}

fn method(name: &str) -> Unsure {
    ("authentication", Some(name.to_owned()))
}

fn seconds(count: u64) -> String {
    format!("{count} s")
}
