//! What an exchange is found again by, apart from its secrets.

use grantscope_oauth::{
    AuthorizationRequest, Digest, Reading, RedirectUri, RequestMessage, ResponseMessage,
};

/// A key that exchanges share.
///
/// All keys of a reading come from [`keys`], so that what is indexed by one is also taken out by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The token requests of a client at a server.
    Client {
        /// Scheme and authority of the token endpoint.
        origin: String,
        /// `client_id`, empty where there is none.
        client_id: String,
    },
    /// The authorization requests of a client, pushed ones among them.
    AuthorizingClient(String),
    /// The authorization requests of all clients.
    Authorizing,
    /// The authorization requests for a redirection URI, and the responses to it.
    Redirect(RedirectUri),
    /// The metadata that name a token endpoint.
    TokenEndpoint(String),
    /// The logouts that a server of this origin did not refuse.
    Logout(String),
    /// The refusals of a grant.
    RefusedGrant(Digest),
    /// The authorization responses whose code is not known as it was sent: it was taken out of the capture, or shortened.
    HiddenCode,
}

/// All keys of a reading.
pub(crate) fn keys(reading: &Reading) -> impl Iterator<Item = Key> {
    of_request(reading)
        .into_iter()
        .chain(authorization_of(reading).map(|_| Key::Authorizing))
        .chain(asked_redirect(reading))
        .chain(of_response(reading))
        .chain(has_hidden_code(reading).then_some(Key::HiddenCode))
}

/// Whether it holds an authorization response whose code is not known as it was sent.
pub(crate) fn has_hidden_code(reading: &Reading) -> bool {
    let received = match &reading.request {
        RequestMessage::Callback(response) => response.code.as_ref(),
        _ => None,
    };
    let issued = match &reading.response {
        Some(ResponseMessage::Authorization(response)) => response.code.as_ref(),
        _ => None,
    };
    [received, issued]
        .into_iter()
        .flatten()
        .any(|code| !code.is_whole())
}

fn of_request(reading: &Reading) -> Option<Key> {
    match &reading.request {
        RequestMessage::Token(request) => Some(Key::Client {
            origin: origin_of(&request.endpoint).to_owned(),
            client_id: request.client.id.clone().unwrap_or_default(),
        }),
        RequestMessage::EndSession(request) if is_accepted(reading) => {
            Some(Key::Logout(origin_of(&request.endpoint).to_owned()))
        }
        _ => {
            let client_id = authorization_of(reading)?.client_id.clone();
            Some(Key::AuthorizingClient(client_id.unwrap_or_default()))
        }
    }
}

fn asked_redirect(reading: &Reading) -> Option<Key> {
    let uri = authorization_of(reading)?.redirect_uri.clone();
    uri.map(Key::Redirect)
}

fn of_response(reading: &Reading) -> Option<Key> {
    match &reading.response {
        Some(ResponseMessage::Authorization(response)) => {
            Some(Key::Redirect(response.redirect_uri.clone()))
        }
        Some(ResponseMessage::Metadata(metadata)) => {
            metadata.token_endpoint.clone().map(Key::TokenEndpoint)
        }
        Some(ResponseMessage::Error(_)) => refused_grant(reading).map(Key::RefusedGrant),
        _ => None,
    }
}

fn refused_grant(reading: &Reading) -> Option<Digest> {
    match &reading.request {
        RequestMessage::Token(request) => Some(request.grant.secret()?.digest),
        _ => None,
    }
}

fn is_accepted(reading: &Reading) -> bool {
    reading
        .status
        .is_some_and(|status| (200..400).contains(&status))
}

fn authorization_of(reading: &Reading) -> Option<&AuthorizationRequest> {
    match &reading.request {
        RequestMessage::Authorization(request)
        | RequestMessage::PushedAuthorization(request, _) => Some(request),
        _ => None,
    }
}

/// Scheme and authority of an endpoint.
pub(crate) fn origin_of(endpoint: &str) -> &str {
    let start = endpoint.find("://").map_or(0, |at| at + 3);
    endpoint[start..]
        .find('/')
        .map_or(endpoint, |end| &endpoint[..start + end])
}
