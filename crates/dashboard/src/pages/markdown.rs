//! The little of Markdown that the pages of causes use in a line: code, bold and links.

use maud::{Markup, html};

/// A line of a page of ours.
pub(super) fn line(of: &str) -> Markup {
    html! { @for piece in pieces(of) { (piece.markup()) } }
}

/// The items of the lists in a text, each as one line.
pub(super) fn items(of: &str) -> impl Iterator<Item = &str> {
    of.lines()
        .filter_map(|line| line.trim().strip_prefix("- "))
        .map(str::trim)
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Code(&'a str),
    Bold(&'a str),
    Link(&'a str),
}

impl Piece<'_> {
    fn markup(&self) -> Markup {
        html! {
            @match self {
                Self::Text(text) => (text),
                Self::Code(text) => code { (text) },
                Self::Bold(text) => strong { (text) },
                Self::Link(url) => a href=(url) rel="noreferrer" { (url) },
            }
        }
    }
}

fn pieces(of: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = of;
    while let Some((at, open, close)) = next_mark(rest) {
        let inner = &rest[at + open.len()..];
        let Some(end) = inner.find(close) else { break };
        pieces.extend((at > 0).then_some(Piece::Text(&rest[..at])));
        let inside = &inner[..end];
        pieces.push(match open {
            "`" => Piece::Code(inside),
            "**" => Piece::Bold(inside),
            _ => Piece::Link(&rest[at + 1..=at + open.len() - 1 + end]),
        });
        rest = &inner[end + close.len()..];
    }
    pieces.extend((!rest.is_empty()).then_some(Piece::Text(rest)));
    pieces
}

/// The first mark: where it is, how it begins and how it ends.
fn next_mark(of: &str) -> Option<(usize, &'static str, &'static str)> {
    let marks = [("`", "`"), ("**", "**"), ("<https://", ">")];
    let found = marks.into_iter();
    let found = found.filter_map(|(open, close)| Some((of.find(open)?, open, close)));
    found.min_by_key(|(at, ..)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_its_marks() {
        assert_eq!(
            pieces("Okta says `no`: **twice**, <https://a.test/b>."),
            [
                Piece::Text("Okta says "),
                Piece::Code("no"),
                Piece::Text(": "),
                Piece::Bold("twice"),
                Piece::Text(", "),
                Piece::Link("https://a.test/b"),
                Piece::Text("."),
            ]
        );
        assert_eq!(pieces("a `b"), [Piece::Text("a `b")]);
    }

    #[test]
    fn items_are_those_of_lists() {
        let of = "Text.\n\n- One `a`.\n- Two.\n";
        assert_eq!(items(of).collect::<Vec<_>>(), ["One `a`.", "Two."]);
    }
}
