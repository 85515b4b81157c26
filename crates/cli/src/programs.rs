//! Programs that are found on the `PATH`.

use std::path::PathBuf;

/// Where a program is; `None` where it is not installed. A name with a directory in it stays as it is.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let endings: &[&str] = if cfg!(windows) {
        &["", ".exe", ".cmd", ".bat"]
    } else {
        &[""]
    };
    std::env::split_paths(&path)
        .flat_map(|directory| {
            endings
                .iter()
                .map(move |end| directory.join(format!("{name}{end}")))
        })
        .find(|place| place.is_file())
}
