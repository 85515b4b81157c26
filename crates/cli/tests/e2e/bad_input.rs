//! Bad input: a clear error that says what to do, no panic, and the proxy goes on serving.

use std::fs;
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::thread::{self, JoinHandle};

use grantscope_testkit::Canaries;

use crate::support::grantscope::{Home, Listening};

/// What each bad input holds, and no error shows.
const SECRET: &str = "s3cret/of+the=bad-input";

fn canaries() -> Canaries {
    Canaries::new([("secret", SECRET)])
}

fn refused(output: Output) -> String {
    canaries().assert_silent("the error", &output.stderr);
    canaries().assert_silent("the output", &output.stdout);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    error
}

fn analyze(home: &Home, content: &[u8]) -> String {
    let file = home.path("capture.har");
    fs::write(&file, content).unwrap();
    refused(
        home.command(&["analyze", file.to_str().unwrap()])
            .output()
            .unwrap(),
    )
}

#[test]
fn a_har_file_that_is_cut_off_is_told_with_the_place() {
    let cut = format!(
        r#"{{"log":{{"version":"1.2","entries":[{{"comment":"{SECRET}","startedDateTime":"2026-01-05T09"#
    );
    let error = analyze(&Home::new(), cut.as_bytes());
    assert!(
        error.contains("capture.har") && error.contains("line 1"),
        "{error}"
    );
}

#[test]
fn a_har_file_that_is_no_json_is_told_so() {
    let page = format!("<html>{SECRET}</html>");
    let error = analyze(&Home::new(), page.as_bytes());
    assert!(
        error.contains("capture.har") && error.contains("HAR"),
        "{error}"
    );
}

#[test]
fn a_capture_that_is_not_there_is_named() {
    let home = Home::new();
    let error = refused(
        home.command(&["analyze", "no-such-session"])
            .output()
            .unwrap(),
    );
    assert!(
        error.contains("no-such-session") && error.contains("grantscope sessions"),
        "{error}"
    );
}

#[test]
fn a_ca_directory_that_cannot_be_written_is_named_with_the_way_out() {
    let home = Home::new();
    // A file in the place of the directory stops root as well.
    fs::write(home.path("ca"), "").unwrap();
    let error = refused(
        home.command(&["proxy", "--listen", "127.0.0.1:0"])
            .output()
            .unwrap(),
    );
    assert!(
        error.contains(home.path("ca").to_str().unwrap()) && error.contains("--ca-dir"),
        "{error}"
    );
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = refused(
        home.command(&["proxy", "--listen", &address])
            .output()
            .unwrap(),
    );
    assert!(
        error.contains(&address) && error.contains("--listen"),
        "{error}"
    );
}

#[test]
fn an_unknown_setting_is_named_with_its_line() {
    let home = Home::new();
    let config = home.path("grantscope.toml");
    fs::write(&config, "listen = \"127.0.0.1:0\"\nport = 1\n").unwrap();
    let error = refused(home.command(&["proxy"]).output().unwrap());
    assert!(
        error.contains("grantscope.toml") && error.contains("line 2") && error.contains("port"),
        "{error}"
    );
}

/// Sends raw bytes to the proxy and returns all that it answers.
fn answer(listening: &Listening, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(listening.address).unwrap();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    // The proxy may answer and close before it has read all of it.
    let _sent = stream.write_all(bytes);
    let mut answer = Vec::new();
    // A connection that is reset has been answered before.
    let _reset = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn goes_on_serving(listening: &Listening) {
    let page = answer(
        listening,
        b"GET / HTTP/1.1\r\nHost: grantscope\r\nConnection: close\r\n\r\n",
    );
    assert!(page.contains("grantscope"), "{page}");
}

#[test]
fn a_garbage_request_line_is_answered_and_the_proxy_goes_on() {
    let home = Home::new();
    let listening = Listening::start(&home, &[]);
    let garbage = format!("\x00\x01{SECRET}\r\n\r\n");
    let garbage = answer(&listening, garbage.as_bytes());
    canaries().assert_silent("the answer", garbage.as_bytes());
    assert!(
        garbage.is_empty() || garbage.starts_with("HTTP/1.1 400"),
        "{garbage}"
    );
    goes_on_serving(&listening);
}

#[test]
fn a_header_of_a_mebibyte_is_refused_and_the_proxy_goes_on() {
    let home = Home::new();
    let listening = Listening::start(&home, &[]);
    let huge = format!(
        "GET http://127.0.0.1:9/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n",
        SECRET.repeat(50_000)
    );
    let refused = answer(&listening, huge.as_bytes());
    assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    canaries().assert_silent("the answer", refused.as_bytes());
    goes_on_serving(&listening);
}

#[test]
fn a_token_request_with_a_broken_body_goes_its_way_and_the_proxy_goes_on() {
    let home = Home::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let answering = thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        let body = r#"{"error":"invalid_grant"}"#;
        write!(stream, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let findings = home.findings_file();
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    command
        .env("GRANTSCOPE_LOG", "trace")
        .args(["--findings", findings.to_str().unwrap()]);
    let mut listening = Listening::of(command);
    let outputs = [
        read(listening.child.stdout.take().unwrap()),
        read(listening.child.stderr.take().unwrap()),
    ];
    let body = format!(
        "grant_type=authorization_code&code=%zz%{SECRET}&code=\u{fffd}&=&&client_id&client_secret={SECRET}"
    );
    let request = format!(
        "POST http://{address}/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = answer(&listening, request.as_bytes());
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.ends_with(r#"{"error":"invalid_grant"}"#),
        "{answer}"
    );
    assert!(
        answering.join().unwrap().ends_with(&body),
        "the body goes to the server as it is"
    );
    goes_on_serving(&listening);
    listening.end();
    let [log, traced] = outputs.map(|output| output.join().unwrap());
    assert!(String::from_utf8_lossy(&traced).contains("TRACE"));
    assert_eq!(home.leaks(&canaries(), &[&log, &traced]), [""; 0]);
}

/// Reads an output to its end, so that a full pipe holds nothing up.
fn read(mut output: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        bytes
    })
}
