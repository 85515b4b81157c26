//! Whether a file has changed, told by when it was written and how long it is.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::args::Common;
use crate::settings::Settings;

/// The files of a configuration: its own, and those that it names.
pub(super) struct Files {
    paths: Vec<PathBuf>,
    known: Stamps,
    /// What was seen at the last look.
    seen: Stamps,
}

/// When each file was written, and how long it is; `None` where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamps(Vec<Option<(Option<SystemTime>, u64)>>);

impl Stamps {
    fn of(paths: &[PathBuf]) -> Self {
        let stamp = |path: &PathBuf| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok(), metadata.len()))
        };
        Self(paths.iter().map(stamp).collect())
    }
}

impl Files {
    /// As they are now.
    pub(super) fn of(common: &Common, settings: &Settings) -> Self {
        let shown = settings.client_certificate.iter();
        let shown = shown.flat_map(|it| [&it.certificate, &it.key]);
        let named = settings
            .providers
            .iter()
            .chain(&settings.upstream_ca)
            .chain(shown);
        Self::at(
            Settings::file(common)
                .into_iter()
                .chain(named.cloned())
                .collect(),
        )
    }

    fn at(paths: Vec<PathBuf>) -> Self {
        let known = Stamps::of(&paths);
        Self {
            paths,
            seen: known.clone(),
            known,
        }
    }

    /// As they were `before` they were read, so that what is written meanwhile is noticed. Where other files are named
    /// now, they count as they are.
    pub(super) fn known_from(mut self, before: Self) -> Self {
        if before.paths == self.paths {
            self.known = before.known;
        }
        self
    }

    /// Whether one has changed, and none has since the last look: a file that is being written is left to be whole.
    pub(super) fn have_changed(&mut self) -> bool {
        let now = Stamps::of(&self.paths);
        let is_settled = now == self.seen;
        let has_changed = now != self.known;
        self.seen = now;
        is_settled && has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_changed_once_it_is_no_longer_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("grantscope.toml");
        let mut files = Files::at(vec![path.clone()]);
        assert!(!files.have_changed());
        fs::write(&path, "a").unwrap();
        assert!(!files.have_changed());
        fs::write(&path, "ab").unwrap();
        assert!(!files.have_changed());
        assert!(files.have_changed());
        fs::remove_file(&path).unwrap();
        assert!(!files.have_changed(), "it is as it was known");
    }
}
