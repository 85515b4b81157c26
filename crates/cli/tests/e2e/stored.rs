//! What was told is in the store: however the process ends, and whoever else writes.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use grantscope_capture::store::Store;
use grantscope_testkit::{App, Canaries, RunningServer};
use tokio::task::JoinSet;

use crate::support::grantscope::{Home, Listening, last_revisions};
use crate::support::scripted;

/// So many times the process is killed.
const KILLED: u64 = 100;

/// Before that it tells of so many findings, or fewer.
const TOLD_MAX: u64 = 30;

/// So many requests are under way at a time.
const AT_ONCE: usize = 4;

/// A proxy whose session has a name, with the file of its findings.
fn named(home: &Home, session: &str) -> (Listening, PathBuf) {
    let findings = home.path(&format!("{session}.findings"));
    let upstream_ca = home.path("upstream.pem");
    let arguments = [
        "--upstream-ca",
        upstream_ca.to_str().unwrap(),
        "--findings",
        findings.to_str().unwrap(),
        "--session",
        session,
    ];
    let mut proxy = Listening::start(home, &arguments);
    let mut log = proxy.child.stdout.take().unwrap();
    // It is read to its end, so that a full pipe holds nothing up.
    thread::spawn(move || io::copy(&mut log, &mut io::sink()));
    (proxy, findings)
}

/// Apps that present tokens of their own making, one after another, until the proxy is gone or there were `each` of them.
fn load(proxy: &Listening, home: &Home, server: &RunningServer, each: usize) -> JoinSet<()> {
    let mut apps = JoinSet::new();
    for number in 0..AT_ONCE {
        let (app, _) = scripted::through(proxy, home, server);
        apps.spawn(present(app, number, each));
    }
    apps
}

/// The token that an app makes up.
fn made_up(app_number: usize, number: usize) -> String {
    format!("made-up-refresh-token-{app_number}-{number}")
}

async fn present(app: App, app_number: usize, each: usize) {
    for number in 0..each {
        let token = made_up(app_number, number);
        match app.refresh(&token).await {
            Ok(reply) => assert_eq!(reply.status, 400),
            Err(_) => break,
        }
    }
}

/// The exchanges of which something was told.
fn told(findings: &Path) -> BTreeSet<u64> {
    let lines = fs::read_to_string(findings).unwrap_or_default();
    // The last line may have been torn off: it had not been told.
    let whole = lines.rfind('\n').map_or("", |end| &lines[..=end]);
    let exchange = |finding: &serde_json::Value| finding["exchange"]["id"].as_u64().unwrap();
    last_revisions(whole).iter().map(exchange).collect()
}

/// The exchanges and findings of a session in the store.
fn stored(home: &Home, session: &str) -> (BTreeSet<u64>, usize) {
    let store = Store::open_to_read(&home.path("data")).unwrap().unwrap();
    let session = store.session(session).unwrap();
    let import = store.exchanges(&session).unwrap();
    assert_eq!(import.skipped, []);
    let exchanges = import.exchanges.iter().map(|it| it.id.0).collect();
    (exchanges, store.findings(&session).unwrap().len())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_in_the_store_whenever_the_process_is_killed() {
    let home = Home::new();
    // Each start reads some of what the earlier rounds wrote, and not all of it.
    fs::write(
        home.path("grantscope.toml"),
        "[history]\nexchanges_max = 100\n",
    )
    .unwrap();
    let server = scripted::server(&home).await;
    let random = RandomState::new();
    let mut of_all = 0;
    for round in 1..=KILLED {
        let session = format!("round-{round}");
        let (mut proxy, findings) = named(&home, &session);
        let mut apps = load(&proxy, &home, &server, usize::MAX);
        let enough = random.hash_one(round) % TOLD_MAX;
        while (told(&findings).len() as u64) < enough {
            tokio::task::yield_now().await;
        }
        proxy.child.kill().unwrap();
        proxy.child.wait().unwrap();
        apps.shutdown().await;
        let told = told(&findings);
        let (exchanges, found) = stored(&home, &session);
        let lost: Vec<_> = told.difference(&exchanges).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} of {told:?}");
        assert!(found >= told.len(), "round {round}");
        of_all += told.len();
    }
    assert!(of_all > 100, "only {of_all} findings in all rounds");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_write_at_once_lose_nothing() {
    const EACH: usize = 25;
    let home = Home::new();
    let server = scripted::server(&home).await;
    let proxies = ["one", "two"].map(|session| (session, named(&home, session)));
    let loads = proxies
        .iter()
        .map(|(_, (proxy, _))| load(proxy, &home, &server, EACH));
    for mut apps in loads.collect::<Vec<_>>() {
        while let Some(ended) = apps.join_next().await {
            ended.unwrap();
        }
    }
    for (session, (proxy, findings)) in proxies {
        proxy.end();
        let (exchanges, found) = stored(&home, session);
        assert_eq!(exchanges.len(), AT_ONCE * EACH);
        assert!(exchanges.is_superset(&told(&findings)));
        assert!(found >= AT_ONCE * EACH, "{found}");
    }
    let tokens = (0..AT_ONCE).flat_map(|app| (0..EACH).map(move |number| made_up(app, number)));
    let tokens = tokens.map(|token| ("refresh token", token));
    let canaries = Canaries::new(tokens.chain(server.secrets()));
    assert_eq!(home.leaks(&canaries, &[]), [""; 0]);
}

#[tokio::test]
async fn what_is_no_oauth_is_not_stored() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let (proxy, _) = named(&home, "quiet");
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    user_agent
        .open(&format!("{}/no-such-page", server.issuer()))
        .await
        .unwrap();
    app.refresh("made-up").await.unwrap();
    proxy.end();
    let (exchanges, found) = stored(&home, "quiet");
    assert_eq!((exchanges.len(), found > 0), (1, true), "{exchanges:?}");
}
