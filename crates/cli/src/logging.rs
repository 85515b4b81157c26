//! The log of grantscope itself, on standard error: warnings by default, more by `GRANTSCOPE_LOG`.

use tracing_subscriber::EnvFilter;

/// Begins to log. Nothing that is logged holds a query, a header value or a content.
pub(crate) fn start(quiet: bool) {
    let default = if quiet { "error" } else { "warn" };
    let filter =
        EnvFilter::try_from_env("GRANTSCOPE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
}
