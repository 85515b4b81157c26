//! What is printed where grantscope has a bug: where it is, and nothing of what it was about.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, Location};

use crate::render;

/// Tells of panics from now on. Their messages are left out: one that shows a text in which a place does not exist would
/// show a secret.
pub(crate) fn tell() {
    panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let shown = match backtrace.status() {
            BacktraceStatus::Captured => format!("\n{backtrace}"),
            _ => String::new(),
        };
        render::warn(&format!("{}{shown}", told(panic.location())));
    }));
}

fn told(location: Option<&Location<'_>>) -> String {
    let place = location.map(|place| format!(" at {}:{}", place.file(), place.line()));
    format!(
        "a part of it panicked{}, which is a bug: please report it, with what RUST_BACKTRACE=1 shows of it",
        place.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told() {
        let text = told(Some(Location::caller()));
        assert!(
            text.contains("panics.rs:") && text.contains("report"),
            "{text}"
        );
        assert!(!told(None).contains(" at "));
    }
}
