//! Files of captures: read whatever they hold, written as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::flow::FlowError;
use crate::har::{HarError, Import, Wanted};
use crate::input::{self, InputError};

/// Why a file could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
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
    /// A file is neither HAR nor JSON Lines nor flows of mitmproxy.
    #[error("{} is no capture", .path.display())]
    NoCapture {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: InputError,
    },
}

/// What a file of JSON Lines ends in.
const EXTENSION: &str = "jsonl";

/// Reads a capture: HAR, JSON Lines or flows of mitmproxy, told by what it holds.
pub fn read(path: &Path) -> Result<Import, FileError> {
    let unreadable = |source| FileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    read_open(path, file, Wanted::All)
}

/// Reads what is wanted of a capture that was opened under this name.
pub fn read_open(path: &Path, input: impl Read, wanted: Wanted<'_>) -> Result<Import, FileError> {
    // A file in which nothing was seen is empty, and told by its name alone.
    let is_named_so = path.extension().is_some_and(|it| it == EXTENSION);
    input::read(input, is_named_so, wanted).map_err(|source| match source {
        InputError::Unreadable(source)
        | InputError::Har(HarError::Unreadable(source))
        | InputError::Flow(FlowError::Unreadable(source)) => FileError::Unreadable {
            path: path.to_owned(),
            source,
        },
        source => FileError::NoCapture {
            path: path.to_owned(),
            source,
        },
    })
}

/// Writes a file as a whole or not at all: to a temporary name in the same directory, which is then renamed.
pub fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
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
    replaced().map_err(|source| FileError::Unwritable {
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
