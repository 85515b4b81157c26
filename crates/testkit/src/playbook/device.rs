//! Plays with a device code (RFC 8628).

use super::{Context, Refusals, granted, off_script, refused};
use crate::Error;
use crate::client::{App, TokenRequest};
use crate::server::GrantType;

/// The request of a device whose user has consented.
async fn approved(context: &Context, app: &App) -> Result<TokenRequest, Error> {
    let device = granted(app.post("/device_authorization", app.request()).await?)?;
    let codes = device.member("device_code");
    let codes = codes.zip(device.member("verification_uri_complete"));
    let (code, page) = codes.ok_or_else(|| off_script("a device code", &device))?;
    granted(context.user_agent.open(&page).await?)?;
    let grant_type = GrantType::DeviceCode.name();
    Ok(app
        .request()
        .with("grant_type", grant_type)
        .with("device_code", &code))
}

pub(super) async fn connected(context: &Context) -> Refusals {
    let app = context.tv();
    let request = approved(context, &app).await?;
    granted(app.token(request).await?)?;
    Ok(Vec::new())
}

pub(super) async fn used_again(context: &Context) -> Refusals {
    let app = context.tv();
    let request = approved(context, &app).await?;
    granted(app.token(request.clone()).await?)?;
    Ok(vec![refused(&app.token(request).await?)?])
}
