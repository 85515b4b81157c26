//! Who is let in, and what an answer lets a page do.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::site::Site;

/// Each page, that of nothing among them.
const ROUTES: [&str; 9] = [
    "/",
    "/findings/1-1",
    "/findings/1-1/json",
    "/exchanges",
    "/exchanges/1",
    "/grants/code%237f3a9c",
    "/sessions",
    "/compare",
    "/nothing",
];

#[tokio::test]
async fn every_answer_bears_the_fields_that_bind_a_page() {
    let site = Site::new();
    for path in ROUTES {
        let answer = site.get(path).await;
        let field = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        let policy = field("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(field("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(field("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(field("cache-control"), "no-store", "{path}");
        assert_eq!(
            field("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(field("cross-origin-opener-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_the_token() {
    let site = Site::new();
    let ask = |path: &str, cookie: String| {
        let request = Request::builder()
            .uri(path)
            .header("host", "127.0.0.1:8642");
        site.ask(
            request
                .header("cookie", cookie)
                .body(Body::empty())
                .unwrap(),
        )
    };
    for path in ROUTES.into_iter().chain(["/events", "/export/har"]) {
        for cookie in [
            "",
            "grantscope-8642=",
            "grantscope-8642=AAAA",
            "grantscope-1=x",
        ] {
            let answer = ask(path, cookie.to_owned()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        // The cookie of another port is not ours.
        let other = ask(path, format!("grantscope-8643={}", site.token)).await;
        assert_eq!(other.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn the_token_is_exchanged_into_a_cookie_that_no_script_and_no_other_site_has() {
    let site = Site::new();
    let enter = |token: &str| {
        let request = Request::builder().uri(format!("/enter/{token}"));
        let request = request.header("host", "localhost:8642");
        site.ask(request.body(Body::empty()).unwrap())
    };
    let answer = enter(&site.token).await;
    assert_eq!(answer.status, StatusCode::OK);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("grantscope-8642="), "{cookie}");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    // 256 bits in base64url.
    assert_eq!(site.token.len(), 43);
    let wrong = enter("AAAA").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(!wrong.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_turned_away() {
    let site = Site::new();
    for host in [
        "evil.test:8642",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost.evil.test:8642",
        "",
    ] {
        for path in ["/", "/assets/x", "/enter/x"] {
            let request = site.request(path).body(Body::empty()).unwrap();
            let (mut parts, body) = request.into_parts();
            parts.headers.insert("host", host.parse().unwrap());
            let answer = site.ask(Request::from_parts(parts, body)).await;
            assert_eq!(
                answer.status,
                StatusCode::MISDIRECTED_REQUEST,
                "{host}{path}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_changes_unless_a_page_of_ours_asks() {
    let site = Site::new();
    site.store("monday", Vec::new());
    let form = |token: &str| format!("token={token}&shelf=sessions&session=monday");
    let ask = |origin: Option<&str>, site_of: Option<&str>, body: String| {
        let mut request = site.request("/sessions/forget").method("POST");
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some(site_of) = site_of {
            request = request.header("sec-fetch-site", site_of);
        }
        site.ask(request.body(Body::from(body)).unwrap())
    };
    let ours = Some("http://127.0.0.1:8642");
    let right = form(&site.form_token);
    for (origin, of) in [
        (None, None),
        (Some("null"), None),
        (Some("http://127.0.0.1:3000"), Some("same-site")),
        (Some("http://evil.test"), Some("cross-site")),
        (Some("https://127.0.0.1:8642"), None),
        (ours, Some("cross-site")),
    ] {
        let answer = ask(origin, of, right.clone()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?} {of:?}");
    }
    for token in ["", "x", &site.token] {
        let answer = ask(ours, Some("same-origin"), form(token)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token}");
    }
    assert!(site.page("/sessions").await.contains("monday"));
    let by_get = site.get(&format!("/sessions/forget?{right}")).await;
    assert_eq!(by_get.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(site.page("/sessions").await.contains("monday"));
    let done = ask(ours, Some("same-origin"), right.clone()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(!site.page("/sessions").await.contains("monday"));
}

#[tokio::test]
async fn what_is_in_the_binary_may_be_kept_and_is_complete() {
    let site = Site::new();
    let page = site.page("/").await;
    let paths = page.split('"').filter(|it| it.starts_with("/assets/"));
    let paths: Vec<_> = paths.collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    for path in paths {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let cache = answer.headers["cache-control"].to_str().unwrap();
        assert!(cache.contains("immutable"), "{cache}");
        assert!(
            !answer.body.contains("http://") || path.contains("icon"),
            "{path} leads elsewhere"
        );
    }
}
