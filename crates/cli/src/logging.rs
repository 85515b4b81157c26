//! The log of grantscope itself, on standard error: warnings by default, more by `GRANTSCOPE_LOG` or the setting `log`.

use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full};
use tracing_subscriber::layer::Layered;
use tracing_subscriber::reload::Handle;
use tracing_subscriber::{EnvFilter, Registry, fmt};

/// What of the log is written can be changed while grantscope runs.
static FILTER: OnceLock<Handle<EnvFilter, Formatted>> = OnceLock::new();

type Formatted = Layered<
    fmt::Layer<Registry, DefaultFields, Format<Full, ()>, fn() -> std::io::Stderr>,
    Registry,
>;

/// The variable that overrides the setting.
const VARIABLE: &str = "GRANTSCOPE_LOG";

/// Begins to log. Nothing that is logged holds a query, a header value or a content.
pub(crate) fn start(quiet: bool) {
    let default = if quiet { "error" } else { "warn" };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let log = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr as fn() -> std::io::Stderr)
        .without_time()
        .with_filter_reloading();
    FILTER.get_or_init(|| log.reload_handle());
    log.init();
}

/// Logs from now on what the setting says, unless the variable or `--quiet` does.
pub(crate) fn set(log: &str, quiet: bool) -> Result<()> {
    let asked: EnvFilter = log.parse().with_context(|| {
        format!("in log: “{log}” is no level, as “debug” is, nor a list of such by part")
    })?;
    if quiet || std::env::var_os(VARIABLE).is_some() {
        return Ok(());
    }
    let handle = FILTER.get().context("the log has not begun")?;
    handle.reload(asked).context("changing the log")
}
