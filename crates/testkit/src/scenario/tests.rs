//! What a page says is what is read, and what is wrong with it is told with its line.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grantscope_oauth::ExchangeId;
use jiff::{SignedDuration, Timestamp};

use super::*;

const RELOADED: &str = r#"# code-reused

## Scenarios

### The callback page is reloaded
Prose, and a fence of another kind:

```text
### no heading
```

```http
@0s   GET https://idp.test/authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb&state=s1
      302 Location: https://app.test/cb?code=C1&state=s1
@1s   POST https://idp.test/token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=web
      200 {"access_token":"A1","token_type":"Bearer"}
@9s   POST /token  grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=web
      400 {"error":"invalid_grant"}
```
```verdicts
proven    code-reused      exchange 2 redeemed the same code
ruled-out code-unknown     exchange 1 issued it
likely    code-expired
```

## References
Nothing here.
"#;

/// A page whose only scenario has these exchanges. The first of them stands on line 3.
fn page(http: &str) -> String {
    format!("### T\n```http\n{http}\n```\n```verdicts\nnone\n```\n")
}

fn exchanges(http: &str) -> Vec<Exchange> {
    scenarios("p.md", &page(http)).unwrap().remove(0).exchanges
}

fn only(http: &str) -> Exchange {
    exchanges(http).remove(0)
}

fn fault(markdown: &str) -> String {
    scenarios("p.md", markdown).unwrap_err().to_string()
}

fn at_ms(ms: i64) -> Timestamp {
    START + SignedDuration::from_millis(ms)
}

#[test]
fn a_page_yields_its_scenarios() {
    let scenarios = scenarios("code-reused.md", RELOADED).unwrap();
    let [scenario] = &scenarios[..] else {
        panic!("one scenario");
    };
    assert_eq!(scenario.title, "The callback page is reloaded");
    assert_eq!(
        (scenario.page.as_str(), scenario.line),
        ("code-reused.md", 5)
    );
    assert!(!scenario.expects_no_diagnosis);
    let ids: Vec<_> = scenario.exchanges.iter().map(|e| e.id).collect();
    assert_eq!(ids, [ExchangeId(1), ExchangeId(2), ExchangeId(3)]);
    assert_eq!(
        scenario.verdicts[0],
        Expected {
            verdict: "proven".to_owned(),
            cause: "code-reused".to_owned(),
            note: "exchange 2 redeemed the same code".to_owned(),
        }
    );
    assert_eq!(scenario.verdicts[2].note, "");
}

