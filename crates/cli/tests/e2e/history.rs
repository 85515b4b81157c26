//! A token is followed from run to run: what an earlier run saw decides what a later one meets.

use grantscope_testkit::Canaries;

use crate::support::grantscope::Home;
use crate::support::scripted;

#[tokio::test]
async fn a_token_that_was_rotated_in_an_earlier_run_is_known_to_be() {
    let home = Home::new();
    let server = scripted::server(&home).await;

    let first = scripted::proxy(&home);
    let (app, user_agent) = scripted::through(&first, &home, &server);
    let login = app.begin_login();
    let callback = user_agent.log_in(&login).await.unwrap();
    let granted = app.exchange(&login, &callback).await.unwrap();
    let old = granted.member("refresh_token").unwrap();
    assert_eq!(app.refresh(&old).await.unwrap().status, 200);
    first.end();

    let second = scripted::proxy(&home);
    let (app, _) = scripted::through(&second, &home, &server);
    assert_eq!(app.refresh(&old).await.unwrap().status, 400);
    second.end();

    let canaries = Canaries::new([server.secrets(), login.secrets()].concat());
    assert_eq!(home.leaks(&canaries, &[]), [""; 0]);

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
