//! PHP takes no CA from a variable, and its streams no proxy: it is told by an ini file, which it finds by a variable.

use std::ffi::OsString;
use std::path::Path;

use super::Theirs;

/// Streams without a context of their own go through the proxy, once this was loaded.
const PREPEND: &str = include_str!("prepend.php");

/// Directories of ini files. An empty one stands for the directory that was compiled in.
const VARIABLE: &str = "PHP_INI_SCAN_DIR";

/// The files of a directory that holds nothing else, since PHP reads every ini file in it.
pub(super) fn files(directory: &Path, bundle: &Path) -> [(&'static str, String); 2] {
    let ini = format!(
        "; Read by PHP where `grantscope run` started it.\n\
         curl.cainfo = \"{bundle}\"\nopenssl.cafile = \"{bundle}\"\nauto_prepend_file = \"{prepend}\"\n",
        bundle = slashed(bundle),
        prepend = slashed(&directory.join("prepend.php")),
    );
    [("prepend.php", PREPEND.to_owned()), ("grantscope.ini", ini)]
}

/// The variable and its value: the user's own directories first, so that ours is read last.
pub(super) fn variable(directory: &Path, theirs: &Theirs) -> (&'static str, OsString) {
    let mut value = theirs.value(VARIABLE);
    if !std::env::split_paths(&value).any(|it| it == directory) {
        value.push(theirs.separator());
        value.push(directory);
    }
    (VARIABLE, value)
}

/// A backslash may begin something else in an ini file, and PHP takes slashes on Windows too.
fn slashed(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    }
}
