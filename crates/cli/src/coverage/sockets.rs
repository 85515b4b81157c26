//! Which connections a command and its descendants have without the proxy, as far as the system tells.
//!
//! They are looked at many times a second: a connection that is over sooner may be missed, and none is made up.

#[cfg(target_os = "linux")]
mod linux;
// Linux has these programs as well, so that what is for macOS is tried there too.
#[cfg(all(unix, any(test, not(target_os = "linux"))))]
mod listed;
#[cfg(any(test, not(target_os = "linux")))]
mod tree;
#[cfg(windows)]
mod windows;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::Direct;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(all(unix, not(target_os = "linux")))]
use listed as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::listener;

/// Between two looks there is at least so much time.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// And so many times as much as the look took: with many processes it takes its time, and the command is to notice nothing.
const PAUSE_PER_LOOK: u32 = 30;

/// So many connections are remembered.
const DIRECT_MAX: usize = 1_000;

/// Looks at the connections of a process and its descendants until it is aborted, and gathers those that go elsewhere than to
/// the proxy.
pub(crate) async fn watch(root: u32, proxy: SocketAddr, gathered: Arc<Mutex<BTreeSet<Direct>>>) {
    loop {
        let begun = Instant::now();
        let looked = tokio::task::spawn_blocking(move || system::connections(root)).await;
        if let (Ok(found), Ok(mut gathered)) = (looked, gathered.lock()) {
            let elsewhere = found.into_iter().filter(|it| it.to != proxy);
            let room = DIRECT_MAX.saturating_sub(gathered.len());
            gathered.extend(elsewhere.take(room));
        }
        tokio::time::sleep(PAUSE_MIN.max(begun.elapsed() * PAUSE_PER_LOOK)).await;
    }
}

/// An IPv4 address that a socket of IPv6 is connected to is that address.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
