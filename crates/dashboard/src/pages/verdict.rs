//! A verdict as people see it: a shape and a word, and a colour that says nothing by itself.

use maud::{Markup, PreEscaped, html};

/// The mark of a verdict, or of what takes its place: `warning`, `coverage`, `undecided`, `granted`.
pub(super) fn badge(verdict: &str) -> Markup {
    let (class, word, shape) = match verdict {
        "proven" => ("proven", "proven", PROVEN),
        "likely" => ("likely", "likely", LIKELY),
        "possible" => ("possible", "possible", POSSIBLE),
        "ruled-out" => ("ruled-out", "ruled out", RULED_OUT),
        "warning" => ("warning", "warning", WARNING),
        "coverage" => ("unseen", "not seen", UNSEEN),
        "granted" => ("granted", "granted", GRANTED),
        _ => ("undecided", "undecided", POSSIBLE),
    };
    html! {
        span.verdict.(class) {
            svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false" { (PreEscaped(shape)) }
            (word)
        }
    }
}

/// What a list shows of a finding: its verdict, or its kind where it has none.
pub(super) fn of_finding<'a>(kind: &'a str, verdict: Option<&'a str>) -> &'a str {
    match (kind, verdict) {
        ("diagnosis", Some(verdict)) => verdict,
        ("diagnosis", None) => "undecided",
        (kind, _) => kind,
    }
}

const PROVEN: &str = r#"<path d="M6 0l6 6-6 6-6-6z" fill="currentColor"/>"#;
const LIKELY: &str = r#"<path d="M6 .9L11.1 6 6 11.1.9 6z" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M6 .9L11.1 6 6 11.1z" fill="currentColor"/>"#;
const POSSIBLE: &str =
    r#"<path d="M6 .9L11.1 6 6 11.1.9 6z" fill="none" stroke="currentColor" stroke-width="1.4"/>"#;
const RULED_OUT: &str = r#"<path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>"#;
const WARNING: &str = r#"<path d="M6 .8L11.6 11H.4z" fill="currentColor"/>"#;
const UNSEEN: &str = r#"<circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="2.2 1.7"/>"#;
const GRANTED: &str = r#"<path d="M1.5 6.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>"#;
