//! What a reading mentions: the digests under which the ledger finds it again.

use grantscope_oauth::{
    AuthorizationRequest, AuthorizationResponse, ClientAuthentication, Digest, ExchangeId,
    Fingerprint, Form, Reading, RequestMessage, ResponseMessage, TokenRequest, TokenResponse,
};

/// That a secret occurs in an exchange, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mention {
    /// The exchange in which it occurs.
    pub exchange: ExchangeId,
    /// What it is there.
    pub role: Role,
}

/// What a secret is in the exchange that mentions it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `state` of an authorization request.
    StateOfRequest,
    /// `nonce` of an authorization request.
    Nonce,
    /// `code_challenge` of an authorization request.
    Challenge,
    /// `request_uri` that the server issued (RFC 9126 §2.2).
    IssuedRequestUri,
    /// `request_uri` of an authorization request.
    PresentedRequestUri,
    /// `code` of an authorization response where the server sends it.
    IssuedCode,
    /// `code` of an authorization response where the client receives it.
    ReceivedCode,
    /// `state` of an authorization response.
    StateOfResponse,
    /// `code` of a token request.
    PresentedCode,
    /// `code_verifier` of a token request.
    Verifier,
    /// `refresh_token` of a token response.
    IssuedRefreshToken,
    /// `refresh_token` of a token request.
    PresentedRefreshToken,
    /// `access_token` of a token response.
    IssuedAccessToken,
    /// `id_token` of a token response.
    IssuedIdToken,
    /// `device_code` of a device authorization response.
    IssuedDeviceCode,
    /// `device_code`, an assertion or a subject token of a token request.
    PresentedGrant,
    /// The client's secret.
    ClientSecret,
    /// `token` of a revocation request.
    RevokedToken,
    /// `id_token_hint` or `refresh_token` of a logout.
    EndedSession,
    /// A usual alteration of a code that was issued.
    FormOfIssuedCode,
    /// A usual alteration of a refresh token that was issued.
    FormOfIssuedRefreshToken,
    /// The URL that a redirect leads to.
    Location,
}

impl Role {
    /// Whether the history explains why such a secret is unknown, so that it has to be remembered when it is forgotten.
    pub(crate) fn is_asked_for(self) -> bool {
        matches!(
            self,
            Self::StateOfRequest
                | Self::IssuedCode
                | Self::ReceivedCode
                | Self::PresentedCode
                | Self::FormOfIssuedCode
                | Self::IssuedRefreshToken
                | Self::PresentedRefreshToken
                | Self::FormOfIssuedRefreshToken
        )
    }
}

/// The alterations under which an issued secret is looked for when an unknown one is presented.
const INDEXED_FORMS: [Form; 11] = [
    Form::PercentDecoded,
    Form::PlusAsSpace,
    Form::Trimmed,
    Form::LowerCased,
    Form::Prefix8,
    Form::Prefix16,
    Form::Prefix32,
    Form::Prefix64,
    Form::Prefix128,
    Form::Prefix256,
    Form::Prefix512,
];

/// Calls `mention` for each secret of the reading.
///
/// What was taken out of the capture is not found again: all secrets may have got the same text in their place.
pub(crate) fn mentions(reading: &Reading, mut mention: impl FnMut(Digest, Role)) {
    let mention = &mut mention;
    if let Some(location) = reading.location {
        mention(location, Role::Location);
    }
    match &reading.request {
        RequestMessage::Authorization(request)
        | RequestMessage::PushedAuthorization(request, _) => {
            of_authorization_request(request, mention);
        }
        RequestMessage::Callback(response) => of_response(response, Role::ReceivedCode, mention),
        RequestMessage::Token(request) => of_token_request(request, mention),
        RequestMessage::Revocation(request) => {
            one(Some(&request.token), Role::RevokedToken, mention);
        }
        RequestMessage::EndSession(request) => {
            for token in [&request.id_token_hint, &request.refresh_token]
                .into_iter()
                .flatten()
            {
                one(Some(token), Role::EndedSession, mention);
            }
        }
        RequestMessage::Introspection(_)
        | RequestMessage::DeviceAuthorization(_)
        | RequestMessage::Metadata
        | RequestMessage::Other => {}
    }
    match &reading.response {
        Some(ResponseMessage::Authorization(response)) => {
            of_response(response, Role::IssuedCode, mention);
        }
        Some(ResponseMessage::PushedAuthorization(response)) => {
            one(Some(&response.request_uri), Role::IssuedRequestUri, mention);
        }
        Some(ResponseMessage::Token(response)) => of_token_response(response, mention),
        Some(ResponseMessage::DeviceAuthorization(response)) => {
            one(Some(&response.device_code), Role::IssuedDeviceCode, mention);
        }
        _ => {}
    }
}

