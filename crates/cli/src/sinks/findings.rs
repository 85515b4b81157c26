//! The file of findings, which scripts and editors follow.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::render::{self, Outlet};

/// The file to which findings are appended, one a line.
pub(crate) struct FindingsFile(Way);

enum Way {
    /// A file on a disk.
    Straight(Lines),
    /// A pipe or the like: who reads it may be slow.
    Queued(Outlet),
}

/// Writes lines.
struct Lines {
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
        let is_on_disk = file.metadata().is_ok_and(|of| of.is_file());
        let mut lines = Lines {
            file,
            path: path.to_owned(),
            failed: false,
        };
        if is_on_disk {
            return Ok(Self(Way::Straight(lines)));
        }
        let path = path.to_owned();
        let lost = move |lost| {
            let reason = format!("{lost} findings came faster than they are read");
            render::warn(&missing(&path, &reason));
        };
        let outlet = Outlet::start(move |text| lines.append(text), lost)?;
        Ok(Self(Way::Queued(outlet)))
    }

    /// Appends a line in one write.
    pub(crate) fn append(&mut self, line: &str) {
        match &mut self.0 {
            Way::Straight(lines) => lines.append(line),
            Way::Queued(outlet) => outlet.write(line),
        }
    }
}

impl Lines {
    fn append(&mut self, text: &str) {
        if let Err(error) = self.file.write_all(text.as_bytes())
            && !self.failed
        {
            self.failed = true;
            render::warn(&missing(
                &self.path,
                &format!("it cannot be written ({error})"),
            ));
        }
    }
}

fn missing(path: &Path, reason: &str) -> String {
    format!("{}: {reason}; findings are missing from it", path.display())
}
