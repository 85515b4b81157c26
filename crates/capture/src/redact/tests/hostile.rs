//! Inputs that are made to be slow or to break something: each is redacted, in a time that grows with its length.

use std::time::Duration;

use bytes::Bytes;

use super::*;

fn repeated(piece: &str, bytes: usize) -> String {
    piece.repeat(bytes / piece.len())
}

/// Pieces of which as many as fit, each with a number of its own.
fn numbered(bytes: usize, piece: fn(usize) -> String) -> String {
    let mut text = String::with_capacity(bytes);
    for number in 0..bytes {
        let next = piece(number);
        if text.len() + next.len() > bytes {
            break;
        }
        text.push_str(&next);
    }
    text
}

/// Texts of so many bytes that ask for as much work as they can.
fn hostile(bytes: usize) -> Vec<(&'static str, String)> {
    [forms(bytes), objects(bytes), others(bytes)].concat()
}

fn forms(bytes: usize) -> Vec<(&'static str, String)> {
    let after = |start: &str, piece: &str| format!("{start}{}", repeated(piece, bytes));
    let alike = |n| format!("&a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{n}");
    let other = |n| format!("&a{n}=s3cret{n}");
    vec![
        ("percent escapes", after("code=", "%25")),
        ("escapes of escapes", after("redirect_uri=", "%2525252F")),
        ("equal signs", after("code=", "=")),
        ("ampersands", after("code=1", "&")),
        ("questions", after("next=", "%3F")),
        ("starts of JWTs", after("scope=", "eyJ")),
        ("JWTs", after("scope=", "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x ")),
        (
            "placeholders",
            after("code=", "gs1.code.7f3a9c0011223344.1.a.z"),
        ),
        ("references", after("scope=", "%26amp;")),
        ("parameters", "code=1".to_owned() + &numbered(bytes, other)),
        ("one start", "code=1".to_owned() + &numbered(bytes, alike)),
    ]
}

fn objects(bytes: usize) -> Vec<(&'static str, String)> {
    let token = |value: &str| format!("{{\"token\":{value}");
    let member = |n| format!("\"m{n}\":\"v{n}\",");
    let hint = |n| format!("\"error_hint\":\"some words of the server {n}\",");
    vec![
        ("arrays", token(&repeated("[", bytes))),
        ("objects", token(&repeated("{\"a\":", bytes))),
        ("quotes", token(&repeated("\\\"", bytes))),
        ("backslashes", token("\"") + &repeated("\\", bytes)),
        ("unicode escapes", token("\"") + &repeated("\\ud83d", bytes)),
        ("members", token("{") + &numbered(bytes, member)),
        (
            "errors",
            "{\"error\":\"x\",".to_owned() + &numbered(bytes, hint),
        ),
    ]
}

fn others(bytes: usize) -> Vec<(&'static str, String)> {
    let said = |piece: &str| {
        let words = repeated(piece, bytes);
        format!("{{\"error\":\"x\",\"error_description\":\"{words}\"}}")
    };
    let input = "<form><input type=hidden name=code value=";
    vec![
        ("at signs", said("a@")),
        ("addresses", said("a@b.cc ")),
        ("boundaries", repeated("--b\r\n", bytes)),
        ("tags", repeated(input, bytes)),
    ]
}

fn labelled(body: &str) -> impl Iterator<Item = Exchange> {
    let labels = [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/html",
    ];
    labels.into_iter().map(move |label| {
        let header = [("Content-Type", label)];
        let raw = exchange(Method::POST, "https://idp.test/token", &header, body);
        answered(raw, 400, &header, body)
    })
}

/// What is compared is the time for a text and for one of four times its length, each the least of several: work that is
/// quadratic takes sixteen times as long. Memory of this size is
/// had from the system each time, which alone may take twice as long for a text as for a shorter one.
#[test]
fn the_time_grows_with_the_length() {
    for ((name, part), (_, whole)) in hostile(48 * 1024).into_iter().zip(hostile(192 * 1024)) {
        let [part, whole] = [part, whole].map(|body| labelled(&body).next().unwrap());
        let (mut of_part, mut of_whole) = (Duration::MAX, Duration::MAX);
        for _ in 0..MEASUREMENTS_MAX {
            (of_part, of_whole) = (of_part.min(time(&part)), of_whole.min(time(&whole)));
            if of_whole < 8 * of_part {
                break;
            }
        }
        assert!(of_whole < 8 * of_part, "{name}: {of_part:?}, {of_whole:?}");
    }
}

const MEASUREMENTS_MAX: usize = 50;

fn time(of: &Exchange) -> Duration {
    let start = now();
    redacted(of);
    now().saturating_sub(start)
}

/// What this thread has computed: a long text is interrupted by others more often than a short one.
#[cfg(unix)]
fn now() -> Duration {
    let computed = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(computed).unwrap()
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn now() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

#[test]
fn hostile_contents_are_redacted_in_every_place() {
    for (name, body) in hostile(2 * 1024) {
        for raw in labelled(&body) {
            let once = redacted(&raw);
            let twice = redacted(&once);
            assert_eq!(format!("{once:?}"), format!("{twice:?}"), "{name}");
        }
        let url = format!("https://a.test/{body}?{body}#{body}");
        let fields = [
            "Cookie",
            "Set-Cookie",
            "Authorization",
            "Link",
            "Location",
            "DPoP",
            "X-Y",
        ];
        let fields: Vec<_> = fields.iter().map(|name| (*name, body.as_str())).collect();
        let raw = exchange(Method::GET, &url, &fields, "");
        let once = redacted(&raw);
        let twice = redacted(&once);
        assert_eq!(format!("{once:?}"), format!("{twice:?}"), "{name}");
    }
}

#[test]
fn what_is_longer_than_a_message_is_left_out() {
    for (name, body) in hostile(1024 * 1024) {
        for raw in labelled(&body) {
            let text = redacted(&raw).request.body.text().into_owned();
            assert!(text.starts_with("[grantscope: "), "{name}");
        }
    }
}

#[test]
fn any_bytes_are_redacted() {
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    for at in 0..256 {
        let mut raw = token_request();
        raw.request.body.bytes = Bytes::copy_from_slice(&bytes[at..at + 64]);
        let mut response = answered(token_request(), 400, &[JSON], "")
            .response
            .unwrap();
        response.body.bytes = Bytes::from([b"{\"error\":\"", &bytes[at..at + 64]].concat());
        raw.response = Some(response);
        let once = redacted(&raw);
        assert_eq!(format!("{once:?}"), format!("{:?}", redacted(&once)));
    }
}
