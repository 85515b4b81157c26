//! The real binary on real sockets: against real servers and clients, on bad input, and as a user types it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails, in its helpers too"
)]

mod analyze;
mod bad_input;
mod browser;
mod commands;
mod compared;
mod container;
mod dashboard;
mod dashboard_large;
mod dashboard_seen;
mod discovery;
#[cfg(unix)]
mod disk;
mod doctor;
#[cfg(unix)]
mod ending;
mod explain;
mod export;
#[cfg(unix)]
mod export_curl;
#[cfg(target_os = "linux")]
mod firefox;
mod healthy;
mod history;
#[cfg(unix)]
mod keylog;
mod large;
mod latency;
mod malformed;
mod other_servers;
mod reach;
mod real_parts;
mod reload;
mod silent;
mod stored;
mod support;
#[cfg(unix)]
mod trial;
mod trust;
mod ways;
