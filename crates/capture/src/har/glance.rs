//! A glance at an entry, which tells for most of a large file that they have nothing to do with OAuth.
//!
//! Only what a glance decides for sure is decided by it; all else is read. Texts are borrowed from the file, so that a glance
//! is as fast as a check of the JSON.

use std::borrow::Cow;

use grantscope_oauth::{Reader, RequestUrl};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The URL of an entry that surely is not of OAuth; `None` where it may be.
pub(super) fn url_of_nothing(text: &[u8], reader: &Reader) -> Option<RequestUrl> {
    // What is not as HAR has it, or has a field twice, is left to whoever reads it with patience.
    let glance: Glance<'_> = serde_json::from_slice(text).ok()?;
    let Glance { request, response } = glance;
    if request.may_tell() || !request.url.contains("://") {
        return None;
    }
    let url = RequestUrl::new(request.url);
    (!response.may_lead_on() && !reader.url_tells(&url)).then_some(url)
}

#[derive(Deserialize)]
struct Glance<'a> {
    #[serde(borrow)]
    request: Asked<'a>,
    #[serde(borrow)]
    response: Answered<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    /// Not used, but where it is no text, the entry is left to others.
    #[serde(rename = "method")]
    _method: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    post_data: Option<Posted<'a>>,
}

#[derive(Deserialize)]
struct Posted<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    params: Option<Vec<IgnoredAny>>,
    #[serde(alias = "_encoding")]
    encoding: Option<IgnoredAny>,
    #[serde(rename = "_file")]
    file: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Answered<'a> {
    /// Not used, but where it is no number, the entry is left to others.
    #[serde(rename = "status")]
    _status: u16,
    #[serde(borrow)]
    headers: Vec<Field<'a>>,
    #[serde(borrow, rename = "redirectURL")]
    redirect_url: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Field<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

impl Asked<'_> {
    /// Whether its content may be of OAuth.
    fn may_tell(&self) -> bool {
        let Some(posted) = &self.post_data else {
            return false;
        };
        let text = posted.text.as_deref().unwrap_or_default();
        let has_params = posted.params.as_ref().is_some_and(|all| !all.is_empty());
        posted.encoding.is_some()
            || posted.file.is_some()
            || (text.is_empty() && has_params)
            || Reader::content_tells(text)
    }
}

impl Answered<'_> {
    /// Whether it may redirect, or be a page that posts something by itself.
    fn may_lead_on(&self) -> bool {
        let leads_on = |field: &Field<'_>| {
            field.name.eq_ignore_ascii_case("location")
                || (field.name.eq_ignore_ascii_case("content-type")
                    && field.value.to_ascii_lowercase().contains("html"))
        };
        // Without header fields, what the content is said to be counts as one.
        self.headers.is_empty()
            || self.headers.iter().any(leads_on)
            || self
                .redirect_url
                .as_deref()
                .is_some_and(|url| !url.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use grantscope_oauth::{FingerprintKey, Providers, Relevance};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::har::exchange::exchange;
    use crate::har::spec::Entry;

    fn reader() -> Reader {
        let providers = Arc::new(Providers::embedded());
        Reader::new(FingerprintKey::new([7; 32]), providers)
    }

    fn entry() -> Value {
        json!({
            "startedDateTime": "2026-11-24T10:00:00Z",
            "request": {"method": "GET", "url": "https://app.test/style.css?v=1", "headers": []},
            "response": {
                "status": 200, "redirectURL": "", "content": {"text": "a {}"},
                "headers": [{"name": "content-type", "value": "text/css"}],
            },
        })
    }

    fn is_nothing(entry: &Value) -> bool {
        url_of_nothing(entry.to_string().as_bytes(), &reader()).is_some()
    }

    fn changed(pointer: &str, value: Value) -> Value {
        let mut entry = entry();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        entry.pointer_mut(parent).unwrap()[name] = value;
        entry
    }

    #[test]
    fn assets_and_calls_of_an_api_are_nothing() {
        assert!(is_nothing(&entry()));
        let posted = json!({"mimeType": "application/json", "text": "{\"query\":\"things\"}"});
        assert!(is_nothing(&changed("/request/postData", posted)));
    }

    #[test]
    fn in_doubt_an_entry_is_read() {
        for (pointer, value) in [
            ("/request/url", json!("https://app.test/?code=x")),
            ("/request/url", json!("https://app.test/#access_token=x")),
            ("/request/url", json!("https://app.test/?c%6fde=x")),
            ("/request/url", json!("/style.css")),
            (
                "/request/url",
                json!("https://idp.test/.well-known/openid-configuration"),
            ),
            ("/request/postData", json!({"text": "grant_type=password"})),
            (
                "/request/postData",
                json!({"text": "gr%61nt_type=password"}),
            ),
            (
                "/request/postData",
                json!({"params": [{"name": "code", "value": "x"}]}),
            ),
            (
                "/request/postData",
                json!({"text": "Y29kZT14", "_encoding": "base64"}),
            ),
            ("/request/postData", json!({"params": [], "_file": "a.dat"})),
            ("/response/redirectURL", json!("https://app.test/")),
            (
                "/response/headers",
                json!([{"name": "LOCATION", "value": "/"}]),
            ),
            (
                "/response/headers",
                json!([{"name": "Content-Type", "value": "text/HTML"}]),
            ),
            ("/response/headers", json!([])),
            ("/response/headers", json!({"a": "b"})),
            ("/response/status", json!("200")),
            ("/response", json!(null)),
        ] {
            assert!(
                !is_nothing(&changed(pointer, value.clone())),
                "{pointer} {value}"
            );
        }
    }

    fn parameter() -> impl Strategy<Value = String> {
        let name = "(code|state|error|token|grant_type|client_id|response_type|redirect_uri|request|refresh_token|q|id)";
        (name, "[a-zA-Z0-9.]{0,6}").prop_map(|(name, value)| format!("{name}={value}"))
    }

    proptest! {
        #[test]
        fn what_a_glance_takes_for_nothing_is_nothing_when_it_is_read(
            method in "(GET|POST|PUT|OPTIONS)",
            path in "/(token|revoke|device|callback|style\\.css|par|logout)",
            query in proptest::collection::vec(parameter(), 0..3),
            form in proptest::collection::vec(parameter(), 0..3),
            status in prop::sample::select(vec![0u16, 200, 201, 302, 304, 400]),
            kind in "(text/html|application/json|text/css)",
            content in "(|<form><input type=hidden name=code value=x>|\\{\"error\":\"invalid_grant\"\\})",
        ) {
            let mut entry = entry();
            entry["request"] = json!({
                "method": method, "url": format!("https://a.test{path}?{}", query.join("&")), "headers": [],
                "postData": {"text": form.join("&")},
            });
            entry["response"] = json!({
                "status": status, "headers": [{"name": "Content-Type", "value": kind}], "content": {"text": content},
            });
            if is_nothing(&entry) {
                let (exchange, _) = exchange(serde_json::from_value::<Entry>(entry).unwrap()).unwrap();
                prop_assert_eq!(reader().relevance(&exchange), Relevance::Nothing);
            }
        }
    }
}
