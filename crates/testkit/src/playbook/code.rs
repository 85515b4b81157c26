//! Plays in which the code is refused for what it is.

use form_urlencoded::byte_serialize;
use tokio::time::sleep;

use super::cast::BRIEF_CODE_LIFETIME;
use super::{Context, Refusals, granted, off_script, refused};

pub(super) async fn reused(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    granted(app.exchange(&login, &callback).await?)?;
    Ok(vec![refused(&app.exchange(&login, &callback).await?)?])
}

/// The server takes its time for the one that it grants, and the other one comes in the meantime.
pub(super) async fn reused_at_once(context: &Context) -> Refusals {
    let app = context.web_at_slow();
    let (login, callback) = context.log_in(&app).await?;
    let (one, other) = tokio::try_join!(
        app.exchange(&login, &callback),
        app.exchange(&login, &callback)
    )?;
    match (one.status, other.status) {
        (200, _) => Ok(vec![refused(&other)?]),
        (_, 200) => Ok(vec![refused(&one)?]),
        _ => Err(off_script("one granted request of two", &one)),
    }
}

/// Here time is the cause, so that there is nothing to wait for but time.
pub(super) async fn expired(context: &Context) -> Refusals {
    let app = context.web_at_brief();
    let (login, callback) = context.log_in(&app).await?;
    sleep(BRIEF_CODE_LIFETIME).await;
    Ok(vec![refused(&app.exchange(&login, &callback).await?)?])
}

pub(super) async fn encoded_twice(context: &Context) -> Refusals {
    let app = context.web();
    let (login, callback) = context.log_in(&app).await?;
    let code: String = byte_serialize(callback.code.as_bytes()).collect();
    let request = app.code_request(&login, &callback).with("code", &code);
    Ok(vec![refused(&app.token(request).await?)?])
}

pub(super) async fn of_another_client(context: &Context) -> Refusals {
    let (login, callback) = context.log_in(&context.web()).await?;
    let reply = context.shop().exchange(&login, &callback).await?;
    Ok(vec![refused(&reply)?])
}

pub(super) async fn of_another_server(context: &Context) -> Refusals {
    let (login, callback) = context.log_in(&context.web_at_slow()).await?;
    let reply = context.web().exchange(&login, &callback).await?;
    Ok(vec![refused(&reply)?])
}

/// The login goes past the proxy, which therefore never saw the code.
pub(super) async fn from_nowhere(context: &Context) -> Refusals {
    let login = context.web_at_slow().begin_login();
    let callback = context.unseen_user_agent.log_in(&login).await?;
    let reply = context.web().exchange(&login, &callback).await?;
    Ok(vec![refused(&reply)?])
}
