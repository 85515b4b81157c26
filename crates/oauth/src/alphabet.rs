//! Which characters a secret is made of.

/// The smallest of the usual alphabets that holds all characters of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// No character at all.
    Empty,
    /// `0`–`9`.
    Digits,
    /// Hexadecimal digits of one case.
    Hex,
    /// Letters, digits, `-` and `_` (RFC 4648 §5).
    Base64Url,
    /// The unreserved characters of a URI (RFC 3986 §2.3), which a code verifier is made of.
    Unreserved,
    /// Letters, digits, `+`, `/` and `=` (RFC 4648 §4).
    Base64,
    /// Other visible ASCII characters.
    Ascii,
    /// Characters beyond visible ASCII, white space included.
    Other,
}

impl Alphabet {
    /// All alphabets, the smallest first.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::Digits,
        Self::Hex,
        Self::Base64Url,
        Self::Unreserved,
        Self::Base64,
        Self::Ascii,
        Self::Other,
    ];

    pub(crate) fn of(text: &str) -> Self {
        let all = |holds: fn(u8) -> bool| text.bytes().all(holds);
        if text.is_empty() {
            Self::Empty
        } else if all(|b| b.is_ascii_digit()) {
            Self::Digits
        } else if all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            || all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        {
            Self::Hex
        } else if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            Self::Base64Url
        } else if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~')) {
            Self::Unreserved
        } else if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
            Self::Base64
        } else if all(|b| b.is_ascii_graphic()) {
            Self::Ascii
        } else {
            Self::Other
        }
    }
}
