//! Plays in which the verifier does not go with the challenge.

use super::{Context, Refusals, refused};

pub(super) async fn of_another_login(context: &Context) -> Refusals {
    let app = context.spa();
    let (first, callback) = context.log_in(&app).await?;
    let (second, _) = context.log_in(&app).await?;
    let verifier = second.verifier.unwrap_or_default();
    let request = app
        .code_request(&first, &callback)
        .with("code_verifier", &verifier);
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn left_out(context: &Context) -> Refusals {
    let app = context.spa();
    let (login, callback) = context.log_in(&app).await?;
    let request = app.code_request(&login, &callback).without("code_verifier");
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn without_challenge(context: &Context) -> Refusals {
    let app = context.web();
    let login = app.begin_login_without_pkce();
    let callback = context.user_agent.log_in(&login).await?;
    let verifier = app.begin_login().verifier.unwrap_or_default();
    let request = app
        .code_request(&login, &callback)
        .with("code_verifier", &verifier);
    Ok(vec![refused(&app.token(request).await?)?])
}

/// The challenge is right for the verifier, which is too short to be one (RFC 7636 §4.1).
pub(super) async fn too_short(context: &Context) -> Refusals {
    let app = context.spa();
    let login = app.begin_login_with("only-16-letters!");
    let callback = context.user_agent.log_in(&login).await?;
    Ok(vec![refused(&app.exchange(&login, &callback).await?)?])
}
