//! Connections to servers that a client left behind, for the next client that wants the same.
//!
//! Programs that open a connection for each request are served without a handshake with the server for each.
//! A connection is kept only where its last exchange is complete, and for so short a time that no server has closed it
//! for being idle: a request must not be lost that a new connection would have carried.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::client_certificate::Identity;
use crate::clock;
use crate::link::Link;
use crate::tasks::Tasks;
use crate::upstream::Origin;

/// How long a connection is kept. Servers close theirs after two seconds at the earliest.
const IDLE_MAX: Duration = Duration::from_secs(1);
/// How many are kept to one origin.
const PER_ORIGIN_MAX: usize = 8;
/// How many are kept in all.
const KEPT_MAX: usize = 64;

/// A connection that nobody uses.
pub(crate) struct Idle {
    /// Takes the next request.
    pub(crate) link: Link,
    /// Runs the connection.
    pub(crate) tasks: Tasks,
}

/// The connections that nobody uses.
#[derive(Clone, Default)]
pub(crate) struct IdleLinks(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// By what was offered to the server, so that it would choose the same again; the newest last.
    by_origin: HashMap<Origin, Vec<(Instant, Idle)>>,
    count: usize,
    swept: bool,
}

impl IdleLinks {
    /// Whether a connection to this host is kept.
    pub(crate) fn is_kept(&self, host: &str, port: u16) -> bool {
        let kept = self.kept();
        let mut origins = kept.by_origin.keys();
        kept.count > 0 && origins.any(|origin| origin.port == port && origin.host == host)
    }

    /// A connection to this origin that is open still, and was opened with the certificate that is for it now.
    pub(crate) async fn take(&self, origin: &Origin, identity: Option<Identity>) -> Option<Idle> {
        while let Some(mut idle) = self.newest(origin) {
            if idle.link.identity != identity {
                continue;
            }
            let ended = poll_fn(|cx| Poll::Ready(idle.tasks.poll(cx).is_ready())).await;
            if !ended && idle.link.is_ready() {
                return Some(idle);
            }
        }
        None
    }

    /// Keeps a connection that was opened with what this origin says.
    pub(crate) fn keep(&self, origin: &Origin, idle: Idle) {
        let mut kept = self.kept();
        let here = kept.by_origin.get(origin).map_or(0, Vec::len);
        if kept.count >= KEPT_MAX || here >= PER_ORIGIN_MAX {
            return;
        }
        kept.count += 1;
        let links = kept.by_origin.entry(origin.clone()).or_default();
        links.push((clock::instant(), idle));
        if !kept.swept {
            kept.swept = true;
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
    }

    fn newest(&self, origin: &Origin) -> Option<Idle> {
        let mut kept = self.kept();
        let links = kept.by_origin.get_mut(origin)?;
        let (since, idle) = links.pop()?;
        if links.is_empty() {
            kept.by_origin.remove(origin);
        }
        kept.count -= 1;
        (clock::instant().duration_since(since) < IDLE_MAX).then_some(idle)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Takes out what is kept too long.
    fn expired(&mut self) -> Vec<Idle> {
        let now = clock::instant();
        let mut expired = Vec::new();
        self.by_origin.retain(|_, links| {
            let is_old = |(since, _): &mut (Instant, Idle)| now.duration_since(*since) >= IDLE_MAX;
            expired.extend(links.extract_if(.., is_old).map(|(_, idle)| idle));
            !links.is_empty()
        });
        self.count -= expired.len();
        self.swept = self.count > 0;
        expired
    }
}

/// Ends what is kept too long, until nothing is kept.
async fn sweep(kept: Weak<Mutex<Kept>>) {
    loop {
        sleep(IDLE_MAX / 2).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut guard = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let expired = guard.expired();
        let goes_on = guard.swept;
        drop(guard);
        for Idle { link, tasks } in expired {
            drop(link);
            tokio::spawn(tasks.run());
        }
        if !goes_on {
            return;
        }
    }
}
