//! The copy of a content that goes by.

use grantscope_oauth::Body;
use http::{HeaderMap, header};

use crate::coding::Encoded;

/// The copy of a content, up to a bound. It is a real one: a handle to what goes by would keep the whole buffer that
/// it was read into, and a server that sends single bytes could fill the memory with such buffers.
pub(crate) struct Copy {
    encoded: Encoded,
    size: u64,
}

impl Copy {
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        let codings: Vec<&str> = headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        Self {
            encoded: Encoded {
                coding: (!codings.is_empty()).then(|| codings.join(", ")),
                ..Encoded::default()
            },
            size: 0,
        }
    }

    pub(crate) fn push(&mut self, data: &[u8], copied_max: usize) {
        self.size += data.len() as u64;
        let wanted = data.len().min(copied_max - self.encoded.bytes.len());
        self.encoded.truncated |= wanted < data.len();
        self.encoded.bytes.extend_from_slice(&data[..wanted]);
    }

    /// Says that the end is missing, unless the content was whole.
    pub(crate) fn cut_unless(&mut self, whole: bool) {
        self.encoded.truncated |= !whole;
    }

    /// How many bytes there are to decode.
    pub(crate) fn work(&self) -> usize {
        self.encoded.work()
    }

    /// The content as the tap gets it.
    pub(crate) fn body(self, bytes_max: usize) -> Body {
        let decoded = self.encoded.decode(bytes_max);
        Body {
            bytes: decoded.bytes,
            size: self.size,
            truncated: decoded.truncated,
            coding: decoded.coding,
        }
    }
}
