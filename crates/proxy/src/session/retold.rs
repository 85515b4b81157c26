//! Metadata of a server are told in the client's name for it, where they can be.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Response, response};
use http_body_util::Full;

use super::Session;
use super::streams::{Refusal, finish};
use crate::body::Content;
use crate::facade::Names;
use crate::held::{Extent, Held, HeldStream};
use crate::metadata::{self, METADATA_BYTES_MAX, Unchanged};
use crate::pipe::Pipe;
use crate::recording::Recording;
use crate::upstream::Origin;

impl Session {
    /// The answer to a request for metadata over HTTP/1.
    pub(super) async fn retell(
        &self,
        response: Response<Content>,
        names: &Names,
        origin: &Origin,
    ) -> Response<Content> {
        let (mut parts, content) = response.into_parts();
        let content = match content {
            Content::Passing(content) if metadata::are_in(&parts) => content,
            other => return Response::from_parts(parts, other),
        };
        let (held, extent) = Held::read(content, METADATA_BYTES_MAX).await;
        let content = match self.retold(&mut parts, held.ahead(), extent, names, origin) {
            Some(content) => Content::Own(Full::new(content)),
            None => Content::Held(Box::new(held)),
        };
        Response::from_parts(parts, content)
    }

    /// Gives the answer to a request for metadata over HTTP/2.
    pub(super) async fn retell_stream(
        &self,
        answer: (response::Parts, RecvStream, Option<Arc<Recording>>),
        names: &Names,
        mut upload: Pipe,
        respond: &mut SendResponse<Bytes>,
        origin: &Origin,
    ) -> Result<(), Refusal> {
        let (mut parts, content, recording) = answer;
        let mut held = HeldStream::new(content, recording);
        let mut retold = None;
        if metadata::are_in(&parts) {
            let read = poll_fn(|cx| poll_held(cx, &mut held, &mut upload, respond)).await;
            let Some(extent) = read else {
                upload.reset(Reason::CANCEL);
                return Err(Refusal::Cancelled);
            };
            retold = self.retold(&mut parts, held.ahead(), extent, names, origin);
        }
        let head = Response::from_parts(parts, ());
        let Ok(to_client) = respond.send_response(head, held.is_empty()) else {
            upload.reset(Reason::CANCEL);
            return Err(Refusal::Cancelled);
        };
        let mut download = held.pass_on(retold, to_client);
        finish(&mut upload, &mut download).await;
        Ok(())
    }

    /// The content in the client's name, of which the header is made true; `None` where it stays what it is. Where that is
    /// because it cannot be changed, it is told of.
    fn retold(
        &self,
        parts: &mut response::Parts,
        content: &[u8],
        extent: Extent,
        names: &Names,
        origin: &Origin,
    ) -> Option<Bytes> {
        let retold = match extent {
            Extent::Whole => metadata::retell(parts, content, names),
            Extent::TooLong => Err(Unchanged::TooLong),
            // The client sees that itself.
            Extent::Broken => Ok(None),
        };
        match retold {
            Ok(Some(content)) => {
                metadata::restate(parts, &content);
                Some(content)
            }
            Ok(None) => None,
            Err(why) => {
                self.shared.notice_unchanged(origin, why);
                None
            }
        }
    }
}

/// Reads on, while the request is passed on. `None` where the client cancels it.
fn poll_held(
    cx: &mut Context<'_>,
    held: &mut HeldStream,
    upload: &mut Pipe,
    respond: &mut SendResponse<Bytes>,
) -> Poll<Option<Extent>> {
    upload.go_on(cx);
    if respond.poll_reset(cx).is_ready() {
        return Poll::Ready(None);
    }
    held.poll_read(cx, METADATA_BYTES_MAX).map(Some)
}
