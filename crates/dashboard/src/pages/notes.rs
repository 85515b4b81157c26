//! What is known of a cause at server products, those of the refusing one first.

use grantscope_oauth::Providers;
use grantscope_rules::Cause;
use maud::{Markup, html};

use super::markdown;

/// The notes of a cause's page, where it has any.
pub(super) fn notes(cause: &str, provider: Option<&str>, providers: &Providers) -> Markup {
    let page = Cause::read(cause).map(Cause::page);
    let section = page.and_then(|page| page.section("Provider notes"));
    let name = provider.and_then(|id| name(id, providers));
    let names = |note: &&str| name.as_deref().is_some_and(|name| note.contains(name));
    let (own, others): (Vec<&str>, Vec<&str>) =
        markdown::items(section.unwrap_or_default()).partition(names);
    html! {
        @if !own.is_empty() {
            h3 { "Of this server" }
            ul.notes { @for note in &own { li { (markdown::line(note)) } } }
        }
        @if !others.is_empty() {
            details {
                summary { "Notes on " (others.len()) @if own.is_empty() { " servers" } @else { " other servers" } }
                ul.notes { @for note in &others { li { (markdown::line(note)) } } }
            }
        }
    }
}

/// The name of a product, as the pages write it.
fn name(id: &str, providers: &Providers) -> Option<String> {
    providers.by_id(id).map(|it| it.name.clone())
}
