//! The page of OAuth 2.0 Form Post Response Mode. Its form is kept, and nothing else of it.

use super::edit::applied;
use super::names::treatment;
use super::scan::Scan;

/// One of these is in every authorization response.
const CARRIES: [&str; 5] = ["code", "error", "id_token", "access_token", "response"];

const REMARK: &str = "<!-- [grantscope: only the form of this page is kept] -->";

/// The form of a page that posts an authorization response, redacted; `None` for any other page.
pub(super) fn page(text: &str, scan: &mut Scan<'_>) -> Option<String> {
    let mut tags = text.split('<').skip(1);
    let form = tags.find(|tag| is(tag, "form"))?;
    let inputs: Vec<(String, String)> = tags
        .take_while(|tag| !is(tag, "/form"))
        .filter(|tag| is(tag, "input") && is_hidden(tag))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect();
    if !inputs
        .iter()
        .any(|(name, _)| CARRIES.contains(&name.as_str()))
    {
        return None;
    }
    let action = attribute(form, "action").unwrap_or_default();
    let edits = super::url::url(&action, scan);
    let action = escaped(&applied(&action, &edits));
    let mut page = format!("{REMARK}\n<form method=\"post\" action=\"{action}\">\n");
    for (name, value) in inputs {
        let edits = scan.value(treatment(&name), &value);
        let (name, value) = (escaped(&name), escaped(&applied(&value, &edits)));
        let input = [
            "<input type=\"hidden\" name=\"",
            &name,
            "\" value=\"",
            &value,
            "\"/>\n",
        ];
        page.extend(input);
    }
    Some(page + "</form>\n")
}

fn is(tag: &str, name: &str) -> bool {
    let end = tag.find(|c: char| c.is_whitespace() || c == '>');
    let found = tag[..end.unwrap_or(tag.len())].trim_end_matches('/');
    found.eq_ignore_ascii_case(name) || (name == "/form" && found == "/form")
}

fn is_hidden(tag: &&str) -> bool {
    attribute(tag, "type").is_some_and(|of| of.eq_ignore_ascii_case("hidden"))
}

/// The value of an attribute of a tag, with its character references undone.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = &tag[tag.find(char::is_whitespace)?..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))?;
        let (found, after) = rest.split_at(end);
        let (value, after) = attribute_value(after);
        if found.eq_ignore_ascii_case(name) {
            return Some(unescaped(value));
        }
        if after.is_empty() || after.starts_with('>') {
            return None;
        }
        rest = after;
    }
}

fn attribute_value(text: &str) -> (&str, &str) {
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
fn unescaped(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let undone = piece
            .split_once(';')
            .and_then(|(name, rest)| Some((referenced(name)?, rest)));
        let (character, rest) = undone.unwrap_or(('&', piece));
        result.push(character);
        result.push_str(rest);
    }
    result
}

fn referenced(name: &str) -> Option<char> {
    const NAMED: [(&str, char); 9] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("equals", '='),
        ("sol", '/'),
        ("colon", ':'),
        ("plus", '+'),
    ];
    if let Some((_, character)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*character);
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
