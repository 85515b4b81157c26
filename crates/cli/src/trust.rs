//! Stores of other programs into which the CA can be put, and out of which it is taken again: by the programs of the stores, each
//! call of which can be told before it is made.

mod java;
mod nss;
mod step;
mod system;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use grantscope_proxy::{CertificateAuthority, CertificateFacts};

use crate::args::StoreKind;

pub(crate) use nss::in_new_database;
pub(crate) use step::Step;

/// A certificate of ours, of this day or of an earlier one.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub facts: CertificateFacts,
    pem: String,
}

/// A store of certificates.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// That of the system, which most programs ask.
    System,
    /// A database of NSS, as Firefox and, on Linux, Chromium have it.
    Nss(PathBuf),
    /// The key store of a Java installation.
    Java(PathBuf),
}

impl Certificate {
    fn read(path: &Path) -> Result<Self> {
        let pem =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let facts = CertificateFacts::of(&pem)
            .with_context(|| format!("{} holds no certificate of grantscope", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            facts,
            pem,
        })
    }

    /// The name of a file or an entry, which no other authority has.
    fn alias(&self) -> String {
        format!("grantscope-{}", self.facts.id())
    }

    /// Whether a text of PEM is this certificate.
    fn is(&self, pem: &str) -> bool {
        CertificateFacts::of(pem).is_some_and(|other| other == self.facts)
    }
}

/// The certificate of today, and those before it that may be trusted still.
pub(crate) fn certificates(authority: &CertificateAuthority) -> Result<Vec<Certificate>> {
    let retired = authority.retired();
    let paths = std::iter::once(authority.certificate_path()).chain(retired);
    paths.map(|path| Certificate::read(&path)).collect()
}

/// The stores of a kind that are here.
pub(crate) fn places(kind: StoreKind) -> Result<Vec<Place>> {
    match kind {
        StoreKind::System => Ok(vec![Place::System]),
        StoreKind::Nss => nss::databases().map(|all| all.into_iter().map(Place::Nss).collect()),
        StoreKind::Java => java::key_store().map(|it| vec![Place::Java(it)]),
    }
}

/// All stores that are here and can be looked into.
pub(crate) fn all_places() -> Vec<Place> {
    let kinds = [StoreKind::System, StoreKind::Nss, StoreKind::Java];
    kinds
        .into_iter()
        .filter_map(|kind| places(kind).ok())
        .flatten()
        .collect()
}

impl Place {
    /// What it is called.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::System => "the store of the system".to_owned(),
            Self::Nss(directory) => format!("the NSS database in {}", directory.display()),
            Self::Java(file) => format!("the key store of Java, {}", file.display()),
        }
    }

    /// Whether it holds a certificate.
    pub(crate) fn holds(
        &self,
        certificate: &Certificate,
        authority: &CertificateAuthority,
    ) -> bool {
        match self {
            Self::System => system::holds(certificate, authority),
            Self::Nss(directory) => nss::holds(directory, certificate),
            Self::Java(file) => java::holds(file, certificate),
        }
    }

    /// What puts a certificate into it.
    pub(crate) fn add(&self, certificate: &Certificate) -> Result<Vec<Step>> {
        match self {
            Self::System => system::add(certificate),
            Self::Nss(directory) => Ok(nss::add(directory, certificate)),
            Self::Java(file) => Ok(vec![java::add(file, certificate)]),
        }
    }

    /// What takes a certificate out of it.
    pub(crate) fn remove(&self, certificate: &Certificate) -> Result<Vec<Step>> {
        match self {
            Self::System => system::remove(certificate),
            Self::Nss(directory) => Ok(vec![nss::remove(directory, certificate)]),
            Self::Java(file) => Ok(java::remove(file, certificate)),
        }
    }
}
