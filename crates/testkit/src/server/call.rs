//! A request as the endpoints see it.

use http::Method;
use http::header::AUTHORIZATION;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use super::oauth_error::OAuthError;

const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Params,
    pub(super) form: Params,
    pub(super) authorization: Option<String>,
}

/// Parameters of a query or a form. One without a value counts as omitted (RFC 6749 §3.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Call {
    /// Reads a request, or `None` where its content breaks off or is too long.
    pub(super) async fn read(request: http::Request<Incoming>) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, BODY_BYTES_MAX).collect().await.ok()?;
        let authorization = head.headers.get(AUTHORIZATION);
        Some(Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: Params::parse(head.uri.query().unwrap_or_default().as_bytes()),
            form: Params::parse(&body.to_bytes()),
            authorization: authorization
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        })
    }

    /// The parameters of an endpoint that takes both methods (RFC 6749 §3.1).
    pub(super) fn params(&self) -> &Params {
        if self.method == Method::POST {
            &self.form
        } else {
            &self.query
        }
    }
}

impl Params {
    fn parse(text: &[u8]) -> Self {
        let fields = form_urlencoded::parse(text).into_owned();
        Self(fields.filter(|(_, value)| !value.is_empty()).collect())
    }

    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn required(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.optional(name)
            .ok_or(OAuthError::invalid_request(missing))
    }

    /// RFC 6749 §3.2: "Request and response parameters MUST NOT be included more than once."
    pub(super) fn check_unique(&self) -> Result<(), OAuthError> {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(OAuthError::invalid_request("duplicated parameter"));
        }
        Ok(())
    }
}
