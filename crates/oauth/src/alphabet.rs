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
        if text.is_empty() {
            return Self::Empty;
        }
        let all = text
            .bytes()
            .fold(u8::MAX, |all, byte| all & SETS[usize::from(byte)]);
        let smallest = NAMES.get(all.trailing_zeros() as usize);
        smallest.copied().unwrap_or(Self::Other)
    }
}

/// The alphabets that are sets of bytes, the smallest first. Hexadecimal digits are one set in each case.
const NAMES: [Alphabet; 7] = [
    Alphabet::Digits,
    Alphabet::Hex,
    Alphabet::Hex,
    Alphabet::Base64Url,
    Alphabet::Unreserved,
    Alphabet::Base64,
    Alphabet::Ascii,
];

/// For each byte the sets that hold it, each a bit: a secret is read once, and not once for each.
const SETS: [u8; 256] = {
    let mut sets = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let is_word = byte.is_ascii_alphanumeric();
        let holds = [
            byte.is_ascii_digit(),
            byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
            byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'),
            is_word || matches!(byte, b'-' | b'_'),
            is_word || matches!(byte, b'-' | b'_' | b'.' | b'~'),
            is_word || matches!(byte, b'+' | b'/' | b'='),
            byte.is_ascii_graphic(),
        ];
        let mut set = 0;
        while set < holds.len() {
            sets[byte as usize] |= (holds[set] as u8) << set;
            set += 1;
        }
        byte += 1;
    }
    sets
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_alphabet_holds_all_characters() {
        for (text, expected) in [
            ("", Alphabet::Empty),
            ("0123", Alphabet::Digits),
            ("0a1f", Alphabet::Hex),
            ("0A1F", Alphabet::Hex),
            ("0aF", Alphabet::Base64Url),
            ("a-_Z", Alphabet::Base64Url),
            ("a.b~", Alphabet::Unreserved),
            ("a+/=", Alphabet::Base64),
            ("a+-", Alphabet::Ascii),
            ("a b", Alphabet::Other),
            ("\u{e9}", Alphabet::Other),
        ] {
            assert_eq!(Alphabet::of(text), expected, "{text}");
        }
    }
}
