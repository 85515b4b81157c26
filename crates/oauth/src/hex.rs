//! Bytes in hexadecimal, in lower case.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Writes bytes behind a text.
pub(crate) fn push(to: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            to.push(char::from(DIGITS[usize::from(half)]));
        }
    }
}

/// Bytes as a text.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push(&mut text, bytes);
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_byte_is_two_digits() {
        assert_eq!(super::text(&[0x00, 0x0f, 0xa0, 0xff]), "000fa0ff");
    }
}
