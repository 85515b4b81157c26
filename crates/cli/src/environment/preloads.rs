//! Files that runtimes read before the user's program, so that clients use the proxy which do not look for one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use grantscope_capture::files::{FileError, private_directory, replace_file};
use grantscope_proxy::CertificateAuthority;

use super::roots::{self, Roots};
use super::{Theirs, php, wget};

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

/// Where a container sees its directory.
pub(crate) const IN_CONTAINER: &str = "/grantscope";

/// The files, written to disk.
#[derive(Clone, Debug)]
pub(crate) struct Preloads {
    /// Where programs see them.
    pub(super) seen: PathBuf,
    /// The roots of which programs are told.
    pub(super) roots: Roots,
    /// The same for Java.
    pub(super) truststore: PathBuf,
    /// What the user's own variables say is kept beside.
    pub(super) theirs: Theirs,
}

impl Preloads {
    /// Writes them into a directory of their own below the data directory. They stay there: a program that outlives grantscope
    /// may start others.
    pub(crate) fn write(
        data_dir: &Path,
        authority: &CertificateAuthority,
    ) -> Result<Self, FileError> {
        let directory = data_dir.join("preloads");
        make(&directory)?;
        let preloads = Self {
            roots: Roots::with_others(authority, &directory, &roots::named_by_the_user())?,
            truststore: authority.truststore_path(),
            seen: directory.clone(),
            theirs: Theirs::Here,
        };
        preloads.fill(&directory)?;
        Ok(preloads)
    }

    /// Writes them into a directory that holds all that a container needs, which sees it at [`IN_CONTAINER`].
    pub(crate) fn for_containers(
        directory: &Path,
        authority: &CertificateAuthority,
    ) -> Result<Self, FileError> {
        make(directory)?;
        let seen = PathBuf::from(IN_CONTAINER);
        let here = Roots::with_others(authority, directory, &roots::named_by_the_user())?;
        let bundle = roots::read(&here.bundle)?;
        keep(&directory.join("bundle.pem"), bundle.as_bytes())?;
        let store = authority.truststore_path();
        let bytes = std::fs::read(&store).map_err(|source| FileError::Unreadable {
            path: store,
            source,
        })?;
        keep(&directory.join("bundle.jks"), &bytes)?;
        let preloads = Self {
            roots: Roots {
                bundle: seen.join("bundle.pem"),
                added: seen.join("bundle.pem"),
            },
            truststore: seen.join("bundle.jks"),
            seen,
            theirs: Theirs::InContainer(BTreeMap::new()),
        };
        preloads.fill(directory)?;
        open_to_all(directory).map_err(unwritable(directory))?;
        Ok(preloads)
    }

    /// The same for a container that has these values of variables by itself.
    pub(crate) fn beside(&self, there: &BTreeMap<String, String>) -> Self {
        Self {
            theirs: Theirs::InContainer(there.clone()),
            ..self.clone()
        }
    }

    /// Writes them into the directory that programs see.
    fn fill(&self, directory: &Path) -> Result<(), FileError> {
        let (in_php, in_ruby) = (
            directory.join(PHP_DIRECTORY),
            directory.join(RUBY_DIRECTORY),
        );
        make(&in_php)?;
        make(&in_ruby)?;
        let wgetrc = directory.join(WGET_FILE);
        let settings = wget::settings(&wgetrc, &self.roots.bundle, &self.theirs);
        keep(&directory.join(NODE_FILE), NODE.as_bytes())?;
        keep(&directory.join(PYTHON_FILE), PYTHON.as_bytes())?;
        keep(&in_ruby.join(format!("{RUBY_MODULE}.rb")), RUBY.as_bytes())?;
        keep(&wgetrc, settings.as_bytes())?;
        for (name, text) in php::files(&self.seen.join(PHP_DIRECTORY), &self.roots.bundle) {
            keep(&in_php.join(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// The variables by which the runtimes find them.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let node = self.seen.join(NODE_FILE);
        // Backslashes would have to be escaped, and Node takes both on Windows.
        let node = node.to_string_lossy().replace('\\', "/");
        let options = |name, more: &str| (name, self.theirs.appended(name, more));
        let path = |name, directory: &Path| (name, self.theirs.before(name, directory));
        vec![
            options("NODE_OPTIONS", &format!("--require \"{node}\"")),
            options("BUN_OPTIONS", &format!("\"--preload={node}\"")),
            path("PYTHONPATH", &self.seen),
            options("RUBYOPT", &format!("-r{RUBY_MODULE}")),
            path("RUBYLIB", &self.seen.join(RUBY_DIRECTORY)),
            php::variable(&self.seen.join(PHP_DIRECTORY), &self.theirs),
            wget::variable(&self.seen.join(WGET_FILE)),
        ]
    }
}

fn make(directory: &Path) -> Result<(), FileError> {
    private_directory(directory).map_err(unwritable(directory))
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Unwritable { path, source }
}

/// Writes a file where it is not as it should be.
fn keep(path: &Path, content: &[u8]) -> Result<(), FileError> {
    if std::fs::read(path).is_ok_and(|current| current == content) {
        return Ok(());
    }
    replace_file(path, |to| to.write_all(content))
}

/// Whoever a container runs as reads what is mounted. Nothing in it is secret, and the directory above lets nobody else in.
#[cfg(unix)]
fn open_to_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let is_directory = path.is_dir();
    let mode = if is_directory { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    if is_directory {
        for entry in std::fs::read_dir(path)? {
            open_to_all(&entry?.path())?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn open_to_all(_path: &Path) -> std::io::Result<()> {
    Ok(())
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
            preloads.seen.join(NODE_FILE)
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
