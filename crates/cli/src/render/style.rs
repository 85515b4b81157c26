//! The colours of the log. A terminal shows them; anywhere else they are taken out.

use anstyle::{AnsiColor, Style};

/// Something failed.
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Something is amiss.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Something went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// What to do.
pub(super) const FIX: Style = AnsiColor::Green.on_default().bold();
/// A difference.
pub(super) const MARK: Style = AnsiColor::Yellow.on_default().bold();
/// What carries the eye.
pub(super) const STRONG: Style = Style::new().bold();
/// What is there when it is looked for.
pub(super) const FAINT: Style = Style::new().dimmed();
/// The gutter.
pub(super) const GUTTER: Style = AnsiColor::Blue.on_default().bold();
