//! The authorization endpoint: what is asked, and the response where it is issued and where it arrives.

use super::Asked;
use super::form_post::hidden_form_of;
use super::location::resolved;
use super::notes::Notes;
use super::params::{Param, Params, Source};
use super::presented::in_params;
use super::scrub::Scrub;
use crate::authorize::{
    AuthorizationRequest, AuthorizationResponse, PushedAuthorizationResponse, ResponseMode,
};
use crate::exchange::{RequestUrl, Response};
use crate::fingerprint::FingerprintKey;
use crate::pkce::{CodeChallenge, CodeChallengeMethod};
use crate::redirect_uri::RedirectUri;

/// Reads an authorization request, or one that is pushed.
pub(super) fn request(asked: &Asked<'_>) -> AuthorizationRequest {
    let outer = &asked.params;
    let object = request_object(outer);
    // RFC 9101 §5: the request object's parameters are the ones that count.
    let params = &object.clone().unwrap_or_default().and(outer.clone());
    let secret = |name| params.secret(name, asked.key);
    AuthorizationRequest {
        endpoint: asked.request.url.endpoint().to_owned(),
        client_id: params.unmasked("client_id").map(str::to_owned),
        response_type: params.text("response_type"),
        response_mode: params.text("response_mode"),
        redirect_uri: params.text("redirect_uri").map(RedirectUri),
        scope: params.text("scope"),
        state: secret("state"),
        nonce: secret("nonce"),
        code_challenge: secret("code_challenge").map(|value| CodeChallenge {
            value,
            method: CodeChallengeMethod::read(params.first("code_challenge_method")),
        }),
        request_uri: outer.secret("request_uri", asked.key),
        request_object: outer.has("request"),
        resource: params.texts("resource"),
        dpop_jkt: params.text("dpop_jkt"),
    }
}

/// The claims of `request` (RFC 9101 §4); `None` where there is none, or where it is encrypted.
fn request_object(params: &Params) -> Option<Params> {
    let claims = crate::jwt::claims(params.first("request")?)?;
    let members: Vec<_> = claims.as_object()?.clone().into_iter().collect();
    Some(Params::json(&members, Source::RequestObject))
}

/// Reads the answer of the pushed authorization request endpoint (RFC 9126 §2.2).
pub(super) fn pushed(
    params: &Params,
    key: &FingerprintKey,
    notes: &mut Notes,
) -> Option<PushedAuthorizationResponse> {
    Some(PushedAuthorizationResponse {
        request_uri: key.read(params.filled("request_uri")?),
        expires_in_s: super::token::seconds(params, &["expires_in"], notes),
    })
}

/// Parameters of an authorization response, which are no part of the redirection URI that they are added to.
///
/// RFC 6749 §4.1.2, §4.2.2; RFC 9207 §2; OpenID Connect Session Management §2; JARM §2.3; and what single servers add.
const OF_RESPONSE: [&str; 17] = [
    "access_token",
    "authuser",
    "code",
    "error",
    "error_description",
    "error_reason",
    "error_uri",
    "expires_in",
    "hd",
    "id_token",
    "iss",
    "prompt",
    "response",
    "scope",
    "session_state",
    "state",
    "token_type",
];

/// An authorization response that a URL or a form may be.
pub(super) struct Candidate {
    target: RequestUrl,
    mode: ResponseMode,
    params: Params,
}

impl Candidate {
    /// What a URL carries, in its fragment or in its query.
    pub(super) fn of_url(url: &RequestUrl, notes: &mut Notes) -> Self {
        let mut read = |text: Option<&str>, source| {
            text.map(|text| Params::encoded(text, source, notes))
                .unwrap_or_default()
        };
        let fragment = read(url.fragment(), Source::Fragment);
        let (mode, params) = if fragment.any(&CARRIES) {
            (ResponseMode::Fragment, fragment)
        } else {
            (ResponseMode::Query, read(url.query(), Source::Query))
        };
        Self {
            target: url.clone(),
            mode,
            params,
        }
    }

    /// What a page posts by itself.
    pub(super) fn of_page(base: &RequestUrl, response: &Response) -> Option<Self> {
        let is_page = response.headers.media_type().as_deref() == Some("text/html");
        let form = is_page.then(|| hidden_form_of(&response.body))??;
        Some(Self {
            target: resolved(base, &form.action),
            mode: ResponseMode::FormPost,
            params: Params::decoded(form.inputs, Source::Form),
        })
    }

    /// What a form post to the redirection endpoint carries.
    pub(super) fn of_post(url: &RequestUrl, params: &Params) -> Self {
        Self {
            target: url.clone(),
            mode: ResponseMode::FormPost,
            params: params.clone(),
        }
    }

    /// Where it is sent: the target without what the response added, and otherwise as sent.
    pub(super) fn redirect_uri(&self) -> RedirectUri {
        let endpoint = self.target.endpoint();
        let kept = match (self.mode, self.target.query()) {
            (ResponseMode::Query, Some(query)) => without_response(query),
            (_, Some(query)) => Some(query.to_owned()),
            (_, None) => None,
        };
        RedirectUri(match kept {
            Some(query) => format!("{endpoint}?{query}"),
            None => endpoint.to_owned(),
        })
    }

    /// Whether it carries what a response does.
    pub(super) fn carries_anything(&self) -> bool {
        self.params.any(&CARRIES)
    }

    /// Whether it is a response by itself, wherever it is sent: it has what only a client puts there.
    pub(super) fn speaks_for_itself(&self) -> bool {
        self.carries_anything() && self.params.any(&["state", "iss", "session_state"])
    }

    pub(super) fn is_error(&self) -> bool {
        self.params.has("error")
    }

    pub(super) fn target(&self) -> &RequestUrl {
        &self.target
    }

    pub(super) fn into_response(
        self,
        key: &FingerprintKey,
        notes: &mut Notes,
    ) -> AuthorizationResponse {
        self.params.note_departures(notes);
        // JARM: the parameters are the claims of a JWT.
        let inner = self.params.first("response").and_then(crate::jwt::claims);
        let inner: Vec<_> = inner
            .and_then(|claims| claims.as_object().cloned())
            .into_iter()
            .flatten()
            .collect();
        let params = Params::json(&inner, Source::Json).and(self.params.clone());
        AuthorizationResponse {
            redirect_uri: self.redirect_uri(),
            mode: self.mode,
            code: params.secret("code", key),
            state: params.secret("state", key),
            iss: params.text("iss"),
            error: params.text("error"),
            error_description: params
                .first("error_description")
                .map(|text| Scrub::of(in_params(&params), key).text(text)),
        }
    }
}

/// One of these is in every authorization response.
const CARRIES: [&str; 5] = ["code", "error", "id_token", "access_token", "response"];

/// The pairs of a query that the response did not add, as they were sent; `None` where nothing else was there.
fn without_response(query: &str) -> Option<String> {
    let added = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        OF_RESPONSE.contains(&name)
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !added(pair)).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// Whether a parameter was sent in the content rather than in the URL.
pub(super) fn in_content(param: &Param) -> bool {
    matches!(param.source, Source::Form | Source::Json)
}
