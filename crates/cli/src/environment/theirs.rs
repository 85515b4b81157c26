//! The user's own values of variables, which are kept beside what is added to them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Whose values they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Theirs {
    /// Those of this process, which a program that it starts would have.
    Here,
    /// Those that a container would have. It is for Linux, whatever this machine is.
    InContainer(BTreeMap<String, String>),
}

impl Theirs {
    /// The value of a variable; empty where it has none.
    pub(super) fn value(&self, name: &str) -> OsString {
        match self {
            Self::Here => std::env::var_os(name).unwrap_or_default(),
            Self::InContainer(values) => values.get(name).map(OsString::from).unwrap_or_default(),
        }
    }

    /// The value of a variable of options, with more of them at its end, once.
    pub(super) fn appended(&self, name: &str, more: &str) -> OsString {
        let mut value = self.value(name);
        if value.to_string_lossy().contains(more) {
            return value;
        }
        if !value.is_empty() {
            value.push(" ");
        }
        value.push(more);
        value
    }

    /// A directory before those of a variable.
    pub(super) fn before(&self, name: &str, directory: &Path) -> OsString {
        let mut all = directory.as_os_str().to_owned();
        for other in self.directories(name).filter(|it| it != directory) {
            all.push(self.separator());
            all.push(other);
        }
        all
    }

    /// The directories that a variable lists, without empty ones.
    fn directories(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        let directories: Vec<_> = match self {
            Self::Here => std::env::split_paths(&self.value(name)).collect(),
            Self::InContainer(values) => {
                let value = values.get(name).map_or("", String::as_str);
                value.split(':').map(PathBuf::from).collect()
            }
        };
        directories
            .into_iter()
            .filter(|it| !it.as_os_str().is_empty())
    }

    /// What stands between directories.
    pub(super) fn separator(&self) -> &'static str {
        if cfg!(windows) && *self == Self::Here {
            ";"
        } else {
            ":"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_container_has_is_kept_behind_or_before_ours() {
        let values = [("A", "--x"), ("B", "/app:/lib"), ("C", "/ours:/app")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let theirs = Theirs::InContainer(values.into());
        let ours = Path::new("/ours");
        assert_eq!(theirs.appended("A", "--y"), "--x --y");
        assert_eq!(theirs.appended("A", "--x"), "--x");
        assert_eq!(theirs.appended("D", "--y"), "--y");
        assert_eq!(theirs.before("B", ours), "/ours:/app:/lib");
        assert_eq!(theirs.before("C", ours), "/ours:/app");
        assert_eq!(theirs.before("D", ours), "/ours");
    }
}
