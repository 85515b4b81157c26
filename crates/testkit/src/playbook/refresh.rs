//! Plays in which a refresh token is refused.

use tokio::time::sleep;

use super::cast::BRIEF_REFRESH_LIFETIME;
use super::{Context, Refusals, granted, refresh_token, refused};
use crate::Error;
use crate::client::App;
use crate::random::unguessable;

/// A login of the app, up to its refresh token.
async fn logged_in(context: &Context, app: &App) -> Result<String, Error> {
    let (login, callback) = context.log_in(app).await?;
    refresh_token(&granted(app.exchange(&login, &callback).await?)?)
}

pub(super) async fn rotated(context: &Context) -> Refusals {
    let app = context.web();
    let token = logged_in(context, &app).await?;
    granted(app.refresh(&token).await?)?;
    Ok(vec![refused(&app.refresh(&token).await?)?])
}

pub(super) async fn revoked(context: &Context) -> Refusals {
    let app = context.web();
    let token = logged_in(context, &app).await?;
    granted(app.revoke(&token).await?)?;
    Ok(vec![refused(&app.refresh(&token).await?)?])
}

/// RFC 6749 §4.1.2: the second presentation of a code is refused, and ends what the first one obtained.
pub(super) async fn killed_by_replay(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    let token = refresh_token(&granted(app.exchange(&login, &callback).await?)?)?;
    let replay = refused(&app.exchange(&login, &callback).await?)?;
    Ok(vec![replay, refused(&app.refresh(&token).await?)?])
}

/// Here time is the cause, so that there is nothing to wait for but time.
pub(super) async fn expired(context: &Context) -> Refusals {
    let app = context.web_at_brief();
    let token = logged_in(context, &app).await?;
    sleep(BRIEF_REFRESH_LIFETIME).await;
    Ok(vec![refused(&app.refresh(&token).await?)?])
}

pub(super) async fn cut(context: &Context) -> Refusals {
    let app = context.web();
    let token = logged_in(context, &app).await?;
    Ok(vec![refused(&app.refresh(&token[..32]).await?)?])
}

pub(super) async fn of_another_client(context: &Context) -> Refusals {
    let token = logged_in(context, &context.web()).await?;
    Ok(vec![refused(&context.shop().refresh(&token).await?)?])
}

pub(super) async fn of_another_server(context: &Context) -> Refusals {
    let token = logged_in(context, &context.web_at_slow()).await?;
    Ok(vec![refused(&context.web().refresh(&token).await?)?])
}

pub(super) async fn from_nowhere(context: &Context) -> Refusals {
    Ok(vec![refused(
        &context.web().refresh(&unguessable()).await?,
    )?])
}

pub(super) async fn for_more(context: &Context) -> Refusals {
    let app = context.web();
    let token = logged_in(context, &app).await?;
    let request = app
        .refresh_request(&token)
        .with("scope", "openid profile admin");
    Ok(vec![refused(&app.token(request).await?)?])
}
