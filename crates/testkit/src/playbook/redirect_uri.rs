//! Plays in which the redirect URI of the token request is not that of the login.

use super::{Context, Refusals, refused};

pub(super) async fn with_slash(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    let slashed = format!("{}/", login.redirect_uri);
    let request = app
        .code_request(&login, &callback)
        .with("redirect_uri", &slashed);
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn left_out(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    let request = app.code_request(&login, &callback).without("redirect_uri");
    Ok(vec![refused(&app.token(request).await?)?])
}
