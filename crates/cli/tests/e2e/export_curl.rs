//! The commands of `grantscope export --format curl`, run by a real shell with the variables filled in.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};

use grantscope_capture::har;
use grantscope_capture::redact::Redactor;
use grantscope_oauth::{Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Timings};
use http::{Method, Version};

use crate::support::grantscope::{Home, Listening};
use crate::support::scripted;

const MISSING: &str = "the tests need curl: install it with `apt-get install curl` or from curl.se";

/// The lines of the head of one request, and its content.
type Arrived = (Vec<String>, Vec<u8>);

/// A server that takes one request.
fn server() -> (u16, JoinHandle<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let length = head
            .iter()
            .find_map(|it| it.strip_prefix("Content-Length: "));
        let mut content = vec![0; length.map_or(0, |it| it.parse().unwrap())];
        stream.read_exact(&mut content).unwrap();
        let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.get_mut().write_all(answer).unwrap();
        (head, content)
    });
    (port, serving)
}

fn sent(port: u16, headers: &[(&str, &str)], content: &[u8]) -> Exchange {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Exchange {
        id: ExchangeId(1),
        started_at: "2026-01-05T09:00:00Z".parse().unwrap(),
        request: Request {
            method: Method::POST,
            url: RequestUrl::new(format!("http://127.0.0.1:{port}/a/../token?x=[1-3]{{a,b}}")),
            version: Version::HTTP_11,
            headers: headers.iter().map(owned).collect::<Headers>(),
            body: Body::whole(content.to_vec()),
        },
        response: None,
        timings: Timings::default(),
        peer: Peer::default(),
    }
}

/// The commands for an exchange.
fn commands(home: &Home, exchange: &Exchange, more: &[&str]) -> String {
    let file = home.path("sent.har");
    let kept = [Redactor::keep_secrets().redact(exchange)];
    har::export(fs::File::create(&file).unwrap(), "0", &kept, None).unwrap();
    exported(home, file.to_str().unwrap(), more)
}

fn exported(home: &Home, capture: &str, more: &[&str]) -> String {
    let mut command = home.command(&["export", capture, "--format", "curl"]);
    command.args(more);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Fills in a variable.
fn filled(script: &str, name: &str, value: &str) -> String {
    let empty = format!("\n{name}=''\n");
    assert!(script.contains(&empty), "{name} is no variable of {script}");
    let value = value.replace('\'', r"'\''");
    script.replace(&empty, &format!("\n{name}='{value}'\n"))
}

fn run(home: &Home, script: &str, ca: Option<&Path>) -> String {
    let file = home.path("again.sh");
    fs::write(&file, script).unwrap();
    let mut shell = Command::new("sh");
    if let Some(ca) = ca {
        shell.env("CURL_CA_BUNDLE", ca);
    }
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        shell.env_remove(name).env_remove(name.to_uppercase());
    }
    let output = shell.arg(&file).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(127), "{MISSING}");
    assert!(output.status.success(), "{errors}\n{script}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_same_request_arrives_byte_for_byte() {
    let form = "application/x-www-form-urlencoded";
    let hostile = "grant_type=authorization_code&code=Spl%2BxlOBe%2FZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fa='b'\
                   &scope=$(touch%20x)`id`\"\\\"!&x=@/etc/passwd\n&y=%zz é";
    let home = Home::new();
    let (port, serving) = server();
    let headers = [
        ("Content-Type", form),
        ("X-Second", "it's \"quoted\" $HOME `id` \\"),
        ("x-first", ""),
        ("Accept", "*/*"),
    ];
    let script = commands(&home, &sent(port, &headers, hostile.as_bytes()), &[]);
    assert!(!script.contains("Spl%2Bxl"), "{script}");
    let script = filled(&script, "code", "Spl%2BxlOBe%2FZQQYbYS6WxSbIA");
    let script = filled(&script, "parameter_redirect_uri", "'b'");
    let script = filled(&script, "parameter_x", "@/etc/passwd\n");
    let script = filled(&script, "parameter_y", "%zz é");
    let script = filled(&script, "parameter_x_2", "[1-3]{a,b}");
    let script = filled(&script, "header_x_second", headers[1].1);
    run(&home, &script, None);
    let (head, content) = serving.join().unwrap();
    assert_eq!(String::from_utf8(content).unwrap(), hostile, "{script}");
    assert!(head[0].starts_with("POST /a/../token?x="), "{head:?}");
    let fields = ["Content-Type: ", "X-Second: ", "x-first:", "Accept: "];
    let places = fields.map(|it| head.iter().position(|line| line.starts_with(it)));
    assert!(places.is_sorted() && places[0].is_some(), "{head:?}");
    assert!(
        head.contains(&format!("X-Second: {}", headers[1].1)),
        "{head:?}"
    );
    assert!(
        !head.iter().any(|it| it.starts_with("User-Agent")),
        "{head:?}"
    );
}

#[test]
fn bytes_that_are_no_text_arrive_as_well() {
    let home = Home::new();
    let (port, serving) = server();
    let bytes: Vec<u8> = (0..=255).chain(*b"grant_type=x&code='%s'\\n").collect();
    let mut exchange = sent(
        port,
        &[("Content-Type", "application/octet-stream")],
        &bytes,
    );
    // Recognised by its address, since its content is no text.
    let url = format!("http://127.0.0.1:{port}/token?grant_type=refresh_token&refresh_token=x");
    exchange.request.url = RequestUrl::new(url);
    let script = commands(&home, &exchange, &["--keep-secrets"]);
    run(&home, &script, None);
    assert_eq!(serving.join().unwrap().1, bytes, "{script}");
}

#[tokio::test]
async fn a_refused_request_is_refused_again_by_the_server_itself() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let proxy = scripted::proxy(&home);
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 200);
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 400);
    Listening::end(proxy);

    let script = exported(&home, "latest", &[]);
    let form: String = form_value(&callback.code);
    let script = filled(&script, "code", &form);
    let script = filled(&script, "code_verifier", &login.verifier.unwrap());
    let script = filled(&script, "client_secret", scripted::SECRET);
    let ca = home.path("upstream.pem");
    let answer = tokio::task::spawn_blocking(move || run(&home, &script, Some(&ca)));
    let answer = answer.await.unwrap();
    assert!(
        answer.contains("400") && answer.contains("invalid_grant"),
        "{answer}"
    );
}

/// A value as a form has it.
fn form_value(value: &str) -> String {
    let encoded = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() || b"-._*".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    value.bytes().map(encoded).collect()
}
