//! Files of captures: read whatever they hold, written as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::har::{HarError, Import, import};
use crate::jsonl;

/// Why a file could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SessionError {
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
}

/// What a file of JSON Lines ends in.
const EXTENSION: &str = "jsonl";

/// Reads a capture: HAR or JSON Lines, told by what it holds.
pub fn read(path: &Path) -> Result<Import, SessionError> {
    let unreadable = |source| SessionError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    // One in which nothing was seen is empty, and told by its name alone.
    let is_named_so = path.extension().is_some_and(|it| it == EXTENSION);
    let is_lines = is_named_so || holds_lines(&mut file).map_err(unreadable)?;
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

/// Makes a directory that its owner alone can look into, where there is none.
pub fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests;
