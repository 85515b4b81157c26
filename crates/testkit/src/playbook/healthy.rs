//! Plays that no one need explain.

use super::{Context, Refusals, granted, refresh_token};

pub(super) async fn login_and_refresh(context: &Context) -> Refusals {
    let app = context.spa();
    let (login, callback) = context.log_in(&app).await?;
    let tokens = granted(app.exchange(&login, &callback).await?)?;
    let tokens = granted(app.refresh(&refresh_token(&tokens)?).await?)?;
    granted(app.refresh(&refresh_token(&tokens)?).await?)?;
    Ok(Vec::new())
}

pub(super) async fn client_credentials(context: &Context) -> Refusals {
    let app = context.batch();
    let request = app.request().with("grant_type", "client_credentials");
    granted(app.token(request).await?)?;
    Ok(Vec::new())
}

pub(super) async fn pushed_login(context: &Context) -> Refusals {
    let app = context.web();
    let login = app.push(app.begin_login()).await?;
    let callback = context.user_agent.log_in(&login).await?;
    granted(app.exchange(&login, &callback).await?)?;
    Ok(Vec::new())
}
