//! A request whose content does not matter: whether the tap is told of the exchange is decided by the answer.
//!
//! Most requests of an app are like this. They cost a copy of the header, and nothing where the answer is of no interest.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use grantscope_oauth::RequestUrl;
use http::Request;
use http::request::Parts;
use http::response;

use crate::clock;
use crate::connect::Phases;
use crate::recording::{Arrival, Recording, Side};
use crate::request_head::RequestHead;
use crate::tap::{ContainedTap, Interest, Outcome};

/// A request on its way, of which only the head is known.
pub(crate) struct Glance {
    tap: ContainedTap,
    arrival: Arrival,
    /// A copy, as the client sent it.
    parts: Parts,
    has_content: bool,
    dispatched: Option<Dispatch>,
}

struct Dispatch {
    at: Instant,
    server: SocketAddr,
    phases: Option<Phases>,
}

impl Glance {
    pub(crate) fn at(
        tap: ContainedTap,
        arrival: Arrival,
        parts: &Parts,
        has_content: bool,
    ) -> Box<Self> {
        // `Parts::clone` would copy what hyper keeps of the spelling as well.
        let (mut copy, ()) = Request::new(()).into_parts();
        copy.method.clone_from(&parts.method);
        copy.uri.clone_from(&parts.uri);
        copy.version = parts.version;
        copy.headers.clone_from(&parts.headers);
        Box::new(Self {
            tap,
            arrival,
            parts: copy,
            has_content,
            dispatched: None,
        })
    }

    /// Tells the tap of the request, where the answer makes it matter, and goes on with a recording of the rest.
    fn answer(
        self,
        answer: &response::Parts,
        url: impl FnOnce(&Parts) -> String,
    ) -> Option<Arc<Recording>> {
        let dispatched = self.dispatched?;
        if !self.tap.wants_answer(answer) {
            return None;
        }
        let url = RequestUrl::new(url(&self.parts));
        let recording = Recording::begin(self.tap, 0, self.arrival, url, &self.parts);
        let mut phases = dispatched.phases;
        recording.dispatch(dispatched.at, dispatched.server, &mut phases);
        recording.end(Side::Request, !self.has_content);
        recording.answer(answer);
        Some(recording)
    }
}

/// How an exchange is watched, by the interest that the tap has in it.
pub(crate) enum Watch {
    Nothing,
    Head(Box<Glance>),
    Whole(Arc<Recording>),
}

impl Watch {
    /// The recording that sees the content of the request, if one does.
    pub(crate) fn recording(&self) -> Option<Arc<Recording>> {
        match self {
            Self::Whole(recording) => Some(Arc::clone(recording)),
            Self::Nothing | Self::Head(_) => None,
        }
    }

    /// The request is about to be written to a connection.
    pub(crate) fn dispatch(&mut self, server: SocketAddr, phases: &mut Option<Phases>) {
        match self {
            Self::Nothing => {}
            Self::Head(glance) => {
                glance.dispatched = Some(Dispatch {
                    at: clock::instant(),
                    server,
                    phases: phases.take(),
                });
            }
            Self::Whole(recording) => recording.dispatch(clock::instant(), server, phases),
        }
    }

    /// The connection gave the request back: no byte of it was written.
    pub(crate) fn take_back(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Head(glance) => glance.dispatched = None,
            Self::Whole(recording) => recording.take_back(),
        }
    }

    /// The exchange ends without a response. One of which only the head was known is of no interest then.
    pub(crate) fn fail(&self, outcome: Outcome) {
        if let Self::Whole(recording) = self {
            recording.fail(outcome);
        }
    }

    /// The header of the response has come; gives the recording that sees the rest.
    pub(crate) fn answer(
        self,
        answer: &response::Parts,
        url: impl FnOnce(&Parts) -> String,
    ) -> Option<Arc<Recording>> {
        match self {
            Self::Nothing => None,
            Self::Head(glance) => glance.answer(answer, url),
            Self::Whole(recording) => {
                recording.answer(answer);
                Some(recording)
            }
        }
    }
}

impl Interest {
    /// How an exchange of this interest begins to be watched.
    pub(crate) fn watch(
        self,
        tap: &ContainedTap,
        bytes_max: usize,
        arrival: impl FnOnce() -> Arrival,
        request: &RequestHead<'_>,
        has_content: bool,
    ) -> Watch {
        let parts = request.parts;
        match self {
            Self::Ignore => Watch::Nothing,
            Self::HeadOnly => Watch::Head(Glance::at(tap.clone(), arrival(), parts, has_content)),
            Self::Full => {
                let url = RequestUrl::new(request.url());
                Watch::Whole(Recording::begin(
                    tap.clone(),
                    bytes_max,
                    arrival(),
                    url,
                    parts,
                ))
            }
        }
    }
}
