//! Who sent what to whom: the exchanges of a grant as the arrows of a sequence diagram, in the order of time.

mod facts;

use grantscope_oauth::{
    Exchange, ExchangeId, Reading, RequestMessage, ResponseMessage, TokenResponse,
};
use jiff::{SignedDuration, Timestamp};

use crate::report::{GrantV1, MomentV1};
use crate::traffic::Sighted;

pub use facts::Fact;

/// Who takes part, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The user agent.
    UserAgent,
    /// The client.
    App,
    /// The authorization server.
    Server,
    /// A server that takes access tokens.
    Api,
}

/// What an arrow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A request.
    Request,
    /// A response.
    Answer,
    /// A response that refuses.
    Refusal,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The exchange that it belongs to.
    pub exchange: ExchangeId,
    /// When it was sent, as a request, or complete, as a response.
    pub at: Timestamp,
    /// Who sends it.
    pub from: Actor,
    /// Who receives it.
    pub to: Actor,
    /// What it is.
    pub label: String,
    /// What it stands for.
    pub kind: Kind,
    /// The parameters that matter.
    pub facts: Vec<Fact>,
}

/// The arrows of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Those who take part.
    pub actors: Vec<Actor>,
    /// What they send, in the order of time.
    pub arrows: Vec<Arrow>,
    /// How long the grant lived, where both ends were seen.
    pub life: Option<Life>,
}

/// The life of a grant: from its issue until it was presented last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// As people see it: `code#7f3a9c`.
    pub grant: String,
    /// The arrow by which it was issued.
    pub from: usize,
    /// The arrow by which it was presented.
    pub until: usize,
    /// How long that is.
    pub lasted: SignedDuration,
}

impl Actor {
    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserAgent => "user agent",
            Self::App => "app",
            Self::Server => "authorization server",
            Self::Api => "API",
        }
    }
}

impl Sequence {
    /// The arrows of exchanges; `None` where there are none.
    pub(crate) fn of<'a>(seen: impl Iterator<Item = &'a Sighted>, grant: &GrantV1) -> Option<Self> {
        let mut arrows: Vec<_> = seen.flat_map(arrows).collect();
        arrows.sort_by_key(|arrow| (arrow.at, arrow.exchange, arrow.kind != Kind::Request));
        let mut actors: Vec<_> = arrows.iter().flat_map(|it| [it.from, it.to]).collect();
        actors.sort_unstable();
        actors.dedup();
        let life = life(&arrows, grant);
        (!arrows.is_empty()).then_some(Self {
            actors,
            arrows,
            life,
        })
    }

    /// When the first arrow began.
    pub fn begins_at(&self) -> Timestamp {
        self.arrows.first().map_or(Timestamp::MIN, |arrow| arrow.at)
    }
}

fn arrows(seen: &Sighted) -> Vec<Arrow> {
    let (exchange, reading) = (&*seen.exchange, &seen.reading);
    let (from, to, label) = request(exchange, reading);
    let asked = Arrow {
        exchange: exchange.id,
        at: exchange.started_at,
        from,
        to,
        label,
        kind: Kind::Request,
        facts: facts::of_request(reading),
    };
    let answered = answer(exchange, reading).map(|(at, label, kind)| Arrow {
        exchange: exchange.id,
        at,
        from: to,
        to: from,
        label,
        kind,
        facts: facts::of_response(reading),
    });
    [asked].into_iter().chain(answered).collect()
}

