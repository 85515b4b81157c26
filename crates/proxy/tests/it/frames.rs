//! HTTP/2 as frames (RFC 9113 §4.1), for what no library would send.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
/// The frame, whose name the flag has too.
pub(crate) const PRIORITY_FRAME: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;
/// RFC 7838 §4.
pub(crate) const ALTSVC: u8 = 10;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const PADDED: u8 = 8;
pub(crate) const PRIORITY: u8 = 32;
/// Of SETTINGS and PING.
pub(crate) const ACK: u8 = 1;

pub(crate) const PROTOCOL_ERROR: u32 = 1;
pub(crate) const FLOW_CONTROL_ERROR: u32 = 3;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame as it was read.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The reason that a `GOAWAY` or `RST_STREAM` gives.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The preface of a client with settings that change nothing.
pub(crate) fn hello() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// The fields of a request without compression (RFC 7541): method, `http`, `/`, and an authority of one letter.
pub(crate) fn fields(method: &str) -> Vec<u8> {
    let method = if method == "POST" { 0x83 } else { 0x82 };
    vec![method, 0x86, 0x84, 0x01, 1, b'a']
}

/// A field that the decoder is not to remember.
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        assert!(text.len() < 127);
        bytes.push(u8::try_from(text.len()).unwrap());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// What a client begins with; what comes after are frames.
pub(crate) async fn read_preface<T: AsyncRead + Unpin>(stream: &mut T) {
    let mut preface = [0; PREFACE.len()];
    stream.read_exact(&mut preface).await.unwrap();
    assert_eq!(preface, PREFACE);
}

/// The next frame, if there is one.
pub(crate) async fn read_frame<T: AsyncRead + Unpin>(stream: &mut T) -> Option<Frame> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.ok()?;
    Some(Frame {
        kind: head[3],
        stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
        payload,
    })
}

/// The first frame of these kinds; `None` where the connection ends without.
pub(crate) async fn first_of<T: AsyncRead + Unpin>(stream: &mut T, kinds: &[u8]) -> Option<Frame> {
    while let Some(frame) = read_frame(stream).await {
        if kinds.contains(&frame.kind) {
            return Some(frame);
        }
    }
    None
}

/// Writes the same again and again; how many bytes went out before the other side had enough, or closed. Meanwhile the
/// clock stands still, and jumps when everybody waits.
pub(crate) async fn flood<T>(mut stream: T, piece: &[u8], bytes_max: usize) -> usize
where
    T: tokio::io::AsyncWrite + Unpin,
{
    let quiet = std::time::Duration::from_secs(1);
    let many = piece.repeat(16 * 1024 / piece.len() + 1);
    tokio::time::pause();
    let mut sent = 0;
    while sent < bytes_max {
        match tokio::time::timeout(quiet, stream.write_all(&many)).await {
            Ok(Ok(())) => sent += many.len(),
            Ok(Err(_)) | Err(_) => break,
        }
    }
    tokio::time::resume();
    sent
}
