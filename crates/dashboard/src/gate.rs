//! Who may look: whoever has the address that was printed, from a page of ours.
//!
//! Any page on the web can send requests to loopback, and any name can be made to lead there (DNS rebinding). So the name
//! that was asked for has to be ours, a secret has to come along, and what changes something has to come from a page of ours.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::fault::Fault;
use crate::{assets, pages};

/// Under this path the token is exchanged into a cookie.
pub(crate) const ENTRANCE: &str = "/enter/";

/// What has to come along with every request.
#[derive(Clone)]
pub(crate) struct Gate {
    random: [u8; 32],
    /// The hosts by which we may be asked for.
    hosts: [String; 2],
    cookie_name: String,
    token: String,
    /// What has to be in every form that changes something. It is derived, so that a page that shows it does not show the token.
    form_token: String,
}

impl Gate {
    /// A gate for this address, whose token is made of 256 random bits.
    pub(crate) fn new(address: SocketAddr, random: [u8; 32]) -> Self {
        let form = blake3::keyed_hash(&random, b"grantscope dashboard form");
        Self {
            random,
            hosts: [address.to_string(), format!("localhost:{}", address.port())],
            // Cookies do not know ports: two dashboards on one machine must not take each other's place.
            cookie_name: format!("grantscope-{}", address.port()),
            token: BASE64_URL_SAFE_NO_PAD.encode(random),
            form_token: BASE64_URL_SAFE_NO_PAD.encode(form.as_bytes()),
        }
    }

    /// The same, at the address that the system chose.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self::new(address, self.random)
    }

    /// The address to open.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{ENTRANCE}{}", self.hosts[0], self.token)
    }

    /// What has to be in every form that changes something.
    pub(crate) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Whether a form came from a page of ours.
    pub(crate) fn accepts_form(&self, token: &str) -> bool {
        same(&self.form_token, token)
    }

    fn accepts(&self, request: &Request) -> Result<(), Fault> {
        let headers = request.headers();
        let host = headers.get(HOST).and_then(|it| it.to_str().ok());
        if !host.is_some_and(|host| self.is_ours(host)) {
            return Err(Fault::WrongHost);
        }
        if request.method() != Method::GET
            && request.method() != Method::HEAD
            && !self.comes_from_us(headers)
        {
            return Err(Fault::WrongOrigin);
        }
        // What is the same for everybody tells nobody anything.
        if request.uri().path().starts_with(assets::DIRECTORY) {
            return Ok(());
        }
        let cookies = headers.get_all(COOKIE).iter();
        let mut cookies = cookies
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(';'));
        let is_token = |cookie: &str| {
            let value = cookie.trim().strip_prefix(&self.cookie_name);
            value
                .and_then(|it| it.strip_prefix('='))
                .is_some_and(|token| same(&self.token, token))
        };
        if cookies.any(is_token) {
            Ok(())
        } else {
            Err(Fault::NoToken)
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        self.hosts.iter().any(|it| host.eq_ignore_ascii_case(it))
    }

    /// Browsers name the page that sends a form; what names none does not come from one.
    fn comes_from_us(&self, headers: &HeaderMap) -> bool {
        let value = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or_default());
        let site = value("sec-fetch-site").is_none_or(|site| site == "same-origin");
        let origin = value(ORIGIN.as_str()).and_then(|origin| origin.strip_prefix("http://"));
        site && origin.is_some_and(|origin| self.is_ours(origin))
    }

    /// Takes the token in exchange for a cookie.
    fn enter(&self, token: &str) -> Result<Response, Fault> {
        if !same(&self.token, token) {
            return Err(Fault::NoToken);
        }
        let cookie = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict",
            self.cookie_name, self.token
        );
        let mut response = pages::entrance().into_response();
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// Lets through what may come in.
pub(crate) async fn check(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.accepts(&request) {
        Ok(()) => next.run(request).await,
        Err(Fault::NoToken) => {
            let entered = request.uri().path().strip_prefix(ENTRANCE);
            match entered.filter(|_| request.method() == Method::GET) {
                Some(token) => gate
                    .enter(token)
                    .unwrap_or_else(IntoResponse::into_response),
                None => Fault::NoToken.into_response(),
            }
        }
        Err(fault) => fault.into_response(),
    }
}

/// Compares without telling by the time how much of it is right: hashes are compared in constant time.
fn same(a: &str, b: &str) -> bool {
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}
