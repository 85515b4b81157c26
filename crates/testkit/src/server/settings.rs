//! What a server may be told to do otherwise.

use std::time::Duration;

use super::client::Client;

/// Whether a refresh token is replaced when it is used (RFC 9700 §4.14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A refresh token stays.
    Off,
    /// Each use replaces it, and the use of a replaced one ends the grant with all its tokens.
    On,
}

/// Whether a login must have a code challenge (RFC 7636).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// A challenge that is sent is checked.
    Optional,
    /// A login without a challenge is refused.
    Required,
}

/// Whether the parameters of a login come over the back channel (RFC 9126).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushedAuthorization {
    /// The endpoint is there for those who use it.
    Supported,
    /// A login that was not pushed is refused.
    Required,
}

/// How much the server says when it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// The error code alone.
    Bare,
    /// One description for all refused grants, as servers do that give nothing away.
    Terse,
    /// What was wrong, as servers do that help.
    Telling,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) code_lifetime: Duration,
    pub(super) access_token_lifetime: Duration,
    pub(super) refresh_token_lifetime: Duration,
    pub(super) device_code_lifetime: Duration,
    pub(super) device_interval: Duration,
    pub(super) grant_delay: Duration,
    pub(super) rotation: Rotation,
    pub(super) pkce: Pkce,
    pub(super) pushed_authorization: PushedAuthorization,
    pub(super) wording: Wording,
    pub(super) clients: Vec<Client>,
    pub(super) users: Vec<User>,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            code_lifetime: Duration::from_mins(1),
            access_token_lifetime: Duration::from_mins(5),
            refresh_token_lifetime: Duration::from_hours(24 * 30),
            device_code_lifetime: Duration::from_mins(10),
            device_interval: Duration::from_secs(5),
            grant_delay: Duration::ZERO,
            rotation: Rotation::On,
            pkce: Pkce::Optional,
            pushed_authorization: PushedAuthorization::Supported,
            wording: Wording::Terse,
            clients: Vec::new(),
            users: Vec::new(),
        }
    }
}
