//! The store of the system: a directory of anchors on Linux, a keychain on macOS, a store of the user on Windows.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use grantscope_proxy::CertificateAuthority;

use super::{Certificate, Step};

/// Where distributions keep what an administrator trusts, the ending by which it is known, and what is run afterwards.
const ANCHORS: [(&str, &str, &[&str]); 4] = [
    (
        "/usr/local/share/ca-certificates",
        "crt",
        &["update-ca-certificates"],
    ), // Debian, Ubuntu, Alpine
    (
        "/etc/pki/ca-trust/source/anchors",
        "pem",
        &["update-ca-trust", "extract"],
    ), // Fedora, RHEL
    (
        "/etc/ca-certificates/trust-source/anchors",
        "pem",
        &["trust", "extract-compat"],
    ), // Arch
    ("/etc/pki/trust/anchors", "pem", &["update-ca-certificates"]), // openSUSE
];

pub(super) fn holds(certificate: &Certificate, authority: &CertificateAuthority) -> bool {
    let anchored = anchor(certificate).and_then(|(file, _)| std::fs::read_to_string(file).ok());
    anchored.is_some_and(|pem| certificate.is(&pem)) || authority.system_trusts(&certificate.pem)
}

pub(super) fn add(certificate: &Certificate) -> Result<Vec<Step>> {
    let path = certificate.path.to_string_lossy();
    if cfg!(target_os = "macos") {
        let keychain = keychain();
        // For TLS, and for nothing else that a certificate may be good for.
        let for_tls = ["-r", "trustRoot", "-p", "basic", "-p", "ssl"];
        let to = ["-k", &keychain, &path];
        let words = [&["security", "add-trusted-cert"], &for_tls[..], &to].concat();
        return Ok(vec![Step::new(&words)]);
    }
    if cfg!(windows) {
        return Ok(vec![Step::new(&[
            "certutil",
            "-user",
            "-addstore",
            "Root",
            &path,
        ])]);
    }
    let (file, refresh) = known_anchor(certificate)?;
    let file = file.to_string_lossy();
    let copy = Step::new(&["install", "-m", "0644", &path, &file]).by_root();
    Ok(vec![copy, Step::new(refresh).by_root()])
}

pub(super) fn remove(certificate: &Certificate) -> Result<Vec<Step>> {
    let thumbprint = &certificate.facts.thumbprint;
    if cfg!(target_os = "macos") {
        let keychain = keychain();
        let words = [
            "security",
            "delete-certificate",
            "-t",
            "-Z",
            thumbprint,
            &keychain,
        ];
        return Ok(vec![Step::new(&words)]);
    }
    if cfg!(windows) {
        return Ok(vec![Step::new(&[
            "certutil",
            "-user",
            "-delstore",
            "Root",
            thumbprint,
        ])]);
    }
    let (file, refresh) = known_anchor(certificate)?;
    ensure!(
        file.exists(),
        "{} is trusted by the system, and not by {}: it was put there by hand, and is removed where that was done",
        certificate.facts.name,
        file.display()
    );
    let delete = Step::new(&["rm", "-f", &file.to_string_lossy()]).by_root();
    Ok(vec![delete, Step::new(&after_removal(refresh)).by_root()])
}

/// What makes the system give up what is gone. Debian's program leaves a link to it, and an entry in the key store of Java, unless
/// it begins anew.
fn after_removal(refresh: &[&'static str]) -> Vec<&'static str> {
    let anew = (refresh == ["update-ca-certificates"]).then_some("--fresh");
    refresh.iter().copied().chain(anew).collect()
}

/// The file in which this certificate is an anchor, and what makes the system take it up.
fn anchor(certificate: &Certificate) -> Option<(PathBuf, &'static [&'static str])> {
    let mut known = ANCHORS
        .iter()
        .filter(|(directory, ..)| Path::new(directory).is_dir());
    let (directory, ending, refresh) = known.next()?;
    let file = Path::new(directory).join(format!("{}.{ending}", certificate.alias()));
    Some((file, refresh))
}

fn known_anchor(certificate: &Certificate) -> Result<(PathBuf, &'static [&'static str])> {
    anchor(certificate).context(
        "this system has none of the directories in which Debian, Fedora, Arch and openSUSE keep what an administrator trusts: \
         add the certificate as the system's documentation says",
    )
}

fn keychain() -> String {
    let home = std::env::home_dir().unwrap_or_default();
    let keychain = home.join("Library/Keychains/login.keychain-db");
    keychain.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_given_up_by_every_store_of_debian() {
        let after = ANCHORS.map(|(_, _, refresh)| after_removal(refresh).join(" "));
        let expected = [
            "update-ca-certificates --fresh",
            "update-ca-trust extract",
            "trust extract-compat",
            "update-ca-certificates --fresh",
        ];
        assert_eq!(after, expected);
    }
}
