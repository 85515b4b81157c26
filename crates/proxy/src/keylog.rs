//! Writes the secrets of TLS connections where the user asks for it, so that a packet capture can be read.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;

use crate::error::Error;

/// A file in the format of `SSLKEYLOGFILE` (RFC 9850).
#[derive(Debug)]
struct KeyLogFile(Mutex<File>);

/// Opens the file, to be written on from its end, or gives a log that keeps nothing.
pub(crate) fn open(path: Option<&Path>) -> Result<Arc<dyn KeyLog>, Error> {
    let Some(path) = path else {
        return Ok(Arc::new(rustls::NoKeyLog));
    };
    let file = open_private(path).map_err(|source| Error::KeyLog {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(Arc::new(KeyLogFile(Mutex::new(file))))
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    make_private(&file)?;
    Ok(file)
}

/// Takes from others what an earlier program allowed them: the file may have been there. A pipe is left as it is.
#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()) {
            tracing::warn!(%error, "the key log cannot be written");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
