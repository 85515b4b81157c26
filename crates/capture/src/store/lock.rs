//! One process writes a session at a time: it holds a lock that ends with it, in whatever way that comes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::session::private_directory;

/// Where the locks are, beside the database.
const DIRECTORY: &str = "locks";

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
        let directory = directory.join(DIRECTORY);
        let failed = |source| StoreError::Directory {
            path: directory.clone(),
            source,
        };
        private_directory(&directory).map_err(failed)?;
        let path = directory.join(session);
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, path }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                name: session.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file that stays locks nothing and is taken again.
        let _removed = fs::remove_file(&self.path);
    }
}
