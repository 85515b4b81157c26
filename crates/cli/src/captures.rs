//! Captures by the names that users give them: a file, or a session of the store.

use std::path::{Path, PathBuf};

use anyhow::Result;
use grantscope_capture::session::{self, SessionStore};
use grantscope_oauth::Exchange;

use crate::render;
use crate::settings::Settings;

/// The directory of the stored sessions.
pub(crate) fn directory(settings: &Settings) -> PathBuf {
    settings.data_dir.join("sessions")
}

/// The file of a capture: a file of this name, or the session that it names.
pub(crate) fn file(settings: &Settings, name: &Path) -> Result<PathBuf> {
    let looks_like_a_file = name
        .extension()
        .is_some_and(|it| it == "har" || it == "jsonl");
    match name.to_str() {
        Some(session) if !name.exists() && !looks_like_a_file => {
            Ok(SessionStore::open(directory(settings))?.resolve(session)?)
        }
        _ => Ok(name.to_owned()),
    }
}

/// The exchanges of a capture. What of it cannot be read is reported, and the rest is used.
pub(crate) fn read(settings: &Settings, name: &Path) -> Result<Vec<Exchange>> {
    let path = file(settings, name)?;
    let capture = session::read(&path)?;
    for skipped in &capture.skipped {
        let (path, entry, reason) = (path.display(), skipped.entry, &skipped.reason);
        render::warn(&format!("{path}: entry {entry} is skipped: {reason}"));
    }
    Ok(capture.exchanges)
}
