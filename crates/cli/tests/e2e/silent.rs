//! No secret of a run is in anything that grantscope writes or prints, in no encoding: files, findings, exports, the log.

use std::io::Read;
use std::thread::{self, JoinHandle};

use grantscope_testkit::{App, Canaries, RunningServer, UserAgent};

use crate::support::grantscope::{Home, Listening};
use crate::support::scripted;

#[tokio::test]
async fn nothing_that_is_written_holds_a_secret() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let mut proxy = Listening::of(at_the_finest_level(&home));
    let outputs = [
        read(proxy.child.stdout.take().unwrap()),
        read(proxy.child.stderr.take().unwrap()),
    ];
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let canaries = play(&server, &app, &user_agent).await;
    proxy.end();

    let [log, traced] = outputs.map(|output| output.join().unwrap());
    let (log, traced) = (log.as_slice(), traced.as_slice());
    assert_eq!(home.leaks(&canaries, &[log, traced]), [""; 0]);
    // A run in which nothing was seen would be silent as well.
    let shown = String::from_utf8_lossy(log);
    assert_eq!(shown.matches("refused[").count(), 2, "{shown}");
    assert!(String::from_utf8_lossy(traced).contains("TRACE"));

    for arguments in [
        &["sessions"][..],
        &["export", "latest", "--format", "har"],
        &["export", "latest", "--format", "jsonl"],
        &["analyze", "latest"],
        &["analyze", "latest", "--format", "json"],
        &["analyze", "latest", "--format", "markdown"],
        &["analyze", "latest", "--format", "html"],
    ] {
        let output = home.command(arguments).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty());
        let leaks = home.leaks(&canaries, &[&output.stdout, &output.stderr]);
        assert_eq!(leaks, [""; 0], "{arguments:?}");
    }
}

/// A search that finds nothing shows something only where it finds what is there.
#[tokio::test]
async fn secrets_that_are_kept_are_found() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let mut command = at_the_finest_level(&home);
    command.arg("--keep-secrets");
    let mut proxy = Listening::of(command);
    let outputs = [
        read(proxy.child.stdout.take().unwrap()),
        read(proxy.child.stderr.take().unwrap()),
    ];
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let canaries = play(&server, &app, &user_agent).await;
    proxy.end();
    for output in outputs {
        output.join().unwrap();
    }
    let leaks = home.leaks(&canaries, &[]);
    for kind in [
        "code",
        "verifier",
        "state",
        "access token",
        "refresh token",
        "client secret",
    ] {
        let is_told = |leak: &String| leak.contains(&format!("session.har holds {kind} "));
        assert!(leaks.iter().any(is_told), "{kind} in {leaks:#?}");
    }
}

fn at_the_finest_level(home: &Home) -> std::process::Command {
    let mut command = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    command
        .env("GRANTSCOPE_LOG", "trace")
        .arg("--upstream-ca")
        .arg(home.path("upstream.pem"))
        .arg("--findings")
        .arg(home.findings_file())
        .arg("--har")
        .arg(home.har_file());
    command
}

/// Logs in, redeems the code twice, refreshes twice with one token, and gives all secrets of that.
async fn play(server: &RunningServer, app: &App, user_agent: &UserAgent) -> Canaries {
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    let granted = app.exchange(&login, &callback).await.unwrap();
    assert_eq!(granted.status, 200);
    let token = granted.member("refresh_token").unwrap();
    assert_eq!(app.refresh(&token).await.unwrap().status, 200);
    assert_eq!(app.refresh(&token).await.unwrap().status, 400);
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 400);
    let client = ("client secret", scripted::SECRET.to_owned());
    Canaries::new([server.secrets(), login.secrets(), vec![client]].concat())
}

/// Reads an output to its end, so that a full pipe holds nothing up.
fn read(mut output: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        bytes
    })
}
