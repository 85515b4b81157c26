//! A login as a list of messages, each with the fields that mean something.

use std::time::Duration;

use grantscope_oauth::{
    AuthorizationResponse, Client, ExchangeId, Grant, Reading, Request, RequestMessage,
    ResponseMessage, TokenError, TokenResponse,
};
use jiff::Timestamp;

use super::field::{Field, some};
use crate::message::{Message, named};

/// A message of a login.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What it is. Messages of one name are compared with each other.
    pub(super) name: String,
    /// The exchange that it belongs to.
    pub(super) exchange: ExchangeId,
    /// When the request was sent, or the response complete.
    pub(super) at: Timestamp,
    /// What is in it.
    pub(super) fields: Vec<Field>,
    /// How old the grant was that it presents.
    pub(super) age: Option<Duration>,
    /// From which age on that may matter.
    pub(super) notable_age: Duration,
}

impl Step {
    fn new(name: impl Into<String>, reading: &Reading, at: Timestamp, fields: Vec<Field>) -> Self {
        let is_refresh = matches!(&reading.request, RequestMessage::Token(it) if matches!(it.grant, Grant::RefreshToken { .. }));
        Self {
            name: name.into(),
            exchange: reading.exchange,
            at,
            fields,
            age: None,
            notable_age: if is_refresh {
                REFRESH_TOKEN_AGE
            } else {
                CODE_AGE
            },
        }
    }

    /// The field at a place.
    pub(super) fn field(&self, place: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.place == place)
    }
}

/// Servers let codes live for half a minute at the least, and refresh tokens for an hour.
const CODE_AGE: Duration = Duration::from_secs(30);
const REFRESH_TOKEN_AGE: Duration = Duration::from_hours(1);

/// The messages of an exchange. A client that polls (RFC 8628 §3.5) says nothing new each time.
pub(super) fn steps(request: &Request, reading: &Reading) -> Vec<Step> {
    if matches!(&reading.response, Some(ResponseMessage::Error(error)) if error.is_step()) {
        return Vec::new();
    }
    let asked = asked(request, reading);
    let answered = reading.answered_at.and_then(|at| answered(reading, at));
    asked.into_iter().chain(answered).collect()
}

fn asked(request: &Request, reading: &Reading) -> Option<Step> {
    let (name, fields) = match &reading.request {
        RequestMessage::PushedAuthorization(_, client) => (
            "pushed authorization request".to_owned(),
            of_client(request, reading, client),
        ),
        RequestMessage::Authorization(_) => (
            "authorization request".to_owned(),
            [endpoint(reading)]
                .into_iter()
                .chain(parameters(request, &[]))
                .collect(),
        ),
        RequestMessage::Callback(response) => ("callback".to_owned(), of_response(response)),
        RequestMessage::DeviceAuthorization(asked) => (
            "device authorization request".to_owned(),
            of_client(request, reading, &asked.client),
        ),
        RequestMessage::Token(asked) => (
            format!("token request ({})", asked.grant),
            of_client(request, reading, &asked.client),
        ),
        _ => return None,
    };
    Some(Step::new(name, reading, reading.sent_at, fields))
}

fn endpoint(reading: &Reading) -> Field {
    Field::new(
        "endpoint",
        &format!("{} {}", reading.method, reading.endpoint),
    )
}

/// What says who the client is: compared as what it means, since it stands elsewhere for each method.
const OF_CLIENT: [&str; 5] = [
    "authorization",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
];

/// The fields of a request that the client sends itself.
fn of_client(request: &Request, reading: &Reading, client: &Client) -> Vec<Field> {
    let authentication = &client.authentication;
    let mut fields = vec![
        endpoint(reading),
        Field::new("client authentication", authentication.method()),
    ];
    fields.extend(client.id.as_ref().map(|id| Field::new("client_id", id)));
    fields.extend(authentication.secret().map(Field::constant));
    fields.extend(parameters(request, &OF_CLIENT));
    fields
}

/// Header fields that a server may judge a request by.
const TELLING_HEADERS: [&str; 4] = ["accept", "content-type", "dpop", "origin"];

