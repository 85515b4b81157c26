use std::time::Duration;

use grantscope_oauth::{Exchange, Reader, Relevance};
use http::Version;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Import, Skipped, Wanted, import, import_wanted};
use crate::har::HarError;

fn read(text: impl AsRef<[u8]>) -> Result<Import, HarError> {
    import(text.as_ref())
}

fn har(entries: &Value) -> String {
    json!({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": entries}})
        .to_string()
}

fn entry() -> Value {
    json!({
        "startedDateTime": "2026-11-23T10:00:00.123Z",
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": "https://idp.example/token",
            "httpVersion": "HTTP/2",
            "headers": [{"name": "Content-Type", "value": "application/x-www-form-urlencoded"}],
            "postData": {"mimeType": "application/x-www-form-urlencoded", "text": "grant_type=x"},
            "bodySize": 12,
        },
        "response": {"status": 400, "content": {"size": 2, "text": "{}"}, "bodySize": -1},
        "timings": {"blocked": -1, "dns": 1, "connect": 5, "ssl": 3.5, "send": 0, "wait": 7, "receive": 1},
    })
}

/// Imports the usual entry with one of its fields changed.
fn changed(pointer: &str, value: Value) -> Import {
    let mut entry = entry();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    entry.pointer_mut(parent).unwrap()[name] = value;
    read(har(&json!([entry]))).unwrap()
}

#[test]
fn an_entry_becomes_an_exchange() {
    let import = read(har(&json!([entry()]))).unwrap();
    assert_eq!(import.skipped, []);
    let [exchange] = import.exchanges.as_slice() else {
        panic!("{import:?}")
    };
    assert_eq!(exchange.id.0, 1);
    assert_eq!(exchange.started_at.to_string(), "2026-11-23T10:00:00.123Z");
    assert_eq!(exchange.request.version, Version::HTTP_2);
    assert_eq!(exchange.request.body.text(), "grant_type=x");
    assert_eq!(exchange.response.as_ref().unwrap().body.size, 2);
    assert_eq!(exchange.timings.blocked, None);
    assert_eq!(exchange.timings.connect, Some(Duration::from_micros(1500)));
    assert_eq!(exchange.timings.total(), Duration::from_millis(14));
}

#[test]
fn byte_order_marks_and_utf_16_are_read() {
    let text = har(&json!([entry()]));
    let utf_16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{FEFF}{text}")
            .encode_utf16()
            .flat_map(unit)
            .collect()
    };
    for bytes in [
        format!("\u{FEFF}{text}").into_bytes(),
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
        utf_16(u16::to_le_bytes).split_off(2),
    ] {
        assert_eq!(read(bytes).unwrap().exchanges.len(), 1);
    }
}

#[test]
fn what_is_no_har_is_named_with_its_position_and_a_remedy() {
    let message = |text: &str| read(text).unwrap_err().to_string();
    assert!(message("").contains("the file is empty"));
    assert!(message("GET / HTTP/1.1\n").contains("line 1, column 1 is not JSON"));
    assert!(message("{\"log\":\n{\"entries\": [}").contains("line 2, column 14"));
    for other in ["[]", "3", "{}", r#"{"log":{"entries":7}}"#, r#"{"log":[]}"#] {
        assert!(message(other).contains("JSON but no HAR"), "{other}");
    }
}

#[test]
fn a_file_that_is_cut_off_says_where_and_gives_what_is_whole() {
    let text = har(&json!([entry(), entry()]));
    let cut = &text[..text.len() - 20];
    let import = read(cut).unwrap();
    assert_eq!(import.exchanges.len(), 1);
    let [skipped] = import.skipped.as_slice() else {
        panic!("{import:?}")
    };
    let place = format!("line 1, column {}", cut.len());
    assert!(
        skipped.entry == 2 && skipped.reason.contains(&place),
        "{skipped:?}"
    );

    let start = &text[..200];
    let error = read(start).unwrap_err();
    let HarError::Truncated {
        line: 1,
        column: 200,
        entries: 0,
    } = error
    else {
        panic!("{error}")
    };
}

