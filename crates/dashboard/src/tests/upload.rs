//! A capture that is dropped on a page.

use axum::body::Body;
use axum::http::StatusCode;
use grantscope_capture::har;
use grantscope_capture::redact::Redactor;

use super::site::{Answer, KEY, Site, scenario};

const FLOW: &str = "\
@0s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=abcdefgh
      302 Location: https://app.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=abcdefgh
@2s   POST /token  grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https://app.test/other&client_id=web
      400 {\"error\":\"invalid_grant\"}";

fn file() -> String {
    let redactor = Redactor::new(KEY);
    let exchanges: Vec<_> = scenario(FLOW)
        .iter()
        .map(|it| redactor.redact(it))
        .collect();
    let mut file = Vec::new();
    har::export(&mut file, "0", &exchanges, None).unwrap();
    String::from_utf8(file).unwrap()
}

async fn drop(site: &Site, token: &str, name: &str, content: &str) -> Answer {
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--b--\r\n"
    );
    let request = site.post("/open");
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    site.ask(request.body(Body::from(form)).unwrap()).await
}

#[tokio::test]
async fn a_file_that_is_dropped_is_diagnosed_beside_the_sessions() {
    let site = Site::new();
    for expected in ["/opened/a-b.har/", "/opened/a-b.har-2/"] {
        let answer = drop(&site, &site.form_token, "a b.har", &file()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let to = answer.headers["location"].to_str().unwrap();
        assert_eq!(to, expected);
        let log = site.page(to).await;
        assert!(log.contains("redirect-uri-mismatch"), "{log}");
    }
    // It is no session of the user: later runs do not remember it.
    let store = grantscope_capture::store::Store::open(site.directory.path()).unwrap();
    assert_eq!(store.sessions().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_capture_is_told_so() {
    let site = Site::new();
    let answer = drop(&site, &site.form_token, "x.zip", "PK\u{3}\u{4}rest").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("ZIP"), "{}", answer.body);
    for token in ["", "AAAA", &site.token] {
        let answer = drop(&site, token, "a.har", &file()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
}
