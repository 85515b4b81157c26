//! `grantscope ca`: where the CA's certificate is, and the certificate itself.

use anyhow::Result;
use grantscope_proxy::CertificateAuthority;

use crate::args::Ca;
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, ca: &Ca) -> Result<Exit> {
    let authority = CertificateAuthority::open(&settings.ca_dir)?;
    match ca {
        Ca::Path => render::print(&format!("{}\n", authority.certificate_path().display()))?,
        Ca::Export => render::print(authority.ca_pem())?,
    }
    Ok(Exit::Fine)
}
