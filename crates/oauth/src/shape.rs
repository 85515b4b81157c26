//! What a value looks like that is sent in the place of a secret and is none.

use crate::mask;

/// A look by which a value gives itself away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A URL, or the path of one.
    Url,
    /// What a program writes that has no value: `undefined`, `null`, `[object Object]`, `{code}`.
    Placeholder,
    /// Several parameters: the rest of a query came along.
    Query,
    /// White space or control characters within, as where a `+` was decoded.
    Spaced,
    /// A text that somebody shortened for a report: what equals it need not have equalled the value, and what differs may have.
    Shortened,
    /// What somebody wrote who took the value out of the capture.
    Masked,
}

/// What programs write where they have no value.
const NO_VALUE: [&str; 7] = [
    "undefined",
    "null",
    "none",
    "nil",
    "nan",
    "[object object]",
    "true",
];

impl Shape {
    /// All shapes, in the order of their letters in a placeholder.
    pub const ALL: [Self; 6] = [
        Self::Url,
        Self::Placeholder,
        Self::Query,
        Self::Spaced,
        Self::Shortened,
        Self::Masked,
    ];

    /// The shape of a text; `None` for what may be a secret.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let within = text.trim();
        let encloses = |start, end| within.starts_with(start) && within.ends_with(end);
        let is_no_value = |known: &&str| known.eq_ignore_ascii_case(within);
        if mask::is_mask(within) {
            Some(Self::Masked)
        } else if mask::is_in_part(within) || within.contains("...") || within.contains('…') {
            Some(Self::Shortened)
        } else if NO_VALUE.iter().any(is_no_value) || encloses('{', '}') || within.starts_with('$')
        {
            Some(Self::Placeholder)
        } else if within.contains("://") || within.starts_with('/') {
            Some(Self::Url)
        } else if within.contains('&') && within.contains('=') {
            Some(Self::Query)
        } else if !is_visible(within)
            && within.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            Some(Self::Spaced)
        } else {
            None
        }
    }
}

/// Whether it is seen at once that a text has neither white space nor control characters.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_gives_itself_away() {
        let cases = [
            ("/favicon.ico", Shape::Url),
            ("https://app.test/cb?code=1", Shape::Url),
            ("undefined", Shape::Placeholder),
            ("[object Object]", Shape::Placeholder),
            ("{{code}}", Shape::Placeholder),
            ("1970128947389014f72f8bc5c&scope=view", Shape::Query),
            ("abc def", Shape::Spaced),
            ("eyJhbGciOi...", Shape::Shortened),
            ("AQBxxxx", Shape::Shortened),
            ("[REDACTED]", Shape::Masked),
        ];
        for (text, shape) in cases {
            assert_eq!(Shape::of(text), Some(shape), "{text}");
        }
    }

    #[test]
    fn a_secret_has_no_shape() {
        for text in [
            "",
            "4/0AX4XfWh-1_2",
            "a.b.c",
            "12349S4aR+9KsgHfB0adpTYxNA==",
            " padded ",
            "1000.2f3b",
        ] {
            assert_eq!(Shape::of(text), None, "{text}");
        }
    }
}
