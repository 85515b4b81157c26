//! The key of the fingerprints: made once per installation, so that tokens are followed from run to run.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use grantscope_capture::files::private_directory;
use grantscope_oauth::FingerprintKey;

const FILE: &str = "fingerprint.key";

/// The key in this directory; it is made where there is none.
pub(crate) fn open(data_dir: &Path) -> Result<FingerprintKey> {
    private_directory(data_dir).with_context(|| {
        format!(
            "making {}: name a directory that can be written by --data-dir",
            data_dir.display()
        )
    })?;
    let path = data_dir.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => parse(&bytes, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// The key in this directory where there is one, or a key for this run alone: to read is no reason to make files.
pub(crate) fn of_reader(data_dir: &Path) -> Result<FingerprintKey> {
    if data_dir.join(FILE).exists() {
        open(data_dir)
    } else {
        ephemeral()
    }
}

/// A key for this run alone.
pub(crate) fn ephemeral() -> Result<FingerprintKey> {
    Ok(FingerprintKey::new(random()?).remembering())
}

fn parse(bytes: &[u8], path: &Path) -> Result<FingerprintKey> {
    let Ok(bytes) = <[u8; 32]>::try_from(bytes) else {
        bail!(
            "{} holds {} bytes instead of 32: remove it, and a new key is made (older sessions then no longer correlate)",
            path.display(),
            bytes.len()
        );
    };
    Ok(FingerprintKey::new(bytes).remembering())
}

/// Writes a whole file and links it into place, so that two processes that start at once agree on one key.
fn create(path: &Path) -> Result<FingerprintKey> {
    let bytes = random()?;
    let own = path.with_extension(format!("key.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&own)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()));
    written.with_context(|| format!("writing {}", own.display()))?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own).with_context(|| format!("removing {}", own.display()))?;
    match linked {
        Ok(()) => Ok(FingerprintKey::new(bytes).remembering()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let theirs = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
            parse(&theirs, path)
        }
        Err(error) => Err(error).with_context(|| format!("writing {}", path.display())),
    }
}

fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("asking the system for random bytes")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_directory_stays_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path()).unwrap().digest("a");
        assert_eq!(open(dir.path()).unwrap().digest("a"), first);
        assert_ne!(ephemeral().unwrap().digest("a"), first);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_look_into_the_directory() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        open(&data).unwrap();
        let mode = fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_broken_key_is_named_with_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), b"short").unwrap();
        let error = open(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains(FILE) && error.contains("remove it"),
            "{error}"
        );
    }

    #[test]
    fn threads_that_start_at_once_agree_on_one_key() {
        let dir = tempfile::tempdir().unwrap();
        // One process id, hence the threads take turns at the temporary file: only the link decides.
        let first = open(dir.path()).unwrap().digest("a");
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let dir = dir.path().to_owned();
                std::thread::spawn(move || open(&dir).unwrap().digest("a"))
            })
            .collect();
        assert!(
            threads
                .into_iter()
                .all(|thread| thread.join().unwrap() == first)
        );
    }
}
