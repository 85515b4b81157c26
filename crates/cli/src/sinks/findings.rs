//! The file of findings, which scripts and editors follow.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::engine::Finding;
use crate::render;

/// The file to which findings are appended, one a line.
pub(crate) struct FindingsFile {
    file: File,
    path: PathBuf,
    failed: bool,
}

impl FindingsFile {
    /// Opens the file to append to it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .with_context(|| format!("opening {} to append findings to it", path.display()))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            failed: false,
        })
    }

    /// Appends a diagnosis or a warning in one write.
    pub(crate) fn append(&mut self, finding: &Finding) {
        let Some(report) = finding.report() else {
            return;
        };
        let line = render::line(&report);
        if let Err(error) = self.file.write_all(line.as_bytes())
            && !self.failed
        {
            self.failed = true;
            render::warn(&format!(
                "{} cannot be written: {error}; findings are missing from it",
                self.path.display()
            ));
        }
    }
}
