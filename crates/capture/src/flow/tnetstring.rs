//! Typed netstrings, in which mitmproxy writes its flows: the length, a colon, so many bytes, and a byte that tells the type.
//!
//! Lists and dictionaries are netstrings one behind the other. They are walked when they are asked for, so that nothing is
//! copied, and nothing nests too deeply to be read.

/// An item of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    kind: u8,
    payload: &'a [u8],
}

/// The longest length that is read, in digits.
pub(super) const LENGTH_DIGITS_MAX: usize = 10;

/// The length that digits spell.
pub(super) fn length(digits: &[u8]) -> Option<usize> {
    let is_number =
        (1..=LENGTH_DIGITS_MAX).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_number)?
        .parse()
        .ok()
}

impl<'a> Item<'a> {
    /// The item of this payload and of the type that the byte behind it tells.
    pub(super) fn new(payload: &'a [u8], kind: u8) -> Self {
        Self { kind, payload }
    }

    /// Splits the first item from what is behind it.
    fn first(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let colon = text
            .iter()
            .take(LENGTH_DIGITS_MAX + 1)
            .position(|byte| *byte == b':')?;
        let length = length(&text[..colon])?;
        let (payload, rest) = text[colon + 1..].split_at_checked(length)?;
        let (kind, rest) = rest.split_first()?;
        Some((Self::new(payload, *kind), rest))
    }

    /// The items of a list or a dictionary; none of anything else.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let mut rest = match self.kind {
            b']' | b'}' => self.payload,
            _ => b"",
        };
        std::iter::from_fn(move || {
            let (item, behind) = Self::first(rest)?;
            rest = behind;
            Some(item)
        })
    }

    /// The member of a dictionary; `None` where there is none or it is null.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        let mut items = self.items().filter(|_| self.kind == b'}');
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if key.payload == name.as_bytes() {
                return (value.kind != b'~').then_some(value);
            }
        }
        None
    }

    /// The bytes of a text or of a byte string.
    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        matches!(self.kind, b',' | b';').then_some(self.payload)
    }

    /// A text, or a byte string as text.
    pub(super) fn text(self) -> Option<String> {
        Some(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    /// A number as it is spelled.
    pub(super) fn digits(self) -> Option<&'a str> {
        std::str::from_utf8(self.payload)
            .ok()
            .filter(|_| matches!(self.kind, b'#' | b'^'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(text: &[u8]) -> Option<Item<'_>> {
        Item::first(text).map(|(item, _)| item)
    }

    #[test]
    fn every_type_is_read() {
        let members = "3:url;3:a/b,4:time;4:12.5^4:port;3:443#4:none;0:~";
        let text = format!("{}:{members}}}", members.len());
        let dict = item(text.as_bytes()).unwrap();
        assert_eq!(dict.member("url").unwrap().text().as_deref(), Some("a/b"));
        assert_eq!(dict.member("time").unwrap().digits(), Some("12.5"));
        assert_eq!(dict.member("port").unwrap().digits(), Some("443"));
        assert_eq!(dict.member("none"), None);
        assert_eq!(dict.member("other"), None);
        let list = item(b"8:1:a;1:b,]").unwrap();
        assert_eq!(
            list.items().filter_map(Item::text).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn what_is_no_netstring_is_none() {
        for text in [
            "",
            ":",
            "3:ab",
            "2:ab",
            "x:ab,",
            "-1:a,",
            "99999999999:a,",
            "1",
        ] {
            assert_eq!(item(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            for kind in *b"]},;#^!~" {
                let item = Item::new(&bytes, kind);
                prop_assert!(item.items().count() <= bytes.len());
                let _walked = (item.member("a"), item.text(), item.digits());
            }
        }
    }
}