#[test]
fn an_entry_that_is_no_json_ends_where_it_ends() {
    let [first, broken, last] = ["https://a/1", "https://a/2", "https://a/3"].map(|url| {
        let mut entry = entry();
        entry["request"]["url"] = json!(url);
        entry.to_string()
    });
    for fault in [
        broken.replace("12.5", "NaN"),
        broken.replace("12.5", "12,,5"),
        broken.replace("\"POST\"", "\"POST\u{1}\""),
    ] {
        let text = format!("{{\"log\":{{\"entries\":[\n{first},\n{fault},\n{last}]}}}}");
        let import = read(&text).unwrap();
        let numbers: Vec<_> = import.exchanges.iter().map(|it| it.id.0).collect();
        assert_eq!(numbers, [1, 3]);
        let [skipped] = import.skipped.as_slice() else {
            panic!("{import:?}")
        };
        assert!(
            skipped.entry == 2 && skipped.reason.contains("not JSON at line 3, column"),
            "{skipped:?}"
        );
    }
}

#[test]
fn commas_too_many_or_too_few_and_files_that_were_joined_are_no_fault() {
    let entry = entry();
    let entries = format!("{{\"log\":{{\"entries\":[{entry}{entry},,{entry},]}},}}");
    assert_eq!(read(&entries).unwrap().exchanges.len(), 3);
    assert_eq!(
        read(format!("{entries}\n{entries}"))
            .unwrap()
            .exchanges
            .len(),
        6
    );
}

#[test]
fn a_field_that_is_there_twice_counts_as_it_is_there_last() {
    let text = har(&json!([entry()]));
    let twice = text.replace("\"request\":", "\"time\":1,\"request\":null,\"request\":");
    assert_eq!(read(twice).unwrap().exchanges.len(), 1);
}

#[test]
fn what_nests_deeply_where_nobody_reads_is_passed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = har(&json!([entry()])).replace("\"time\":12.5", &format!("\"_initiator\":{deep}"));
    assert_eq!(read(text).unwrap().exchanges.len(), 1);
    let text = har(&json!([entry()])).replace("\"time\":12.5", &format!("\"timings\":{deep}"));
    assert!(
        read(text).unwrap().skipped[0]
            .reason
            .contains("nested too deeply")
    );
}

#[test]
fn an_entry_that_is_too_long_is_passed() {
    let long = json!({"startedDateTime": "x".repeat(17 * 1024 * 1024)});
    let import = read(har(&json!([long, entry()]))).unwrap();
    assert_eq!(import.exchanges.len(), 1);
    assert_eq!(import.skipped[0].reason, "it is longer than 16 MiB");
}

#[test]
fn a_broken_entry_is_skipped_and_the_others_are_read() {
    let mut undated = entry();
    undated["startedDateTime"] = Value::Null;
    let mut without_url = entry();
    without_url["request"] = json!({"method": "GET"});
    let import = read(har(&json!([7, undated, entry(), without_url, null]))).unwrap();
    assert_eq!(import.exchanges.len(), 1);
    let skipped = |entry, reason: &str| Skipped {
        entry,
        reason: reason.to_owned(),
    };
    assert_eq!(
        import.skipped,
        [
            skipped(1, "it is not an object"),
            skipped(2, "it has no startedDateTime"),
            skipped(4, "its request has no url"),
            skipped(5, "it is not an object"),
        ]
    );
}

