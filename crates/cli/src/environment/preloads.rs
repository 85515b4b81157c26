//! Files that runtimes read before the user's program, so that clients use the proxy which do not look for one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use grantscope_capture::files::{FileError, private_directory, replace_file};
use grantscope_proxy::CertificateAuthority;

use super::roots::{self, Roots};
use super::{php, wget};

/// Node, and Bun where it is like Node: their clients look for no proxy, or do so in part.
const NODE: &str = include_str!("node.cjs");
const NODE_FILE: &str = "node.cjs";

/// aiohttp reads the proxy variables where its user asks for that alone.
const PYTHON: &str = include_str!("sitecustomize.py");
/// Python loads the first module of this name that it finds.
const PYTHON_FILE: &str = "sitecustomize.py";

/// Ruby sends nothing to loopback through a proxy.
const RUBY: &str = include_str!("ruby.rb");
/// Named by itself, since the variable that names it cannot hold a path with spaces.
const RUBY_MODULE: &str = "grantscope_proxy";
const RUBY_DIRECTORY: &str = "ruby";

const PHP_DIRECTORY: &str = "php";
const WGET_FILE: &str = "wgetrc";

/// The files, written to disk.
#[derive(Clone, Debug)]
pub(crate) struct Preloads {
    directory: PathBuf,
    /// The roots of which programs are told.
    pub(super) roots: Roots,
}

impl Preloads {
    /// Writes them into a directory of their own below the data directory. They stay there: a program that outlives grantscope
    /// may start others.
    pub(crate) fn write(
        data_dir: &Path,
        authority: &CertificateAuthority,
    ) -> Result<Self, FileError> {
        let directory = data_dir.join("preloads");
        let in_php = directory.join(PHP_DIRECTORY);
        let in_ruby = directory.join(RUBY_DIRECTORY);
        for made in [&directory, &in_php, &in_ruby] {
            private_directory(made).map_err(|source| FileError::Unwritable {
                path: made.clone(),
                source,
            })?;
        }
        let roots = Roots::with_others(authority, &directory, &roots::named_by_the_user())?;
        let wgetrc = directory.join(WGET_FILE);
        let settings = wget::settings(&wgetrc, &roots.bundle);
        keep(&directory.join(NODE_FILE), NODE)?;
        keep(&directory.join(PYTHON_FILE), PYTHON)?;
        keep(&in_ruby.join(format!("{RUBY_MODULE}.rb")), RUBY)?;
        keep(&wgetrc, &settings)?;
        for (name, text) in php::files(&in_php, &roots.bundle) {
            keep(&in_php.join(name), &text)?;
        }
        Ok(Self { directory, roots })
    }

    /// The variables by which the runtimes find them.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let node = self.directory.join(NODE_FILE);
        // Backslashes would have to be escaped, and Node takes both on Windows.
        let node = node.to_string_lossy().replace('\\', "/");
        let bun = super::appended("BUN_OPTIONS", &format!("\"--preload={node}\""));
        let node = super::appended("NODE_OPTIONS", &format!("--require \"{node}\""));
        let ruby = super::appended("RUBYOPT", &format!("-r{RUBY_MODULE}"));
        vec![
            ("NODE_OPTIONS", node),
            ("BUN_OPTIONS", bun),
            ("PYTHONPATH", before_theirs("PYTHONPATH", &self.directory)),
            ("RUBYOPT", ruby),
            (
                "RUBYLIB",
                before_theirs("RUBYLIB", &self.directory.join(RUBY_DIRECTORY)),
            ),
            php::variable(&self.directory.join(PHP_DIRECTORY)),
            wget::variable(&self.directory.join(WGET_FILE)),
        ]
    }
}

/// Writes a file where it is not as it should be.
fn keep(path: &Path, text: &str) -> Result<(), FileError> {
    if std::fs::read(path).is_ok_and(|current| current == text.as_bytes()) {
        return Ok(());
    }
    replace_file(path, |to| to.write_all(text.as_bytes()))
}

/// A directory before those of the user's variable.
fn before_theirs(name: &str, directory: &Path) -> OsString {
    let theirs = std::env::var_os(name).filter(|paths| !paths.is_empty());
    let theirs = theirs.iter().flat_map(std::env::split_paths);
    let theirs = theirs.filter(|it| it != directory);
    let all = std::iter::once(directory.to_owned()).chain(theirs);
    std::env::join_paths(all).unwrap_or_else(|_| directory.as_os_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_written_once_and_mended_where_somebody_changed_them() {
        let home = tempfile::tempdir().unwrap();
        let authority = CertificateAuthority::open(&home.path().join("ca")).unwrap();
        let written = || {
            let preloads = Preloads::write(home.path(), &authority).unwrap();
            preloads.directory.join(NODE_FILE)
        };
        let file = written();
        let made = std::fs::metadata(&file).unwrap().modified().unwrap();
        written();
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), made);
        std::fs::write(&file, "other").unwrap();
        written();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), NODE);
    }
}
