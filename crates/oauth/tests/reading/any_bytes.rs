//! Whatever comes, a reading is made of it.

use crate::plain::{exchange, reader};
use grantscope_oauth::{Body, Exchange, Headers, RequestUrl};
use http::Method;
use proptest::prelude::*;

const HEAD: &str = "POST /token HTTP/1.1\nHost: idp.test";

fn of(
    method: Method,
    url: String,
    fields: Vec<(String, String)>,
    bodies: [Vec<u8>; 2],
) -> Exchange {
    let mut exchange = exchange(HEAD, "HTTP/1.1 400 X");
    let headers: Headers = fields.into_iter().collect();
    exchange.request.method = method;
    exchange.request.url = RequestUrl::new(url);
    exchange.request.headers = headers.clone();
    let [asked, answered] = bodies;
    exchange.request.body = Body::whole(asked);
    if let Some(response) = &mut exchange.response {
        response.headers = headers;
        response.body = Body::whole(answered);
        response.status = 302;
    }
    exchange
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::GET), Just(Method::POST), Just(Method::OPTIONS)]
}

fn field() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        Just("authorization"),
        Just("location"),
        Just("content-type"),
        Just("date"),
        Just("retry-after"),
        Just("dpop"),
    ];
    let value = prop_oneof![
        ".{0,60}",
        "Basic .{0,40}",
        "(https?://|//|[?#/.]{0,4}).{0,40}",
        "(text/html|application/json|multipart/form-data|application/x-www-form-urlencoded)",
    ];
    (name.prop_map(str::to_owned), value)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let text = |text: String| text.into_bytes();
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "(grant_type|code|token|client_id|response_type|error|[%a-z]{0,5}|=|&|%[0-9a-z]{0,2}|\\+|é){0,20}".prop_map(text),
        "[\\[{](\"(error|access_token|errors|code)\"|[:,{}\\[\\]0-9\"]|null|true){0,20}".prop_map(text),
        "(<form|<input|</form>| type=hidden| name=code|[<>&;='\" a-z#0-9x]|é){0,30}".prop_map(text),
        "(--b|\\r\\n|\\n| name=|\"code\"|[a-z]){0,20}".prop_map(text),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        method in method(),
        url in "(https?://)?[a-z.@:\\[\\]]{0,8}[/a-z]{0,8}(/token|/revoke|/device|/logout|/\\.well-known/openid-configuration)?[?#]?(code|state|error|client_id|response_type|request|[=&%a-zé#?]){0,12}",
        fields in proptest::collection::vec(field(), 0..4),
        asked in body(),
        answered in body(),
    ) {
        let exchange = of(method, url, fields, [asked, answered]);
        let reader = reader();
        let first = reader.read(&exchange);
        prop_assert_eq!(first.exchange, exchange.id);
        reader.read(&exchange);
        let url = exchange.request.url.clone();
        let path_and_query = url.as_str().strip_prefix(url.origin()).unwrap();
        reader.concerns(&exchange.request.method, path_and_query, |name| exchange.request.headers.first(name), || url.clone());
    }
}
