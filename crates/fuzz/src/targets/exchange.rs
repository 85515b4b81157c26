//! One exchange of OAuth, in which a content or an address is any bytes.

use std::sync::{Arc, LazyLock};

use grantscope_capture::redact::Redactor;
use grantscope_oauth::{
    Body, Exchange, FingerprintKey, Form, Headers, JwtFacts, Providers, Reader, RequestUrl,
    hidden_form, with_claims,
};

use crate::message;

pub(super) const KEY: FingerprintKey = FingerprintKey::new([42; 32]);

pub(super) static PROVIDERS: LazyLock<Arc<Providers>> =
    LazyLock::new(|| Arc::new(Providers::embedded()));

/// A token request whose form is any bytes (RFC 6749 §4.1.3).
pub(super) fn form(bytes: &[u8]) {
    let mut exchange = token_exchange();
    exchange.request.body = Body::whole(bytes.to_vec());
    read_and_redact(&exchange);
    // The same where it comes back as a page that posts itself.
    drop(hidden_form(&String::from_utf8_lossy(bytes)));
}

/// An answer whose JSON is any bytes (RFC 6749 §5), and a request as some send it.
pub(super) fn json(bytes: &[u8]) {
    let mut exchange = token_exchange();
    let is_json = |body: &Body| serde_json::from_slice::<serde_json::Value>(&body.bytes).is_ok();
    if let Some(response) = &mut exchange.response {
        response.body = Body::whole(bytes.to_vec());
    }
    let redacted = read_and_redact(&exchange);
    if let Some(response) = &redacted.response {
        let is_left_out = response.body.bytes.starts_with(b"[grantscope: ");
        let was_json = is_json(&Body::whole(bytes.to_vec()));
        assert!(
            !was_json || is_left_out || is_json(&response.body),
            "redaction breaks JSON"
        );
    }
    let json = ("content-type".to_owned(), "application/json".to_owned());
    exchange.request.headers = Headers::from_iter([json]);
    exchange.request.body = Body::whole(bytes.to_vec());
    read_and_redact(&exchange);
}

/// An authorization request, and the redirection that answers it (RFC 6749 §4.1.1, §4.1.2).
pub(super) fn location(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut exchange = token_exchange();
    exchange.request.method = http::Method::GET;
    exchange.request.url = RequestUrl::new(text.clone());
    exchange.request.body = Body::default();
    if let Some(response) = &mut exchange.response {
        response.status = 302;
        response.headers = Headers::from_iter([("location".to_owned(), text.into_owned())]);
        response.body = Body::default();
    }
    let url = &exchange.request.url;
    for part in [
        url.scheme(),
        url.authority(),
        url.host(),
        url.path(),
        url.endpoint(),
        url.origin(),
    ] {
        assert!(url.as_str().contains(part), "a part of a URL is not in it");
    }
    read_and_redact(&exchange);
}

/// A JWT (RFC 7519), which tells what it says before and after its claims are replaced.
pub(super) fn jwt(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let facts = JwtFacts::read(&text, &KEY);
    let same = with_claims(&text, |_, claim| Some(claim.to_owned()));
    if let (Some(facts), Some(same)) = (&facts, &same) {
        let again = JwtFacts::read(same, &KEY);
        assert_eq!(again.as_ref(), Some(facts), "a JWT says something else");
    }
    drop(with_claims(&text, |_, _| Some(String::new())));
    for form in Form::ALL {
        let _digest = KEY.read(&text).form(form);
    }
}

/// A token exchange as RFC 6749 §4.1.3 and §5.2 have it.
pub(super) fn token_exchange() -> Exchange {
    const TEXT: &[u8] = b"POST https://idp.test/token\ncontent-type: application/x-www-form-urlencoded\n\ngrant_type=authorization_code\n----\n400\ncontent-type: application/json\n\n{}";
    message::exchanges(TEXT).swap_remove(0)
}

/// Reads an exchange, and redacts it: a second redaction changes nothing. The redacted exchange.
pub(super) fn read_and_redact(exchange: &Exchange) -> Exchange {
    let reader = Reader::new(KEY, Arc::clone(&PROVIDERS));
    drop(reader.read(exchange));
    let redactor = Redactor::new(KEY);
    let once = redactor.redact(exchange).into_inner();
    let twice = redactor.redact(&once).into_inner();
    assert_eq!(
        format!("{once:?}"),
        format!("{twice:?}"),
        "a second redaction changes something"
    );
    drop(reader.read(&once));
    once
}
