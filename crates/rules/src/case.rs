//! One refused grant with all that is known about it: what the rules judge.

use grantscope_correlation::{
    Authorization, ClientHistory, CodeHistory, CodeLife, Coverage, History, Presentation,
    RefreshTokenHistory, Server,
};
use grantscope_oauth::{
    ExchangeId, Grant, Provider, Providers, Recognised, Sighting, TokenError, TokenRequest,
};
use jiff::Timestamp;

use crate::statement::{Statements, Word};

/// A refusal and its history.
#[derive(Debug)]
pub struct Case<'a> {
    /// The refused presentation.
    pub refused: Presentation,
    /// All that was observed.
    pub history: History<'a>,
    /// The server that refused.
    pub server: Server,
    /// What is known of the server's product, where it is clear which it is.
    pub provider: Option<&'a Provider>,
    /// The products that the server may be of.
    pub product: Recognised<'a>,
    /// What the server's words mean.
    pub statements: Statements,
    /// What the client did at that server.
    pub client: ClientHistory,
    /// How much of the traffic was seen.
    pub coverage: Coverage,
    /// The history of the code, where one was presented.
    pub code: Option<CodeHistory>,
    /// The history of the refresh token, where one was presented.
    pub refresh: Option<RefreshTokenHistory>,
    presumed: Option<Authorization>,
}

impl<'a> Case<'a> {
    /// The case of a refused token request; `None` where the exchange is none.
    ///
    /// A device that is told to go on polling is not refused, nor a client that is told to try again with a nonce.
    pub fn of(
        history: History<'a>,
        providers: &'a Providers,
        exchange: ExchangeId,
    ) -> Option<Self> {
        let refused = history.presentation(exchange)?;
        let error = refused.error().filter(|error| !error.is_step())?;
        let request = refused.request();
        let server = history.server(&request.endpoint);
        let client_id = request.client.id.as_deref();
        let (code, refresh) = match &request.grant {
            Grant::AuthorizationCode {
                code: Some(code), ..
            } => (Some(history.code(code)), None),
            Grant::RefreshToken {
                refresh_token: Some(token),
            } => (None, Some(history.refresh_token(token))),
            _ => (None, None),
        };
        let product = providers.recognise(&Sighting {
            endpoint: &request.endpoint,
            issuer: server.issuer.as_deref(),
            marks: &refused.reading().marks,
            error: Some(error),
        });
        let provider = product.one();
        let is_code = matches!(request.grant, Grant::AuthorizationCode { .. });
        let is_linked = |code: &CodeHistory| code.origin().is_some() || code.resembles.is_some();
        let is_unlinked = is_code && !code.as_ref().is_some_and(is_linked);
        let is_hidden = code.as_ref().is_some_and(|code| !code.code.is_whole());
        let presume = || {
            if is_hidden {
                history.sole_authorization(client_id, refused.sent_at())
            } else {
                history.only_authorization(client_id, refused.sent_at())
            }
        };
        let presumed = is_unlinked.then(presume).flatten();
        Some(Self {
            presumed,
            statements: Statements::read(providers, provider, error, request.grant.grant_type()),
            client: history.client(&server, client_id.unwrap_or_default()),
            coverage: history.coverage(client_id),
            history,
            server,
            provider,
            product,
            code,
            refresh,
            refused,
        })
    }

    /// The refused request.
    pub fn request(&self) -> &TokenRequest {
        self.refused.request()
    }

    /// The exchange of the refusal.
    pub fn exchange(&self) -> ExchangeId {
        self.refused.exchange()
    }

    /// The refusal.
    #[expect(clippy::unreachable, reason = "`of` takes refusals alone")]
    pub fn error(&self) -> &TokenError {
        match self.refused.error() {
            Some(error) => error,
            None => unreachable!("a case is a refusal"),
        }
    }

    /// Whether the server refused with the status of a failed authentication and named no error of OAuth, as it does where
    /// something in front of the token endpoint authenticates the client (RFC 6749 §5.2, RFC 9110 §15.5.2).
    pub(crate) fn is_unauthorized_without_reason(&self) -> bool {
        let error = self.error();
        let names_none = error.error.is_empty() || error.error.eq_ignore_ascii_case("unauthorized");
        error.status == 401 && names_none && self.statements.all().is_empty()
    }

    /// Whether the server refused the request and gave no reason but the status.
    pub(crate) fn is_refused_without_reason(&self) -> bool {
        let error = self.error();
        (400..=403).contains(&error.status) && error.error.is_empty() && error.description.is_none()
    }

    /// The client that presents the grant.
    pub fn client_id(&self) -> Option<&str> {
        self.request().client.id.as_deref()
    }

    /// The authorization request that led to the code, or is presumed to.
    pub fn authorization(&self) -> Option<&Authorization> {
        let linked = self
            .code
            .as_ref()
            .and_then(|code| code.authorization.seen());
        linked.or(self.presumed.as_ref())
    }

    /// Whether the authorization request is only presumed to have led to the code: it is the only one of this client in the
    /// capture, and the code of its response is not seen, or not the presented one.
    pub fn is_presumed(&self) -> bool {
        self.presumed.is_some()
    }

    /// The life of the code until it was presented.
    pub fn code_life(&self) -> Option<CodeLife> {
        CodeLife::until(self.code.as_ref()?, &self.refused)
    }

    /// The earlier or concurrent presentations of the same grant.
    pub fn other_presentations(&self) -> impl Iterator<Item = &Presentation> {
        let of_code = self.code.iter().flat_map(|code| &code.presentations);
        let of_refresh = self
            .refresh
            .iter()
            .flat_map(|refresh| &refresh.presentations);
        let earlier = |other: &&Presentation| {
            other.exchange() != self.exchange()
                && (other.sent_at() <= self.refused.sent_at() || other.overlaps(&self.refused))
        };
        of_code.chain(of_refresh).filter(earlier)
    }

    /// Whether a token endpoint is of the server that refused: the same endpoint, or one whose metadata name the same issuer.
    /// `None` where nothing tells.
    pub fn is_called_server(&self, token_endpoint: &str) -> Option<bool> {
        if token_endpoint == self.request().endpoint {
            return Some(true);
        }
        let issuer = self.history.server(token_endpoint).issuer;
        issuer
            .zip(self.server.issuer.clone())
            .map(|(one, other)| one == other)
    }

    /// What the server says about a cause.
    pub fn word(&self, cause: crate::causes::Cause) -> Option<&Word> {
        self.statements.about(cause)
    }

    /// When the refused request was sent.
    pub fn sent_at(&self) -> Timestamp {
        self.refused.sent_at()
    }
}
