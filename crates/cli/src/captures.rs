//! Captures by the names that users give them: a file, or a session of the store.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use grantscope_capture::files;
use grantscope_capture::har::{Import, Wanted};
use grantscope_capture::store::{Store, StoreError};
use grantscope_oauth::{Exchange, Reader};

use crate::render::{self, Progress};
use crate::settings::Settings;

/// The exchanges of a capture. What of it cannot be read is reported, and the rest is used.
pub(crate) fn read(settings: &Settings, name: &Path) -> Result<Vec<Exchange>> {
    let capture = match stored(name) {
        Some(session) => of_session(settings, session)?,
        None => files::read(name)?,
    };
    report(name, &capture);
    Ok(capture.exchanges)
}

/// What of captures is of OAuth. What of them cannot be read is reported, and the rest is used.
///
/// What one of them tells of endpoints may show that something in another matters, which is then read again.
pub(crate) fn read_oauth(
    settings: &Settings,
    names: &[PathBuf],
    reader: &Reader,
    quiet: bool,
) -> Result<Vec<Import>> {
    let read = |name: &PathBuf| match stored(name) {
        // A session holds nothing but what is of OAuth.
        Some(session) => of_session(settings, session),
        None => of_file(name, Wanted::OfOAuth(reader), quiet),
    };
    let mut imports: Vec<_> = names.iter().map(read).collect::<Result<_>>()?;
    for (name, import) in names.iter().zip(&mut imports) {
        // A pipe can be read once.
        if import.missed(reader) && name.is_file() {
            *import = read(name)?;
        }
        report(name, import);
    }
    Ok(imports)
}

/// The session that a name stands for; `None` where a file is meant.
fn stored(name: &Path) -> Option<&str> {
    name.to_str().filter(|_| !is_file(name))
}

/// Whether a file is meant, even one that is not there.
pub(crate) fn is_file(name: &Path) -> bool {
    let mut extension = name.extension().into_iter();
    name.exists() || extension.any(|it| ["har", "jsonl", "mitm", "flow"].iter().any(|of| it == *of))
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

fn of_file(path: &Path, wanted: Wanted<'_>, quiet: bool) -> Result<Import> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = Progress::new(path, length, quiet);
    Ok(files::read_open(path, progress.of(file), wanted)?)
}

pub(crate) fn report(name: &Path, import: &Import) {
    let name = name.display();
    for skipped in &import.skipped {
        let (entry, reason) = (skipped.entry, &skipped.reason);
        render::warn(&format!("{name}: entry {entry} is skipped: {reason}"));
    }
    if import.skipped_more > 0 {
        let more = import.skipped_more;
        render::warn(&format!("{name}: {more} more entries are skipped"));
    }
}
