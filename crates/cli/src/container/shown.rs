//! What a container is shown and given, as docker and podman write it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::Way;
use crate::environment::{Changes, IN_CONTAINER};

/// What a container is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// The directory.
    pub(crate) directory: PathBuf,
    /// The file of variables.
    pub(crate) variables: PathBuf,
}

/// A file of variables as Docker reads it: values to the end of the line, without quotes.
pub(crate) fn lines(changes: &Changes) -> String {
    let variables = changes.in_container();
    let lines: Vec<_> = variables
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    lines.concat()
}

/// The options of `docker run` and `podman run`, each a word.
pub(crate) fn flags(shown: &Shown, way: &Way) -> Result<Vec<String>> {
    let mut flags = vec!["--env-file".to_owned(), told(&shown.variables)?.to_owned()];
    if way.is_given {
        flags.extend(["--add-host".to_owned(), given_name(way)]);
    }
    flags.extend(["--volume".to_owned(), volume(shown)?]);
    Ok(flags)
}

/// How Docker gives the name of this machine a meaning.
pub(super) fn given_name(way: &Way) -> String {
    format!("{}:host-gateway", way.host)
}

/// How the directory is shown. With `z`, systems that label files let containers read it; others take no notice.
pub(super) fn volume(shown: &Shown) -> Result<String> {
    Ok(format!("{}:{IN_CONTAINER}:ro,z", told(&shown.directory)?))
}

/// A path as Docker takes it.
pub(super) fn told(path: &Path) -> Result<&str> {
    let text = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))?;
    // On Windows a drive has one, and is known as such.
    let colons = text.matches(':').count();
    ensure!(
        colons <= usize::from(cfg!(windows)),
        "there is a colon in {text}, by which Docker parts what it is shown: name another directory by --data-dir"
    );
    Ok(text)
}
