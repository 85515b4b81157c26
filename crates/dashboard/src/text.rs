//! Texts of the traffic on a page. They are hostile: each is cut, what has no looks of its own is made visible, and the
//! direction of one never reaches into its surroundings. Escaping is what the templates do with every text.

use grantscope_capture::is_hidden;
use grantscope_oauth::placeholder;
use maud::{Markup, html};

use crate::links::Links;

/// So much of a value is shown, in characters.
const VALUE_CHARACTERS_MAX: usize = 2_000;

/// So much of a value is shown in a list, in characters.
const BRIEF_CHARACTERS_MAX: usize = 160;

/// A text of the traffic.
pub(crate) fn text(of: &str) -> Markup {
    html! { bdi { (visible(of, VALUE_CHARACTERS_MAX, false)) } }
}

/// A text of the traffic in a list.
pub(crate) fn brief(of: &str) -> Markup {
    html! { bdi { (visible(of, BRIEF_CHARACTERS_MAX, false)) } }
}

/// A text of several lines.
pub(crate) fn lines(links: &Links, of: &str) -> Markup {
    with_secrets(links, of, VALUE_CHARACTERS_MAX * 8, true)
}

/// A value, in which each placeholder is shown as the fingerprint that it stands for and leads to where else it occurs.
pub(crate) fn value(links: &Links, of: &str) -> Markup {
    html! { bdi { (with_secrets(links, of, VALUE_CHARACTERS_MAX, false)) } }
}

/// A sentence of grantscope's own: with a capital letter and a full stop.
pub(crate) fn sentence(of: &str) -> Markup {
    let mut characters = of.chars();
    let first: String = (characters.next().into_iter())
        .flat_map(char::to_uppercase)
        .collect();
    let rest = characters.as_str();
    let stop = if of.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    html! { bdi { (visible(&format!("{first}{rest}{stop}"), VALUE_CHARACTERS_MAX, false)) } }
}

/// A text for where no markup can be: the title of a page, an announcement.
pub(crate) fn plain(of: &str) -> String {
    let shown = |c: char| if is_hidden(c) { '\u{fffd}' } else { c };
    of.chars()
        .take(BRIEF_CHARACTERS_MAX)
        .map(shown)
        .collect::<String>()
}

fn with_secrets(links: &Links, of: &str, characters_max: usize, is_multiline: bool) -> Markup {
    let mut left = characters_max;
    let mut rest = of;
    html! {
        @while let Some(range) = (left > 0).then(|| placeholder::find(rest)).flatten() {
            @let (before, found) = (&rest[..range.start], &rest[range.clone()]);
            (visible(before, left, is_multiline))
            @if let Some(secret) = placeholder::parse(found) {
                @let name = secret.fingerprint.named(secret.kind);
                a.secret href=(links.grant(&name)) data-secret=(secret.fingerprint.digest) { (name) }
            }
            @let () = { left = left.saturating_sub(before.chars().count() + 1); rest = &rest[range.end..]; };
        }
        @if left > 0 { (visible(rest, left, is_multiline)) }
        @else if !rest.is_empty() { span.cut { "… " (size(of.len())) } }
    }
}

/// The text with its hidden characters made visible; of one that is too long the beginning, and how long it is.
fn visible(of: &str, characters_max: usize, is_multiline: bool) -> Markup {
    let cut = of.char_indices().nth(characters_max).map(|(at, _)| at);
    let shown = &of[..cut.unwrap_or(of.len())];
    let is_special = |c: char| is_hidden(c) && !(is_multiline && matches!(c, '\n' | '\t'));
    html! {
        @for piece in shown.split_inclusive(is_special) {
            @let last = piece.chars().next_back().filter(|c| is_special(*c));
            (&piece[..piece.len() - last.map_or(0, char::len_utf8)])
            @if let Some(c) = last { (hidden(c)) }
        }
        @if cut.is_some() { span.cut { "… " (size(of.len())) } }
    }
}

fn hidden(c: char) -> Markup {
    let code = format!("U+{:04X}", u32::from(c));
    html! { span.hidden-character { (code) } }
}

/// A length for people: `1,048,576 bytes`.
pub(crate) fn size(bytes: usize) -> String {
    let unit = if bytes == 1 { "byte" } else { "bytes" };
    format!("{} {unit}", count(bytes as u64))
}

/// A number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 warning`, `2 warnings`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_text_is_text() {
        let shown = text("<script>alert('1')</script>\"&").into_string();
        assert_eq!(
            shown,
            "<bdi>&lt;script&gt;alert('1')&lt;/script&gt;&quot;&amp;</bdi>"
        );
    }

    #[test]
    fn what_turns_the_direction_is_shown_and_does_nothing() {
        let shown = text("a\u{202e}b\u{0}\nc").into_string();
        assert!(!shown.contains(['\u{202e}', '\0', '\n']), "{shown}");
        for code in ["U+202E", "U+0000", "U+000A"] {
            assert!(shown.contains(code), "{shown}");
        }
    }

    #[test]
    fn of_a_long_text_the_head_and_the_size_are_shown() {
        let long = "ä".repeat(1024 * 512);
        for shown in [text(&long), value(&Links::default(), &long)] {
            let shown = shown.into_string();
            assert!(shown.len() < 5_000, "{}", shown.len());
            assert!(shown.contains("1,048,576 bytes"), "{shown}");
        }
    }

    #[test]
    fn a_placeholder_is_shown_as_its_fingerprint() {
        let key = grantscope_oauth::FingerprintKey::new([7; 32]);
        let secret = key.read("SplxlOBeZQQYbYS6WxSbIA");
        let text = format!("<{}>", placeholder::write("code", &secret));
        let shown = value(&Links::default(), &text).into_string();
        let name = secret.named("code");
        assert!(shown.contains(&format!(">{name}</a>")), "{shown}");
        assert!(
            shown.starts_with("<bdi>&lt;<a") && shown.ends_with("</a>&gt;</bdi>"),
            "{shown}"
        );
    }

    #[test]
    fn counts_are_readable() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "warning", "warnings"), "1 warning");
        assert_eq!(size(1), "1 byte");
    }
}
