//! Undoes content codings (RFC 9110 §8.4.1) in captures of tools that keep contents as they were on the wire.

use std::io::{BufRead, BufReader, Read};

/// How many codings on top of each other are undone.
const CODINGS_MAX: usize = 3;
/// The largest window that zstd may ask for, as a power of two: 8 MiB (RFC 8878 §3.1.1.1.2).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const BUFFER_BYTES: usize = 8 * 1024;
/// How many bytes more than of the content itself may be between two codings, which may be parts without content.
const BETWEEN_EXTRA_MAX: usize = 64 * 1024;

/// A content without its codings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undone {
    pub(crate) bytes: Vec<u8>,
    /// Whether the content is longer than was asked for.
    pub(crate) is_cut: bool,
}

/// Undoes the codings of `Content-Encoding`; `None` where one is not known, or the content is not encoded by it.
pub(crate) fn undone(codings: &str, encoded: &[u8], bytes_max: usize) -> Option<Undone> {
    let names: Vec<&str> = codings.split(',').map(str::trim).collect();
    if names.len() > CODINGS_MAX {
        return None;
    }
    let (first_applied, others) = names.split_first()?;
    let mut content = encoded.to_vec();
    for name in others.iter().rev() {
        let undone = undone_once(name, &content, bytes_max.saturating_add(BETWEEN_EXTRA_MAX))?;
        if undone.is_cut {
            return None;
        }
        content = undone.bytes;
    }
    undone_once(first_applied, &content, bytes_max)
}

fn undone_once(name: &str, encoded: &[u8], bytes_max: usize) -> Option<Undone> {
    let mut bytes = Vec::new();
    let reader = decoder(name, Box::new(encoded))?;
    let read = reader.take(bytes_max as u64 + 1).read_to_end(&mut bytes);
    let is_cut = bytes.len() > bytes_max;
    bytes.truncate(bytes_max);
    (is_cut || read.is_ok()).then_some(Undone { bytes, is_cut })
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

/// With or without the wrapper of zlib (RFC 9110 §8.4.1.2), whose first byte tells the compression method (RFC 1950 §2.2).
fn deflate<'a>(reader: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
    let mut reader = BufReader::new(reader);
    let beginning = reader.fill_buf().unwrap_or_default();
    if beginning.first().is_some_and(|byte| byte & 0x0f == 8) {
        Box::new(flate2::bufread::ZlibDecoder::new(reader))
    } else {
        Box::new(flate2::bufread::DeflateDecoder::new(reader))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"{\"error\":\"invalid_grant\"}";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 5, 20);
        encoder.write_all(bytes).unwrap();
        drop(encoder);
        out
    }

    #[test]
    fn every_coding_is_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(TEXT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(TEXT).unwrap();
        for (codings, encoded) in [
            ("gzip", gzip(TEXT)),
            ("X-GZIP", gzip(TEXT)),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("br", brotli(TEXT)),
            ("zstd", zstd::encode_all(TEXT, 1).unwrap()),
            ("br, gzip", gzip(&brotli(TEXT))),
        ] {
            assert_eq!(
                undone(codings, &encoded, 1000).unwrap().bytes,
                TEXT,
                "{codings}"
            );
        }
    }

    #[test]
    fn what_swells_between_two_codings_is_given_up() {
        let mut between = gzip(b"").repeat(10_000);
        between.extend(gzip(TEXT));
        let swelling = gzip(&between);
        assert_eq!(undone("gzip, gzip", &swelling, 1000), None);
        let whole = undone("gzip, gzip", &swelling, 1_000_000).unwrap();
        assert_eq!(whole.bytes, TEXT);
    }

    #[test]
    fn a_bomb_is_cut_and_what_is_not_encoded_is_none() {
        let bomb = undone("gzip", &gzip(&vec![0; 1 << 24]), 1000).unwrap();
        assert!(bomb.is_cut && bomb.bytes.len() == 1000);
        for codings in ["gzip", "dcb", "br, br, br, br"] {
            assert_eq!(undone(codings, TEXT, 1000), None);
        }
    }
}
