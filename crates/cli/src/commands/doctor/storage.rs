//! The directory of the data: that it can be written, has room, and that the database in it can be read.

use std::path::Path;

use grantscope_capture::files::private_directory;
use grantscope_capture::store::Store;

use super::check::Check;

/// With less room, in bytes, a session may not fit.
#[cfg(unix)]
const FREE_MIN: u64 = 512 * 1024 * 1024;

pub(super) fn checks(directory: &Path) -> Vec<Check> {
    let mut checks = vec![writable(directory)];
    checks.extend(room(directory));
    checks.push(database(directory));
    checks
}

fn writable(directory: &Path) -> Check {
    let tried = private_directory(directory).and_then(|()| tempfile::tempfile_in(directory));
    match tried {
        Ok(_file) => Check::good("data", format!("{} can be written", directory.display())),
        Err(error) => Check::bad(
            "data",
            format!("{} cannot be written: {error}", directory.display()),
            "name another directory by --data-dir, or make this one yours",
        ),
    }
}

#[cfg(unix)]
fn room(directory: &Path) -> Option<Check> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let summary = format!("{} MiB are free", free / 1024 / 1024);
    Some(if free < FREE_MIN {
        Check::note(
            "disk",
            summary,
            "a session that cannot be stored is still diagnosed; `grantscope sessions forget` makes room",
        )
    } else {
        Check::good("disk", summary)
    })
}

#[cfg(not(unix))]
fn room(_directory: &Path) -> Option<Check> {
    None
}

fn database(directory: &Path) -> Check {
    let sessions =
        Store::open_to_read(directory).and_then(|store| store.map(|it| it.sessions()).transpose());
    match sessions {
        Ok(sessions) => {
            let stored = match sessions.map_or(0, |all| all.len()) {
                0 => "no session is stored yet".to_owned(),
                1 => "one session is stored".to_owned(),
                several => format!("{several} sessions are stored"),
            };
            Check::good("database", stored)
        }
        Err(error) => Check::bad(
            "database",
            format!("{:#}", anyhow::Error::from(error)),
            "move the file away, and a new one is made; the sessions in it are lost to grantscope then",
        ),
    }
}
