//! The connections to servers that one client connection keeps.

use std::sync::{Arc, Mutex, PoisonError};

use crate::link::Link;
use crate::upstream::Origin;
use crate::upstream_error::UpstreamError;

/// How many origins one client connection keeps a connection to. A tunnel has one; a client that sends absolute URLs
/// over one connection may have several.
const ORIGINS_MAX: usize = 8;

/// Kept connections, the longest unused first.
#[derive(Default)]
pub(crate) struct Links(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    links: Vec<(Arc<Origin>, Link)>,
    /// Why the connection that was opened ahead of the first request is not there; for that request to tell.
    error: Option<UpstreamError>,
}

impl Links {
    /// A link to this origin, as it is or, where several requests may use it, another handle of it.
    pub(crate) fn take(&self, origin: &Arc<Origin>) -> Option<Link> {
        let mut kept = self.kept();
        let at = kept.links.iter().position(|(of, _)| of == origin)?;
        if let Some(mut shared) = kept.links[at].1.shared() {
            shared.phases = kept.links[at].1.phases.take();
            return Some(shared);
        }
        Some(kept.links.remove(at).1)
    }

    pub(crate) fn put(&self, origin: &Arc<Origin>, link: Link) {
        let mut kept = self.kept();
        kept.links.retain(|(of, _)| of != origin);
        if kept.links.len() == ORIGINS_MAX {
            kept.links.remove(0);
        }
        kept.links.push((Arc::clone(origin), link));
    }

    /// Returns a link that was taken whole; one that is shared is still here.
    pub(crate) fn give_back(&self, origin: &Arc<Origin>, link: Link) {
        if link.shared().is_none() {
            self.put(origin, link);
        }
    }

    /// Whether a server is known to take tunnels within HTTP/2 (RFC 8441).
    pub(crate) fn take_tunnels(&self) -> bool {
        let kept = self.kept();
        kept.links.iter().any(|(_, link)| link.takes_tunnels())
    }

    /// Forgets a link that proved to be of no more use.
    pub(crate) fn forget(&self, origin: &Arc<Origin>) {
        self.kept().links.retain(|(of, _)| of != origin);
    }

    /// The link, where it is the only one.
    pub(crate) fn only(&self) -> Option<Link> {
        let mut kept = self.kept();
        let is_only = kept.links.len() == 1;
        kept.links.pop().filter(|_| is_only).map(|(_, link)| link)
    }

    /// Forgets all links, by which those connections end that nothing uses.
    pub(crate) fn clear(&self) {
        self.kept().links.clear();
    }

    pub(crate) fn put_error(&self, error: UpstreamError) {
        self.kept().error = Some(error);
    }

    pub(crate) fn take_error(&self) -> Option<UpstreamError> {
        self.kept().error.take()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
