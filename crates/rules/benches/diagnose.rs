//! What a diagnosis costs with many grants in the ledger: `cargo bench -p grantscope-rules`.

#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use grantscope_correlation::{Correlator, Event, Limits};
use grantscope_oauth::{
    Body, Exchange, ExchangeId, FingerprintKey, Headers, Peer, Providers, Reader, Request,
    RequestUrl, Response, Timings,
};
use grantscope_rules::{Case, diagnose};
use grantscope_testkit::scenario::START;

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);
/// Logins in the ledger, each with its authorization and its token request.
const LOGINS: [u64; 3] = [1_000, 10_000, 100_000];
/// Of so many logins one is refused, for a redirect URI with a slash more.
const REFUSED_EACH: u64 = 100;
const SAMPLES: usize = 1_000;

fn main() {
    println!("logins  median µs  p99 µs");
    for logins in LOGINS {
        let (median, p99) = measure(logins);
        println!("{logins:>6}  {:>9.1}  {:>6.1}", micros(median), micros(p99));
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn measure(logins: u64) -> (Duration, Duration) {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let ledger = Correlator::new(Limits {
        exchanges_max: usize::MAX,
        ..Limits::default()
    });
    for login in 0..logins {
        ledger.observe(Event::Finished(reader.read(&authorization(login))));
        ledger.observe(Event::Finished(reader.read(&redemption(login))));
    }
    let refused = (0..logins)
        .filter(|login| is_refused(*login))
        .map(|login| redemption(login).id)
        .cycle();
    let mut times: Vec<_> = refused
        .take(SAMPLES)
        .map(|id| {
            let start = now();
            let case = Case::of(ledger.history(), &providers, id).map(|case| diagnose(&case));
            let took = now() - start;
            assert!(
                case.is_some_and(|diagnosis| diagnosis.top().is_some()),
                "{id} is a refusal"
            );
            took
        })
        .collect();
    times.sort_unstable();
    (times[SAMPLES / 2], times[SAMPLES * 99 / 100])
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

fn is_refused(login: u64) -> bool {
    login.is_multiple_of(REFUSED_EACH)
}

/// The verifier of RFC 7636 appendix B, with the number of the login in it.
fn verifier(login: u64) -> String {
    format!("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFW-{login:08}")
}

fn authorization(login: u64) -> Exchange {
    let challenge = grantscope_testkit::s256(&verifier(login));
    let url = format!(
        "https://idp.test/authorize?response_type=code&client_id=client-{}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb\
         &state=state-{login}&code_challenge={challenge}&code_challenge_method=S256",
        login % 50
    );
    let mut headers = Headers::default();
    headers.push(
        "Location",
        format!(
            "https://app.test/cb?code={}&state=state-{login}",
            code(login)
        ),
    );
    exchange(login * 2, "GET", &url, "", 302, headers, "")
}

fn code(login: u64) -> String {
    format!("SplxlOBeZQQYbYS6WxSbIA-{login}")
}

fn redemption(login: u64) -> Exchange {
    let slash = if is_refused(login) { "%2F" } else { "" };
    let form = format!(
        "grant_type=authorization_code&client_id=client-{}&code={}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb{slash}&code_verifier={}",
        login % 50,
        code(login),
        verifier(login)
    );
    let (status, body) = if is_refused(login) {
        (
            400,
            r#"{"error":"invalid_grant","error_description":"grant request is invalid"}"#
                .to_owned(),
        )
    } else {
        (
            200,
            format!(
                r#"{{"access_token":"access-{login}","token_type":"Bearer","refresh_token":"refresh-{login}"}}"#
            ),
        )
    };
    exchange(
        login * 2 + 1,
        "POST",
        "https://idp.test/token",
        &form,
        status,
        Headers::default(),
        &body,
    )
}

fn exchange(
    id: u64,
    method: &str,
    url: &str,
    form: &str,
    status: u16,
    headers: Headers,
    body: &str,
) -> Exchange {
    let mut asked = Headers::default();
    if !form.is_empty() {
        asked.push("Content-Type", "application/x-www-form-urlencoded");
    }
    Exchange {
        id: ExchangeId(id),
        started_at: START + Duration::from_millis(id * 10),
        request: Request {
            method: method.parse().unwrap_or_default(),
            url: RequestUrl::new(url),
            version: http::Version::HTTP_11,
            headers: asked,
            body: Body::whole(form.to_owned()),
        },
        response: Some(Response {
            status,
            version: http::Version::HTTP_11,
            headers,
            body: Body::whole(body.to_owned()),
        }),
        timings: Timings::default(),
        peer: Peer::default(),
    }
}
