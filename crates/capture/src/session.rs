//! Stored sessions: a directory of JSON Lines files that only their owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use grantscope_oauth::{Exchange, ExchangeId};
use thiserror::Error;

use crate::har::{HarError, Import, import};
use crate::jsonl;
use crate::redact::Redacted;

/// Why a session could not be stored or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The directory cannot be used.
    #[error("the directory {} of the sessions cannot be used; name another by --data-dir", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The fault.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written; make room or name another place", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: io::Error,
    },
    /// A file is neither HAR nor JSON Lines.
    #[error("{} is no capture", .path.display())]
    NoCapture {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: HarError,
    },
    /// A name that no session can have.
    #[error(
        "“{name}” cannot name a session; use letters, digits, “-”, “_” and “.”, and not “latest”"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// There is no such session.
    #[error("there is no session “{name}” in {}; `grantscope sessions` lists them", .path.display())]
    NoSession {
        /// The name that was asked for.
        name: String,
        /// The directory.
        path: PathBuf,
    },
}

/// What a session file ends in.
const EXTENSION: &str = "jsonl";

/// The name by which the session that was written last is asked for.
const LATEST: &str = "latest";

/// The directory of the sessions.
#[derive(Clone, Debug)]
pub struct SessionStore {
    directory: PathBuf,
}

/// A session in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// The length of the file in bytes.
    pub size_bytes: u64,
    /// When it was written last, where the system tells.
    pub written_at: Option<SystemTime>,
}

impl SessionStore {
    /// Opens the directory, and makes it where there is none.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, SessionError> {
        let directory = directory.into();
        match private_directory(&directory) {
            Ok(()) => Ok(Self { directory }),
            Err(source) => Err(SessionError::Directory {
                path: directory,
                source,
            }),
        }
    }

    /// Begins a session, or goes on with the one of this name.
    pub fn create(&self, name: &str) -> Result<SessionWriter, SessionError> {
        let path = self.path(name)?;
        let opened = opened_to_append(&path).and_then(|mut file| {
            let highest = highest_id(&mut file)?;
            Ok((file, highest))
        });
        match opened {
            Ok((file, highest)) => Ok(SessionWriter {
                file,
                path,
                highest,
            }),
            Err(source) => Err(SessionError::Unwritable { path, source }),
        }
    }

    /// The sessions, the one that was written last first.
    pub fn list(&self) -> Result<Vec<StoredSession>, SessionError> {
        let unreadable = |source| SessionError::Directory {
            path: self.directory.clone(),
            source,
        };
        let mut sessions = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(unreadable)? {
            sessions.extend(stored(&entry.map_err(unreadable)?.path()));
        }
        sessions.sort_by(|a, b| (b.written_at, &b.name).cmp(&(a.written_at, &a.name)));
        Ok(sessions)
    }

    /// The file of a session: `latest`, or the name of one.
    pub fn resolve(&self, name: &str) -> Result<PathBuf, SessionError> {
        let none = || SessionError::NoSession {
            name: name.to_owned(),
            path: self.directory.clone(),
        };
        if name == LATEST {
            let latest = self.list()?.into_iter().next();
            return latest.map(|session| session.path).ok_or_else(none);
        }
        let path = self.path(name)?;
        path.is_file().then_some(path).ok_or_else(none)
    }

    fn path(&self, name: &str) -> Result<PathBuf, SessionError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let valid = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.chars().all(plain)
            && !name.starts_with('.')
            && name != LATEST;
        if !valid {
            return Err(SessionError::Name {
                name: name.to_owned(),
            });
        }
        Ok(self.directory.join(format!("{name}.{EXTENSION}")))
    }
}

/// File systems allow 255 bytes, of which the extension takes some.
const NAME_BYTES_MAX: usize = 200;

fn stored(path: &Path) -> Option<StoredSession> {
    if path.extension()? != EXTENSION {
        return None;
    }
    let metadata = path.metadata().ok().filter(fs::Metadata::is_file)?;
    Some(StoredSession {
        name: path.file_stem()?.to_str()?.to_owned(),
        path: path.to_owned(),
        size_bytes: metadata.len(),
        written_at: metadata.modified().ok(),
    })
}

/// A session that is being written.
#[derive(Debug)]
pub struct SessionWriter {
    file: File,
    path: PathBuf,
    /// The highest id in the file; 0 where there is none.
    highest: u64,
}

impl SessionWriter {
    /// The id that the next exchange may have: higher than those in the file, so that a session that is gone on with has
    /// each id once.
    pub fn next_exchange(&self) -> ExchangeId {
        ExchangeId(self.highest.saturating_add(1))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an exchange in one write, so that it is in the file when the process ends in whatever way.
    pub fn append(&mut self, exchange: &Redacted<Exchange>) -> Result<(), SessionError> {
        self.highest = self.highest.max(exchange.id.0);
        let written = jsonl::write(&mut self.file, exchange).and_then(|()| self.file.flush());
        written.map_err(|source| SessionError::Unwritable {
            path: self.path.clone(),
            source,
        })
    }
}

/// Reads a capture: HAR or JSON Lines, told by what it holds.
pub fn read(path: &Path) -> Result<Import, SessionError> {
    let unreadable = |source| SessionError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    // A session in which nothing was seen yet is empty, and told by its name alone.
    let is_session = path.extension().is_some_and(|it| it == EXTENSION);
    let is_lines = is_session || holds_lines(&mut file).map_err(unreadable)?;
    if is_lines {
        return jsonl::read(BufReader::new(file)).map_err(unreadable);
    }
    import(file).map_err(|source| match source {
        HarError::Unreadable(source) => unreadable(source),
        source => SessionError::NoCapture {
            path: path.to_owned(),
            source,
        },
    })
}

/// Whether a file holds JSON Lines: an entry begins with the name of its first field, and no HAR does.
fn holds_lines(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(64).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(start
        .trim_ascii_start()
        .starts_with(b"{\"startedDateTime\""))
}

/// Writes a file as a whole or not at all: to a temporary name in the same directory, which is then renamed.
pub fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SessionError> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let replaced = || {
        let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
        let mut buffered = io::BufWriter::new(file.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        file.as_file().sync_all()?;
        file.persist(path).map(|_| ()).map_err(|error| error.error)
    };
    replaced().map_err(|source| SessionError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file at its end. A line that an earlier run did not finish is ended there.
fn opened_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// How much of a file is read at a time to find the ids in its last lines.
const TAIL_BYTES: u64 = 1024 * 1024;

/// Exchanges are written as they end, and not as they begin: the highest id is among so many of the last ones.
const UNFINISHED_MAX: usize = 1024;

/// The highest id in the last lines of a file; 0 where there is none.
fn highest_id(file: &mut File) -> io::Result<u64> {
    let mut start = file.metadata()?.len();
    let (mut highest, mut found) = (0, 0);
    let mut after = Vec::new();
    while start > 0 && found < UNFINISHED_MAX {
        let length = TAIL_BYTES.min(start);
        start -= length;
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        Read::by_ref(file).take(length).read_to_end(&mut piece)?;
        let read = piece.len();
        // An id may lie across the border of two pieces.
        piece.extend_from_slice(&after);
        for id in jsonl::ids(&piece, read) {
            highest = highest.max(id);
            found += 1;
        }
        piece.truncate(jsonl::ID_BYTES_MAX);
        after = piece;
    }
    Ok(highest)
}

#[cfg(test)]
mod tests;