fn request(exchange: &Exchange, reading: &Reading) -> (Actor, Actor, String) {
    use Actor::{Api, App, Server, UserAgent};
    let named = |text: &str| text.to_owned();
    match &reading.request {
        RequestMessage::Authorization(_) => (UserAgent, Server, named("authorization request")),
        RequestMessage::PushedAuthorization(..) => (App, Server, named("pushed authorization")),
        RequestMessage::Callback(response) => {
            let code = response.code.as_ref().map(|code| code.named("code"));
            let error = response.error.clone();
            let what = code.or(error).unwrap_or_default();
            (UserAgent, App, format!("callback {what}"))
        }
        RequestMessage::Token(request) => {
            let grant = &request.grant;
            let secret = grant.secret().map(|it| it.named(grant.secret_kind()));
            let what = secret.unwrap_or_else(|| grant.grant_type().to_owned());
            (App, Server, format!("token request {what}"))
        }
        RequestMessage::Revocation(_) => (App, Server, named("revocation")),
        RequestMessage::Introspection(_) => (Api, Server, named("introspection")),
        RequestMessage::DeviceAuthorization(_) => (App, Server, named("device authorization")),
        RequestMessage::Metadata => (App, Server, named("metadata")),
        RequestMessage::EndSession(_) => (UserAgent, Server, named("logout")),
        RequestMessage::Other => {
            let to = if bears_a_token(exchange) {
                (App, Api)
            } else {
                (UserAgent, Server)
            };
            let request = &exchange.request;
            (
                to.0,
                to.1,
                format!("{} {}", request.method, request.url.path()),
            )
        }
    }
}

/// Whether it presents an access token (RFC 6750 §2.1, RFC 9449 §7.1).
fn bears_a_token(exchange: &Exchange) -> bool {
    let field = exchange.request.headers.first("authorization");
    let scheme = field
        .and_then(|field| field.split(' ').next())
        .unwrap_or_default();
    ["bearer", "dpop"]
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it))
}

fn answer(exchange: &Exchange, reading: &Reading) -> Option<(Timestamp, String, Kind)> {
    let at = exchange.answered_at()?;
    let status = exchange.response.as_ref()?.status;
    let (what, kind) = match reading.response.as_ref()? {
        ResponseMessage::Authorization(response) => match (&response.code, &response.error) {
            (Some(code), _) => (code.named("code"), Kind::Answer),
            (None, Some(error)) => (error.clone(), Kind::Refusal),
            (None, None) => (String::new(), Kind::Answer),
        },
        ResponseMessage::Error(error) if error.is_step() => (error.error.clone(), Kind::Answer),
        ResponseMessage::Error(error) => (error.error.clone(), Kind::Refusal),
        ResponseMessage::Token(tokens) => (granted(tokens), Kind::Answer),
        ResponseMessage::DeviceAuthorization(response) => {
            (response.device_code.named("device-code"), Kind::Answer)
        }
        ResponseMessage::PushedAuthorization(_) => ("request_uri".to_owned(), Kind::Answer),
        _ => (String::new(), Kind::Answer),
    };
    Some((at, format!("{status} {what}"), kind))
}

fn granted(tokens: &TokenResponse) -> String {
    match &tokens.refresh_token {
        Some(refresh) => format!("tokens, {}", refresh.named("refresh")),
        None => "tokens".to_owned(),
    }
}

fn life(arrows: &[Arrow], grant: &GrantV1) -> Option<Life> {
    let presented = |it: &&MomentV1| it.event == "token-request";
    let begins = grant.timeline.iter().find(|it| {
        matches!(
            &*it.event,
            "authorization-response" | "callback" | "token-response"
        )
    })?;
    let ends = grant.timeline.iter().rfind(presented)?;
    if grant.timeline.iter().find(presented)?.time < begins.time {
        return None;
    }
    let arrow = |exchange: u64, is_wanted: fn(&Arrow) -> bool| {
        let of = |arrow: &Arrow| arrow.exchange.0 == exchange && is_wanted(arrow);
        arrows.iter().position(of)
    };
    // Where the redirect was not seen, the request that it led to is the issue.
    let arrives = |it: &Arrow| it.kind == Kind::Request && it.to == Actor::App;
    let issued = |it: &Arrow| it.kind != Kind::Request;
    Some(Life {
        grant: grant.fingerprint.clone()?,
        from: arrow(begins.exchange, arrives).or_else(|| arrow(begins.exchange, issued))?,
        until: arrow(ends.exchange, |it| it.kind == Kind::Request)?,
        lasted: ends.time.duration_since(begins.time),
    })
}