#[test]
fn an_exchange_is_kept_as_written() {
    let exchange = &scenarios("p.md", RELOADED).unwrap()[0].exchanges[2];
    assert_eq!(exchange.request.method, "POST");
    assert_eq!(exchange.request.url.as_str(), "https://idp.test/token");
    assert_eq!(
        exchange.request.body.text(),
        "grant_type=authorization_code&code=C1&redirect_uri=https://app.test/cb&client_id=web"
    );
    assert_eq!(
        exchange.request.headers.media_type().as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    let response = exchange.response.as_ref().unwrap();
    assert_eq!(response.status, 400);
    assert_eq!(response.body.text(), r#"{"error":"invalid_grant"}"#);
    assert_eq!(
        response.headers.media_type().as_deref(),
        Some("application/json")
    );
    assert_eq!(exchange.started_at, at_ms(9_000));
    assert_eq!(exchange.answered_at(), Some(at_ms(9_050)));
}

#[test]
fn a_get_has_no_content_and_a_redirect_its_location() {
    let exchange = &scenarios("p.md", RELOADED).unwrap()[0].exchanges[0];
    assert_eq!(exchange.request.body.size, 0);
    assert_eq!(exchange.request.headers.iter().count(), 0);
    let response = exchange.response.as_ref().unwrap();
    assert_eq!(
        response.headers.first("location"),
        Some("https://app.test/cb?code=C1&state=s1")
    );
}

#[test]
fn times_have_units_and_responses_times_of_their_own() {
    let exchanges = exchanges(
        "@250ms GET /a\n  +250ms 200\n@1.5s GET /b\n  @2s 200\n@2m GET /c\n  200\n@1h30m GET /d\n  200\n@7d GET /e\n  200",
    );
    let starts: Vec<_> = exchanges.iter().map(|e| e.started_at).collect();
    let expected = [250, 1_500, 120_000, 5_400_000, 604_800_000];
    assert_eq!(starts, expected.map(at_ms));
    assert_eq!(exchanges[0].answered_at(), Some(at_ms(500)));
    assert_eq!(exchanges[1].answered_at(), Some(at_ms(2_000)));
}

#[test]
fn the_later_of_two_requests_may_be_answered_first() {
    let exchanges = exchanges(
        "@1s POST /token  code=C\n  @1.9s 200 {}\n@1.1s POST /token  code=C\n  @1.2s 400 {\"error\":\"invalid_grant\"}",
    );
    assert!(exchanges[1].answered_at() < exchanges[0].answered_at());
}

#[test]
fn an_exchange_may_have_no_answer() {
    for text in ["no answer", "… no answer", "... no answer"] {
        let exchange = only(&format!("@0s GET /a\n  {text}"));
        assert!(exchange.response.is_none(), "{text}");
        assert_eq!(exchange.answered_at(), None);
    }
}

#[test]
fn header_fields_and_contents_stand_on_lines_of_their_own_or_on_one() {
    let exchange = only(
        "@0s POST /token  Accept: */*\n  X-A: 1\n  grant_type=password\n  &username=u\n  200 Cache-Control: no-store  Pragma: no-cache\n  Content-Type: text/javascript\n  {\"a\":\n   \"b: c\"}",
    );
    let fields: Vec<_> = exchange.request.headers.iter().collect();
    assert_eq!(fields[..2], [("Accept", "*/*"), ("X-A", "1")]);
    assert_eq!(
        exchange.request.body.text(),
        "grant_type=password&username=u"
    );
    let response = exchange.response.unwrap();
    let names: Vec<_> = response.headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Cache-Control", "Pragma", "Content-Type"]);
    assert_eq!(response.body.text(), r#"{"a":"b: c"}"#);
}

#[test]
fn a_content_gets_the_media_type_that_it_looks_like() {
    let media_types = |http: &str| {
        let exchange = only(http);
        (
            exchange.request.headers.media_type(),
            exchange.response.unwrap().headers.media_type(),
        )
    };
    let json = Some("application/json".to_owned());
    let form = Some("application/x-www-form-urlencoded".to_owned());
    let found = media_types("@0s POST /t {\"a\":1}\n 200 error=bad&x=1");
    assert_eq!(found, (json, form.clone()));
    let found = media_types("@0s POST /t a=1\n 502 <html>");
    assert_eq!(found, (form, Some("text/html".to_owned())));
}

#[test]
fn a_line_may_continue_a_url() {
    let exchange = only("@0s GET /authorize?a=1\n        &b=2\n  # a comment\n\n  200");
    assert_eq!(
        exchange.request.url.as_str(),
        "https://idp.test/authorize?a=1&b=2"
    );
}

#[test]
fn a_request_line_that_is_indented_by_mistake_is_one_all_the_same() {
    let exchanges = exchanges("  @0s GET /a\n  200\n  @1s GET /b\n  X-Empty:\n  @1.2s 200");
    assert_eq!(exchanges.len(), 2);
    assert_eq!(exchanges[1].request.headers.first("x-empty"), Some(""));
    assert_eq!(exchanges[1].answered_at(), Some(at_ms(1_200)));
}

#[test]
fn a_challenge_is_computed() {
    let exchange = only(
        "@0s GET /authorize?code_challenge=S256(dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk)&code_challenge_method=S256\n  200",
    );
    assert_eq!(
        exchange.request.url.query(),
        Some(
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        )
    );
}

#[test]
fn basic_credentials_are_encoded_unless_they_are_already() {
    for written in ["web:s3cret", "d2ViOnMzY3JldA=="] {
        let exchange = only(&format!(
            "@0s POST /token\n  Authorization: Basic {written}\n  200"
        ));
        let sent = exchange.request.headers.first("authorization");
        assert_eq!(sent, Some("Basic d2ViOnMzY3JldA=="));
    }
}

#[test]
fn a_token_is_made_of_its_claims_with_times_from_the_start() {
    let exchange = only(
        r#"@0s POST /token  assertion=JWT{"iss": "a}b", "exp": "@60s", "nbf": "@-1m"}&scope=x
  200 {"id_token":"JWT{"sub":"u"}"}"#,
    );
    let body = exchange.request.body.text().into_owned();
    let token = body
        .strip_prefix("assertion=")
        .and_then(|rest| rest.strip_suffix("&scope=x"))
        .unwrap();
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts[2], "c2ln");
    let claims = BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    let start = START.as_second();
    assert_eq!(
        claims,
        serde_json::json!({"iss": "a}b", "exp": start + 60, "nbf": start - 60})
    );
    let response = exchange.response.unwrap().body.text().into_owned();
    let response: serde_json::Value = serde_json::from_str(&response).unwrap();
    assert!(response["id_token"].as_str().unwrap().starts_with("ey"));
}

#[test]
fn the_date_of_a_response_is_relative_to_the_start() {
    let exchange = only("@0s GET /a\n  200 Date: @90s");
    let response = exchange.response.unwrap();
    assert_eq!(
        response.headers.first("date"),
        Some("Thu, 01 Jan 2026 00:01:30 GMT")
    );
}

#[test]
fn none_is_a_flow_without_diagnosis() {
    let scenario = scenarios("p.md", &page("@0s GET /a\n  200"))
        .unwrap()
        .remove(0);
    assert!(scenario.expects_no_diagnosis && scenario.verdicts.is_empty());
}

#[test]
fn prose_sections_and_examples_outside_of_sections_are_no_scenarios() {
    let markdown = "## Fix\n```http\nGET /\n```\n### Keycloak\nProse with `code`.\n";
    assert!(scenarios("p.md", markdown).unwrap().is_empty());
}

#[test]
fn a_broken_page_is_told_with_its_line() {
    let cases = [
        (
            "### T\n```http\n@0s GET /",
            "p.md:2: the fence is never closed",
        ),
        (
            "# T\n```verdicts\nnone\n```",
            "p.md:2: verdicts need a `###` heading above them",
        ),
        (
            "### T\n```verdicts\nnone\n```",
            "p.md:1: the scenario lacks its `http` fence",
        ),
        (
            "\n### T\n```http\n```",
            "p.md:2: the scenario lacks its `verdicts` fence",
        ),
        (
            "### T\n```http\n```\n```http\n```",
            "p.md:4: the section has a second `http` fence; one scenario has one",
        ),
    ];
    for (markdown, expected) in cases {
        assert_eq!(fault(markdown), expected);
    }
}

#[test]
fn a_broken_exchange_is_told_with_its_line() {
    let cases = [
        ("", "p.md:2: the scenario has no exchange"),
        (
            "GET /a\n  200",
            "p.md:3: expected `@TIME METHOD URL`, found `GET /a`",
        ),
        (
            "@0s GET\n  200",
            "p.md:3: expected `@TIME METHOD URL`, found `@0s GET`",
        ),
        (
            "@1x GET /a\n  200",
            "p.md:3: `1x` is no time; write `@1.5s`, `@250ms`, `@2m`, `@3h` or `@7d`",
        ),
        ("@0s G@T /a\n  200", "p.md:3: `G@T` is no HTTP method"),
        (
            "@0s GET a\n  200",
            "p.md:3: `a` is neither an absolute URL nor a path that begins with `/`",
        ),
        (
            "@0s GET /a\n\n@1s GET /b\n  200",
            "p.md:3: exchange 1 has no response; write `no answer` where none came",
        ),
        (
            "@0s GET /a\n  200\n  400",
            "p.md:5: exchange 1 has a second response",
        ),
        (
            "@2s GET /a\n  200\n@1s GET /b\n  200",
            "p.md:5: exchange 2 begins before the one above it",
        ),
        (
            "@2s GET /a\n  @1s 200",
            "p.md:4: exchange 1 is answered before it is asked",
        ),
        (
            "@2s GET /a\n  +1s 20",
            "p.md:4: expected a status of three digits, found `20`",
        ),
        (
            "@0s GET /a\n  200 {\"a\"}",
            "p.md:4: not JSON: expected `:` at line 1 column 5",
        ),
        (
            "@0s GET /a?S256(x\n  200",
            "p.md:3: `S256(` is never closed",
        ),
    ];
    for (http, expected) in cases {
        assert_eq!(fault(&page(http)), expected);
    }
}

#[test]
fn a_broken_verdict_is_told_with_its_line() {
    let with = |verdicts: &str| {
        fault(&format!(
            "### T\n```http\n@0s GET /a\n  200\n```\n```verdicts\n{verdicts}\n```\n"
        ))
    };
    assert_eq!(
        with(""),
        "p.md:6: no verdict; write `none` for a flow without a diagnosis"
    );
    assert_eq!(
        with("proved code-reused"),
        "p.md:7: `proved` is no verdict; use proven, likely, possible or ruled-out"
    );
    assert_eq!(
        with("\nproven"),
        "p.md:8: the verdict `proven` names no cause"
    );
    assert_eq!(
        with("proven a\nlikely a"),
        "p.md:8: `a` has a verdict above"
    );
}

#[test]
fn warnings_may_stand_in_place_of_verdicts() {
    let page = |warnings: &str| {
        format!("### T\n```http\n@0s GET /x\n  200\n```\n```warnings\n{warnings}\n```\n")
    };
    let read = |warnings| scenarios("p.md", &page(warnings)).unwrap().remove(0);
    let one = read("pkce-missing exchange 1");
    let expected = ExpectedWarning {
        concern: "pkce-missing".to_owned(),
        exchange: 1,
    };
    assert_eq!(one.warnings, Some(vec![expected]));
    assert!(one.verdicts.is_empty() && !one.expects_no_diagnosis);
    assert_eq!(read("none").warnings, Some(Vec::new()));
    assert_eq!(scenarios("p.md", RELOADED).unwrap()[0].warnings, None);
    assert_eq!(
        fault(&page("pkce-missing")),
        "p.md:7: expected `CONCERN exchange NUMBER`, found `pkce-missing`"
    );
    let both = page("none") + "```verdicts\nnone\n```\n";
    assert_eq!(
        fault(&both),
        "p.md:6: the section has a second `verdicts or warnings` fence; one scenario has one"
    );
}
