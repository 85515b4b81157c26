//! What a client speaks, told from its first bytes.

use std::io;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::time::timeout;

use crate::rewind::Rewind;

/// How long a beginning that fits several protocols is given to become clear. A client that waits for the server
/// after half a line is no HTTP client.
const UNCLEAR_FOR_MAX: Duration = Duration::from_secs(1);
/// How long a request line may be: hyper's own bound for a URI is just below.
const LINE_LEN_MAX: usize = 72 * 1024;
/// The longest method that is taken for one: the registered ones have at most 17 characters.
const METHOD_LEN_MAX: usize = 64;
/// How HTTP/2 with prior knowledge begins (RFC 9113 §3.4).
const HTTP2_PREFACE_LINE: &[u8] = b"PRI * HTTP/2.0";

/// What the first bytes are the beginning of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detection {
    /// A TLS handshake record (RFC 8446 §5.1).
    Tls,
    /// A request line of HTTP/1.
    Http1,
    /// The preface of HTTP/2.
    Http2,
    /// Anything else.
    Opaque,
}

/// Reads ahead until it is clear what the stream is; `None` where it ends before the first byte.
///
/// There is no bound on the wait for the first byte: browsers open connections ahead of need. Cancelling loses nothing.
pub(crate) async fn detect<T>(stream: &mut Rewind<T>) -> io::Result<Option<Detection>>
where
    T: AsyncRead + Unpin,
{
    if stream.ahead().is_empty() && stream.read_ahead().await? == 0 {
        return Ok(None);
    }
    loop {
        if let Some(detection) = classify(stream.ahead()) {
            return Ok(Some(detection));
        }
        match timeout(UNCLEAR_FOR_MAX, stream.read_ahead()).await {
            Ok(Ok(1..)) => {}
            Ok(Err(error)) => return Err(error),
            Ok(Ok(0)) | Err(_) => return Ok(Some(Detection::Opaque)),
        }
    }
}

/// `None` where more bytes are needed.
pub(crate) fn classify(beginning: &[u8]) -> Option<Detection> {
    match beginning {
        [] | [0x16 | b'\r'] => None,
        [0x16, 0x03, ..] => Some(Detection::Tls),
        _ => classify_line(beginning),
    }
}

fn classify_line(beginning: &[u8]) -> Option<Detection> {
    // RFC 9112 §2.2: a server ignores an empty line before the request line.
    let beginning = beginning.strip_prefix(b"\r\n").unwrap_or(beginning);
    let method_len = beginning.iter().take_while(|byte| is_token(**byte)).count();
    match beginning.get(method_len) {
        None if method_len <= METHOD_LEN_MAX => return None,
        Some(b' ') if (1..=METHOD_LEN_MAX).contains(&method_len) => {}
        _ => return Some(Detection::Opaque),
    }
    let Some(line_len) = beginning.iter().position(|byte| *byte == b'\n') else {
        return (beginning.len() > LINE_LEN_MAX).then_some(Detection::Opaque);
    };
    let line = &beginning[..line_len];
    Some(complete_line(line.strip_suffix(b"\r").unwrap_or(line)))
}

fn complete_line(line: &[u8]) -> Detection {
    if line == HTTP2_PREFACE_LINE {
        return Detection::Http2;
    }
    match line.rsplitn(2, |byte| *byte == b' ').next() {
        Some(b"HTTP/1.1" | b"HTTP/1.0") => Detection::Http1,
        _ => Detection::Opaque,
    }
}

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_told_by_their_beginning() {
        for (beginning, expected) in [
            (&b"\x16\x03\x01\x02"[..], Some(Detection::Tls)),
            (b"\x16", None),
            (b"GET / HTTP/1.1\r\nHost", Some(Detection::Http1)),
            (b"M-SEARCH * HTTP/1.1\r\n", Some(Detection::Http1)),
            (b"\r\nGET / HTTP/1.0\n", Some(Detection::Http1)),
            (b"\r", None),
            (b"GE", None),
            (b"GET /", None),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Some(Detection::Http2)),
            (b"EHLO example\r\n", Some(Detection::Opaque)),
            (b"*1\r\n$4\r\nPING\r\n", Some(Detection::Opaque)),
            (b"\0\0\0\x08\x04\xd2\x16\x2f", Some(Detection::Opaque)),
            (b" GET / HTTP/1.1\r\n", Some(Detection::Opaque)),
        ] {
            assert_eq!(classify(beginning), expected, "{beginning:?}");
        }
    }

    #[tokio::test]
    async fn a_stream_that_ends_at_once_is_nothing() {
        assert_eq!(detect(&mut Rewind::new(&b""[..])).await.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_in_its_first_line_is_opaque() {
        let (mut client, server) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut client, b"HELLO")
            .await
            .unwrap();
        let mut server = Rewind::new(server);
        let detection = detect(&mut server).await.unwrap();
        assert_eq!(detection, Some(Detection::Opaque));
        assert_eq!(server.ahead(), b"HELLO");
    }
}
