//! A token is followed from run to run: what an earlier run saw decides what a later one meets.

use std::fs;

use grantscope_testkit::client::ClientAuthentication;
use grantscope_testkit::server::Client;
use grantscope_testkit::{App, AuthorizationServer, HttpClient, RunningServer, UserAgent};

use crate::support::grantscope::{Home, Listening};

const REDIRECT_URI: &str = "https://app.test/cb";

/// An app and a user agent that go through a proxy.
fn through(listening: &Listening, home: &Home, server: &RunningServer) -> (App, UserAgent) {
    let ca = fs::read_to_string(home.path("ca").join("ca.pem")).unwrap();
    let http = HttpClient::new(Some(listening.address), &ca).unwrap();
    let secret = ClientAuthentication::SecretBasic("s3cret".to_owned());
    let app = App::new(http, server.issuer(), "web", secret, REDIRECT_URI);
    (app, UserAgent::new(Some(listening.address), &ca).unwrap())
}

fn end(mut listening: Listening) {
    #[cfg(unix)]
    {
        let pid = rustix::process::Pid::from_child(&listening.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }
    #[cfg(not(unix))]
    listening.child.kill().unwrap();
    listening.child.wait().unwrap();
}

#[tokio::test]
async fn a_token_that_was_rotated_in_an_earlier_run_is_known_to_be() {
    let client = Client::confidential("web", "s3cret").redirect_uri(REDIRECT_URI);
    let server = AuthorizationServer::builder()
        .client(client)
        .run()
        .await
        .unwrap();
    let home = Home::new();
    let (upstream_ca, findings) = (home.path("upstream.pem"), home.findings_file());
    fs::write(&upstream_ca, server.ca_pem()).unwrap();
    let upstream_ca = ["--upstream-ca", upstream_ca.to_str().unwrap()];

    let first = Listening::start(&home, &upstream_ca);
    let (app, user_agent) = through(&first, &home, &server);
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    let granted = app.exchange(&login, &callback).await.unwrap();
    let old = granted.member("refresh_token").unwrap();
    assert_eq!(app.refresh(&old).await.unwrap().status, 200);
    end(first);

    let findings = ["--findings", findings.to_str().unwrap()];
    let second = Listening::start(&home, &[upstream_ca, findings].concat());
    let (app, _) = through(&second, &home, &server);
    assert_eq!(app.refresh(&old).await.unwrap().status, 400);
    end(second);

    let found = home.findings();
    let [found] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(found["cause"], "refresh-rotated", "{found:#}");
    assert_eq!(found["verdict"], "proven");
    let events: Vec<_> = found["grant"]["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event"].clone())
        .collect();
    assert_eq!(
        events[0], "token-response",
        "the issuance of the earlier run is known: {events:?}"
    );
}

#[test]
fn a_session_that_is_forgotten_is_gone() {
    let home = Home::new();
    let run = |arguments: &[&str]| {
        let output = home.command(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    for name in ["first", "second"] {
        let mut command = home.command(&["run", "--session", name]);
        let child = std::env::current_exe().unwrap();
        assert!(
            command
                .arg("--")
                .arg(child)
                .arg("--list")
                .output()
                .unwrap()
                .status
                .success()
        );
    }
    assert_eq!(run(&["sessions"]).1.lines().count(), 2);
    assert_eq!(
        run(&["sessions", "forget", "first"]),
        (Some(0), "forgot first\n".to_owned())
    );
    assert_eq!(run(&["sessions", "forget", "first"]).0, Some(2));
    assert_eq!(
        run(&["sessions", "forget", "--all"]),
        (Some(0), "forgot second\n".to_owned())
    );
    assert!(run(&["sessions"]).1.starts_with("no sessions"));
}
