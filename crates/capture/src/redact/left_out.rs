//! What is told of a content, or of the end of one, that is left out: its length and its label.

/// What stands for a content that is left out: `[grantscope: 2,345 bytes of text/html not kept]`.
pub(super) fn left_out(length: usize, label: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-.".contains(&b);
    let is_plain = !label.is_empty() && label.len() <= 60 && label.bytes().all(plain);
    let label = if is_plain { label } else { "unknown type" };
    format!("{START}{} bytes of {label}{END}", grouped(length))
}

const START: &str = "[grantscope: ";
const END: &str = " not kept]";

/// Whether a text stands for a content that was left out before.
pub(super) fn is_left_out(text: &str) -> bool {
    let inner = text
        .strip_prefix(START)
        .and_then(|text| text.strip_suffix(END));
    let Some((length, label)) = inner.and_then(|inner| inner.split_once(" bytes of ")) else {
        return false;
    };
    let length: Option<usize> = length.replace(',', "").parse().ok();
    length.is_some_and(|length| left_out(length, label) == text)
}

/// A number with its digits in groups of three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
