//! What the server issued. It lives as long as a test, so that nothing is ever evicted.

use std::collections::HashMap;

use jiff::Timestamp;

use super::call::Params;
use crate::canary::Secret;
use crate::s256;

/// Everything issued, by its value.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) codes: HashMap<String, Code>,
    pub(super) refresh_tokens: HashMap<String, RefreshToken>,
    pub(super) access_tokens: HashMap<String, AccessToken>,
    pub(super) pushed: HashMap<String, PushedRequest>,
    pub(super) devices: HashMap<String, Device>,
    pub(super) id_tokens: Vec<String>,
    grants: Vec<Grant>,
}

/// Names a grant of this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GrantId(usize);

/// What a user granted to a client. All tokens that come from one login hang on it.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) subject: String,
    pub(super) scope: String,
    ended: bool,
}

/// An authorization code, and what it is bound to (RFC 6749 §4.1.2).
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) grant: GrantId,
    /// As sent; `None` where the client relied on its only registered one.
    pub(super) redirect_uri: Option<String>,
    pub(super) challenge: Option<CodeChallenge>,
    pub(super) nonce: Option<String>,
    pub(super) expires_at: Timestamp,
    pub(super) redeemed: bool,
}

/// A code challenge with its method (RFC 7636 §4.3).
#[derive(Clone, Debug)]
pub(super) enum CodeChallenge {
    Plain(String),
    S256(String),
}

#[derive(Clone, Debug)]
pub(super) struct RefreshToken {
    pub(super) grant: GrantId,
    pub(super) expires_at: Timestamp,
    pub(super) replaced: bool,
}

#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) grant: GrantId,
    pub(super) expires_at: Timestamp,
    pub(super) revoked: bool,
}

/// A pushed authorization request (RFC 9126 §2.2).
#[derive(Clone, Debug)]
pub(super) struct PushedRequest {
    pub(super) client_id: String,
    pub(super) params: Params,
    pub(super) expires_at: Timestamp,
}

/// A device that waits for its user (RFC 8628 §3.2).
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) user_code: String,
    pub(super) grant: GrantId,
    pub(super) approved: bool,
    pub(super) redeemed: bool,
    pub(super) expires_at: Timestamp,
    pub(super) polled_at: Option<Timestamp>,
}

impl Store {
    /// All secrets among what was issued.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let codes = self.codes.keys().map(|it| ("code", it));
        let refresh = self.refresh_tokens.keys().map(|it| ("refresh token", it));
        let access = self.access_tokens.keys().map(|it| ("access token", it));
        let id_tokens = self.id_tokens.iter().map(|it| ("ID token", it));
        let pushed = self.pushed.keys().map(|it| ("request URI", it));
        let devices = self.devices.keys().map(|it| ("device code", it));
        let users = self.devices.values().map(|it| ("user code", &it.user_code));
        let tokens = codes.chain(refresh).chain(access).chain(id_tokens);
        let all = tokens.chain(pushed).chain(devices).chain(users);
        all.map(|(kind, value)| (kind, value.clone())).collect()
    }

    pub(super) fn begin_grant(&mut self, client_id: &str, subject: &str, scope: &str) -> GrantId {
        self.grants.push(Grant {
            client_id: client_id.to_owned(),
            subject: subject.to_owned(),
            scope: scope.to_owned(),
            ended: false,
        });
        GrantId(self.grants.len() - 1)
    }

    pub(super) fn grant(&self, id: GrantId) -> &Grant {
        &self.grants[id.0]
    }

    pub(super) fn is_ended(&self, id: GrantId) -> bool {
        self.grant(id).ended
    }

    /// Ends a grant, and with it all of its tokens.
    pub(super) fn end_grant(&mut self, id: GrantId) {
        self.grants[id.0].ended = true;
    }

    /// Ends what the client was granted by anyone.
    pub(super) fn end_grants_of(&mut self, client_id: &str) {
        for grant in &mut self.grants {
            grant.ended |= grant.client_id == client_id;
        }
    }
}

impl CodeChallenge {
    /// RFC 7636 §4.6.
    pub(super) fn is_met_by(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => challenge == verifier,
            Self::S256(challenge) => *challenge == s256(verifier),
        }
    }
}
