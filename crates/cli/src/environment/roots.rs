//! The roots that a program is told of: ours and the system's, and those that the user's own environment names.
//!
//! A variable that `run` sets takes the place of the user's, by which a private CA may be known.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use grantscope_capture::files::{FileError, replace_file};
use grantscope_proxy::{CertificateAuthority, holds_roots};

/// The files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roots {
    /// All roots, for a variable whose file takes the place of a program's own.
    pub bundle: PathBuf,
    /// At least those that a program does not have, for a variable whose file is added to its own.
    pub added: PathBuf,
}

/// Variables whose file takes the place of a program's own roots, so that the bundle has the system's roots too.
const BUNDLE: [&str; 14] = [
    "SSL_CERT_FILE", // OpenSSL: curl, Go, Ruby, .NET, Python's ssl and httpx, Rust's native roots
    "NIX_SSL_CERT_FILE", // the same in packages of Nix, which look for this one first
    "CURL_CA_BUNDLE", // curl
    "REQUESTS_CA_BUNDLE", // Python requests
    "HTTPLIB2_CA_CERTS", // Python httplib2
    "PIP_CERT",      // pip
    "GIT_SSL_CAINFO", // git
    "AWS_CA_BUNDLE", // AWS SDKs
    "CARGO_HTTP_CAINFO", // cargo
    "PERL_LWP_SSL_CA_FILE", // Perl's LWP
    "DENO_CERT",     // Deno
    "BUNDLE_SSL_CA_CERT", // Ruby's Bundler
    "npm_config_cafile", // npm, pnpm
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", // gRPC
];

/// Variables whose file is added to a program's own roots: Node, Deno, Bun.
const ADDED: [&str; 1] = ["NODE_EXTRA_CA_CERTS"];

/// Holds the user's own roots besides ours and the system's.
const FILE: &str = "roots.pem";

impl Roots {
    /// Those of the authority and the system alone.
    pub(super) fn of(authority: &CertificateAuthority) -> Self {
        Self {
            bundle: authority.bundle_path(),
            added: authority.certificate_path(),
        }
    }

    /// With those of the user's in a file in this directory, where there are others among them.
    pub(super) fn with_others(
        authority: &CertificateAuthority,
        directory: &Path,
        others: &[PathBuf],
    ) -> Result<Self, FileError> {
        let ours = Self::of(authority);
        let bundle = read(&ours.bundle)?;
        let known: BTreeSet<_> = certificates(&bundle).map(squeezed).collect();
        let texts: Vec<_> = others.iter().filter_map(|path| read(path).ok()).collect();
        let unknown: Vec<_> = texts
            .iter()
            .flat_map(|text| certificates(text))
            .filter(|it| !known.contains(&squeezed(it)))
            .collect();
        if unknown.is_empty() {
            return Ok(ours);
        }
        let path = directory.join(FILE);
        replace_file(&path, |to| {
            to.write_all(bundle.as_bytes())?;
            unknown.iter().try_for_each(|it| writeln!(to, "{it}"))
        })?;
        Ok(Self {
            bundle: path.clone(),
            added: path,
        })
    }

    /// The variables by which programs find them.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, OsString)> {
        let all = BUNDLE.map(|name| (name, self.bundle.clone().into_os_string()));
        let added = ADDED.map(|name| (name, self.added.clone().into_os_string()));
        all.into_iter().chain(added)
    }
}

/// The files of roots that the user's environment names, as far as they can be used.
pub(crate) fn named_by_the_user() -> Vec<PathBuf> {
    let named = BUNDLE.iter().chain(&ADDED).filter_map(std::env::var_os);
    let unique: BTreeSet<_> = named.map(PathBuf::from).collect();
    unique.into_iter().filter(|it| holds_roots(it)).collect()
}

pub(super) fn read(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|source| FileError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The sections of a PEM file, as they stand there.
fn certificates(pem: &str) -> impl Iterator<Item = &str> {
    pem.split_inclusive(END)
        .filter_map(|section| section.find(BEGIN).map(|at| &section[at..]))
}

/// Line ends and widths differ from file to file.
fn squeezed(section: &str) -> String {
    section.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_roots_are_kept_and_those_of_the_system_not_told_twice() {
        let home = tempfile::tempdir().unwrap();
        let authority = CertificateAuthority::open(&home.path().join("ca")).unwrap();
        let other = CertificateAuthority::open(&home.path().join("other")).unwrap();
        let with = |others: &[PathBuf]| Roots::with_others(&authority, home.path(), others);
        let ours = Roots::of(&authority);
        let lines = authority.ca_pem().replace('\n', "\r\n");
        let again = home.path().join("again.pem");
        std::fs::write(&again, lines).unwrap();
        assert_eq!(with(&[again, home.path().join("missing")]).unwrap(), ours);

        let both = with(&[other.certificate_path()]).unwrap();
        let text = std::fs::read_to_string(&both.bundle).unwrap();
        assert!(text.starts_with(authority.ca_pem().trim_end()), "{text}");
        // The line ends are those of the system.
        let last = text.trim_end().ends_with(other.ca_pem().trim_end());
        assert!(last, "{text}");
        assert_eq!(both.added, both.bundle);
    }

    #[test]
    fn what_is_no_file_of_roots_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.pem");
        std::fs::write(&path, "no certificate").unwrap();
        assert!(!holds_roots(&path));
        assert!(!holds_roots(&home.path().join("missing")));
    }
}
