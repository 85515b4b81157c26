//! What is of the traffic does nothing on a page, and no page holds a secret.

use axum::body::Body;
use axum::http::StatusCode;
use grantscope_oauth::{Exchange, RequestUrl};
use grantscope_testkit::Canaries;

use super::site::{Site, scenario};

const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA-c0de";
const SECRET: &str = "s3cret-of-the-app-f0r-tests";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REFRESH: &str = "8xLOxBtZp8-refresh-t0ken-of-the-user";

fn flow(client: &str, said: &str) -> Vec<Exchange> {
    scenario(&format!(
        "\
@0s   GET /authorize?response_type=code&client_id={client}&redirect_uri=https://app.test/cb&code_challenge=S256({VERIFIER})&code_challenge_method=S256
      302 Location: https://app.test/cb?code={CODE}
@1s   POST /token  grant_type=authorization_code&code={CODE}&redirect_uri=https://app.test/cb&client_id={client}&client_secret={SECRET}&code_verifier={VERIFIER}
      200 {{\"access_token\":\"access-{REFRESH}\",\"refresh_token\":\"{REFRESH}\"}}
@2s   POST /token  grant_type=authorization_code&code={CODE}&redirect_uri=https://app.test/cb&client_id={client}&client_secret={SECRET}&code_verifier={VERIFIER}
      400 {{\"error\":\"invalid_grant\",\"error_description\":\"{said}\"}}"
    ))
}

/// The addresses of all pages of a site, found by following links.
async fn pages(site: &Site) -> Vec<(String, String)> {
    let mut waiting = vec!["/".to_owned()];
    let mut pages: Vec<(String, String)> = Vec::new();
    while let Some(path) = waiting.pop() {
        if pages.iter().any(|(known, _)| *known == path) || pages.len() > 200 {
            continue;
        }
        let answer = site.get(&path).await;
        assert_ne!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{path} leads to nothing"
        );
        let is_page = answer.headers["content-type"]
            .as_bytes()
            .starts_with(b"text/html");
        if is_page && answer.status == StatusCode::OK {
            let links = answer.body.split("href=\"/").skip(1);
            let links = links.filter_map(|it| it.split(['"', '#']).next());
            let links = links.filter(|it| !it.starts_with("assets/"));
            waiting.extend(links.map(|it| format!("/{}", it.replace("&amp;", "&"))));
        }
        pages.push((path, answer.body));
    }
    pages
}

#[tokio::test]
async fn no_page_holds_a_secret() {
    let site = Site::of(flow("web", "Code not valid"));
    let canaries = Canaries::new([
        ("code", CODE),
        ("secret", SECRET),
        ("verifier", VERIFIER),
        ("refresh token", REFRESH),
    ]);
    let pages = pages(&site).await;
    for kind in [
        "/findings/",
        "/exchanges/",
        "/grants/",
        "/export/har",
        "/markdown",
        "/curl",
        "/json",
        "/sessions",
    ] {
        assert!(
            pages.iter().any(|(path, _)| path.contains(kind)),
            "no page of {kind} was looked at"
        );
    }
    for (path, body) in &pages {
        canaries.assert_silent(path, body.as_bytes());
    }
}

/// A search that finds nothing shows something only where it finds what is there.
#[tokio::test]
async fn what_a_session_keeps_of_secrets_is_on_no_page() {
    let site = Site::new();
    let mut store = grantscope_capture::store::Store::open(site.directory.path()).unwrap();
    let kept = flow("web", "Code not valid");
    let keep = grantscope_capture::redact::Redactor::keep_secrets();
    let raw = crate::server::Diagnosed {
        exchanges: kept.iter().map(|it| keep.redact(it)).collect(),
        ..super::site::diagnosed(kept)
    };
    crate::pages::open::put(&mut store, "raw", &raw).unwrap();
    let canaries = Canaries::new([("code", CODE), ("secret", SECRET), ("verifier", VERIFIER)]);
    for path in [
        "/",
        "/exchanges",
        "/exchanges/1",
        "/exchanges/2",
        "/export/har",
        "/export/jsonl",
    ] {
        let path = format!("/sessions/raw{path}");
        canaries.assert_silent(&path, site.page(&path).await.as_bytes());
    }
}

#[tokio::test]
async fn markup_and_directions_of_the_traffic_are_texts() {
    let client = "%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE%22onload=x";
    let said = "<img src=x onerror=alert(1)>\\u202e";
    let site = Site::of(flow(client, said));
    for (path, body) in pages(&site).await {
        let is_text =
            path.ends_with("/markdown") || path.ends_with("/curl") || path.ends_with("/json");
        if is_text || path.contains("/export/") {
            continue;
        }
        for hostile in ["<script>alert", "<img src=x", "\u{202e}", "\"onload"] {
            assert!(!body.contains(hostile), "{path} holds {hostile}");
        }
        assert!(!body.contains("style=\""), "{path} has an inline style");
        let scripts = body.matches("<script").count();
        assert_eq!(
            scripts,
            body.matches("<script src=\"/assets/").count(),
            "{path}"
        );
    }
    let exchange = site.page("/exchanges/1").await;
    assert!(exchange.contains("U+202E"), "{exchange}");
}

#[tokio::test]
async fn a_state_of_a_mebibyte_shows_its_head_and_its_size() {
    let mut exchanges = flow("web", "no");
    let state = "%41".repeat(1024 * 1024 / 3);
    let url = exchanges[0].request.url.as_str().to_owned();
    exchanges[0].request.url = RequestUrl::new(format!("{url}&prompt={state}"));
    let site = Site::of(exchanges);
    for path in ["/", "/exchanges", "/exchanges/1"] {
        let page = site.page(path).await;
        assert!(page.len() < 64 * 1024, "{path} has {} bytes", page.len());
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_told_so() {
    let site = Site::new();
    for path in [
        "/findings/%3Cscript%3E",
        "/findings/..%2F..%2Fetc",
        "/exchanges/99999999999999999999",
        "/grants/%23",
        "/grants/code%23zzzzzz",
        "/sessions/%2e%2e/",
        "/opened/none/",
        "/assets/../secret",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("<script>"), "{path}");
    }
    let request = site
        .request("/")
        .header("last-event-id", "x")
        .body(Body::empty());
    assert_eq!(site.ask(request.unwrap()).await.status, StatusCode::OK);
}
