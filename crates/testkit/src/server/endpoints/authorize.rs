//! The authorization endpoint (RFC 6749 §4.1.1, RFC 7636 §4.3). The user is logged in and consents at once.

use http::StatusCode;

use super::super::AuthorizationServer;
use super::super::call::{Call, Params};
use super::super::client::GrantType;
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};
use super::super::settings::{Pkce, PushedAuthorization};
use super::super::store::{Code, CodeChallenge};
use super::destination::Destination;
use crate::clock::after;
use crate::random::unguessable;

/// Who is logged in where the request has no `login_hint`.
const USER: &str = "alice";

impl AuthorizationServer {
    pub(super) fn authorize(&self, call: &Call) -> Reply {
        let request = call
            .params()
            .check_unique()
            .and_then(|()| self.requested(call.params()))
            .and_then(|params| Ok((self.destination(&params)?, params)));
        let (destination, params) = match request {
            Ok(request) => request,
            Err(error) => return self.error_page(error),
        };
        match self.issue_code(&destination, &params) {
            Ok(code) => destination.respond(&self.issuer, &[("code", &code)]),
            Err(error) => self.send_back(&destination, error),
        }
    }

    /// The parameters: those of the request, or those that were pushed before (RFC 9126 §4).
    fn requested(&self, sent: &Params) -> Result<Params, OAuthError> {
        let Some(request_uri) = sent.optional("request_uri") else {
            return match self.settings.pushed_authorization {
                PushedAuthorization::Supported => Ok(sent.clone()),
                PushedAuthorization::Required => Err(OAuthError::invalid_request(
                    "Pushed Authorization Request must be used",
                )),
            };
        };
        let pushed = self.store().pushed.remove(request_uri);
        pushed
            .filter(|pushed| Some(pushed.client_id.as_str()) == sent.optional("client_id"))
            .filter(|pushed| self.now() < pushed.expires_at)
            .map(|pushed| pushed.params)
            .ok_or(OAuthError::new(
                "invalid_request_uri",
                "request_uri is invalid, expired, or was already used",
            ))
    }

    fn issue_code(&self, to: &Destination, params: &Params) -> Result<String, OAuthError> {
        let challenge = self.check_authorization(&to.client_id, params)?;
        let subject = params.optional("login_hint").unwrap_or(USER);
        let scope = params.optional("scope").unwrap_or_default();
        // The slash is one of several characters that servers put into codes and that clients fail to encode.
        let value = format!("4/0{}", unguessable());
        let mut store = self.store();
        let grant = store.begin_grant(&to.client_id, subject, scope);
        let code = Code {
            grant,
            redirect_uri: params.optional("redirect_uri").map(str::to_owned),
            challenge,
            nonce: params.optional("nonce").map(str::to_owned),
            expires_at: after(self.now(), self.settings.code_lifetime),
            redeemed: false,
        };
        store.codes.insert(value.clone(), code);
        Ok(value)
    }

    /// What is checked once it is known where an error may be sent to.
    pub(super) fn check_authorization(
        &self,
        client_id: &str,
        params: &Params,
    ) -> Result<Option<CodeChallenge>, OAuthError> {
        let missing = "missing required parameter response_type";
        if params.required("response_type", missing)? != "code" {
            let description = "unsupported response_type requested";
            return Err(OAuthError::new("unsupported_response_type", description));
        }
        let may_use_codes = self
            .client(client_id)
            .is_some_and(|client| client.grants.contains(&GrantType::AuthorizationCode));
        if !may_use_codes {
            let description = "requested response_type is not allowed for this client";
            return Err(OAuthError::new("unauthorized_client", description));
        }
        let challenge = challenge(params)?;
        if challenge.is_none() && self.settings.pkce == Pkce::Required {
            let description =
                "Authorization Server policy requires PKCE to be used for this request";
            return Err(OAuthError::invalid_request(description));
        }
        Ok(challenge)
    }

    fn send_back(&self, destination: &Destination, error: OAuthError) -> Reply {
        let mut params = vec![("error", error.code)];
        let description = error.description(self.settings.wording);
        params.extend(description.map(|text| ("error_description", text)));
        destination.respond(&self.issuer, &params)
    }

    fn error_page(&self, error: OAuthError) -> Reply {
        let text = error.description(self.settings.wording).unwrap_or_default();
        let page = format!(
            "<!DOCTYPE html><title>Error</title><p>{}: {text}</p>",
            error.code
        );
        reply::html(StatusCode::BAD_REQUEST, page)
    }
}

fn challenge(params: &Params) -> Result<Option<CodeChallenge>, OAuthError> {
    let method = params.optional("code_challenge_method");
    let Some(value) = params.optional("code_challenge").map(str::to_owned) else {
        return match method {
            None => Ok(None),
            Some(_) => Err(OAuthError::invalid_request(
                "code_challenge must be provided with code_challenge_method",
            )),
        };
    };
    match method {
        None | Some("plain") => Ok(Some(CodeChallenge::Plain(value))),
        Some("S256") => Ok(Some(CodeChallenge::S256(value))),
        Some(_) => Err(OAuthError::invalid_request(
            "not supported value of code_challenge_method",
        )),
    }
}
