//! Device authorization (RFC 8628 §3.1, §3.3).

use http::StatusCode;
use serde_json::json;

use super::super::AuthorizationServer;
use super::super::call::Call;
use super::super::oauth_error::OAuthError;
use super::super::reply::{self, Reply};
use super::super::store::Device;
use crate::clock::after;
use crate::random::unguessable;

const USER: &str = "alice";

impl AuthorizationServer {
    pub(super) fn authorize_device(&self, call: &Call) -> Result<Reply, OAuthError> {
        call.form.check_unique()?;
        let client = self.authenticate(call)?;
        let lifetime = self.settings.device_code_lifetime;
        let device_code = unguessable();
        let user_code = unguessable()[..8].to_ascii_uppercase();
        let mut store = self.store();
        let scope = call.form.optional("scope").unwrap_or_default();
        let device = Device {
            user_code: user_code.clone(),
            grant: store.begin_grant(&client.id, USER, scope),
            approved: false,
            redeemed: false,
            expires_at: after(self.now(), lifetime),
            polled_at: None,
        };
        store.devices.insert(device_code.clone(), device);
        let answer = json!({
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": self.url(super::DEVICE),
            "verification_uri_complete":
                format!("{}?user_code={user_code}", self.url(super::DEVICE)),
            "expires_in": lifetime.as_secs(),
            "interval": self.settings.device_interval.as_secs(),
        });
        Ok(reply::json(StatusCode::OK, &answer))
    }

    /// The user opens the verification URI and consents by that.
    pub(super) fn approve_device(&self, call: &Call) -> Reply {
        let user_code = call.query.optional("user_code");
        let mut store = self.store();
        let mut devices = store.devices.values_mut();
        match devices.find(|device| Some(device.user_code.as_str()) == user_code) {
            Some(device) => {
                device.approved = true;
                reply::html(
                    StatusCode::OK,
                    "<!DOCTYPE html><p>Device connected".to_owned(),
                )
            }
            None => reply::html(
                StatusCode::BAD_REQUEST,
                "<!DOCTYPE html><p>The code you entered is incorrect".to_owned(),
            ),
        }
    }
}
