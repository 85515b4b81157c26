//! One process writes a session at a time: it holds a lock that ends with it, in whatever way that comes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::files::private_directory;

/// Where the locks are, beside the database.
const DIRECTORY: &str = "locks";

/// The name of the lock on making the database, which no session can have.
const MAKING: &str = ".making";

/// The right to write a session, or to delete it.
#[derive(Debug)]
pub(super) struct Lock {
    /// Its lock is released when it is closed.
    _file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of a session.
    pub(super) fn take(directory: &Path, session: &str) -> Result<Self, StoreError> {
        let failed = |source| failed(directory, source);
        let (file, path) = opened(directory, session).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, path }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                name: session.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// Waits for the right to make the database. It ends when the file is closed; its name stays, so that all wait for the same.
pub(super) fn making(directory: &Path) -> Result<File, StoreError> {
    let locked = opened(directory, MAKING).and_then(|(file, _)| {
        file.lock()?;
        Ok(file)
    });
    locked.map_err(|source| failed(directory, source))
}

fn opened(directory: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let directory = directory.join(DIRECTORY);
    private_directory(&directory)?;
    let path = directory.join(name);
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok((options.open(&path)?, path))
}

fn failed(directory: &Path, source: io::Error) -> StoreError {
    StoreError::Directory {
        path: directory.join(DIRECTORY),
        source,
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file that stays locks nothing and is taken again.
        let _removed = fs::remove_file(&self.path);
    }
}
