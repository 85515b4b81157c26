//! What each page shows.

use axum::body::Body;
use http_body_util::BodyExt as _;

use super::site::{Site, scenario};
use crate::feed::Told;

/// A login whose `redirect_uri` has a slash too much, beside one that goes well.
pub(super) const FLOW: &str = "\
@0s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=st4te-0f-the-login
      302 Location: https://app.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=st4te-0f-the-login
@2s   POST /token  Authorization: Basic web:s3cret-of-the-app
      grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https://app.test/cb/
      +250ms 400 Date: @2s
      {\"error\":\"invalid_grant\",\"error_description\":\"Incorrect redirect_uri\"}
@5s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=st4te-0f-another
      302 Location: https://app.test/cb?code=AnotherCode12345678901&state=st4te-0f-another
@6s   POST /token  Authorization: Basic web:s3cret-of-the-app
      grant_type=authorization_code&code=AnotherCode12345678901&redirect_uri=https://app.test/cb
      200 {\"access_token\":\"JWT-less-access-token-1\",\"id_token\":\"JWT{\"iss\":\"https://idp.test\",\"aud\":\"web\",\"exp\":\"@1h\"}\",\"token_type\":\"Bearer\"}";

pub(super) fn site() -> Site {
    Site::of(scenario(FLOW))
}

/// The address of the refusal.
pub(super) async fn refusal(site: &Site) -> String {
    let log = site.page("/").await;
    let at = log.find("href=\"/findings/").unwrap() + 6;
    log[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_log_shows_refusals_first_and_what_went_well_last() {
    let log = site().page("/").await;
    assert!(log.contains("<h1>1 refused grant</h1>"), "{log}");
    let refused = log.find("redirect-uri-mismatch").unwrap();
    let granted = log.find("heading-granted").unwrap();
    assert!(refused < granted);
    assert!(log.contains("1 grant issued"), "{log}");
}

#[tokio::test]
async fn the_log_is_chosen_by_a_form_that_needs_no_script() {
    let site = site();
    let shows = async |query: &str| {
        let log = site.page(&format!("/?{query}")).await;
        log.contains("class=\"finding\"")
    };
    for found in [
        "kind=diagnosis",
        "verdict=proven",
        "cause=redirect-uri-mismatch&client=web&server=https%3A%2F%2Fidp.test",
        "q=REDIRECT",
        "group=grant",
        "group=each&kind=&verdict=&q=&grant=",
    ] {
        assert!(shows(found).await, "{found}");
    }
    for not_found in [
        "kind=coverage",
        "verdict=ruled-out",
        "cause=code-reused",
        "client=other",
        "grant=code%23",
        "server=https%3A%2F%2Fother.test",
        "q=%25",
        "page=1",
    ] {
        assert!(!shows(not_found).await, "{not_found}");
    }
}

#[tokio::test]
async fn an_empty_log_says_how_to_send_traffic_and_whether_any_came() {
    let site = Site::new();
    let log = site.page("/").await;
    for text in [
        "grantscope run -- npm start",
        "HTTPS_PROXY=http://127.0.0.1:9",
        "Nothing has arrived",
    ] {
        assert!(log.contains(text), "{text}: {log}");
    }
    site.feed.count(0, 2);
    let log = site.page("/").await;
    assert!(log.contains("2 exchanges, and none of OAuth"), "{log}");
}

#[tokio::test]
async fn a_diagnosis_shows_the_values_the_fix_and_every_cause() {
    let site = site();
    let path = refusal(&site).await;
    let page = site.page(&path).await;
    for text in [
        "The two values",
        "<mark><bdi>/</bdi></mark>",
        "By component",
        "Send the same redirect_uri",
        "All causes",
        "ruled out",
        "Provider notes",
        "href=\"/exchanges/2#form-redirect_uri\"",
    ] {
        let shown = page.contains(text) || (text == "Provider notes" && page.contains("Notes on"));
        assert!(shown, "{text}: {page}");
    }
    // What evidence leads to is there.
    let exchange = site.page("/exchanges/2").await;
    assert!(exchange.contains("id=\"form-redirect_uri\""), "{exchange}");
    assert!(exchange.contains("id=\"response-error\""), "{exchange}");
}

#[tokio::test]
async fn a_diagnosis_is_copied_in_three_forms_that_are_no_pages() {
    let site = site();
    let path = refusal(&site).await;
    for (form, text) in [
        ("markdown", "# grantscope"),
        ("curl", "curl --http1.1"),
        ("json", "\"schema\": \"grantscope.finding/1\""),
    ] {
        let answer = site.get(&format!("{path}/{form}")).await;
        assert!(answer.body.contains(text), "{form}: {}", answer.body);
        let kind = answer.headers["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/plain; charset=utf-8");
    }
    assert_eq!(site.get(&format!("{path}/exe")).await.status, 404);
}

#[tokio::test]
async fn an_exchange_is_taken_apart_and_its_secrets_lead_to_where_else_they_are() {
    let site = site();
    let page = site.page("/exchanges/2").await;
    let at = page.find("href=\"/grants/code%23").unwrap() + 6;
    let grant = page[at..].split('"').next().unwrap();
    let grant = site.page(grant).await;
    assert!(
        grant.contains("2 exchanges") && grant.contains("href=\"/exchanges/1\""),
        "{grant}"
    );
    assert!(grant.contains("redirect-uri-mismatch"), "{grant}");
    let at = grant.find("href=\"/?group=each&amp;grant=").unwrap() + 6;
    let log = grant[at..].split('"').next().unwrap().replace("&amp;", "&");
    let log = site.page(&log).await;
    assert!(log.contains("class=\"finding\""), "{log}");
    let token = site.page("/exchanges/4").await;
    for text in [
        "The token says of itself",
        "https://idp.test",
        "after</time> the exchange",
    ] {
        let shown = token.contains(text) || text.contains("</time>");
        assert!(shown, "{text}: {token}");
    }
    assert!(token.contains("the exchange"), "{token}");
    assert_eq!(site.get("/exchanges/99").await.status, 404);
    assert_eq!(site.get("/exchanges/x").await.status, 404);
}

#[tokio::test]
async fn the_same_pages_show_any_session() {
    let site = site();
    site.store("monday", scenario(FLOW));
    let log = site.page("/sessions/monday/").await;
    let at = log.find("href=\"/sessions/monday/findings/").unwrap() + 6;
    let finding = log[at..].split('"').next().unwrap();
    let page = site.page(finding).await;
    assert!(
        page.contains("href=\"/sessions/monday/exchanges/2#form-redirect_uri\""),
        "{page}"
    );
    assert!(!page.contains("id=\"live\""), "nobody records it");
    assert_eq!(site.get("/sessions/tuesday/").await.status, 404);
}

#[tokio::test]
async fn sessions_are_exported_in_every_format() {
    let site = site();
    for format in [
        "har", "jsonl", "json", "markdown", "html", "curl", "postman", "insomnia",
    ] {
        let answer = site.get(&format!("/export/{format}")).await;
        assert_eq!(answer.status, 200, "{format}");
        let name = answer.headers["content-disposition"].to_str().unwrap();
        assert!(name.starts_with("attachment; filename=\"live."), "{name}");
        assert!(
            answer.body.contains("redirect_uri"),
            "{format}: {}",
            answer.body
        );
    }
    assert_eq!(site.get("/export/exe").await.status, 404);
}

#[tokio::test]
async fn a_good_login_is_compared_with_a_bad_one() {
    let site = site();
    let page = site
        .page("/compare?good=sessions/live&bad=sessions/live")
        .await;
    assert!(page.contains("First: "), "{page}");
    assert!(page.contains("redirect_uri"), "{page}");
    let none = site.get("/compare").await;
    assert_eq!(none.status, 400);
}

#[tokio::test]
async fn an_open_page_is_told_of_what_was_committed() {
    let site = Site::new();
    let told = |about: &str| Told {
        kind: "diagnosis".to_owned(),
        id: "1-2".to_owned(),
        about: about.to_owned(),
        verdict: Some("proven".to_owned()),
        exchange: Some(2),
        summary: "a line\r\nand another".to_owned(),
    };
    let mut events = site.follow(None).await;
    assert!(next(&mut events).await.contains("event: hello"));
    site.feed.tell(told("code-reused"));
    let found = next(&mut events).await;
    for text in ["event: found", "id: 1", "\"about\":\"code-reused\""] {
        assert!(found.contains(text), "{found}");
    }
    drop(events);
    site.feed.tell(told("code-expired"));
    let mut again = site.follow(Some(1)).await;
    assert!(next(&mut again).await.contains("event: hello"));
    let missed = next(&mut again).await;
    assert!(
        missed.contains("code-expired") && missed.contains("id: 2"),
        "{missed}"
    );
    let mut stranger = site.follow(Some(77)).await;
    assert!(next(&mut stranger).await.contains("event: hello"));
    assert!(next(&mut stranger).await.contains("event: reload"));
}

/// The next event.
async fn next(events: &mut Body) -> String {
    let frame = events.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}