#[test]
fn exchanges_are_numbered_in_the_order_of_time_and_then_of_the_file() {
    let at = |time: &str, url: &str| {
        let mut entry = entry();
        entry["startedDateTime"] = json!(time);
        entry["request"]["url"] = json!(url);
        entry
    };
    let import = read(har(&json!([
        at("2026-11-23T10:00:09+00:00", "https://a/3"),
        at("2026-11-23T10:00:00", "https://a/1"),
        at("2026-11-23T11:00:00.000+0100", "https://a/2"),
    ])))
    .unwrap();
    let order: Vec<_> = import
        .exchanges
        .iter()
        .map(|e| (e.id.0, e.request.url.path()))
        .collect();
    assert_eq!(order, [(1, "/1"), (2, "/2"), (3, "/3")]);
}

#[test]
fn ids_of_grantscope_are_kept_where_all_have_one() {
    let numbered = |id: Value| {
        let mut entry = entry();
        entry["_grantscope"] = json!({"id": id});
        entry
    };
    let ids = |entries: Value| -> Vec<u64> {
        let import = read(har(&entries)).unwrap();
        import.exchanges.iter().map(|e| e.id.0).collect()
    };
    assert_eq!(
        ids(json!([numbered(json!(41)), numbered(json!(43))])),
        [41, 43]
    );
    assert_eq!(
        ids(json!([numbered(json!(41)), numbered(json!(41))])),
        [1, 2]
    );
    assert_eq!(
        ids(json!([numbered(json!(41)), numbered(json!("x"))])),
        [1, 2]
    );
}

#[test]
fn a_form_is_made_from_parameters_whether_they_were_decoded_or_not() {
    let body = |params: Value| {
        let import = changed("/request/postData", json!({"params": params}));
        import.exchanges[0].request.body.text().into_owned()
    };
    let decoded = json!([{"name": "redirect_uri", "value": "https://a/b"}, {"name": "code", "value": "4%2F0"}]);
    assert_eq!(
        body(decoded),
        "redirect_uri=https%3A%2F%2Fa%2Fb&code=4%252F0"
    );
    let as_sent =
        json!([{"name": "redirect_uri", "value": "https%3A%2F%2Fa"}, {"name": "x"}, 7, null]);
    assert_eq!(body(as_sent), "redirect_uri=https%3A%2F%2Fa&x=");
}

#[test]
fn a_content_in_a_file_of_its_own_is_not_taken_for_none() {
    let import = changed("/request/postData", json!({"params": [], "_file": "a.dat"}));
    assert!(
        import.skipped[0]
            .reason
            .contains("save the HAR with the contents in it")
    );
}

#[test]
fn no_response_is_told_by_its_status() {
    for response in [
        json!(null),
        json!({"status": 0}),
        json!({}),
        json!({"status": -1}),
    ] {
        let import = changed("/response", response);
        assert!(import.exchanges[0].response.is_none());
    }
    let import = changed("/response/status", json!("302"));
    assert_eq!(import.exchanges[0].response.as_ref().unwrap().status, 302);
}

#[test]
fn content_is_decoded_from_base64_and_its_absence_is_known() {
    let content = |content: Value| {
        let mut import = changed("/response/content", content);
        import.exchanges.remove(0).response.unwrap().body
    };
    for text in ["e30=", "e30", "e3\n0="] {
        let body = content(json!({"text": text, "encoding": "base64"}));
        assert_eq!(body.text(), "{}");
    }
    assert_eq!(
        content(json!({"text": "%%", "encoding": "base64"})).text(),
        "%%"
    );
    let missing = content(json!({"size": 77}));
    assert_eq!((missing.truncated, missing.size), (true, 77));
    assert!(!content(json!({"size": 0})).truncated);
}

#[test]
fn half_a_surrogate_pair_does_not_make_the_file_unreadable() {
    let text = har(&json!([entry()])).replace("grant_type=x", "grant_type=\\ud800");
    let import = read(text).unwrap();
    assert_eq!(
        import.exchanges[0].request.body.text(),
        "grant_type=\u{FFFD}"
    );
}

#[test]
fn of_a_long_content_the_rest_is_dropped() {
    let import = changed("/response/content", json!({"text": "x".repeat(2_000_000)}));
    let body = &import.exchanges[0].response.as_ref().unwrap().body;
    assert_eq!(
        (body.bytes.len(), body.size, body.truncated),
        (1024 * 1024, 2_000_000, true)
    );
}

