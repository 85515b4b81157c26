//! Files that are no captures, or broken ones: each is answered by where the fault is and what it is, at once and without a
//! panic, and what is whole of it is read.

use std::fs;
use std::process::{Child, Output, Stdio};

use crate::support::grantscope::Home;

/// A token request that was refused, as an entry on one line.
const GOOD: &str = r#"{"startedDateTime":"2026-11-24T10:00:00Z","request":{"method":"POST","url":"https://idp.test/token","postData":{"text":"grant_type=authorization_code&code=x&client_id=web"}},"response":{"status":400,"content":{"text":"{\"error\":\"invalid_grant\"}"}}}"#;

const FLOWS: &[u8] = include_bytes!("../../../capture/tests/flows/mitmproxy-11.mitm");

/// Texts that are no capture at all, and what is said of each.
const TEXTS: [(&str, &str); 39] = [
    ("", "the file is empty"),
    (" \n\t\r\n", "the file is empty"),
    ("\u{feff}", "the file is empty"),
    ("<html>not a capture</html>", "line 1, column 1 is not JSON"),
    (
        "<?xml version=\"1.0\"?>\n<charles-session/>",
        "line 1, column 1 is not JSON",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "line 1, column 1 is not JSON",
    ),
    (
        "time,method,url\n1,GET,https://a/",
        "line 1, column 1 is not JSON",
    ),
    (
        "// a comment\n{\"log\":{\"entries\":[]}}",
        "line 1, column 1 is not JSON",
    ),
    ("\n\n  har: yes", "line 3, column 3 is not JSON"),
    ("null", "JSON but no HAR"),
    ("42", "JSON but no HAR"),
    ("\"a text\"", "JSON but no HAR"),
    ("[]", "JSON but no HAR"),
    ("{}", "JSON but no HAR"),
    ("{\"log\":null}", "JSON but no HAR"),
    ("{\"log\":[]}", "JSON but no HAR"),
    ("{\"log\":{\"pages\":[]}}", "JSON but no HAR"),
    ("{\"log\":{\"entries\":7}}", "JSON but no HAR"),
    ("{\"log\":{\"entries\":{}}}", "JSON but no HAR"),
    ("{\"a\":1}\n{\"b\":2}\n", "JSON but no HAR"),
    ("{", "ends at line 1, column 1"),
    ("{\"log\"", "ends at line 1, column 6"),
    ("{\"log\":", "ends at line 1, column 7"),
    ("{\n\"log\":{\"entries\":[", "ends at line 2, column 18"),
    (
        "{\"log\":{\"entries\":[{\"startedDateTime\":\"2026",
        "ends at line 1, column 43",
    ),
    ("{\"log\":{\"entries\":[]", "ends at line 1, column 20"),
    ("{\"log\":{\"comment\":\"\\", "ends at line 1, column 20"),
    (
        "{\"log\":\n{\"entries\": [}",
        "line 2, column 14 is not JSON",
    ),
    (
        "{\"log\":{\"entries\":[:]}}",
        "line 1, column 20 is not JSON",
    ),
    (
        "{\"log\" {\"entries\":[]}}",
        "line 1, column 8 is not JSON, which would have a colon",
    ),
    (
        "{log:{entries:[]}}",
        "line 1, column 2 is not JSON, which would have a name in quotes",
    ),
    ("{'log':{'entries':[]}}", "line 1, column 2 is not JSON"),
    (
        "{\"log\":{\"entries\":[]]}",
        "line 1, column 21 is not JSON",
    ),
    ("{\"log\":}", "line 1, column 8 is not JSON"),
    ("PK\u{3}\u{4}\u{14}\0", "ZIP archive"),
    ("SQLite format 3\0\u{10}", "a database"),
    ("%PDF-1.7\n", "a PDF"),
    ("1691:9:websocket;0:~", "cut off: it ends at byte 20"),
    ("3:1:a,x12:4:type;", "damaged at byte 6"),
];