fn of_authorization_request(
    request: &AuthorizationRequest,
    mention: &mut impl FnMut(Digest, Role),
) {
    let challenge = request
        .code_challenge
        .as_ref()
        .map(|challenge| &challenge.value);
    let roles = [
        (request.state.as_ref(), Role::StateOfRequest),
        (request.nonce.as_ref(), Role::Nonce),
        (challenge, Role::Challenge),
        (request.request_uri.as_ref(), Role::PresentedRequestUri),
    ];
    for (secret, role) in roles {
        one(secret, role, mention);
    }
}

fn of_response(
    response: &AuthorizationResponse,
    code: Role,
    mention: &mut impl FnMut(Digest, Role),
) {
    one(response.state.as_ref(), Role::StateOfResponse, mention);
    one(response.code.as_ref(), code, mention);
    if let Some(code) = response.code.as_ref().filter(|code| code.is_whole()) {
        forms(code, Role::FormOfIssuedCode, mention);
    }
}

fn of_token_request(request: &TokenRequest, mention: &mut impl FnMut(Digest, Role)) {
    use grantscope_oauth::Grant;
    let role = match &request.grant {
        Grant::AuthorizationCode { code_verifier, .. } => {
            one(code_verifier.as_ref(), Role::Verifier, mention);
            Role::PresentedCode
        }
        Grant::RefreshToken { .. } => Role::PresentedRefreshToken,
        _ => Role::PresentedGrant,
    };
    one(request.grant.secret(), role, mention);
    of_authentication(&request.client.authentication, mention);
}

fn of_authentication(
    authentication: &ClientAuthentication,
    mention: &mut impl FnMut(Digest, Role),
) {
    match authentication {
        ClientAuthentication::Several(several) => {
            for one in several {
                of_authentication(one, mention);
            }
        }
        single => one(single.secret(), Role::ClientSecret, mention),
    }
}

fn of_token_response(response: &TokenResponse, mention: &mut impl FnMut(Digest, Role)) {
    one(
        response.access_token.as_ref(),
        Role::IssuedAccessToken,
        mention,
    );
    one(response.id_token.as_ref(), Role::IssuedIdToken, mention);
    one(
        response.refresh_token.as_ref(),
        Role::IssuedRefreshToken,
        mention,
    );
    let token = response.refresh_token.as_ref();
    if let Some(token) = token.filter(|token| token.is_whole()) {
        forms(token, Role::FormOfIssuedRefreshToken, mention);
    }
}

fn one(secret: Option<&Fingerprint>, role: Role, mention: &mut impl FnMut(Digest, Role)) {
    if let Some(secret) = secret.filter(|secret| !secret.is_masked()) {
        mention(secret.digest, role);
    }
}

fn forms(secret: &Fingerprint, role: Role, mention: &mut impl FnMut(Digest, Role)) {
    mention(secret.digest, role);
    for form in INDEXED_FORMS {
        if let Some(digest) = secret.form(form) {
            mention(digest, role);
        }
    }
}

/// The digests under which a secret that resembles `presented` may be indexed, the most telling first.
pub(crate) fn keys_of_resembling(presented: &Fingerprint) -> impl Iterator<Item = Digest> {
    let forms = INDEXED_FORMS.iter().filter(|form| !is_prefix(**form));
    let prefixes = INDEXED_FORMS.iter().rev().filter(|form| is_prefix(**form));
    std::iter::once(presented.digest).chain(
        forms
            .chain(prefixes)
            .filter_map(|&form| presented.form(form)),
    )
}

fn is_prefix(form: Form) -> bool {
    form >= Form::Prefix8 && form <= Form::Prefix512
}
