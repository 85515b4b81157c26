//! `/events`: server-sent events (HTML Living Standard §9.2) that tell an open page that there is more to see.
//!
//! `found` brings a finding or a granted grant, `traffic` how many exchanges went through the proxy, and `reload` says that more was
//! missed than is kept. A page that comes back says by `Last-Event-ID` what it was told last.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::watch;

use crate::feed::{Feed, Missed, More};
use crate::routes::App;

/// A page is not told more often that there is traffic.
const TRAFFIC_EVERY: Duration = Duration::from_millis(500);

/// A connection on which nothing is said for so long may be taken for dead.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Tells until the page is closed.
pub(crate) async fn serve(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers
        .get("last-event-id")
        .and_then(|it| it.to_str().ok()?.parse().ok());
    let follower = Follower::new(&app.feed, last);
    let batches = stream::unfold(follower, async |mut follower| {
        let events = follower.next().await?;
        Some((stream::iter(events), follower))
    });
    Sse::new(batches.flatten().map(Ok)).keep_alive(KeepAlive::new().interval(ALIVE_EVERY))
}

/// A page that is open.
struct Follower {
    feed: Feed,
    more: watch::Receiver<More>,
    /// What it was told last.
    last: u64,
    traffic: u64,
    /// Says from where it begins.
    greeting: Option<Event>,
}

impl Follower {
    fn new(feed: &Feed, last: Option<u64>) -> Self {
        let more = feed.follow();
        let now = *more.borrow();
        Self {
            feed: feed.clone(),
            more,
            last: last.unwrap_or(now.last),
            traffic: now.traffic(),
            greeting: Some(
                Event::default()
                    .event("hello")
                    .id(last.unwrap_or(now.last).to_string())
                    .data(now.traffic().to_string()),
            ),
        }
    }

    /// The next events; `None` where nothing more comes.
    async fn next(&mut self) -> Option<Vec<Event>> {
        if let Some(greeting) = self.greeting.take() {
            return Some(vec![greeting]);
        }
        loop {
            let now = *self.more.borrow_and_update();
            if now.last != self.last {
                return Some(self.missed());
            }
            if now.traffic() != self.traffic {
                self.traffic = now.traffic();
                let traffic = Event::default().event("traffic");
                return Some(vec![traffic.data(self.traffic.to_string())]);
            }
            self.changed().await?;
        }
    }

    fn missed(&mut self) -> Vec<Event> {
        match self.feed.after(self.last) {
            Missed::TooMuch(last) => {
                self.last = last;
                let reload = Event::default().event("reload").id(last.to_string());
                vec![reload.data("more was found than is kept for this page")]
            }
            Missed::Told(told) => {
                let events = told.into_iter().filter_map(|(number, told)| {
                    self.last = number;
                    let found = Event::default().event("found").id(number.to_string());
                    Some(found.data(serde_json::to_string(&told).ok()?))
                });
                events.collect()
            }
        }
    }

    /// Waits for a finding, or, where there is only traffic, a little longer.
    async fn changed(&mut self) -> Option<()> {
        self.more.changed().await.ok()?;
        if self.more.borrow().last == self.last {
            let found = self.more.wait_for({
                let last = self.last;
                move |more| more.last != last
            });
            // That no finding came within the time is no fault.
            let _waited = tokio::time::timeout(TRAFFIC_EVERY, found).await;
        }
        Some(())
    }
}
