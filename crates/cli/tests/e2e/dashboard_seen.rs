//! The dashboard in a real browser, light and dark, wide and narrow: nothing amiss on any page, whatever the traffic was.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::grantscope::Home;
use crate::support::pages::{Look, Pages, beside_a_proxy};
use crate::support::peers::{Certificates, Client, Provider};
use crate::support::scripted::{self, REDIRECT_URI};

/// What a person meets: a refused code, a refused verifier, a replay that ends a family, a race, and a login that goes well.
const PLAYED: [&str; 5] = [
    "redirect-uri-mismatch-slash",
    "pkce-verifier-mismatch-par",
    "refresh-rotated",
    "refresh-rotated-concurrent",
    "healthy-refresh-rotation",
];

/// Every kind of view, as the address of one begins.
const VIEWS: [&str; 6] = [
    "/",
    "/findings/",
    "/exchanges",
    "/exchanges/",
    "/grants/",
    "/sessions",
];

fn assert_all_views(opened: &[String]) {
    for view in VIEWS {
        assert!(
            opened.iter().any(|it| it.starts_with(view)),
            "no {view} in {opened:?}"
        );
    }
}

/// The scenarios of a real client at a real server, in one session.
fn play(home: &Home, scenarios: &[&str]) {
    let certificates = Certificates::new();
    let provider = Provider::start(&certificates, "{}");
    for scenario in scenarios {
        let mut run = home.command(&["run", "--session", "played", "--dashboard", "off"]);
        run.arg("--upstream-ca").arg(certificates.ca());
        let client = Client::JavaScript.command();
        run.arg("--").args(client);
        run.args(["--issuer", &provider.issuer, "--scenario", scenario]);
        let played = run.output().unwrap();
        let errors = String::from_utf8_lossy(&played.stderr);
        assert!(played.status.success(), "{scenario}: {errors}");
    }
}

#[test]
fn every_view_of_a_real_flow_is_without_fault() {
    let home = Home::new();
    play(&home, &PLAYED);
    let pages = Pages::open(&home, Path::new("played"));
    let opened = Look::at(&pages.url, "views.mjs", &[]).end();
    assert_all_views(&opened);
}

#[test]
fn the_pages_can_be_driven_by_keyboard_alone() {
    let home = Home::new();
    let capture = captured(&home, &[hostile("one", "s"), hostile("two", "s")]);
    let pages = Pages::open(&home, &capture);
    Look::at(&pages.url, "keys.mjs", &[]).end();
}

/// Texts that would do something if they were more than text, or that would be too much.
fn texts() -> Vec<Value> {
    vec![
        hostile("<script>alert(1)</script>", "s"),
        hostile(
            "\"><img src=x onerror=alert(1)>",
            "</script><script>alert(2)</script>",
        ),
        hostile(
            "</title></style></svg><svg onload=alert(3)>",
            "<![CDATA[ ]]>",
        ),
        hostile("\u{202e}tpircs\u{2066}\u{200b}\u{0}", "\u{202e}"),
        hostile("javascript:alert(4)", "{{7*7}}${7*7}"),
        hostile("web", &"x".repeat(1 << 20)),
        hostile(&"w".repeat(1 << 16), "s"),
    ]
}

#[test]
fn hostile_captures_do_nothing_on_any_page() {
    let home = Home::new();
    let pages = Pages::open(&home, &captured(&home, &texts()));
    let opened = Look::at(&pages.url, "views.mjs", &[]).end();
    assert_all_views(&opened);
}

/// The entries of a login whose code is refused, with these texts in all places that a client or server can write to.
fn hostile(client: &str, state: &str) -> Value {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (client_id, state_value) = (encoded(client), encoded(state));
    let sum = client
        .bytes()
        .chain(state.bytes())
        .fold(7_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
    let code = format!("C{sum:016x}");
    let query = format!(
        "response_type=code&client_id={client_id}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&state={state_value}&scope={client_id}"
    );
    let location = format!("https://app.test/cb?code={code}&state={state_value}");
    let asked = entry(
        ("GET", &format!("https://idp.test/authorize?{query}"), None),
        (302, &json!([{"name": "Location", "value": location}]), ""),
    );
    let form = format!(
        "grant_type=authorization_code&code={code}&client_id={client_id}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%2F&scope={client_id}"
    );
    let said = json!({"error": "invalid_grant", "error_description": client, "error_uri": state.get(..200).unwrap_or(state)});
    let refused = entry(
        ("POST", "https://idp.test/token", Some(&form)),
        (
            400,
            &json!([{"name": "X-Said", "value": client}]),
            &said.to_string(),
        ),
    );
    json!([asked, refused])
}

fn entry(
    (method, url, form): (&str, &str, Option<&str>),
    (status, headers, body): (u16, &Value, &str),
) -> Value {
    let mut request = json!({
        "method": method, "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "queryString": [],
        "headersSize": -1, "bodySize": -1,
    });
    if let Some(form) = form {
        request["postData"] =
            json!({"mimeType": "application/x-www-form-urlencoded", "params": [], "text": form});
    }
    json!({
        "startedDateTime": "2026-01-05T09:00:00.000Z", "time": 20, "request": request, "cache": {},
        "response": {
            "status": status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "headers": headers,
            "redirectURL": "", "headersSize": -1, "bodySize": -1,
            "content": {"size": body.len(), "mimeType": "application/json", "text": body},
        },
        "timings": {"send": 1, "wait": 18, "receive": 1},
    })
}

/// A HAR file of logins, a second after each other.
fn captured(home: &Home, logins: &[Value]) -> PathBuf {
    let mut entries: Vec<_> = logins
        .iter()
        .flat_map(|it| it.as_array().unwrap().clone())
        .collect();
    for (second, entry) in entries.iter_mut().enumerate() {
        entry["startedDateTime"] = format!("2026-01-05T09:00:{second:02}.000Z").into();
    }
    let log =
        json!({"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries});
    let file = home.path("capture.har");
    std::fs::write(&file, json!({ "log": log }).to_string()).unwrap();
    file
}

const REFUSALS: usize = 10;
/// So soon a refusal is on an open page.
const GOAL_MS: f64 = 200.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_on_an_open_page_within_a_fifth_of_a_second_of_its_answer() {
    let home = Home::new();
    let server = scripted::server(&home).await;
    let (proxy, url) = beside_a_proxy(&home);
    let (app, user_agent) = scripted::through(&proxy, &home, &server);
    let mut look = Look::at(&url, "live.mjs", &["--count", &REFUSALS.to_string()]);
    assert_eq!(look.line(), "open");
    let mut delays_ms = Vec::new();
    for _ in 0..REFUSALS {
        let login = app.begin_login();
        let callback = user_agent.log_in(&login).await.unwrap();
        let request = app
            .code_request(&login, &callback)
            .with("redirect_uri", &format!("{REDIRECT_URI}/"));
        assert_eq!(app.token(request).await.unwrap().status, 400);
        let answered = since_1970();
        let painted_ms: f64 = look.line().parse().unwrap();
        delays_ms.push(painted_ms - answered.as_secs_f64() * 1_000.0);
    }
    look.end();
    println!("milliseconds from the answer to the page: {delays_ms:.0?}");
    delays_ms.sort_by(f64::total_cmp);
    // The machine is shared: one slow turn is not the product's.
    assert!(delays_ms[REFUSALS * 9 / 10 - 1] < GOAL_MS, "{delays_ms:?}");
}

#[expect(clippy::disallowed_methods, reason = "this test is about time")]
fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
}
