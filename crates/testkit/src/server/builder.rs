//! The description of a server, up to its start.

use std::sync::Mutex;
use std::time::Duration;

use tokio::net::TcpListener;

use super::client::Client;
use super::keys::SigningKey;
use super::listen::RunningServer;
use super::settings::{Pkce, PushedAuthorization, Rotation, Settings, User, Wording};
use super::store::Store;
use super::{AuthorizationServer, listen};
use crate::clock::Clock;
use crate::{Error, TestCa};

/// The description of an [`AuthorizationServer`].
#[derive(Debug, Default)]
pub struct AuthorizationServerBuilder {
    settings: Settings,
    ca: Option<TestCa>,
}

impl AuthorizationServerBuilder {
    /// The host in the issuer, which must lead to 127.0.0.1; `localhost` unless told otherwise.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.settings.host);
        self
    }

    /// The CA that issues the server's certificate; one of its own unless told otherwise.
    #[must_use]
    pub fn ca(mut self, ca: TestCa) -> Self {
        self.ca = Some(ca);
        self
    }

    /// How long a code may be exchanged; 60 s unless told otherwise (RFC 6749 §4.1.2 allows ten minutes).
    #[must_use]
    pub fn code_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.code_lifetime = lifetime;
        self
    }

    /// How long an access token is active; five minutes unless told otherwise.
    #[must_use]
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.access_token_lifetime = lifetime;
        self
    }

    /// How long a refresh token may be used from its issue on; 30 days unless told otherwise.
    #[must_use]
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.refresh_token_lifetime = lifetime;
        self
    }

    /// How long a device code may be polled for (RFC 8628 §3.2); ten minutes unless told otherwise.
    #[must_use]
    pub fn device_code_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.device_code_lifetime = lifetime;
        self
    }

    /// How long a granted token request takes beyond the work itself, so that requests overlap.
    #[must_use]
    pub fn grant_delay(mut self, delay: Duration) -> Self {
        self.settings.grant_delay = delay;
        self
    }

    /// Whether refresh tokens are replaced; they are unless told otherwise.
    #[must_use]
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.settings.rotation = rotation;
        self
    }

    /// Whether a login needs a code challenge; it does not unless told otherwise.
    #[must_use]
    pub fn pkce(mut self, pkce: Pkce) -> Self {
        self.settings.pkce = pkce;
        self
    }

    /// Whether a login must be pushed; it need not unless told otherwise.
    #[must_use]
    pub fn pushed_authorization(mut self, pushed: PushedAuthorization) -> Self {
        self.settings.pushed_authorization = pushed;
        self
    }

    /// How much a refusal says; little unless told otherwise.
    #[must_use]
    pub fn wording(mut self, wording: Wording) -> Self {
        self.settings.wording = wording;
        self
    }

    /// Registers a client.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.settings.clients.push(client);
        self
    }

    /// Adds a user for the password grant (RFC 6749 §4.3).
    #[must_use]
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.settings.users.push(User {
            name: name.to_owned(),
            password: password.to_owned(),
        });
        self
    }

    /// Starts the server on a free port of 127.0.0.1.
    pub async fn run(self) -> Result<RunningServer, Error> {
        let ca = match self.ca {
            Some(ca) => ca,
            None => TestCa::new()?,
        };
        let leaf = ca.leaf(&[&self.settings.host, "localhost", "127.0.0.1"])?;
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(Error::Listen)?;
        let port = listener.local_addr().map_err(Error::Listen)?.port();
        let server = AuthorizationServer {
            issuer: format!("https://{}:{port}", self.settings.host),
            settings: self.settings,
            clock: Clock::default(),
            key: SigningKey::generate()?,
            store: Mutex::new(Store::default()),
        };
        listen::start(listener, server, leaf, &ca)
    }
}