#[test]
fn pseudo_headers_are_left_out_and_joined_fields_are_parted() {
    let import = changed(
        "/request/headers",
        json!([
            {"name": ":authority", "value": "idp.example"},
            {"name": "Set-Cookie", "value": "a=1\nb=2"},
            {"name": "X-Number", "value": 7},
            {"value": "nameless"},
        ]),
    );
    let headers = &import.exchanges[0].request.headers;
    let fields: Vec<_> = headers.iter().collect();
    assert_eq!(
        fields,
        [
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
            ("X-Number", "7")
        ]
    );
    let import = changed("/request/headers", json!({"Accept": "*/*"}));
    assert_eq!(
        import.exchanges[0].request.headers.first("accept"),
        Some("*/*")
    );
}

#[test]
fn every_spelling_of_a_version_is_understood() {
    for (text, version) in [
        ("HTTP/1.1", Version::HTTP_11),
        ("http/1.0", Version::HTTP_10),
        ("h2", Version::HTTP_2),
        ("HTTP/2.0", Version::HTTP_2),
        ("http/2", Version::HTTP_2),
        ("h3-29", Version::HTTP_3),
        ("h3", Version::HTTP_3),
        ("http/2+quic/46", Version::HTTP_2),
        ("unknown", Version::HTTP_11),
        ("", Version::HTTP_11),
    ] {
        let import = changed("/request/httpVersion", json!(text));
        assert_eq!(import.exchanges[0].request.version, version, "{text}");
    }
}

#[test]
fn a_field_of_another_type_or_none_at_all_never_panics_or_loses_the_file() {
    let pointers = [
        "/startedDateTime",
        "/time",
        "/request",
        "/request/method",
        "/request/url",
        "/request/headers",
        "/request/postData",
        "/request/postData/text",
        "/request/bodySize",
        "/response",
        "/response/headers",
        "/response/content",
        "/response/content/text",
        "/response/status",
        "/response/bodySize",
        "/timings",
        "/timings/connect",
        "/serverIPAddress",
        "/_grantscope",
    ];
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("\u{0}é%"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"a": {"b": []}}),
    ];
    for pointer in pointers {
        for value in &values {
            let import = changed(pointer, value.clone());
            assert_eq!(
                import.exchanges.len() + import.skipped.len(),
                1,
                "{pointer} {value}"
            );
        }
    }
}

proptest! {
    #[test]
    fn a_file_that_is_damaged_anywhere_never_panics(at in 0usize..900, with in "[\\x00-\\x7f]{0,6}", cut in 0usize..40) {
        let text = har(&json!([entry(), entry()]));
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        let damaged = format!("{}{with}{}", &text[..at], &text[end..]);
        if let Ok(import) = read(damaged) {
            prop_assert!(import.exchanges.len() <= 2);
        }
    }
}

fn reader() -> Reader {
    let providers = std::sync::Arc::new(grantscope_oauth::Providers::embedded());
    Reader::new(grantscope_oauth::FingerprintKey::new([7; 32]), providers)
}

fn with_url(url: &str) -> Value {
    let mut entry = entry();
    entry["request"]["url"] = json!(url);
    entry
}

#[test]
fn what_turns_out_to_matter_is_missed_and_found_when_the_file_is_read_again() {
    let [other, logout] = ["https://app.example/other", "https://idp.example/bye"].map(|url| {
        let mut entry = with_url(url);
        entry["request"]["postData"] = Value::Null;
        entry
    });
    let mut metadata = with_url("https://idp.example/.well-known/openid-configuration");
    metadata["request"]["method"] = json!("GET");
    metadata["response"] = json!({
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"text": r#"{"issuer":"https://idp.example","end_session_endpoint":"https://idp.example/bye"}"#},
    });
    let text = har(&json!([other, logout, metadata]));
    let reader = reader();
    let read = || import_wanted(text.as_bytes(), Wanted::OfOAuth(&reader)).unwrap();
    let first = read();
    assert_eq!((first.exchanges.len(), first.count), (1, 3));
    assert!(first.missed(&reader));
    let second = read();
    let urls: Vec<_> = second
        .exchanges
        .iter()
        .map(|it| (it.id.0, it.request.url.path()))
        .collect();
    assert_eq!(
        urls,
        [(2, "/bye"), (3, "/.well-known/openid-configuration")]
    );
    assert!(!second.missed(&reader));
}

