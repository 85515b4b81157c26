//! The last step of a reading: the secrets of the exchange are taken out of every text that was read from it.
//!
//! Every field is named here, so that a new one does not compile before it was decided on.

use super::scrub::Scrub;
use crate::authorize::{AuthorizationRequest, AuthorizationResponse, PushedAuthorizationResponse};
use crate::client_auth::{Client, ClientAuthentication};
use crate::endpoints::{
    AuthorizationServerMetadata, DeviceAuthorizationRequest, DeviceAuthorizationResponse,
    EndSessionRequest, IntrospectionRequest, IntrospectionResponse, RevocationRequest,
};
use crate::fingerprint::Fingerprint;
use crate::grant::Grant;
use crate::jwt::JwtFacts;
use crate::message::{Reading, RequestMessage, ResponseMessage};
use crate::pkce::{CodeChallenge, CodeChallengeMethod};
use crate::redirect_uri::RedirectUri;
use crate::token::{TokenError, TokenRequest, TokenResponse};

impl Scrub<'_> {
    /// Takes the secrets out of a reading.
    pub(super) fn silence(&self, reading: &mut Reading) {
        self.address_of(&mut reading.endpoint);
        self.request(&mut reading.request);
        if let Some(response) = &mut reading.response {
            self.response(response);
        }
    }

    fn request(&self, message: &mut RequestMessage) {
        match message {
            RequestMessage::Authorization(of) => self.authorization_request(of),
            RequestMessage::PushedAuthorization(of, client) => {
                self.authorization_request(of);
                self.client(client);
            }
            RequestMessage::Callback(of) => self.authorization_response(of),
            RequestMessage::Token(of) => self.token_request(of),
            RequestMessage::Revocation(of) => self.revocation_request(of),
            RequestMessage::Introspection(of) => {
                let IntrospectionRequest {
                    endpoint,
                    token,
                    client,
                } = of;
                self.address_of(endpoint);
                self.fingerprint(token);
                self.client(client);
            }
            RequestMessage::DeviceAuthorization(of) => {
                let DeviceAuthorizationRequest { endpoint, client } = of;
                self.address_of(endpoint);
                self.client(client);
            }
            RequestMessage::EndSession(of) => self.end_session_request(of),
            RequestMessage::Metadata | RequestMessage::Other => {}
        }
    }

    fn response(&self, message: &mut ResponseMessage) {
        match message {
            ResponseMessage::Authorization(of) => self.authorization_response(of),
            ResponseMessage::PushedAuthorization(of) => {
                let PushedAuthorizationResponse {
                    request_uri,
                    expires_in_s: _,
                } = of;
                self.fingerprint(request_uri);
            }
            ResponseMessage::Token(of) => self.token_response(of),
            ResponseMessage::Error(of) => self.token_error(of),
            ResponseMessage::Introspection(of) => {
                let IntrospectionResponse {
                    active: _,
                    client_id,
                    exp: _,
                } = of;
                self.names(client_id);
            }
            ResponseMessage::DeviceAuthorization(of) => {
                let DeviceAuthorizationResponse {
                    device_code,
                    user_code,
                    expires_in_s: _,
                    interval_s: _,
                } = of;
                self.fingerprint(device_code);
                self.fingerprints(user_code);
            }
            ResponseMessage::Metadata(of) => self.metadata(of),
            ResponseMessage::Other => {}
        }
    }

    fn authorization_request(&self, of: &mut AuthorizationRequest) {
        let AuthorizationRequest {
            endpoint,
            client_id,
            response_type,
            response_mode,
            redirect_uri,
            scope,
            state,
            nonce,
            code_challenge,
            request_uri,
            request_object: _,
            resource,
            dpop_jkt,
        } = of;
        self.address_of(endpoint);
        self.names(
            [client_id, response_type, response_mode, scope, dpop_jkt]
                .into_iter()
                .flatten(),
        );
        self.names(resource);
        self.uris(redirect_uri);
        self.fingerprints([state, nonce, request_uri].into_iter().flatten());
        if let Some(CodeChallenge { value, method }) = code_challenge {
            self.fingerprint(value);
            if let CodeChallengeMethod::Other(method) = method {
                self.names([method]);
            }
        }
    }

    fn authorization_response(&self, of: &mut AuthorizationResponse) {
        let AuthorizationResponse {
            redirect_uri,
            mode: _,
            code,
            state,
            iss,
            error,
            error_description,
        } = of;
        self.uris([redirect_uri]);
        self.fingerprints([code, state].into_iter().flatten());
        self.names([iss, error, error_description].into_iter().flatten());
    }

    fn token_request(&self, of: &mut TokenRequest) {
        let TokenRequest {
            endpoint,
            called_as,
            grant,
            client,
            scope,
            resource,
            dpop,
            // The names of parameters that OAuth knows.
            secrets_in_query: _,
        } = of;
        self.address_of(endpoint);
        self.names(called_as);
        self.grant(grant);
        self.client(client);
        self.names(scope);
        self.names(resource);
        if let Some(facts) = dpop {
            self.facts(facts);
        }
    }

    fn grant(&self, grant: &mut Grant) {
        match grant {
            Grant::AuthorizationCode {
                code,
                redirect_uri,
                code_verifier,
            } => {
                self.uris(redirect_uri);
                self.fingerprints([code, code_verifier].into_iter().flatten());
            }
            Grant::Password { username, password } => {
                self.fingerprints([username, password].into_iter().flatten());
            }
            Grant::RefreshToken {
                refresh_token: secret,
            }
            | Grant::DeviceCode {
                device_code: secret,
            }
            | Grant::JwtBearer { assertion: secret }
            | Grant::Saml2Bearer { assertion: secret } => self.fingerprints(secret),
            Grant::TokenExchange {
                subject_token,
                actor_token,
                audience,
            } => {
                self.fingerprints([subject_token, actor_token].into_iter().flatten());
                self.names(audience);
            }
            Grant::Unknown(grant_type) => self.names([grant_type]),
            Grant::ClientCredentials => {}
        }
    }

    fn client(&self, of: &mut Client) {
        let Client { id, authentication } = of;
        self.names(id);
        self.authentication(authentication);
    }

    fn authentication(&self, of: &mut ClientAuthentication) {
        match of {
            ClientAuthentication::None => {}
            ClientAuthentication::SecretBasic(secret)
            | ClientAuthentication::SecretPost(secret)
            | ClientAuthentication::Assertion(secret) => self.fingerprint(secret),
            ClientAuthentication::Other(scheme) => self.names([scheme]),
            ClientAuthentication::Several(all) => {
                for one in all {
                    self.authentication(one);
                }
            }
        }
    }

    fn revocation_request(&self, of: &mut RevocationRequest) {
        let RevocationRequest {
            endpoint,
            token,
            token_type_hint,
            client,
        } = of;
        self.address_of(endpoint);
        self.fingerprint(token);
        self.names(token_type_hint);
        self.client(client);
    }

    fn end_session_request(&self, of: &mut EndSessionRequest) {
        let EndSessionRequest {
            endpoint,
            client_id,
            id_token_hint,
            refresh_token,
        } = of;
        self.address_of(endpoint);
        self.names(client_id);
        self.fingerprints([id_token_hint, refresh_token].into_iter().flatten());
    }

    fn token_response(&self, of: &mut TokenResponse) {
        let TokenResponse {
            access_token,
            refresh_token,
            id_token,
            token_type,
            expires_in_s: _,
            refresh_expires_in_s: _,
            scope,
        } = of;
        let tokens = [access_token, refresh_token, id_token];
        self.fingerprints(tokens.into_iter().flatten());
        self.names([token_type, scope].into_iter().flatten());
    }

    fn token_error(&self, of: &mut TokenError) {
        let TokenError {
            status: _,
            error,
            description,
            uri,
            codes,
            members: _,
            server_time: _,
            retry_after_s: _,
        } = of;
        self.names([error]);
        self.names([description, uri].into_iter().flatten());
        self.names(codes);
    }

    fn metadata(&self, of: &mut AuthorizationServerMetadata) {
        let AuthorizationServerMetadata {
            issuer,
            authorization_endpoint,
            token_endpoint,
            pushed_authorization_request_endpoint,
            revocation_endpoint,
            introspection_endpoint,
            device_authorization_endpoint,
            end_session_endpoint,
            token_endpoint_auth_methods,
        } = of;
        self.names([issuer]);
        self.names(token_endpoint_auth_methods);
        let endpoints = [
            authorization_endpoint,
            token_endpoint,
            pushed_authorization_request_endpoint,
            revocation_endpoint,
            introspection_endpoint,
            device_authorization_endpoint,
            end_session_endpoint,
        ];
        for endpoint in endpoints.into_iter().flatten() {
            self.address_of(endpoint);
        }
    }

    fn address_of(&self, endpoint: &mut String) {
        *endpoint = self.endpoint(endpoint);
    }

    fn uris<'a>(&self, uris: impl IntoIterator<Item = &'a mut RedirectUri>) {
        for uri in uris {
            uri.0 = self.redirect_uri(&uri.0);
        }
    }

    fn names<'a>(&self, names: impl IntoIterator<Item = &'a mut String>) {
        for name in names {
            *name = self.name(name);
        }
    }

    fn fingerprints<'a>(&self, all: impl IntoIterator<Item = &'a mut Fingerprint>) {
        for fingerprint in all {
            self.fingerprint(fingerprint);
        }
    }

    fn fingerprint(&self, of: &mut Fingerprint) {
        if let Some(facts) = &mut of.jwt {
            self.facts(facts);
        }
    }

    fn facts(&self, of: &mut JwtFacts) {
        let JwtFacts {
            alg,
            kid,
            typ,
            iss,
            aud,
            exp: _,
            nbf: _,
            iat: _,
            azp,
            sub: _,
            jti: _,
            jkt: _,
            header_characters: _,
        } = of;
        self.names([alg, kid, typ, iss, azp].into_iter().flatten());
        self.names(aud);
    }
}
