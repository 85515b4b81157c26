//! The content of a request or response in HAR, read into bytes.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use form_urlencoded::byte_serialize;
use grantscope_oauth::coding::{End, undone};
use grantscope_oauth::{Body, Headers, is_mask, placeholder};

use crate::har::spec::{BodyExtra, Content, Param, PostData};

/// The content of a request.
pub(super) fn of_request(data: Option<PostData>, size: i64, headers: &Headers) -> Body {
    let Some(data) = data else {
        return sized(Body::default(), size, headers);
    };
    let bytes = if data.text.is_empty() {
        Bytes::from(form(&data.params))
    } else {
        decoded(data.text, &data.encoding)
    };
    let is_cut = is_shorter_than_sent(&bytes, headers);
    let mut body = body(bytes, [size, -1], data.grantscope, headers);
    body.truncated |= is_cut && !body.bytes.is_empty();
    body
}

/// Whether the header tells of more bytes than the capture holds (RFC 9110 §8.6): a tool or a person cut the content off.
fn is_shorter_than_sent(bytes: &[u8], headers: &Headers) -> bool {
    let sent = headers.first("content-length");
    let sent = sent.and_then(|length| length.trim().parse::<usize>().ok());
    let is_shorter = sent.is_some_and(|sent| sent > bytes.len());
    is_shorter && headers.first("content-encoding").is_none() && !is_cleaned(bytes)
}

/// Whether something else stands in the place of a secret, which has another length.
fn is_cleaned(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split(['&', '=', '"']);
    placeholder::digests(bytes).next().is_some() || parts.any(is_mask)
}

/// The content of a response.
pub(super) fn of_response(content: Content, size: i64, headers: &Headers) -> Body {
    let bytes = decoded(content.text, &content.encoding);
    body(bytes, [size, content.size], content.grantscope, headers)
}

/// Messages of OAuth are far shorter; of images and scripts, the rest is dropped.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// `sizes`: the length on the wire, then the length of the decoded content, each negative where it is not known.
fn body(bytes: Bytes, sizes: [i64; 2], extra: Option<BodyExtra>, headers: &Headers) -> Body {
    let [wire, content] = sizes;
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let is_long = bytes.len() > BODY_BYTES_MAX;
    // Browsers write 0 on the wire where the content came from their cache.
    let size = [wire, content]
        .into_iter()
        .find(|&size| size > 0)
        .unwrap_or(length);
    let extra = extra.unwrap_or_default();
    let body = Body {
        bytes: if is_long {
            // A copy, since a slice would keep the whole content in memory.
            Bytes::copy_from_slice(&bytes[..BODY_BYTES_MAX])
        } else {
            bytes
        },
        size: 0,
        truncated: extra.truncated || is_long,
        coding: extra.coding,
    };
    sized(body, size, headers)
}

fn sized(mut body: Body, size: i64, headers: &Headers) -> Body {
    body.size = u64::try_from(size).unwrap_or_default();
    body.truncated |= body.bytes.is_empty() && body.size > 0;
    if body.coding.is_none() && may_be_encoded(&body.bytes) {
        undo_coding(&mut body, headers);
    }
    body
}

/// HAR asks for contents without their codings. A few tools keep them, which shows by the bytes.
fn undo_coding(body: &mut Body, headers: &Headers) {
    let Some(codings) = headers.first("content-encoding") else {
        return;
    };
    let undone = undone(codings, &body.bytes, BODY_BYTES_MAX);
    if let Some(undone) = undone.filter(|it| it.end != End::Broken) {
        body.bytes = Bytes::from(undone.bytes);
        body.truncated |= undone.end == End::Beyond;
    } else if has_mark(&body.bytes) {
        body.coding = Some(codings.to_owned());
    }
}

fn may_be_encoded(bytes: &[u8]) -> bool {
    has_mark(bytes) || std::str::from_utf8(bytes).is_err()
}

/// Whether a content begins as gzip (RFC 1952 §2.3.1) or zstd (RFC 8878 §3.1.1) does. The others have no mark.
fn has_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B]) || bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
}

fn decoded(text: String, encoding: &str) -> Bytes {
    if !encoding.eq_ignore_ascii_case("base64") {
        return Bytes::from(text);
    }
    let standard: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    LENIENT
        .decode(standard)
        .map_or_else(|_| Bytes::from(text), Bytes::from)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The form that these parameters came from. Some tools decode them and others do not: where no value holds a
/// character that a form cannot hold, and one holds `%`, all are taken as they were sent.
fn form(params: &[Param]) -> String {
    let texts = || params.iter().flat_map(|param| [&param.name, &param.value]);
    let as_sent =
        texts().all(|text| text.bytes().all(of_a_form)) && texts().any(|text| text.contains('%'));
    let spelled = |text: &String| {
        if as_sent {
            text.clone()
        } else {
            byte_serialize(text.as_bytes()).collect()
        }
    };
    let pairs: Vec<String> = params
        .iter()
        .map(|param| format!("{}={}", spelled(&param.name), spelled(&param.value)))
        .collect();
    pairs.join("&")
}

fn of_a_form(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_' | b'~' | b'+' | b'%')
}
