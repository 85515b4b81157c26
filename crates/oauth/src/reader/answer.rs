//! Which message a response carries: what was asked tells what to look for.

use super::Asked;
use super::authorize::{self, Candidate};
use super::body::{self, Members};
use super::known::Known;
use super::notes::Notes;
use super::params::{Params, Source};
use super::refusal::{refusal, silent};
use super::{endpoints, token};
use crate::exchange::{RequestUrl, Response};
use crate::message::{RequestMessage, ResponseMessage};
use crate::token::TokenError;

/// A response with the request that it answers.
pub(super) struct Answer<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) message: &'a RequestMessage,
    pub(super) response: &'a Response,
    pub(super) known: &'a Known,
}

impl Answer<'_> {
    /// Reads the message that the response carries.
    pub(super) fn read(&self, location: Option<&RequestUrl>, notes: &mut Notes) -> ResponseMessage {
        match self.message {
            RequestMessage::Token(_) => self.token(notes),
            RequestMessage::PushedAuthorization(..)
            | RequestMessage::Revocation(_)
            | RequestMessage::Introspection(_)
            | RequestMessage::DeviceAuthorization(_)
            | RequestMessage::Metadata => self.direct(notes),
            RequestMessage::Authorization(_)
            | RequestMessage::Callback(_)
            | RequestMessage::EndSession(_)
            | RequestMessage::Other => self.redirected(location, notes),
        }
    }

    fn token(&self, notes: &mut Notes) -> ResponseMessage {
        let members = self.members(notes);
        if let Some(error) = members.and_then(|members| self.refused(members)) {
            return ResponseMessage::Error(error);
        }
        if let Some(tokens) = members.and_then(|of| token::response(of, self.asked.key, notes)) {
            return ResponseMessage::Token(tokens);
        }
        if (200..300).contains(&self.response.status) {
            notes.add("response body", "has neither tokens nor an error");
            return ResponseMessage::Other;
        }
        notes.add("response body", "says nothing of why the request failed");
        ResponseMessage::Error(silent(self.response))
    }

    /// An answer of an endpoint that the client calls itself.
    fn direct(&self, notes: &mut Notes) -> ResponseMessage {
        let Some(members) = self.members(notes) else {
            return ResponseMessage::Other;
        };
        if let Some(error) = self.refused(members) {
            return ResponseMessage::Error(error);
        }
        let params = Params::json(members, Source::Json);
        let key = self.asked.key;
        let read = match self.message {
            RequestMessage::PushedAuthorization(..) => {
                authorize::pushed(&params, key, notes).map(ResponseMessage::PushedAuthorization)
            }
            RequestMessage::Introspection(_) => {
                endpoints::introspected(members).map(ResponseMessage::Introspection)
            }
            RequestMessage::DeviceAuthorization(_) => endpoints::device_code(&params, key, notes)
                .map(ResponseMessage::DeviceAuthorization),
            RequestMessage::Metadata => endpoints::metadata(members).map(ResponseMessage::Metadata),
            _ => None,
        };
        read.unwrap_or(ResponseMessage::Other)
    }

    /// An authorization response, in `Location` or in a page that posts it.
    fn redirected(&self, location: Option<&RequestUrl>, notes: &mut Notes) -> ResponseMessage {
        let candidate = match location {
            Some(location) => Some(Candidate::of_url(location, notes)),
            None => Candidate::of_page(&self.asked.request.url, self.response),
        };
        let Some(candidate) = candidate.filter(|candidate| self.is_issued(candidate)) else {
            return ResponseMessage::Other;
        };
        let mut response = candidate.into_response(self.asked.key, notes);
        let scrub = self.asked.scrub();
        let said = response.error_description.map(|text| scrub.text(&text));
        response.error_description = said;
        ResponseMessage::Authorization(response)
    }

    /// Whether a redirect is an authorization response, and not a step within the server.
    fn is_issued(&self, candidate: &Candidate) -> bool {
        if !candidate.carries_anything() {
            return false;
        }
        let target = candidate.redirect_uri();
        if self.known.is_redirect_uri(target.as_str()) {
            return true;
        }
        // An error that the server shows on a page of its own has a state of its own.
        let stays = candidate.target().origin() == self.asked.request.url.origin();
        let leaves = matches!(self.message, RequestMessage::Authorization(_)) && !stays;
        leaves || (candidate.speaks_for_itself() && !(stays && candidate.is_error()))
    }

    fn members(&self, notes: &mut Notes) -> Option<&Members> {
        let (members, found) = self.asked.answered();
        notes.extend(found);
        members.as_ref()
    }

    fn refused(&self, members: &Members) -> Option<TokenError> {
        let scrub = self.asked.scrub();
        refusal(members, self.response, &scrub)
    }
}

/// Whether the answer is the reference to a pushed authorization request (RFC 9126 §2.2).
pub(super) fn is_reference(response: &Response) -> bool {
    let mut unread = Notes::default();
    (200..300).contains(&response.status)
        && body::members(&response.headers, &response.body, &mut unread)
            .is_some_and(|members| members.iter().any(|(name, _)| name == "request_uri"))
}
