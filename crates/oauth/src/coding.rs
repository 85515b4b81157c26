//! Undoes content codings (RFC 9110 §8.4.1) in memory, within bounds.

use std::io::{self, BufRead, BufReader, Read};

/// How many codings on top of each other are undone.
const CODINGS_MAX: usize = 3;
/// The largest window that zstd may ask for, as a power of two: 8 MiB (RFC 8878 §3.1.1.1.2).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const BUFFER_BYTES: usize = 8 * 1024;
/// How many bytes more than of the content itself may be between two codings: a coding makes hardly anything longer.
const BETWEEN_EXTRA_MAX: usize = 64 * 1024;

/// A content without its codings.
#[derive(Debug, PartialEq, Eq)]
pub struct Undone {
    /// The content, or its beginning.
    pub bytes: Vec<u8>,
    /// Where it ends.
    pub end: End,
}

/// How far a content could be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// To its end.
    Reached,
    /// To the bound: it is longer.
    Beyond,
    /// To where it is no longer encoded as its codings ask.
    Broken,
}

/// Undoes the codings of a `Content-Encoding`, and gives at most so many bytes of the content.
///
/// `None` where a coding is not known, or there are more than three.
pub fn undone(codings: &str, encoded: &[u8], bytes_max: usize) -> Option<Undone> {
    let names: Vec<&str> = codings.split(',').map(str::trim).collect();
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
    Some(Undone { bytes, end })
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
        "br" => Some(Box::new(brotli::Decompressor::new(reader, BUFFER_BYTES))),
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
    use std::io::Write as _;

    use super::*;

    const TEXT: &[u8] = b"{\"error\":\"invalid_grant\"}";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
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
        for (codings, encoded) in [
            ("gzip", gzip(TEXT)),
            ("X-GZIP", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", raw_deflate(TEXT)),
            ("br", brotli(TEXT)),
            ("zstd", zstd::encode_all(TEXT, 1).unwrap()),
            ("br, gzip", gzip(&brotli(TEXT))),
            ("identity", TEXT.to_vec()),
        ] {
            let whole = undone(codings, &encoded, 1000).unwrap();
            assert_eq!(
                (&*whole.bytes, whole.end),
                (TEXT, End::Reached),
                "{codings}"
            );
        }
    }

    #[test]
    fn a_bomb_of_every_coding_is_cut_at_the_bound() {
        let zeros = vec![0; 1 << 24];
        for (codings, bomb) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("deflate", raw_deflate(&zeros)),
            ("br", brotli(&zeros)),
            ("zstd", zstd::encode_all(&*zeros, 1).unwrap()),
            ("gzip, gzip, gzip", gzip(&gzip(&gzip(&zeros)))),
        ] {
            let cut = undone(codings, &bomb, 1000).unwrap();
            assert_eq!(
                (cut.bytes, cut.end),
                (vec![0; 1000], End::Beyond),
                "{codings}"
            );
        }
    }

    #[test]
    fn what_swells_between_two_codings_is_given_up() {
        // Ten thousand members without content, and one with, which a reader without a bound would come to.
        let mut between = gzip(b"").repeat(10_000);
        between.extend(gzip(TEXT));
        let swelling = gzip(&between);
        assert!(swelling.len() < between.len() / 100);
        let given_up = undone("gzip, gzip", &swelling, 1000).unwrap();
        assert_eq!((given_up.bytes, given_up.end), (Vec::new(), End::Broken));
        let whole = undone("gzip, gzip", &swelling, 1_000_000).unwrap();
        assert_eq!((&*whole.bytes, whole.end), (TEXT, End::Reached));
    }

    #[test]
    fn what_is_not_encoded_is_broken_and_an_unknown_coding_is_none() {
        assert_eq!(undone("gzip", TEXT, 1000).unwrap().end, End::Broken);
        for codings in ["dcb", "gzip, dcb", "br, br, br, br"] {
            assert_eq!(undone(codings, TEXT, 1000), None);
        }
    }
}
