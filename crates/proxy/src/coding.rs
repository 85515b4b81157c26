//! The copied beginning of a content, without its content codings (RFC 9110 §8.4.1).

use bytes::Bytes;
use grantscope_oauth::coding::{End, Undone, undone};

/// What came out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) bytes: Bytes,
    /// Whether `bytes` lacks the end.
    pub(crate) truncated: bool,
    /// The codings that are still on `bytes`.
    pub(crate) coding: Option<String>,
}

/// The copied beginning of a content.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    /// Whether `bytes` lacks the end.
    pub(crate) truncated: bool,
    /// `Content-Encoding`.
    pub(crate) coding: Option<String>,
}

impl Encoded {
    /// The content, with the codings undone as far as they can be and at most `bytes_max` bytes of it.
    pub(crate) fn decode(mut self, bytes_max: usize) -> Decoded {
        let coding = self.coding.take().filter(|_| !self.bytes.is_empty());
        let read = |coding: &String| undone(coding, &self.bytes, bytes_max);
        // A copy ends before its content does, and so a decoder must fail at the end of it.
        let fits = |it: &Undone| it.end != End::Broken || self.truncated;
        match coding.as_ref().and_then(read).filter(fits) {
            Some(Undone { bytes, end }) => Decoded {
                bytes: bytes.into(),
                truncated: self.truncated || end == End::Beyond,
                coding: None,
            },
            None => Decoded {
                bytes: self.bytes.into(),
                truncated: self.truncated,
                coding,
            },
        }
    }

    /// How many bytes there are to decode; 0 where no coding has to be undone.
    pub(crate) fn work(&self) -> usize {
        self.coding.as_ref().map_or(0, |_| self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"{\"error\":\"invalid_grant\"}";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn encoded(coding: &str, bytes: &[u8]) -> Encoded {
        Encoded {
            bytes: bytes.to_vec(),
            truncated: false,
            coding: Some(coding.to_owned()),
        }
    }

    #[test]
    fn what_is_longer_than_the_bound_lacks_its_end() {
        let decoded = encoded("gzip", &gzip(TEXT)).decode(5);
        assert_eq!(decoded.bytes, TEXT[..5]);
        assert!(decoded.truncated && decoded.coding.is_none());
    }

    #[test]
    fn a_cut_copy_gives_its_beginning() {
        let noise: Vec<u8> = (0..10_000u32)
            .flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes())
            .collect();
        let whole = gzip(&noise);
        let mut half = encoded("gzip", &whole[..whole.len() / 2]);
        half.truncated = true;
        let decoded = half.decode(100_000);
        assert!(decoded.truncated && decoded.coding.is_none());
        assert!(!decoded.bytes.is_empty() && noise.starts_with(&decoded.bytes));
    }

    #[test]
    fn what_cannot_be_undone_stays_encoded_and_says_so() {
        for (coding, bytes) in [("gzip", TEXT), ("dcb", TEXT), ("br, br, br, br", TEXT)] {
            let decoded = encoded(coding, bytes).decode(1000);
            assert_eq!(decoded.bytes, TEXT);
            assert_eq!(decoded.coding.as_deref(), Some(coding));
        }
    }
}
