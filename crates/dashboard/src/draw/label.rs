//! Texts in a drawing: how wide they are, about, and what is shown of one that is too long or not harmless.

use grantscope_capture::export::shown;

/// The fonts that the style sheet gives to texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Font {
    Plain,
    Bold,
    Mono,
}

/// The width of a text in a size, estimated without its font, and rather too much than too little.
pub(super) fn width(text: &str, font: Font, size: f64) -> f64 {
    text.chars().map(|c| em(c, font)).sum::<f64>() * size
}

/// The width of a character in units of the size of its font.
fn em(c: char, font: Font) -> f64 {
    match font {
        Font::Plain => em_of_plain(c),
        Font::Bold => em_of_plain(c) * 1.1,
        Font::Mono if c < '\u{1100}' => 0.62,
        Font::Mono => 1.24,
    }
}

fn em_of_plain(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' => 0.34,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 0.95,
        'A'..='Z' => 0.72,
        c if c.is_ascii() => 0.62,
        c if c < '\u{1100}' => 0.75,
        _ => 1.1,
    }
}

/// A text of the traffic that is no wider than this: harmless, and cut with an ellipsis.
pub(super) fn fitted(text: &str, width_max: f64, font: Font, size: f64) -> String {
    let text = shown(text);
    if width(&text, font, size) <= width_max {
        return text;
    }
    let room = width_max - em('…', font) * size;
    let mut used = 0.0;
    let kept = text.chars().take_while(|c| {
        used += em(*c, font) * size;
        used <= room
    });
    let mut kept: String = kept.collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_ends_in_an_ellipsis() {
        assert_eq!(
            fitted("token request", 1_000.0, Font::Plain, 13.0),
            "token request"
        );
        assert_eq!(fitted("token request", 60.0, Font::Plain, 13.0), "token…");
    }

    #[test]
    fn what_turns_the_direction_of_a_text_is_not_drawn() {
        let drawn = fitted("a\u{202e}b\u{0}c", 1_000.0, Font::Plain, 13.0);
        assert_eq!(drawn, "a\u{fffd}b\u{fffd}c");
    }

    proptest! {
        #[test]
        fn a_fitted_text_fits(text in "\\PC{0,200}", width_max in 20.0..400.0, font in prop::sample::select(vec![Font::Plain, Font::Bold, Font::Mono])) {
            prop_assert!(width(&fitted(&text, width_max, font, 12.0), font, 12.0) <= width_max + 1e-6);
        }
    }
}
