//! Undoes content codings (RFC 9110 §8.4.1), in the copy that the tap gets and nowhere else.

use std::io::{self, BufRead, BufReader, Read};

use bytes::Bytes;

/// How many codings on top of each other are undone.
const CODINGS_MAX: usize = 3;
/// The largest window that zstd may ask for, as a power of two: 8 MiB (RFC 8878 §3.1.1.1.2).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const BUFFER_LEN: usize = 8 * 1024;
/// How many bytes more than of the content itself may be between two codings: a coding makes hardly anything longer.
const BETWEEN_EXTRA_MAX: usize = 64 * 1024;

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
    pub(crate) fn decode(self, bytes_max: usize) -> Decoded {
        let Some(coding) = self.coding.filter(|_| !self.bytes.is_empty()) else {
            return Decoded {
                bytes: self.bytes.into(),
                truncated: self.truncated,
                coding: None,
            };
        };
        match read_decoded(&coding, &self.bytes, bytes_max) {
            Some((bytes, End::Reached)) => Decoded {
                bytes: bytes.into(),
                truncated: self.truncated,
                coding: None,
            },
            Some((bytes, End::Beyond)) => cut(bytes),
            // The copy ends before the content does, and so the decoder must fail at the end.
            Some((bytes, End::Broken)) if self.truncated => cut(bytes),
            _ => Decoded {
                bytes: self.bytes.into(),
                truncated: self.truncated,
                coding: Some(coding),
            },
        }
    }

    /// How many bytes there are to decode; 0 where no coding has to be undone.
    pub(crate) fn work(&self) -> usize {
        self.coding.as_ref().map_or(0, |_| self.bytes.len())
    }
}

fn cut(bytes: Vec<u8>) -> Decoded {
    Decoded {
        bytes: bytes.into(),
        truncated: true,
        coding: None,
    }
}

enum End {
    Reached,
    Beyond,
    Broken,
}

/// `None` where a coding is unknown.
fn read_decoded(coding: &str, encoded: &[u8], bytes_max: usize) -> Option<(Vec<u8>, End)> {
    let names: Vec<&str> = coding.split(',').map(str::trim).collect();
    if names.len() > CODINGS_MAX {
        return None;
    }
    let between_max = bytes_max.saturating_add(BETWEEN_EXTRA_MAX);
    let mut reader: Box<dyn Read + '_> = Box::new(encoded);
    for name in names.iter().rev() {
        reader = Box::new(Bounded {
            reader: decoder(name, reader)?,
            remaining: between_max,
        });
    }
    let mut bytes = Vec::new();
    let bound = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let read = reader.take(bound.saturating_add(1)).read_to_end(&mut bytes);
    let end = match read {
        _ if bytes.len() > bytes_max => End::Beyond,
        Ok(_) => End::Reached,
        Err(_) => End::Broken,
    };
    bytes.truncate(bytes_max);
    Some((bytes, end))
}

/// What one coding gives to the next, which may make nothing of it: parts that are empty, or to be skipped. Without a bound
/// a thousand bytes could keep a thread busy for minutes and grow nowhere.
struct Bounded<'a> {
    reader: Box<dyn Read + 'a>,
    remaining: usize,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = buf.len().min(self.remaining);
        if wanted == 0 && !buf.is_empty() {
            return Err(io::Error::other(
                "longer between two codings than the content",
            ));
        }
        let count = self.reader.read(&mut buf[..wanted])?;
        self.remaining -= count;
        Ok(count)
    }
}

fn decoder<'a>(name: &str, reader: Box<dyn Read + 'a>) -> Option<Box<dyn Read + 'a>> {
    match name.to_ascii_lowercase().as_str() {
        "identity" | "" => Some(reader),
        "gzip" | "x-gzip" => Some(Box::new(flate2::read::MultiGzDecoder::new(reader))),
        "deflate" => Some(deflate(reader)),
        "br" => Some(Box::new(brotli::Decompressor::new(reader, BUFFER_LEN))),
        "zstd" => {
            let mut decoder = zstd::stream::read::Decoder::new(reader).ok()?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).ok()?;
            Some(Box::new(decoder))
        }
        _ => None,
    }
}

/// RFC 9110 §8.4.1.2: "deflate" is the zlib format, and "some non-conformant implementations send the 'deflate'
/// compressed data without the zlib wrapper".
fn deflate<'a>(reader: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
    let mut reader = BufReader::new(reader);
    let beginning = reader.fill_buf().unwrap_or_default();
    // The compression method of the zlib header (RFC 1950 §2.2).
    let is_zlib = beginning.first().is_some_and(|byte| byte & 0x0f == 8);
    if is_zlib {
        Box::new(flate2::bufread::ZlibDecoder::new(reader))
    } else {
        Box::new(flate2::bufread::DeflateDecoder::new(reader))
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

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        brotli::CompressorWriter::new(&mut out, 4096, 5, 20)
            .write_all(bytes)
            .unwrap();
        out
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_coding_is_undone() {
        for (coding, bytes) in [
            ("gzip", gzip(TEXT)),
            ("X-GZIP", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", raw_deflate(TEXT)),
            ("br", brotli(TEXT)),
            ("zstd", zstd::encode_all(TEXT, 1).unwrap()),
            ("br, gzip", gzip(&brotli(TEXT))),
            ("identity", TEXT.to_vec()),
        ] {
            let decoded = encoded(coding, &bytes).decode(1000);
            assert_eq!(decoded.bytes, TEXT, "{coding}");
            assert!(!decoded.truncated && decoded.coding.is_none(), "{coding}");
        }
    }

    #[test]
    fn a_bomb_of_every_coding_is_cut_at_the_bound() {
        let zeros = vec![0; 1 << 24];
        for (coding, bomb) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("deflate", raw_deflate(&zeros)),
            ("br", brotli(&zeros)),
            ("zstd", zstd::encode_all(&*zeros, 1).unwrap()),
            ("gzip, gzip, gzip", gzip(&gzip(&gzip(&zeros)))),
        ] {
            let decoded = encoded(coding, &bomb).decode(1000);
            assert_eq!(decoded.bytes, [0; 1000][..], "{coding}");
            assert!(decoded.truncated && decoded.coding.is_none(), "{coding}");
        }
    }

    #[test]
    fn what_swells_between_two_codings_is_given_up() {
        // Ten thousand members without content, and one with, which a reader without a bound would come to.
        let mut between = gzip(b"").repeat(10_000);
        between.extend(gzip(TEXT));
        let swelling = gzip(&between);
        assert!(swelling.len() < between.len() / 100);
        let decoded = encoded("gzip, gzip", &swelling).decode(1000);
        assert_eq!(decoded.coding.as_deref(), Some("gzip, gzip"));
        assert_eq!(decoded.bytes, swelling);
        let decoded = encoded("gzip, gzip", &swelling).decode(1_000_000);
        assert_eq!(decoded.bytes, TEXT);
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
