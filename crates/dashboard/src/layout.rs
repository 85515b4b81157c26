//! What every page has: its head, the way to the other pages, and where it says that there is more.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::{ICON, SCRIPT, STYLE};
use crate::links::Links;
use crate::scope::Scope;
use crate::text::{plain, text};

/// The pages that the head leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Log,
    Exchanges,
    Sessions,
}

/// What is around a page.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    pub(crate) tab: Tab,
    pub(crate) links: &'a Links,
    /// The session that is shown; `None` where it is none in particular.
    pub(crate) session: Option<&'a str>,
    pub(crate) is_live: bool,
    pub(crate) version: &'a str,
}

impl<'a> Frame<'a> {
    /// What is around a page of a session.
    pub(crate) fn of(scope: &'a Scope, tab: Tab, title: &'a str) -> Self {
        Self {
            title,
            tab,
            links: &scope.links,
            session: Some(&scope.session),
            is_live: scope.is_live,
            version: scope.app.version,
        }
    }

    /// The whole page.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what is put on a page is made for it"
    )]
    pub(crate) fn page(self, main: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (plain(self.title)) " · grantscope" }
                    link rel="icon" href=(ICON.path()) type="image/svg+xml";
                    link rel="stylesheet" href=(STYLE.path());
                    script src=(SCRIPT.path()) defer {}
                }
                body data-live[self.is_live] data-log=(self.links.log()) data-sessions="/sessions" data-exchanges=(self.links.exchanges()) {
                    a.skip href="#main" { "Skip to the content" }
                    (self.head())
                    main id="main" tabindex="-1" { (main) }
                    footer {
                        p { "grantscope " (self.version) " · secrets are shown as fingerprints" }
                        p { kbd { "?" } " keys" }
                    }
                    (keys())
                }
            }
        }
    }

    fn head(&self) -> Markup {
        let tab = |tab: Tab, href: &str, name: &str| {
            html! {
                li { a href=(href) aria-current=[(self.tab == tab).then_some("page")] { (name) } }
            }
        };
        html! {
            header.top {
                a.brand href="/" { (logo()) "grantscope" }
                nav aria-label="Pages" {
                    ul {
                        (tab(Tab::Log, &self.links.log(), "Log"))
                        (tab(Tab::Exchanges, &self.links.exchanges(), "Exchanges"))
                        (tab(Tab::Sessions, "/sessions", "Sessions"))
                    }
                }
                p.session {
                    @if let Some(session) = self.session { span.session-name { (text(session)) } }
                    @if self.is_live { span.live id="live" role="status" { "recording" } }
                }
            }
        }
    }
}

fn keys() -> Markup {
    let row =
        |key: &str, what: &str| html! { tr { th scope="row" { kbd { (key) } } td { (what) } } };
    html! {
        dialog id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { "Keys" }
            table {
                tbody {
                    (row("j", "the next finding"))
                    (row("k", "the one before"))
                    (row("Enter", "open it"))
                    (row("/", "look for a text"))
                    (row("g l", "to the log"))
                    (row("g e", "to the exchanges"))
                    (row("g s", "to the sessions"))
                    (row("u", "back up"))
                    (row("?", "these keys"))
                }
            }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// A mark in the colour of the text: two values under a lens, of which one differs.
fn logo() -> Markup {
    PreEscaped(
        r#"<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="8.5" cy="8.5" r="6" fill="none" stroke="currentColor" stroke-width="2"/><path d="M13 13l5 5" stroke="currentColor" stroke-width="2" stroke-linecap="round"/><path class="logo-mark" d="M5.8 7.2h5.4M5.8 10h3" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></svg>"#
            .to_owned(),
    )
}