/// Files that are no capture, and what is said of each.
fn refused() -> Vec<(Vec<u8>, &'static str)> {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all: Vec<_> = TEXTS
        .map(|(text, says)| (text.as_bytes().to_vec(), says))
        .into();
    all.extend([
        (vec![0; 1000], "line 1, column 1 is not JSON"),
        (vec![0xFF; 1000], "column 1 is not JSON"),
        ((0..=255).rev().collect(), "line 1, column 1 is not JSON"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
            "line 1, column 1 is not JSON",
        ),
        (
            b"\x7fELF\x02\x01\x01\0".to_vec(),
            "line 1, column 1 is not JSON",
        ),
        (b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "gunzip"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0".to_vec(), "packet capture"),
        (b"\xd4\xc3\xb2\xa1\x02\0\x04\0".to_vec(), "packet capture"),
        (utf_16("<html></html>"), "line 1, column 1 is not JSON"),
        (utf_16("\u{feff}{\"log\":"), "ends at line 1, column 7"),
        (
            "[".repeat(1_000_000).into_bytes(),
            "ends at line 1, column 1000000",
        ),
        (
            format!("{{\"log\":{}", "{\"a\":".repeat(200_000)).into_bytes(),
            "ends at line 1, column 1000007",
        ),
        (FLOWS[..100].to_vec(), "cut off: it ends at byte 100"),
        (
            b"1691:9:websocket;"
                .iter()
                .chain(&[0; 3000])
                .copied()
                .collect(),
            "damaged at byte 1697",
        ),
    ]);
    all
}

/// What replaces a part of a good entry, and what is said of the entry then.
const REPLACED: [(&str, &str, &str); 22] = [
    (DATE, "", "it has no startedDateTime"),
    (DATE, "yesterday", "its startedDateTime is not a time"),
    (
        DATE,
        "99999-01-01T00:00:00Z",
        "its startedDateTime is not a time",
    ),
    (
        DATE,
        "2026-02-30T00:00:00Z",
        "its startedDateTime is not a time",
    ),
    ("\"url\"", "\"uri\"", "its request has no url"),
    ("\"https://idp.test/token\"", "[]", "its request has no url"),
    (
        "\"method\":\"POST\",",
        "",
        "its request has no valid method",
    ),
    ("POST", "PO ST", "its request has no valid method"),
    ("\"request\"", "\"query\"", "its request has no url"),
    ("400", "NaN", NOT_JSON),
    ("400", "-Infinity", NOT_JSON),
    ("400", "0x190", NOT_JSON),
    ("400", "0400", NOT_JSON),
    ("400", "4.e", NOT_JSON),
    ("400,", "400,,", NOT_JSON),
    ("}}}", "},}}", NOT_JSON),
    ("\"status\"", "'status'", NOT_JSON),
    ("POST", "PO\u{1}ST", NOT_JSON),
    ("POST", "PO\\xST", NOT_JSON),
    ("POST", "PO\\u12ST", NOT_JSON),
    ("{\"status\"", "[\"status\"", NOT_JSON),
    ("400", "1e999", "it holds a number that is too large"),
];

const DATE: &str = "2026-11-24T10:00:00Z";
const NOT_JSON: &str = "it is not JSON at line 2, column ";

/// What stands in the place of the second entry, and what is said of it.
fn broken() -> Vec<(String, String)> {
    let skipped =
        |entry: &str, says: &str| (entry.to_owned(), format!("entry 2 is skipped: {says}"));
    let replaced = REPLACED.iter().map(|(part, instead, says)| {
        assert!(GOOD.contains(part), "{part}");
        skipped(&GOOD.replacen(part, instead, 1), says)
    });
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let others = [
        skipped("null", "it is not an object"),
        skipped("7", "it is not an object"),
        skipped("\"text\"", "it is not an object"),
        skipped("[]", "it has no startedDateTime"),
        skipped("{}", "it has no startedDateTime"),
        skipped("<entry/>", NOT_JSON),
        skipped(
            &GOOD.replace("400", &deep),
            "it holds a number that is too large, or is nested too deeply",
        ),
        (
            format!("{GOOD} x"),
            "line 2, column 253 is not JSON".to_owned(),
        ),
    ];
    replaced.chain(others).collect()
}

fn analyze(home: &Home, name: &str, content: &[u8]) -> Output {
    let file = home.path(name);
    fs::write(&file, content).unwrap();
    let mut command = home.command(&["analyze", file.to_str().unwrap()]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    finished(child)
}

/// What a child has printed; one that hangs is ended, and the test with it.
fn finished(child: Child) -> Output {
    let id = child.id();
    let (done, waited) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    match waited.recv_timeout(HANGS_AFTER) {
        Ok(output) => output.unwrap(),
        Err(error) => panic!("process {id} hangs: {error}"),
    }
}

/// Each takes a few milliseconds; this is for a machine that does other things as well.
const HANGS_AFTER: std::time::Duration = std::time::Duration::from_secs(20);

fn error(output: &Output, name: &str) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(
        error.contains(name) && !error.contains("panicked"),
        "{error}"
    );
    error
}

#[test]
fn what_is_no_capture_is_answered_by_its_name_the_place_and_the_reason() {
    let home = Home::new();
    let refused = refused();
    assert!(refused.len() >= 50, "{}", refused.len());
    for (number, (content, says)) in refused.iter().enumerate() {
        let name = format!("file-{number}.har");
        let output = analyze(&home, &name, content);
        let error = error(&output, &name);
        assert_eq!(output.status.code(), Some(2), "{number}: {error}");
        assert!(error.contains(says), "{number}: {says}: {error}");
    }
}

#[test]
fn a_broken_entry_is_answered_by_its_number_and_the_reason_and_the_others_are_read() {
    let home = Home::new();
    for (number, (entry, says)) in broken().iter().enumerate() {
        let name = format!("entry-{number}.har");
        let content = format!("{{\"log\":{{\"entries\":[{GOOD},\n{entry},\n{GOOD}]}}}}");
        let output = analyze(&home, &name, content.as_bytes());
        let error = error(&output, &name);
        assert_eq!(output.status.code(), Some(0), "{number}: {error}");
        assert!(error.contains(says), "{number}: {says}: {error}");
        let log = String::from_utf8_lossy(&output.stdout);
        assert!(log.contains("refused["), "{number}: {log}");
    }
}

#[test]
fn a_file_that_breaks_off_gives_what_is_whole() {
    let home = Home::new();
    let har = format!("{{\"log\":{{\"entries\":[{GOOD},\n{GOOD}]}}}}");
    let (lines, flows) = (
        format!("{GOOD}\n{}", &GOOD[..50]),
        &FLOWS[..FLOWS.len() - 9],
    );
    for (name, content, says) in [
        (
            "a.har",
            &har.as_bytes()[..har.len() - 9],
            "entry 2 is skipped: the file ends too early, at line 2, column",
        ),
        (
            "a.jsonl",
            lines.as_bytes(),
            "entry 2 is skipped: the line breaks off",
        ),
        (
            "a.mitm",
            flows,
            "entry 3 is skipped: the file ends in it, at byte",
        ),
    ] {
        let output = analyze(&home, name, content);
        let error = error(&output, name);
        assert_eq!(output.status.code(), Some(0), "{error}");
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn of_many_broken_entries_the_first_are_named_and_the_others_counted() {
    let home = Home::new();
    let content = format!("{{\"log\":{{\"entries\":[{}{GOOD}]}}}}", "7,".repeat(1000));
    let output = analyze(&home, "a.har", content.as_bytes());
    let error = error(&output, "a.har");
    assert!(
        error.lines().count() < 30 && error.contains("980 more entries are skipped"),
        "{error}"
    );
}
