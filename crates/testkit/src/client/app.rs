//! An app that logs users in (a relying party): what it asks the user agent to open, and what it calls itself.

use form_urlencoded::Serializer;

use super::http_client::{HttpClient, Reply};
use super::token_request::TokenRequest;
use super::user_agent::Callback;
use crate::canary::Secret;
use crate::random::unguessable;
use crate::{Error, s256};

/// An app that is registered with an authorization server.
#[derive(Clone, Debug)]
pub struct App {
    http: HttpClient,
    issuer: String,
    client_id: String,
    authentication: ClientAuthentication,
    redirect_uri: String,
    scope: String,
}

/// How the app authenticates (RFC 6749 §2.3).
#[derive(Clone, Debug)]
pub enum ClientAuthentication {
    /// It names itself and proves nothing.
    None,
    /// `client_secret_basic`.
    SecretBasic(String),
    /// `client_secret_post`.
    SecretPost(String),
}

/// A login that was begun, and what the app has to remember of it.
#[derive(Clone, Debug)]
pub struct Login {
    /// The authorization request for the user agent.
    pub url: String,
    /// Against forged callbacks (RFC 6749 §10.12).
    pub state: String,
    /// Against replayed ID tokens (OpenID Connect Core §3.1.2.1).
    pub nonce: String,
    /// The code verifier (RFC 7636 §4.1); `None` where the login has no challenge.
    pub verifier: Option<String>,
    /// Where the code goes.
    pub redirect_uri: String,
}

impl Login {
    /// The secrets of this login that the app chose.
    pub fn secrets(&self) -> Vec<Secret> {
        let verifier = self.verifier.as_ref().map(|it| ("verifier", it.clone()));
        let challenge = self.verifier.as_ref().map(|it| ("challenge", s256(it)));
        let chosen = [("state", self.state.clone()), ("nonce", self.nonce.clone())];
        chosen
            .into_iter()
            .chain(verifier)
            .chain(challenge)
            .collect()
    }
}

impl App {
    /// An app of this issuer, whose endpoints are those of [`crate::AuthorizationServer`].
    pub fn new(
        http: HttpClient,
        issuer: &str,
        client_id: &str,
        authentication: ClientAuthentication,
        redirect_uri: &str,
    ) -> Self {
        Self {
            http,
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            authentication,
            redirect_uri: redirect_uri.to_owned(),
            scope: "openid profile".to_owned(),
        }
    }

    /// Asks for another scope than `openid profile`.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        scope.clone_into(&mut self.scope);
        self
    }

    /// The same app at another issuer.
    #[must_use]
    pub fn at(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.issuer);
        self
    }

    /// Begins a login with PKCE, S256.
    pub fn begin_login(&self) -> Login {
        self.begin_login_with(&unguessable())
    }

    /// Begins a login with this code verifier, which need not be a good one.
    pub fn begin_login_with(&self, verifier: &str) -> Login {
        let challenge = [
            ("code_challenge", s256(verifier)),
            ("code_challenge_method", "S256".to_owned()),
        ];
        self.login(Some(verifier.to_owned()), &challenge)
    }

    /// Begins a login without a code challenge.
    pub fn begin_login_without_pkce(&self) -> Login {
        self.login(None, &[])
    }

    fn login(&self, verifier: Option<String>, challenge: &[(&str, String)]) -> Login {
        let (state, nonce) = (unguessable(), unguessable());
        let query = Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.scope)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .extend_pairs(challenge)
            .finish();
        Login {
            url: format!("{}/authorize?{query}", self.issuer),
            state,
            nonce,
            verifier,
            redirect_uri: self.redirect_uri.clone(),
        }
    }

    /// Hands the login to the server first (RFC 9126), so that the user agent only carries a reference.
    pub async fn push(&self, login: Login) -> Result<Login, Error> {
        let query = login.url.split_once('?').map_or("", |(_, query)| query);
        let params = form_urlencoded::parse(query.as_bytes());
        let request = params.fold(self.request(), |request, (name, value)| {
            request.with(&name, &value)
        });
        let reply = self.post("/par", request).await?;
        let request_uri = reply
            .member("request_uri")
            .ok_or_else(|| Error::OffScript {
                expected: "a request_uri",
                status: reply.status,
                body: reply.text(),
            })?;
        let query = Serializer::new(String::new())
            .append_pair("client_id", &self.client_id)
            .append_pair("request_uri", &request_uri)
            .finish();
        let url = format!("{}/authorize?{query}", self.issuer);
        Ok(Login { url, ..login })
    }

    /// A request without any parameter yet.
    pub fn request(&self) -> TokenRequest {
        TokenRequest::new(&self.client_id, &self.authentication)
    }

    /// The right request to exchange the code of this login.
    pub fn code_request(&self, login: &Login, callback: &Callback) -> TokenRequest {
        let request = self
            .request()
            .with("grant_type", "authorization_code")
            .with("code", &callback.code)
            .with("redirect_uri", &login.redirect_uri);
        match &login.verifier {
            Some(verifier) => request.with("code_verifier", verifier),
            None => request,
        }
    }

    /// The right request to use a refresh token.
    pub fn refresh_request(&self, refresh_token: &str) -> TokenRequest {
        self.request()
            .with("grant_type", "refresh_token")
            .with("refresh_token", refresh_token)
    }

    /// Sends a request to the token endpoint.
    pub async fn token(&self, request: TokenRequest) -> Result<Reply, Error> {
        self.post("/token", request).await
    }

    /// Exchanges the code of a login as it should be.
    pub async fn exchange(&self, login: &Login, callback: &Callback) -> Result<Reply, Error> {
        self.token(self.code_request(login, callback)).await
    }

    /// Uses a refresh token as it should be.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Reply, Error> {
        self.token(self.refresh_request(refresh_token)).await
    }

    /// Revokes a token (RFC 7009).
    pub async fn revoke(&self, token: &str) -> Result<Reply, Error> {
        let request = self.request().with("token", token);
        self.post("/revoke", request).await
    }

    /// Asks whether a token is active (RFC 7662).
    pub async fn introspect(&self, token: &str) -> Result<Reply, Error> {
        let request = self.request().with("token", token);
        self.post("/introspect", request).await
    }

    /// Posts to an endpoint of the issuer.
    pub async fn post(&self, path: &str, request: TokenRequest) -> Result<Reply, Error> {
        let url = format!("{}{path}", self.issuer);
        self.http
            .post(&url, request.form(), request.headers())
            .await
    }
}
