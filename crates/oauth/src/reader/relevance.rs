//! Which exchanges of a large capture belong to its history, so that the others need not be kept.

use super::authorize::Candidate;
use super::notes::Notes;
use super::params::{Params, Source};
use super::{Reader, recognise};
use crate::exchange::{Exchange, RequestUrl};

/// What of an exchange belongs to the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevance {
    /// It carries a message of OAuth, or redirects to somewhere, or will turn out to where a redirection URI is known.
    Whole,
    /// Its URL carries what may be a code or a token that other exchanges are about. What was answered tells nothing.
    UrlAlone,
    /// Nothing, unless its URL turns out to be an endpoint of an authorization server.
    Nothing,
}

/// Parameters of a URL that are of a message, or by which it may be recognised once more is known of its endpoint.
const OF_MESSAGES: [&str; 17] = [
    "access_token",
    "assertion",
    "client_id",
    "client_secret",
    "code",
    "device_code",
    "error",
    "grant_type",
    "id_token",
    "id_token_hint",
    "post_logout_redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response",
    "response_type",
    "token",
];

/// Those that tell something wherever they are sent: of an authorization response, or a token that does not belong there.
const ANYWHERE: [&str; 8] = [
    "access_token",
    "client_secret",
    "code",
    "error",
    "id_token",
    "refresh_token",
    "response",
    "token",
];

/// A longer content is read rather than searched.
const SEARCHED_BYTES_MAX: usize = 64 * 1024;

impl Reader {
    /// What of an exchange belongs to the history. The exchange is read, so that the reader learns from it.
    pub fn relevance(&self, exchange: &Exchange) -> Relevance {
        let reading = self.read(exchange);
        if reading.is_oauth() || reading.location.is_some() || self.may_respond(exchange) {
            Relevance::Whole
        } else if carries(&exchange.request.url, &ANYWHERE) {
            Relevance::UrlAlone
        } else {
            Relevance::Nothing
        }
    }

    /// Whether a request with this URL may be of OAuth, whatever its headers are, where its content does not tell.
    pub fn url_tells(&self, url: &RequestUrl) -> bool {
        recognise::is_metadata(url.path()) || self.is_endpoint(url) || carries(url, &OF_MESSAGES)
    }

    /// Whether the content of a request may hold parameters of OAuth: their names are in it, or what may hide them.
    pub fn content_tells(text: &str) -> bool {
        text.len() > SEARCHED_BYTES_MAX
            || text.contains(['%', '\\'])
            || OF_MESSAGES.iter().any(|name| text.contains(name))
    }

    /// Whether a URL is known to be an endpoint of an authorization server.
    pub fn is_endpoint(&self, url: &RequestUrl) -> bool {
        self.kind(url).is_some()
    }

    /// The endpoints of authorization servers that were learned from metadata.
    pub fn learned_endpoints(&self) -> Vec<String> {
        self.knowledge().endpoints().map(str::to_owned).collect()
    }

    /// Whether a form, sent or answered, is an authorization response where it goes to a redirection URI.
    fn may_respond(&self, exchange: &Exchange) -> bool {
        let mut unread = Notes::default();
        let asked = self.asked(exchange, &mut unread);
        let url = &exchange.request.url;
        let sent = asked.is_post() && asked.is_form();
        let sent = sent.then(|| Candidate::of_post(url, &asked.params));
        let page = || Candidate::of_page(url, exchange.response.as_ref()?);
        let carries = |candidate: Candidate| candidate.carries_anything();
        sent.is_some_and(carries) || page().is_some_and(carries)
    }
}

/// Whether the query or the fragment has one of these parameters.
fn carries(url: &RequestUrl, names: &[&str]) -> bool {
    let any = |text: Option<&str>, source| {
        let params = Params::encoded(text.unwrap_or_default(), source, &mut Notes::default());
        params.any(names)
    };
    any(url.query(), Source::Query) || any(url.fragment(), Source::Fragment)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use http::{Method, Version};
    use jiff::Timestamp;

    use super::*;
    use crate::{
        Body, ExchangeId, FingerprintKey, Headers, Peer, Providers, Request, Response, Timings,
    };

    fn reader() -> Reader {
        Reader::new(
            FingerprintKey::new([7; 32]),
            Arc::new(Providers::embedded()),
        )
    }

    fn exchange(method: Method, url: &str, form: &'static str, status: u16) -> Exchange {
        let mut headers = Headers::default();
        headers.push("Content-Type", "text/html");
        Exchange {
            id: ExchangeId(1),
            started_at: Timestamp::UNIX_EPOCH,
            request: Request {
                method,
                url: RequestUrl::new(url),
                version: Version::HTTP_11,
                headers: Headers::default(),
                body: Body::whole(Bytes::from_static(form.as_bytes())),
            },
            response: Some(Response {
                status,
                version: Version::HTTP_11,
                headers,
                body: Body::whole(Bytes::from_static(b"{}")),
            }),
            timings: Timings::default(),
            peer: Peer::default(),
        }
    }

    #[test]
    fn only_what_may_be_of_oauth_is_relevant() {
        let get = |url| reader().relevance(&exchange(Method::GET, url, "", 200));
        let post =
            |form| reader().relevance(&exchange(Method::POST, "https://app.test/api", form, 200));
        assert_eq!(get("https://app.test/style.css?v=1"), Relevance::Nothing);
        assert_eq!(get("https://app.test/api?token=x"), Relevance::UrlAlone);
        assert_eq!(get("https://app.test/page?code=x"), Relevance::UrlAlone);
        assert_eq!(get("https://app.test/callback?code=x"), Relevance::Whole);
        assert_eq!(post("{\"error\":\"x\"}"), Relevance::Nothing);
        assert_eq!(post("code=x"), Relevance::Whole);
        assert_eq!(
            post("grant_type=authorization_code&code=x"),
            Relevance::Whole
        );
    }

    #[test]
    fn a_url_that_was_learned_to_be_an_endpoint_tells() {
        let reader = reader();
        let logout = RequestUrl::new("https://idp.test/bye");
        assert!(!reader.url_tells(&logout));
        reader.know(&logout, crate::EndpointKind::EndSession);
        assert!(reader.url_tells(&logout));
        assert_eq!(reader.learned_endpoints(), ["https://idp.test/bye"]);
    }
}
