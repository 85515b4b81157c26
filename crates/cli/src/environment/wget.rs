//! wget built with `GnuTLS` takes no CA from a variable: it is told by a file of settings, which it finds by one.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Theirs;

const VARIABLE: &str = "WGETRC";

/// What would send wget past the proxy, or have it trust another CA alone.
const LEFT_OUT: [&str; 5] = [
    "cacertificate",
    "httpproxy",
    "httpsproxy",
    "noproxy",
    "useproxy",
];

/// The settings: the user's own where they are kept, and the roots.
pub(super) fn settings(ours: &Path, bundle: &Path, theirs: &Theirs) -> String {
    let file = users_file().filter(|it| *theirs == Theirs::Here && it != ours);
    let settings = file.and_then(|it| std::fs::read_to_string(it).ok());
    with_roots(&settings.unwrap_or_default(), bundle)
}

/// The variable and its value.
pub(super) fn variable(ours: &Path) -> (&'static str, OsString) {
    (VARIABLE, ours.as_os_str().to_owned())
}

/// The variable takes the place of the file at home.
fn users_file() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|it| !it.is_empty());
    let at_home = || std::env::home_dir().map(|home| home.join(".wgetrc"));
    named.map(PathBuf::from).or_else(at_home)
}

fn with_roots(theirs: &str, bundle: &Path) -> String {
    let mut settings = String::new();
    for line in theirs.lines().filter(|line| !is_left_out(line)) {
        settings.push_str(line);
        settings.push('\n');
    }
    // Nothing can go wrong where a text is written to.
    let _written = writeln!(settings, "ca_certificate = {}", bundle.display());
    settings
}

/// Names are compared as wget does: without case, hyphens and underscores.
fn is_left_out(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default().trim();
    let name: String = name.chars().filter(|c| !matches!(c, '-' | '_')).collect();
    LEFT_OUT.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_settings_stay_but_for_those_that_lead_past_the_proxy() {
        let theirs = "# mine\nuser_agent = me\nCA-Certificate=/x.pem\nuse_proxy = off\nno_proxy= localhost\ntries = 2";
        let settings = with_roots(theirs, Path::new("/ca/bundle.pem"));
        insta::assert_snapshot!(settings, @r"
        # mine
        user_agent = me
        tries = 2
        ca_certificate = /ca/bundle.pem
        ");
    }
}
