//! Texts in which a tool replaces `{{ name }}` by a variable.
//!
//! What was captured must not be one: a value `{{client_secret}}` would have the tool send the secret where it was not sent,
//! and `{% … %}` would have Insomnia run a tag that reads a file.

use super::variables::{Piece, Variables};

/// A text with variables in place of its secrets. Braces that would begin a template are parted by a space.
pub(super) fn template(
    variables: &Variables,
    text: &str,
    variable: impl Fn(&str) -> String,
) -> String {
    let mut template = String::with_capacity(text.len());
    for piece in variables.pieces(text) {
        match piece {
            Piece::Text(text) => text.chars().for_each(|c| push(&mut template, c)),
            Piece::Variable(it) => {
                if template.ends_with('{') {
                    template.push(' ');
                }
                template.push_str(&variable(&it.name));
            }
        }
    }
    template
}

fn push(template: &mut String, c: char) {
    if template.ends_with('{') && matches!(c, '{' | '%' | '#') {
        template.push(' ');
    }
    template.push(c);
}

/// The same for a URL, in which braces are percent-encoded.
pub(super) fn in_url(
    variables: &Variables,
    url: &str,
    variable: impl Fn(&str) -> String,
) -> String {
    let url = url.replace('{', "%7B").replace('}', "%7D");
    template(variables, &url, variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_captured_is_a_template() {
        for (text, written) in [
            ("{{client_secret}}", "{ {client_secret}}"),
            ("{% file '/etc/passwd' %}", "{ % file '/etc/passwd' %}"),
            ("{{{#x", "{ { { #x"),
            ("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"),
        ] {
            let name = |_: &str| String::new();
            assert_eq!(template(&Variables::default(), text, name), written);
            assert!(!in_url(&Variables::default(), text, name).contains('{'));
        }
    }
}
