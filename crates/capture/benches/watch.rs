//! What an exchange costs once it has left the proxy: `cargo bench -p grantscope-capture --bench watch [-- EXCHANGES]`.
//!
//! Token requests of which no two have a secret in common go through all that watches them, on one thread: they are read, redacted,
//! put into words, written and examined.

#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grantscope_capture::redact::Redactor;
use grantscope_capture::store::{Batch, SessionWriter, Store};
use grantscope_correlation::{Correlator, Event, Limits};
use grantscope_oauth::{
    Body, Exchange, ExchangeId, FingerprintKey, Headers, Peer, Providers, Reader, Reading, Request,
    RequestUrl, Response, Timings,
};
use grantscope_rules::warn;
use http::{Method, Version};
use jiff::Timestamp;

/// So many exchanges are measured where no other number is given.
const EXCHANGES: u64 = 20_000;
/// So many are written in one piece.
const TOGETHER: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let numbers = env::args().find_map(|it| it.parse::<u64>().ok());
    let exchanges = numbers.unwrap_or(EXCHANGES);
    let directory = tempfile::tempdir()?;
    let mut watch = Watch::new(directory.path())?;
    for numbers in (1..=exchanges).collect::<Vec<_>>().chunks(TOGETHER) {
        let together: Vec<_> = numbers.iter().copied().map(token_exchange).collect();
        watch.together(&together)?;
    }
    let stored = watch.writer.session()?;
    assert_eq!(stored.exchanges, exchanges, "each exchange is stored");
    watch.spent.tell(exchanges);
    let length = fs::metadata(directory.path().join("grantscope.db"))?.len();
    println!("{:<16} {:>8} bytes", "in the database", length / exchanges);
    Ok(())
}

/// All that an exchange goes through.
struct Watch {
    reader: Reader,
    redactor: Redactor,
    writer: SessionWriter,
    ledger: Correlator,
    spent: Spent,
}

/// How long each step took in all.
#[derive(Default)]
struct Spent {
    reading: Duration,
    redacting: Duration,
    wording: Duration,
    writing: Duration,
    examining: Duration,
}

impl Watch {
    fn new(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let key = FingerprintKey::new([42; 32]).remembering();
        Ok(Self {
            reader: Reader::new(key.clone(), Arc::new(Providers::embedded())),
            redactor: Redactor::new(key),
            writer: Store::open(directory)?.begin("bench", Timestamp::UNIX_EPOCH)?,
            ledger: Correlator::new(Limits {
                exchanges_max: 10_000,
                ..Limits::default()
            }),
            spent: Spent::default(),
        })
    }

    /// Takes in exchanges in one piece.
    fn together(&mut self, exchanges: &[Exchange]) -> Result<(), Box<dyn Error>> {
        let mut batch = Batch::default();
        let mut readings = Vec::new();
        for exchange in exchanges {
            let reading = timed(&mut self.spent.reading, || self.reader.read(exchange));
            let redacted = timed(&mut self.spent.redacting, || self.redactor.redact(exchange));
            timed(&mut self.spent.wording, || batch.exchange(&redacted))?;
            readings.push(reading);
        }
        timed(&mut self.spent.writing, || self.writer.write(&batch))?;
        let mut spent = Duration::default();
        timed(&mut spent, || self.examine(readings, exchanges));
        self.spent.examining += spent;
        Ok(())
    }

    fn examine(&self, readings: Vec<Reading>, exchanges: &[Exchange]) {
        for reading in readings {
            self.ledger.observe(Event::Finished(reading));
        }
        for exchange in exchanges {
            let warnings = warn(self.ledger.history(), &self.reader, exchange);
            let touched = self.ledger.history().refusals_touched_by(exchange.id);
            assert!(warnings.is_empty() && touched.is_empty(), "all is well");
        }
    }
}

impl Spent {
    fn tell(&self, exchanges: u64) {
        let steps = [
            ("read", self.reading),
            ("redact", self.redacting),
            ("put into words", self.wording),
            ("write", self.writing),
            ("examine", self.examining),
        ];
        let all = steps.iter().map(|(_, spent)| *spent).sum();
        for (step, spent) in steps.into_iter().chain([("in all", all)]) {
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            let micros = spent.as_secs_f64() * 1e6 / exchanges as f64;
            println!("{step:<16} {micros:>8.2} µs");
        }
    }
}

fn timed<T>(spent: &mut Duration, step: impl FnOnce() -> T) -> T {
    let begun = now();
    let result = step();
    *spent += now() - begun;
    result
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// A code that is exchanged for tokens (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3), with secrets of its own.
fn token_exchange(number: u64) -> Exchange {
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri=https%3A%2F%2Fclient.test%2Fcb&code_verifier={}",
        secret("code", number),
        secret("code_verifier", number)
    );
    let tokens = format!(
        r#"{{"access_token":"{}","token_type":"Bearer","expires_in":3600,"refresh_token":"{}","id_token":"{}","scope":"openid profile"}}"#,
        secret("access_token", number),
        secret("refresh_token", number),
        id_token(number)
    );
    Exchange {
        id: ExchangeId(number),
        started_at: Timestamp::UNIX_EPOCH + Duration::from_millis(number),
        request: Request {
            method: Method::POST,
            url: RequestUrl::new("https://idp.test/oauth2/token"),
            version: Version::HTTP_11,
            headers: headers(&[
                ("Host", "idp.test"),
                (
                    "User-Agent",
                    "openid-client/6.8.1 (https://github.com/panva/openid-client)",
                ),
                ("Accept", "application/json"),
                ("Authorization", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Content-Length", &form.len().to_string()),
            ]),
            body: Body::whole(form),
        },
        response: Some(Response {
            status: 200,
            version: Version::HTTP_11,
            headers: headers(&[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Cache-Control", "no-store"),
                ("Date", "Tue, 15 Nov 1994 08:12:31 GMT"),
            ]),
            body: Body::whole(tokens),
        }),
        timings: Timings {
            send: Some(Duration::from_micros(80)),
            wait: Some(Duration::from_micros(900)),
            receive: Some(Duration::from_micros(40)),
            ..Timings::default()
        },
        peer: Peer::default(),
    }
}

fn headers(of: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

/// 43 characters that nothing else has.
fn secret(kind: &str, number: u64) -> String {
    let bytes: Vec<u8> = (0..4)
        .flat_map(|part| {
            FingerprintKey::new([7; 32])
                .digest(&format!("{kind} {number} {part}"))
                .0
                .to_be_bytes()
        })
        .collect();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn id_token(number: u64) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"2025-01","typ":"JWT"}"#);
    let claims = format!(
        r#"{{"iss":"https://idp.test","sub":"user-{number}","aud":"s6BhdRkqt3","exp":784888351,"iat":784884751}}"#
    );
    let claims = BASE64_URL_SAFE_NO_PAD.encode(claims);
    format!("{header}.{claims}.{}", secret("signature", number))
}
