//! What a session says in which nothing was seen: how to send traffic, and whether anything arrived.

use maud::{Markup, html};

use crate::scope::Scope;
use crate::text::counted;

/// What to do where there is nothing yet.
pub(super) fn nothing_yet(scope: &Scope) -> Markup {
    html! {
        section.empty aria-labelledby="heading-empty" {
            h2 id="heading-empty" { "Nothing of OAuth has been seen yet" }
            @if let Some(proxy) = scope.app.proxy.filter(|_| scope.is_live) {
                p { "Start the app through grantscope, or point it at the proxy, and reproduce the login that fails. What is refused appears here by itself." }
                (command("Start an app", "grantscope run -- npm start"))
                (command("Or set the proxy", &format!("export HTTPS_PROXY=http://{proxy}")))
                (command("And trust the CA", "eval \"$(grantscope env)\""))
                (command("Or log in by a browser that is seen", "grantscope browser http://localhost:3000"))
                p.arrived id="arrived" { (arrived(scope.app.feed.now().others)) " at " code { (proxy) } "." }
            } @else {
                p { "The session holds no exchange of OAuth. Sessions are recorded by " code { "grantscope" } " and " code { "grantscope run" } "." }
            }
        }
    }
}

/// Whether anything came at all, which tells an app that goes past the proxy from one that has not logged in yet.
fn arrived(others: u64) -> String {
    match others {
        0 => "Nothing has arrived".to_owned(),
        _ => format!(
            "{}, and none of OAuth, arrived",
            counted(others, "exchange", "exchanges")
        ),
    }
}

/// A command, to be copied.
fn command(label: &str, command: &str) -> Markup {
    html! {
        div.command {
            span.label { (label) }
            code { (command) }
            button type="button" hidden data-copy=(command) { "Copy" }
        }
    }
}
