//! Two values that should be the same, side by side, with what differs marked; those of URIs by their components as well.

use grantscope_capture::report::{ComparisonV1, SideV1};
use maud::{Markup, html};

use super::number;
use crate::links::Links;
use crate::text::{sentence, value};

/// The two values.
pub(super) fn show(links: &Links, comparison: &ComparisonV1) -> Markup {
    let (left, right) = (&comparison.left, &comparison.right);
    html! {
        section.comparison aria-labelledby="heading-comparison" {
            h2 id="heading-comparison" { "The two values" }
            dl.sides { (side(links, left)) (side(links, right)) }
            p.difference { "They differ in: " (sentence(&comparison.difference)) }
            (components(links, &left.value, &right.value))
        }
    }
}

fn side(links: &Links, side: &SideV1) -> Markup {
    html! {
        div.side {
            dt { (sentence_start(&side.label)) " " (number(links, side.exchange)) }
            dd { code { (marked(links, side)) } }
        }
    }
}

fn sentence_start(label: &str) -> Markup {
    value(&Links::default(), label)
}

/// The value with its differing part marked. Where something is missing, an empty mark shows the gap.
fn marked(links: &Links, side: &SideV1) -> Markup {
    let [start, end] = side.differs;
    let of = &side.value;
    let parts = (of.get(..start).zip(of.get(start..end))).zip(of.get(end..));
    html! {
        @if let Some(((before, differing), after)) = parts {
            (value(links, before))
            @if differing.is_empty() { mark.gap { span.visually-hidden { "(nothing here)" } } }
            @else { mark { (value(links, differing)) } }
            (value(links, after))
        } @else { (value(links, of)) }
    }
}

/// The components of two URIs (RFC 3986 §3), as they were sent; nothing where one of the values is no URI.
fn components(links: &Links, left: &str, right: &str) -> Markup {
    html! {
        @if let (Some(left), Some(right)) = (Components::of(left), Components::of(right)) {
            table.components {
                caption { "By component" }
                thead { tr { th scope="col" { "Component" } th scope="col" { "Earlier" } th scope="col" { "Later" } th scope="col" { "Same" } } }
                tbody {
                    @for (name, (left, right)) in NAMES.iter().zip(left.0.iter().zip(right.0)) {
                        @if !(left.is_empty() && right.is_empty()) {
                            tr.differs[*left != right] {
                                th scope="row" { (name) }
                                td { code { (value(links, left)) } }
                                td { code { (value(links, right)) } }
                                td { @if *left == right { "same" } @else { strong { "differs" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

const NAMES: [&str; 6] = ["scheme", "host", "port", "path", "query", "fragment"];

/// The components of a URI, in the order of their names.
#[derive(Debug, PartialEq, Eq)]
struct Components<'a>([&'a str; 6]);

impl<'a> Components<'a> {
    fn of(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let (rest, fragment) = cut(rest, '#');
        let (rest, query) = cut(rest, '?');
        let path_at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(path_at);
        let port_at = authority.rfind(':').filter(|at| {
            let port = &authority[at + 1..];
            port.bytes().all(|b| b.is_ascii_digit())
        });
        let (host, port) = match port_at {
            Some(at) => (&authority[..at], &authority[at + 1..]),
            None => (authority, ""),
        };
        Some(Self([scheme, host, port, path, query, fragment]))
    }
}

fn cut(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_cut_as_it_was_sent() {
        assert_eq!(
            Components::of("https://App.test:8443/cb/?a=b#c"),
            Some(Components([
                "https", "App.test", "8443", "/cb/", "a=b", "c"
            ]))
        );
        assert_eq!(
            Components::of("http://[::1]/cb"),
            Some(Components(["http", "[::1]", "", "/cb", "", ""]))
        );
        assert_eq!(Components::of("postmessage"), None);
    }

    #[test]
    fn what_differs_is_marked_and_what_is_missing_is_a_gap() {
        let of = |value: &str, differs| SideV1 {
            label: String::new(),
            exchange: 1,
            value: value.to_owned(),
            differs,
        };
        let links = Links::default();
        let longer = marked(&links, &of("/cb/", [3, 4])).into_string();
        assert!(longer.contains("<mark><bdi>/</bdi></mark>"), "{longer}");
        let shorter = marked(&links, &of("/cb", [3, 3])).into_string();
        assert!(shorter.contains("<mark class=\"gap\">"), "{shorter}");
        let broken = marked(&links, &of("é", [1, 1])).into_string();
        assert!(
            broken.contains('é') && !broken.contains("<mark"),
            "{broken}"
        );
    }
}
