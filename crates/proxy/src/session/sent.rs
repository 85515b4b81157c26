//! A request over HTTP/2 that the server has, or is getting, until the header of its response is there.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::Response;

use crate::demand::Verdict;
use crate::facade::Names;
use crate::glance::Watch;
use crate::headers::Marks;
use crate::pipe::{Pipe, reason_of};

/// How many interim responses of one exchange are passed on. They count towards no window, so that a server could fill the
/// memory with them.
const INTERIM_MAX: usize = 64;

/// A request that the server has, or is getting.
pub(super) struct Sent {
    pub(super) response: ResponseFuture,
    pub(super) upload: Pipe,
    pub(super) watch: Watch,
    /// Whether the server is content with the certificate that it was shown.
    pub(super) verdict: Verdict,
    /// The names of the server, where the client has another for it.
    pub(super) names: Option<Names>,
    /// Whether the stream becomes something else once the server agrees (RFC 8441).
    pub(super) is_tunnel: bool,
    pub(super) interim: usize,
}

/// Why there is no header of a response.
pub(super) enum Unanswered {
    ByServer(h2::Error),
    ForClient(Reason),
}

impl Sent {
    /// The response, once its header is there. Interim ones pass meanwhile, and the content of the request goes on.
    pub(super) async fn answered(
        &mut self,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<Response<RecvStream>, Unanswered> {
        poll_fn(|cx| {
            self.upload.go_on(cx);
            if let Poll::Ready(reset) = respond.poll_reset(cx) {
                return Poll::Ready(Err(Unanswered::ForClient(reason_of(reset))));
            }
            self.pass_interim(cx, respond);
            let polled = Pin::new(&mut self.response).poll(cx);
            polled.map_err(Unanswered::ByServer)
        })
        .await
    }

    fn pass_interim(&mut self, cx: &mut Context<'_>, respond: &mut SendResponse<Bytes>) {
        while let Poll::Ready(Some(Ok(interim))) = self.response.poll_informational(cx) {
            self.interim += 1;
            if self.interim > INTERIM_MAX {
                continue;
            }
            let (mut parts, ()) = interim.into_parts();
            Marks::of(&parts.headers, false).strip(&mut parts.headers, false);
            // An error says that the client is gone, which is seen by itself.
            respond
                .send_informational(Response::from_parts(parts, ()))
                .ok();
        }
    }
}
