//! The page of OAuth 2.0 Form Post Response Mode. Its form is kept, and nothing else of it.

use grantscope_oauth::{HiddenForm, hidden_form};

use super::edit::applied;
use super::names::{is_name, treatment};
use super::scan::Scan;

/// One of these is in every authorization response.
const CARRIES: [&str; 5] = ["code", "error", "id_token", "access_token", "response"];

const REMARK: &str = "<!-- [grantscope: only the form of this page is kept] -->";

/// The form of a page that posts an authorization response, redacted; `None` for any other page.
pub(super) fn page(text: &str, scan: &mut Scan<'_>) -> Option<String> {
    let HiddenForm { action, inputs } = hidden_form(text)?;
    if !inputs
        .iter()
        .any(|(name, _)| CARRIES.contains(&name.as_str()))
    {
        return None;
    }
    let edits = super::url::url(&action, scan);
    let action = escaped(&applied(&action, &edits));
    let mut page = format!("{REMARK}\n<form method=\"post\" action=\"{action}\">\n");
    for (name, value) in inputs {
        let edits = scan.value(treatment(&name), &value);
        let name = if is_name(&name) {
            name
        } else {
            scan.no_name(&name)
        };
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
