//! What the two ends of an HTTP/1 connection of a client have to know of each other, and hyper does not pass on:
//! that the client has closed its side, interim responses, and whether an answer is under way.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use http::{HeaderMap, StatusCode};

use crate::headers::Marks;

/// More interim responses than these bytes hold are dropped while they cannot be written.
const INTERIM_BYTES_MAX: usize = 64 * 1024;

/// Where an exchange is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    /// No exchange is under way.
    Idle,
    /// A request has begun, and its response has not been written in full.
    Exchange,
    /// The response has been given to hyper in full.
    Ending,
    /// The connection is no longer HTTP.
    Upgraded,
}

/// The state of a client's connection and of that to the server which it speaks to.
#[derive(Default)]
pub(crate) struct Line {
    stage: AtomicU8,
    /// The request has just been read, and nothing was done with it yet.
    is_new: AtomicBool,
    /// A connection to the server has the request.
    sent: AtomicBool,
    /// The request is complete, and the response is not.
    waits: AtomicBool,
    half_closed: AtomicBool,
    /// The client closed its side before the request was complete.
    breaks_off: AtomicBool,
    /// The content of the request is not valid, or its end is missing.
    is_broken: AtomicBool,
    interim: Mutex<Vec<u8>>,
    client: AtomicWaker,
    server: AtomicWaker,
}

impl Line {
    pub(crate) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Relaxed) {
            0 => Stage::Idle,
            1 => Stage::Exchange,
            2 => Stage::Ending,
            _ => Stage::Upgraded,
        }
    }

    fn set(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// A request has begun, and perhaps ended with its header.
    pub(crate) fn begin(&self, has_ended: bool) {
        self.is_new.store(true, Ordering::Relaxed);
        self.waits.store(has_ended, Ordering::Relaxed);
        self.sent.store(false, Ordering::Relaxed);
        self.breaks_off.store(false, Ordering::Relaxed);
        self.is_broken.store(false, Ordering::Relaxed);
        self.interim().clear();
        self.set(Stage::Exchange);
    }

    /// The request is being worked on.
    pub(crate) fn take_up(&self) {
        self.is_new.store(false, Ordering::Relaxed);
    }

    /// A connection to the server has the request, or has given it back.
    pub(crate) fn set_sent(&self, sent: bool) {
        self.sent.store(sent, Ordering::Relaxed);
    }

    /// The content of the request has been read in full.
    pub(crate) fn request_ended(&self) {
        if self.stage() == Stage::Exchange {
            self.waits.store(true, Ordering::Relaxed);
        }
    }

    /// The content of the response has been read in full, or nobody wants it any more.
    pub(crate) fn response_ended(&self) {
        self.waits.store(false, Ordering::Relaxed);
        if self.stage() == Stage::Exchange {
            self.set(Stage::Ending);
            if self.is_half_closed() {
                // hyper is to see that now.
                self.client.wake();
            }
        }
    }

    /// What hyper had to write has been written.
    pub(crate) fn flushed(&self) {
        if self.stage() == Stage::Ending {
            self.set(Stage::Idle);
        }
    }

    pub(crate) fn upgrade(&self) {
        self.set(Stage::Upgraded);
    }

    /// The content of the request cannot be read on.
    pub(crate) fn request_broke(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// There is nothing more to read of the content of the request, for now.
    pub(crate) fn request_pauses(&self) {
        if self.is_half_closed() && !self.breaks_off.swap(true, Ordering::Relaxed) {
            self.client.wake();
        }
    }

    /// The client has closed its side. Whether that is kept from hyper until the response is complete: a client that
    /// closes its side together with its request, or when the server has that, may wait for the answer. In between it
    /// has left; and so it has where its request is not complete.
    pub(crate) fn close_half(&self) -> bool {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let goes_on = is(&self.half_closed) || is(&self.is_new) || is(&self.sent);
        let waits = self.stage() == Stage::Exchange && goes_on && !is(&self.breaks_off);
        if waits && !self.half_closed.swap(true, Ordering::Relaxed) {
            self.server.wake();
        }
        waits
    }

    pub(crate) fn is_half_closed(&self) -> bool {
        self.half_closed.load(Ordering::Relaxed)
    }

    /// Whether the server is to see the end of the client's side, once it has what hyper was given to write.
    pub(crate) fn ends_after_request(&self) -> bool {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        is(&self.half_closed) && is(&self.waits) && is(&self.sent)
    }

    /// An interim response of the server (RFC 9110 §15.2), to be passed on.
    pub(crate) fn pass_interim(&self, status: StatusCode, headers: &HeaderMap) {
        let mut interim = self.interim();
        if interim.len() > INTERIM_BYTES_MAX {
            return;
        }
        let mut headers = headers.clone();
        Marks::of(&headers, true).strip(&mut headers, true);
        let reason = status.canonical_reason().unwrap_or_default();
        interim.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).as_bytes());
        for (name, value) in &headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                interim.extend_from_slice(part);
            }
        }
        interim.extend_from_slice(b"\r\n");
        drop(interim);
        self.client.wake();
    }

    /// The interim responses that came since this was asked last.
    pub(crate) fn take_interim(&self) -> Vec<u8> {
        std::mem::take(&mut *self.interim())
    }

    /// Who is to be woken on the client's side.
    pub(crate) fn register_client(&self, waker: &Waker) {
        self.client.register(waker);
    }

    /// Who is to be woken on the server's side.
    pub(crate) fn register_server(&self, waker: &Waker) {
        self.server.register(waker);
    }

    fn interim(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.interim.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
