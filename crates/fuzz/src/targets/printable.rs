//! Text of the traffic on a terminal.

/// No character of any text moves the cursor, ends the line, or hides and reorders what is shown.
pub(super) fn printable(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let shown = grantscope_capture::printable(&text);
    let harmful = shown.chars().find(|c| is_harmful(*c));
    assert_eq!(harmful, None, "a terminal is sent what it obeys");
    let length = shown.chars().count();
    assert!(length <= 401 && length <= text.chars().count());
    assert_eq!(
        grantscope_capture::printable(&shown)
            .chars()
            .take(400)
            .collect::<String>(),
        shown.chars().take(400).collect::<String>()
    );
}

/// C0 and C1 controls, and the marks of UAX #9 that turn the direction of text.
fn is_harmful(c: char) -> bool {
    let turns = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    c < ' ' || ('\u{7f}'..='\u{9f}').contains(&c) || turns.contains(c)
}
