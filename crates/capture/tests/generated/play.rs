//! Plays what a client and a server do to each other, as exchanges.

use std::cell::Cell;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use grantscope_oauth::{
    Body, Exchange, ExchangeId, Headers, Peer, Request, RequestUrl, Response, Timings,
};
use grantscope_testkit::s256;
use http::{Method, Version};
use jiff::Timestamp;

/// What a client does to a secret before it presents it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Alteration {
    None,
    CutOff,
    LowerCased,
    EncodedTwice,
    PlusDecoded,
    LineFeed,
    Other,
}

/// One thing that a client does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The user logs in, and the authorization response is seen or not.
    LogIn { seen: bool, pkce: bool },
    /// The client presents the code of the last login.
    Redeem {
        code: Alteration,
        verifier: Alteration,
        redirect_uri: &'static str,
        client: &'static str,
        secret: &'static str,
        basic: bool,
        granted: bool,
    },
    /// The client presents the last refresh token.
    Refresh { token: Alteration, granted: bool },
}

/// A step, how long after the last one it comes, and in which words the server refuses.
pub(crate) type Timed = (Step, u64, &'static str);

/// Words in which a server refuses: `CODE`, `BASE64` and so on stand for what was presented, in an encoding.
pub(crate) const WORDS: [&str; 7] = [
    "",
    "grant request is invalid",
    "Code CODE was redeemed already",
    "Invalid token: PERCENT / BASE64",
    "value &quot;CODE&quot; (b64 longer: LONGER)",
    "user joe.doe@mail.x.test is locked; trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "AADSTS70008: expired. eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjEyMywic3ViIjoiam9lIn0.c2lnbmF0dXJl",
];

/// What a client and a server have in hand while a history is played.
struct Play {
    exchanges: Vec<Exchange>,
    at: Timestamp,
    made: Cell<u64>,
    code: String,
    verifier: Option<String>,
    refresh_token: String,
}

pub(crate) fn played(steps: &[Timed]) -> Vec<Exchange> {
    let mut play = Play {
        exchanges: Vec::new(),
        at: Timestamp::from_second(1_700_000_000).unwrap(),
        made: Cell::new(0),
        code: "n0-c0de/yet+seen-4711=".to_owned(),
        verifier: None,
        refresh_token: "rEfresh/never+seen-0815=".to_owned(),
    };
    for (step, after, words) in steps {
        play.at = play.at.checked_add(Duration::from_secs(*after)).unwrap();
        play.step(step, words);
    }
    play.exchanges
}

impl Play {
    /// A secret with characters that every encoding changes.
    fn secret(&self, kind: &str) -> String {
        self.made.set(self.made.get() + 1);
        format!(
            "{kind}/{}+Zx8_aQ-k3L.mN~0=",
            s256(&format!("{kind} {}", self.made.get()))
        )
    }

    fn step(&mut self, step: &Step, words: &str) {
        match step {
            Step::LogIn { seen, pkce } => self.log_in(*seen, *pkce),
            Step::Redeem {
                code,
                verifier,
                redirect_uri,
                client,
                secret,
                basic,
                granted,
            } => {
                let presented = altered(&self.code, *code);
                let verifier = self.verifier.as_deref().map(|it| altered(it, *verifier));
                let mut form = vec![("grant_type", "authorization_code"), ("code", &presented)];
                form.extend(verifier.as_deref().map(|it| ("code_verifier", it)));
                if !redirect_uri.is_empty() {
                    form.push(("redirect_uri", redirect_uri));
                }
                let credentials =
                    BASE64_STANDARD.encode(format!("{}:{}", encoded(client), encoded(secret)));
                let header = format!("Basic {credentials}");
                let headers = if *basic {
                    vec![("Authorization", header.as_str())]
                } else {
                    form.extend([("client_id", *client), ("client_secret", *secret)]);
                    Vec::new()
                };
                self.ask(&headers, &form, &presented, *granted, words);
            }
            Step::Refresh { token, granted } => {
                let presented = altered(&self.refresh_token, *token);
                let form = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", &presented),
                    ("client_id", "web"),
                ];
                self.ask(&[], &form, &presented, *granted, words);
            }
        }
    }

    fn log_in(&mut self, seen: bool, pkce: bool) {
        self.code = self.secret("code");
        self.verifier = pkce.then(|| s256(&self.code));
        let state = self.secret("state");
        let challenge = self.verifier.as_deref().map(s256);
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", "web"),
            ("redirect_uri", "https://app.test/cb"),
            ("state", &state),
            ("made_up", "hidden value"),
        ];
        if let Some(challenge) = &challenge {
            query.extend([
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"),
            ]);
        }
        let url = format!("https://idp.test/authorize?{}", form(&query));
        let back = form(&[("code", &self.code), ("state", &state)]);
        let location = format!("https://app.test/cb?{back}");
        let request = request(Method::GET, &url, &[], String::new());
        let response = response(302, &[("Location", &location)], String::new());
        if seen {
            self.add(request, response);
        }
    }

    fn ask(
        &mut self,
        headers: &[(&str, &str)],
        sent: &[(&str, &str)],
        presented: &str,
        granted: bool,
        words: &str,
    ) {
        let label = ("Content-Type", "application/x-www-form-urlencoded");
        let request = request(
            Method::POST,
            "https://idp.test/token",
            &[&[label], headers].concat(),
            form(sent),
        );
        let body = if granted {
            self.refresh_token = self.secret("refresh");
            serde_json::json!({
                "access_token": self.secret("access"), "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": self.refresh_token,
            })
        } else {
            let said = words
                .replace("CODE", presented)
                .replace("PERCENT", &encoded(&encoded(presented)))
                .replace("BASE64", &BASE64_URL_SAFE.encode(presented))
                .replace(
                    "LONGER",
                    &BASE64_STANDARD.encode(format!("code={presented}&x=1")),
                );
            serde_json::json!({"error": "invalid_grant", "error_description": said})
        };
        let status = if granted { 200 } else { 400 };
        let response = response(
            status,
            &[("Content-Type", "application/json")],
            body.to_string(),
        );
        self.add(request, response);
    }

    fn add(&mut self, request: Request, response: Response) {
        self.exchanges.push(Exchange {
            id: ExchangeId(self.exchanges.len() as u64 + 1),
            started_at: self.at,
            request,
            response: Some(response),
            // HAR always has these three.
            timings: Timings {
                send: Some(Duration::ZERO),
                wait: Some(Duration::from_millis(40)),
                receive: Some(Duration::ZERO),
                ..Timings::default()
            },
            peer: Peer::default(),
        });
    }
}

fn altered(secret: &str, alteration: Alteration) -> String {
    match alteration {
        Alteration::None => secret.to_owned(),
        Alteration::CutOff => secret[..16].to_owned(),
        Alteration::LowerCased => secret.to_lowercase(),
        Alteration::EncodedTwice => encoded(secret),
        Alteration::PlusDecoded => secret.replace('+', " "),
        Alteration::LineFeed => format!("{secret}\n"),
        Alteration::Other => format!("0ther-{}", s256(secret)),
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn form(pairs: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

fn fields(of: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

fn request(method: Method, url: &str, headers: &[(&str, &str)], body: String) -> Request {
    Request {
        method,
        url: RequestUrl::new(url),
        version: Version::HTTP_11,
        headers: fields(headers),
        body: Body::whole(body),
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: String) -> Response {
    Response {
        status,
        version: Version::HTTP_11,
        headers: fields(headers),
        body: Body::whole(body),
    }
}
