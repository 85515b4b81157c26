//! Polling with a device code (RFC 8628 §3.4, §3.5).

use jiff::Timestamp;
use serde_json::Value;

use super::super::super::AuthorizationServer;
use super::super::super::call::Params;
use super::super::super::client::Client;
use super::super::super::oauth_error::OAuthError;
use super::super::super::store::{Device, Store};
use crate::clock::after;

const NOT_VALID: OAuthError = OAuthError::invalid_grant("Device code not valid");

impl AuthorizationServer {
    pub(super) fn redeem_device_code(
        &self,
        client: &Client,
        form: &Params,
    ) -> Result<Value, OAuthError> {
        let value = form.required("device_code", "missing required parameter device_code")?;
        let now = self.now();
        let mut store = self.store();
        let device = polled(&mut store, value, now).ok_or(NOT_VALID)?;
        self.check_device(&store, &device, client, now)?;
        if let Some(device) = store.devices.get_mut(value) {
            device.redeemed = true;
        }
        Ok(self.issue(&mut store, client, device.grant, None))
    }

    fn check_device(
        &self,
        store: &Store,
        device: &Device,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), OAuthError> {
        if device.redeemed || store.grant(device.grant).client_id != client.id {
            return Err(NOT_VALID);
        }
        if now >= device.expires_at {
            return Err(OAuthError::new("expired_token", "Device code is expired"));
        }
        let interval = self.settings.device_interval;
        if device
            .polled_at
            .is_some_and(|before| now < after(before, interval))
        {
            return Err(OAuthError::new("slow_down", "Slow down"));
        }
        if !device.approved {
            let description = "The authorization request is still pending";
            return Err(OAuthError::new("authorization_pending", description));
        }
        Ok(())
    }
}

/// The device as it was before this poll, whose time is noted for the next.
fn polled(store: &mut Store, value: &str, now: Timestamp) -> Option<Device> {
    let device = store.devices.get_mut(value)?;
    let before = device.clone();
    device.polled_at = Some(now);
    Some(before)
}
