//! Plays in which the client, or the user, is not believed.

use super::{Context, Refusals, refused};
use crate::client::ClientAuthentication;

pub(super) async fn wrong_secret(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    let old = ClientAuthentication::SecretBasic("s3cret-of-last-year".to_owned());
    let request = app.code_request(&login, &callback).authenticated(old);
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn no_secret(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    let request = app
        .code_request(&login, &callback)
        .authenticated(ClientAuthentication::None);
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn wrong_password(context: &Context) -> Refusals {
    let app = context.legacy();
    let request = app
        .request()
        .with("grant_type", "password")
        .with("username", "alice")
        .with("password", "wonderalnd");
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn grant_not_allowed(context: &Context) -> Refusals {
    let app = context.web();
    let request = app.request().with("grant_type", "client_credentials");
    Ok(vec![refused(&app.token(request).await?)?])
}
