//! Programs that runtimes load before the user's own, so that clients use the proxy which do not look for one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use grantscope_capture::files::{FileError, private_directory, replace_file};

/// Node before 22.21 and 24.5 knows no proxy variable, and its clients go past it.
const NODE: &str = include_str!("node.cjs");
const NODE_FILE: &str = "node.cjs";

/// aiohttp reads the proxy variables where its user asks for that alone.
const PYTHON: &str = include_str!("sitecustomize.py");
/// Python loads the first module of this name that it finds.
const PYTHON_FILE: &str = "sitecustomize.py";

/// The programs, written to disk.
#[derive(Clone, Debug)]
pub(crate) struct Preloads {
    directory: PathBuf,
}

impl Preloads {
    /// Writes them into a directory of their own below the data directory. They stay there: a program that outlives grantscope
    /// may start others.
    pub(crate) fn write(data_dir: &Path) -> Result<Self, FileError> {
        let directory = data_dir.join("preloads");
        let unwritable = |source| FileError::Unwritable {
            path: directory.clone(),
            source,
        };
        private_directory(&directory).map_err(unwritable)?;
        for (name, text) in [(NODE_FILE, NODE), (PYTHON_FILE, PYTHON)] {
            let path = directory.join(name);
            if std::fs::read(&path).is_ok_and(|current| current == text.as_bytes()) {
                continue;
            }
            replace_file(&path, |to| to.write_all(text.as_bytes()))?;
        }
        Ok(Self { directory })
    }

    /// The variables by which the runtimes find them.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let node = self.directory.join(NODE_FILE);
        // Backslashes would have to be escaped, and Node takes both on Windows.
        let node = node.to_string_lossy().replace('\\', "/");
        let node = super::appended("NODE_OPTIONS", &format!("--require \"{node}\""));
        vec![("NODE_OPTIONS", node), ("PYTHONPATH", self.python_path())]
    }

    /// The directory before those of the user.
    fn python_path(&self) -> OsString {
        let theirs = std::env::var_os("PYTHONPATH").filter(|path| !path.is_empty());
        let theirs = theirs.iter().flat_map(std::env::split_paths);
        let all = std::iter::once(self.directory.clone()).chain(theirs);
        std::env::join_paths(all).unwrap_or_else(|_| self.directory.clone().into_os_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_written_once_and_mended_where_somebody_changed_them() {
        let home = tempfile::tempdir().unwrap();
        let written = |home: &Path| Preloads::write(home).unwrap().directory.join(NODE_FILE);
        let file = written(home.path());
        let made = std::fs::metadata(&file).unwrap().modified().unwrap();
        written(home.path());
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), made);
        std::fs::write(&file, "other").unwrap();
        written(home.path());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), NODE);
    }
}