/// Query, form and telling header fields, in the order of the request.
fn parameters(request: &Request, without: &[&str]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for part in Message::of_request(request).parts {
        let name = part.name.to_ascii_lowercase();
        let is_told = part.place != "header"
            || (!without.is_empty() && TELLING_HEADERS.contains(&name.as_str()));
        if !is_told || without.contains(&name.as_str()) {
            continue;
        }
        let place = format!("{} {}", part.place, named(&part.name));
        let same = fields
            .iter()
            .filter(|it| it.place.starts_with(&place))
            .count();
        let place = match same {
            0 => place,
            _ => format!("{place} ({})", same + 1),
        };
        fields.push(Field::new(place, &part.value));
    }
    fields
}

fn of_response(response: &AuthorizationResponse) -> Vec<Field> {
    let mut fields = vec![
        Field::new("redirect_uri", response.redirect_uri.as_str()),
        Field::new("response mode", &format!("{:?}", response.mode)),
    ];
    fields.extend(
        response
            .code
            .as_ref()
            .map(|it| Field::secret("code", "code", it)),
    );
    fields.extend(
        response
            .state
            .as_ref()
            .map(|it| Field::secret("state", "state", it)),
    );
    let texts = [
        ("iss", &response.iss),
        ("error", &response.error),
        ("error_description", &response.error_description),
    ];
    fields.extend(some(texts));
    fields
}

fn answered(reading: &Reading, at: Timestamp) -> Option<Step> {
    let status = reading.status.unwrap_or_default();
    let (name, fields) = match reading.response.as_ref()? {
        ResponseMessage::Authorization(response) => {
            ("authorization response".to_owned(), of_response(response))
        }
        ResponseMessage::PushedAuthorization(response) => {
            let uri = Field::secret("request_uri", "request-uri", &response.request_uri);
            ("pushed authorization response".to_owned(), vec![uri])
        }
        ResponseMessage::DeviceAuthorization(response) => {
            let code = Field::secret("device_code", "device-code", &response.device_code);
            ("device authorization response".to_owned(), vec![code])
        }
        ResponseMessage::Token(tokens) => (answer_to(reading)?, of_tokens(status, tokens)),
        ResponseMessage::Error(error) => (answer_to(reading)?, of_error(error)),
        _ => return None,
    };
    Some(Step::new(name, reading, at, fields))
}

/// One name for tokens and for a refusal, so that they are compared.
fn answer_to(reading: &Reading) -> Option<String> {
    Some(match &reading.request {
        RequestMessage::Token(asked) => format!("token response ({})", asked.grant),
        RequestMessage::PushedAuthorization(..) => "pushed authorization response".to_owned(),
        RequestMessage::DeviceAuthorization(_) => "device authorization response".to_owned(),
        _ => return None,
    })
}

fn of_tokens(status: u16, tokens: &TokenResponse) -> Vec<Field> {
    let mut fields = vec![Field::new(ANSWER, &format!("{status} tokens"))];
    let secrets = [
        ("access_token", "access", &tokens.access_token),
        ("refresh_token", "refresh", &tokens.refresh_token),
        ("id_token", "id-token", &tokens.id_token),
    ];
    for (place, kind, secret) in secrets {
        let Some(secret) = secret else { continue };
        let mut field = Field::secret(place, kind, secret);
        // Two tokens with the same claims are equal by chance. Whether a refresh token is a new one means something.
        if kind != "refresh" {
            field.nonces.clear();
        }
        fields.push(field);
    }
    let seconds = |of: Option<u64>| of.map(|seconds| seconds.to_string());
    fields.extend(some([
        ("token_type", &tokens.token_type),
        ("expires_in", &seconds(tokens.expires_in_s)),
        ("scope", &tokens.scope),
    ]));
    fields
}

/// Where it is told whether a request was granted. Behind another answer nothing more is compared.
pub(super) const ANSWER: &str = "answer";

fn of_error(error: &TokenError) -> Vec<Field> {
    let mut fields = vec![Field::new(
        ANSWER,
        &format!("{} {}", error.status, error.error),
    )];
    fields.extend(some([("error_description", &error.description)]));
    fields
}
