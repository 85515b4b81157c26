//! Why sessions could not be stored or read, each with the way out.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a session could not be stored or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory cannot be used.
    #[error("the directory {} of the sessions cannot be used; name another by --data-dir", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The fault.
        source: io::Error,
    },
    /// The database cannot be opened or written.
    #[error("{} cannot be written; mind its permissions, or name another directory by --data-dir", .path.display())]
    Unwritable {
        /// The database.
        path: PathBuf,
        /// The fault.
        source: rusqlite::Error,
    },
    /// There is no room left.
    #[error("there is no room left for {}; make room, or name another directory by --data-dir", .path.display())]
    Full {
        /// The database.
        path: PathBuf,
        /// The fault.
        source: rusqlite::Error,
    },
    /// The database is no longer where it was opened.
    #[error("{} was deleted or moved while it was written", .path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// Another process writes for too long.
    #[error("{} is kept busy by another process; end it, or name another directory by --data-dir", .path.display())]
    Busy {
        /// The database.
        path: PathBuf,
        /// The fault.
        source: rusqlite::Error,
    },
    /// The database is damaged.
    #[error(
        "{} is damaged or no database; move it away to keep it, or delete it by `grantscope sessions forget --all`",
        .path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// The fault.
        source: rusqlite::Error,
    },
    /// The database belongs to another program.
    #[error("{} is the database of another program; name another directory by --data-dir", .path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// The database was written by a later version.
    #[error(
        "{} was written by a newer grantscope (format {found}; this one knows up to {known}); update grantscope, or name another directory by --data-dir",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// Something else failed.
    #[error("{} cannot be used", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// The fault.
        source: rusqlite::Error,
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
    /// The session is being written.
    #[error(
        "the session “{name}” is being written by another grantscope; end it, or name another session"
    )]
    InUse {
        /// Its name.
        name: String,
    },
}

impl StoreError {
    /// The error of a statement on the database at `path`.
    pub(super) fn of(source: rusqlite::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { path, source }
            }
            Some(ErrorCode::DiskFull) => Self::Full { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy { path, source }
            }
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => Self::Unwritable { path, source },
            _ => Self::Database { path, source },
        }
    }

    /// There is no session of this name in this directory.
    pub fn no_session(name: &str, directory: &Path) -> Self {
        Self::NoSession {
            name: name.to_owned(),
            path: directory.to_owned(),
        }
    }
}
