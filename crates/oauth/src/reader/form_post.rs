//! The page of OAuth 2.0 Form Post Response Mode: a form with hidden inputs that submits itself.
//!
//! A scan for start tags is enough: such pages are made by servers, and hold nothing but the form.

use crate::exchange::Body;

/// Pages longer than this are no such page.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// The form of a page: where it is posted to, and its hidden inputs.
#[derive(Debug, PartialEq, Eq)]
pub struct HiddenForm {
    /// The URL that it is posted to.
    pub action: String,
    /// The names and values of its hidden inputs, with their character references undone.
    pub inputs: Vec<(String, String)>,
}

/// Reads the first form of the page that a body is.
pub(super) fn hidden_form_of(body: &Body) -> Option<HiddenForm> {
    (body.bytes.len() <= PAGE_BYTES_MAX).then(|| hidden_form(&body.text()))?
}

/// Reads the first form of a page.
pub fn hidden_form(page: &str) -> Option<HiddenForm> {
    let mut tags = page.split('<').skip(1).filter_map(tag);
    let form = tags.find(|tag| tag.name.eq_ignore_ascii_case("form"))?;
    let inputs = tags
        .take_while(|tag| !tag.name.eq_ignore_ascii_case("/form"))
        .filter(is_hidden_input)
        .filter_map(|tag| Some((tag.attribute("name")?, tag.attribute("value")?)));
    Some(HiddenForm {
        action: form.attribute("action").unwrap_or_default(),
        inputs: inputs.collect(),
    })
}

fn is_hidden_input(tag: &Tag<'_>) -> bool {
    let hidden = |of: String| of.eq_ignore_ascii_case("hidden");
    tag.name.eq_ignore_ascii_case("input") && tag.attribute("type").is_some_and(hidden)
}

/// A tag: its name and the text of its attributes.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

fn tag(text: &str) -> Option<Tag<'_>> {
    let end = text.find(|c: char| c.is_whitespace() || c == '>')?;
    let (name, rest) = text.split_at(end);
    Some(Tag {
        name: name.trim_end_matches('/'),
        attributes: rest,
    })
}

impl Tag<'_> {
    /// The value of an attribute, with its character references undone.
    fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))?;
            let (found, after) = rest.split_at(end);
            let (value, after) = value(after);
            if found.eq_ignore_ascii_case(name) {
                return Some(without_references(value));
            }
            if after.is_empty() || after.starts_with('>') {
                return None;
            }
            rest = after;
        }
    }
}

/// Splits the value of an attribute from what comes after it.
fn value(text: &str) -> (&str, &str) {
    let Some(text) = text.trim_start().strip_prefix('=') else {
        return ("", text);
    };
    let text = text.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '>');
    text.split_at(end.unwrap_or(text.len()))
}

/// Undoes the character references that occur in such pages.
fn without_references(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let undone = piece
            .split_once(';')
            .and_then(|(name, rest)| Some((character_reference(name)?, rest)));
        if let Some((character, rest)) = undone {
            result.push(character);
            result.push_str(rest);
        } else {
            result.push('&');
            result.push_str(piece);
        }
    }
    result
}

/// The character that a character reference of this name stands for: `amp`, `#47`, `#x2F`.
pub(crate) fn character_reference(name: &str) -> Option<char> {
    let number = |text: &str| match text.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    };
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "equals" => Some('='),
        "sol" => Some('/'),
        "colon" => Some(':'),
        "plus" => Some('+'),
        _ => char::from_u32(number(name.strip_prefix('#')?)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_inputs_and_the_action_are_read() {
        let page = r#"<html><body onload="document.forms[0].submit()">
            <FORM method=post action='https://app.test/cb?a=1&amp;b=2'>
            <input type="hidden" name="code" value="a&#x2F;b&#43;c&quot;"/>
            <input name=state type=hidden value=s1><input type="text" name="otp" value="1">
            <noscript><input type="submit" value="Continue"></noscript></form>"#;
        let form = hidden_form(page).unwrap();
        assert_eq!(form.action, "https://app.test/cb?a=1&b=2");
        assert_eq!(
            form.inputs,
            [("code", "a/b+c\""), ("state", "s1")].map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn a_page_without_a_form_has_none() {
        assert_eq!(hidden_form("<p>a < b & c"), None);
        assert_eq!(hidden_form("<form"), None);
    }
}
