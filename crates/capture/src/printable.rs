//! Text of the traffic, fit to be shown to people.

/// More characters of a text are not shown.
const SHOWN_MAX: usize = 400;

/// A text in which control characters, and those that hide or reorder what is shown, have been replaced. What is longer
/// than 400 characters is cut.
///
/// What a server or a client sends is hostile: it could move the cursor of a terminal, set its title, or show one text and
/// mean another.
pub fn printable(text: &str) -> String {
    let shown = text.chars().take(SHOWN_MAX);
    let mut shown: String = shown
        .map(|c| if is_hidden(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character is not shown as itself: a control (`Cc`), a format character (`Cf`), or the end of a line or
/// paragraph (`Zl`, `Zp`) of Unicode.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_reorders_is_replaced() {
        assert_eq!(
            printable("a\u{1b}[2Jb\u{202e}c\r\n"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}\u{fffd}"
        );
        assert_eq!(
            printable("café 日本 \u{61c}\u{2066}"),
            "café 日本 \u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn what_is_long_is_cut() {
        let shown = printable(&"é".repeat(401));
        assert_eq!(shown.chars().count(), 401);
        assert!(shown.ends_with('…'));
    }
}
