//! The file of the database: where it is, who may read it, and how it is opened.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::schema::{self, Kind};
use super::{BUSY_MAX, StoreError, lock};
use crate::files::private_directory;

/// The name of the database. Beside it SQLite keeps its log (`-wal`) and the index of that (`-shm`).
const FILE: &str = "grantscope.db";

/// What a database is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// The database of a directory.
pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

/// Which file a path leads to; `None` where it leads to none.
///
/// A database that was deleted while it is open takes what is written to it, and all of it is lost when it is closed.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some(Identity(metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        // A file that is open can be neither deleted nor moved there.
        let _ = metadata;
        Some(Identity(0, 0))
    }
}

/// Tells a file from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

/// Opens the database of a directory; `None` where it is to be read and nothing was written yet.
pub(super) fn open(directory: &Path, access: Access) -> Result<Option<Connection>, StoreError> {
    let path = path(directory);
    let failed = |source| StoreError::of(source, &path);
    let mut connection = match access {
        Access::Write => {
            private_file(directory, &path).map_err(|source| StoreError::Directory {
                path: directory.to_owned(),
                source,
            })?;
            connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?
        }
        Access::Read => connect_to_read(&path).map_err(failed)?,
    };
    settle(&connection).map_err(failed)?;
    match schema::kind(&connection).map_err(failed)? {
        Kind::Ours(schema::VERSION) => Ok(Some(connection)),
        // Nothing that a session holds is in the tables of this version alone.
        Kind::Ours(1..schema::VERSION) if access == Access::Read => Ok(Some(connection)),
        Kind::Ours(1..schema::VERSION) => {
            schema::upgrade(&mut connection).map_err(failed)?;
            Ok(Some(connection))
        }
        Kind::Empty if access == Access::Read => Ok(None),
        Kind::Empty => {
            // While one changes the kind of its log, another is told that the database is busy, however long it would wait.
            let _making = lock::making(directory)?;
            schema::create(&mut connection).map_err(failed)?;
            Ok(Some(connection))
        }
        Kind::Ours(found) => Err(StoreError::Newer {
            path,
            found,
            known: schema::VERSION,
        }),
        Kind::Foreign => Err(StoreError::Foreign { path }),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_MAX)?;
    Ok(connection)
}

/// Opens to read. Where the directory cannot be written, SQLite cannot make the files beside the database: it is then read as
/// it stands, which is right as long as nobody writes it.
fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if schema::kind(&connection).is_ok() {
        return Ok(connection);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    match connect(Path::new(&as_it_stands(path)), flags) {
        Ok(standing) if schema::kind(&standing).is_ok() => Ok(standing),
        // What was wrong in the first place is told.
        _ => Ok(connection),
    }
}

/// The URI of a database that is read without regard to others.
pub(super) fn as_it_stands(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = if cfg!(windows) {
        format!("/{}", path.replace('\\', "/"))
    } else {
        path.into_owned()
    };
    let path = utf8_percent_encode(&path, &URI_SPECIAL);
    format!("file:{path}?immutable=1")
}

/// What SQLite would take for something else than a part of the path.
const URI_SPECIAL: AsciiSet = CONTROLS.add(b'%').add(b'?').add(b'#');

/// What holds for this connection: a commit survives the end of the process, and with the file it survives that of the machine
/// but for the last moments; what is deleted is overwritten.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Gives the room of what was deleted back, and clears the log, in which it may still stand.
pub(super) fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")
}

/// Deletes the database and the files beside it.
pub(super) fn delete(directory: &Path) -> Result<(), StoreError> {
    let database = path(directory);
    for suffix in ["-shm", "-wal", ""] {
        let mut file = database.clone().into_os_string();
        file.push(suffix);
        match fs::remove_file(&file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::Directory {
                    path: directory.to_owned(),
                    source,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes the directory and the file for their owner alone. SQLite gives the files beside it the same mode.
fn private_file(directory: &Path, file: &Path) -> io::Result<()> {
    private_directory(directory)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}
