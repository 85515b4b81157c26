//! A strict authorization server that lives in the process of a test.
//!
//! It implements RFC 6749 with PKCE (RFC 7636), revocation (RFC 7009), metadata (RFC 8414), device codes (RFC 8628), pushed
//! requests (RFC 9126), introspection (RFC 7662) and the issuer in the authorization response (RFC 9207). It refuses as real
//! servers do, and says as little. There is one user agent to please: whoever comes to `/authorize` is logged in at once.

mod authenticate;
mod builder;
mod call;
mod client;
mod endpoints;
mod keys;
mod listen;
mod oauth_error;
mod reply;
mod settings;
mod store;

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::clock::Clock;

pub use builder::AuthorizationServerBuilder;
pub use client::{Client, GrantType};
pub use listen::RunningServer;
pub use settings::{Pkce, PushedAuthorization, Rotation, Wording};

use keys::SigningKey;
use settings::Settings;
use store::Store;

/// What answers the requests: the settings, and what was issued so far.
#[derive(Debug)]
pub struct AuthorizationServer {
    issuer: String,
    settings: Settings,
    clock: Clock,
    key: SigningKey,
    store: Mutex<Store>,
}

impl AuthorizationServer {
    /// Begins the description of a server that has the usual lifetimes, rotates refresh tokens and knows no client yet.
    pub fn builder() -> AuthorizationServerBuilder {
        AuthorizationServerBuilder::default()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What was issued. A request is decided under one lock, so that of two redemptions of a code one wins.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

#[cfg(test)]
mod tests;
