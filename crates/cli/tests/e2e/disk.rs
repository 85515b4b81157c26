//! A disk that takes no more, and a directory that is deleted, while the proxy runs: it is told, and traffic goes on.

use std::fs;
use std::process::{Child, Command, Stdio};

use grantscope_capture::store::Store;

use crate::support::grantscope::{Home, Listening};
use crate::support::lines::Lines;
use crate::support::scripted;

fn log_of(child: &mut Child) -> Lines {
    Lines::of(child.stderr.take().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_directory_is_deleted_goes_on_in_a_new_one() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let mut proxy = scripted::proxy(&home);
    let mut log = log_of(&mut proxy.child);
    let (app, _) = scripted::through(&proxy, &home, &server);
    assert_eq!(app.refresh("made-up-1").await.unwrap().status, 400);
    while home.findings().is_empty() {
        tokio::task::yield_now().await;
    }
    fs::remove_dir_all(home.path("data")).unwrap();
    assert_eq!(app.refresh("made-up-2").await.unwrap().status, 400);
    log.wait_for("was deleted or moved while it was written");
    assert_eq!(app.refresh("made-up-3").await.unwrap().status, 400);
    proxy.end();
    let store = Store::open_to_read(&home.path("data")).unwrap().unwrap();
    let session = store.session("latest").unwrap();
    let numbers = store.exchanges(&session).unwrap().exchanges;
    let numbers: Vec<_> = numbers.iter().map(|it| it.id.0).collect();
    assert_eq!(numbers, [2, 3]);
}

/// The limit of the shell stands for a full disk: a file that is longer cannot be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_traffic_goes_on() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let inner = home.command(&["proxy", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .arg("--upstream-ca")
        .arg(home.path("upstream.pem"))
        .stdin(Stdio::null());
    let mut proxy = Listening::of(command);
    let output = proxy.child.stdout.take().unwrap();
    let _output = Lines::of(output);
    let mut log = log_of(&mut proxy.child);
    let (app, _) = scripted::through(&proxy, &home, &server);
    for number in 0..200 {
        let token = format!("made-up-{number}-{}", "x".repeat(2000));
        assert_eq!(app.refresh(&token).await.unwrap().status, 400);
    }
    log.wait_for("missing from the session until that is mended");
    assert_eq!(app.refresh("made-up").await.unwrap().status, 400);
    proxy.end();
}