#[test]
fn of_an_exchange_that_its_url_alone_makes_matter_the_contents_are_dropped() {
    let mut call = with_url("https://api.example/me?access_token=x");
    call["request"]["method"] = json!("GET");
    let import = import_wanted(har(&json!([call])).as_bytes(), Wanted::OfOAuth(&reader())).unwrap();
    let [exchange] = import.exchanges.as_slice() else {
        panic!("{import:?}")
    };
    let body = &exchange.response.as_ref().unwrap().body;
    assert!(body.bytes.is_empty() && body.truncated && body.size == 2);
}

fn any_entry() -> impl Strategy<Value = Value> {
    let url = "https://(a|idp)\\.test/(token|authorize|cb|x)(\\?(code=1&state=2|client_id=a&response_type=code|q=1))?";
    let form = "(|a=b|grant_type=refresh_token&refresh_token=x|code=x&state=y|\\{\"a\":1\\})";
    let answer = "(|\\{\"error\":\"invalid_grant\"\\}|<form><input type=hidden name=code value=1><input type=hidden name=state value=2></form>)";
    (url, "(GET|POST)", form, prop::sample::select(vec![200, 302, 400]), answer, any::<bool>()).prop_map(
        |(url, method, form, status, answer, is_page)| {
            let mut entry = entry();
            entry["request"] = json!({"method": method, "url": url, "postData": {"text": form}});
            let kind = if is_page { "text/html" } else { "application/json" };
            entry["response"] = json!({
                "status": status, "redirectURL": if status == 302 { "/next" } else { "" }, "content": {"text": answer},
                "headers": [{"name": "Content-Type", "value": kind}],
            });
            entry
        },
    )
}

proptest! {
    #[test]
    fn what_is_wanted_is_what_matters_of_all(entries in proptest::collection::vec(any_entry(), 0..6)) {
        let text = har(&json!(entries));
        let wanted = import_wanted(text.as_bytes(), Wanted::OfOAuth(&reader())).unwrap();
        let all = read(&text).unwrap();
        let reader = reader();
        let matters = |exchange: &&Exchange| reader.relevance(exchange) == Relevance::Whole;
        let expected: Vec<_> = all.exchanges.iter().filter(matters).collect();
        let found = wanted.exchanges.iter().filter(|it| expected.iter().any(|of| of.id == it.id));
        let found: Vec<_> = found.collect();
        prop_assert_eq!(format!("{:?}", found), format!("{:?}", expected));
        prop_assert_eq!(wanted.count, all.count);
    }
}

#[test]
fn a_content_that_is_shorter_than_its_length_was_cut_off() {
    let truncated = |length: &str, text: &str| {
        let mut entry = entry();
        entry["request"]["headers"] = json!([{"name": "Content-Length", "value": length}]);
        entry["request"]["postData"]["text"] = json!(text);
        let import = read(har(&json!([entry]))).unwrap();
        import.exchanges[0].request.body.truncated
    };
    assert!(truncated("220", "grant_type=x&code=8uR4"));
    assert!(!truncated("22", "grant_type=x&code=8uR4"));
    assert!(!truncated("220", "grant_type=x&code=[REDACTED]"), "cleaned");
    assert!(
        !truncated("220", "grant_type=x&code=gs1.code.7f3a9c0011223344.43.u.z"),
        "redacted"
    );
}
