//! Captures by the names that users give them: a file, or a session of the store.

use std::path::Path;

use anyhow::Result;
use grantscope_capture::har::Import;
use grantscope_capture::session;
use grantscope_capture::store::{Store, StoreError};
use grantscope_oauth::Exchange;

use crate::render;
use crate::settings::Settings;

/// The exchanges of a capture. What of it cannot be read is reported, and the rest is used.
pub(crate) fn read(settings: &Settings, name: &Path) -> Result<Vec<Exchange>> {
    let capture = match name.to_str() {
        Some(session) if !is_file(name) => of_session(settings, session)?,
        _ => session::read(name)?,
    };
    for skipped in &capture.skipped {
        let (name, entry, reason) = (name.display(), skipped.entry, &skipped.reason);
        render::warn(&format!("{name}: entry {entry} is skipped: {reason}"));
    }
    Ok(capture.exchanges)
}

/// Whether a file is meant, even one that is not there.
pub(crate) fn is_file(name: &Path) -> bool {
    let mut extension = name.extension().into_iter();
    name.exists() || extension.any(|it| it == "har" || it == "jsonl")
}

fn of_session(settings: &Settings, name: &str) -> Result<Import> {
    let none = || StoreError::no_session(name, &settings.data_dir);
    let store = Store::open_to_read(&settings.data_dir)?.ok_or_else(none)?;
    let session = store.session(name)?;
    if session.dropped > 0 {
        render::warn(&format!(
            "{}: its first {} exchanges were deleted to keep it within its bounds, so that earlier steps are not seen",
            session.name, session.dropped
        ));
    }
    Ok(store.exchanges(&session)?)
}
