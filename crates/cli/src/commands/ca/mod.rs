//! `grantscope ca`: where the CA's certificate is, the certificate itself, who trusts it, and a new one in its place.

mod trust;

use anyhow::Result;
use grantscope_proxy::{CertificateAuthority, CertificateFacts};

use crate::args::Ca;
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;
use crate::trust::{all_places, certificates};

pub(super) fn run(settings: &Settings, ca: &Ca) -> Result<Exit> {
    let authority = || CertificateAuthority::open(&settings.ca_dir);
    match ca {
        Ca::Path => render::print(&format!("{}\n", authority()?.certificate_path().display()))?,
        Ca::Export => render::print(authority()?.ca_pem())?,
        Ca::Trust(asked) => trust::trust(&authority()?, asked)?,
        Ca::Untrust(asked) => trust::untrust(&authority()?, asked)?,
        Ca::Rotate => rotate(settings)?,
    }
    Ok(Exit::Fine)
}

fn rotate(settings: &Settings) -> Result<()> {
    let authority = CertificateAuthority::rotate(&settings.ca_dir)?;
    let name = CertificateFacts::of(authority.ca_pem()).map(|facts| facts.name);
    let mut text = format!(
        "a new CA: {}, in {}\n\
         `grantscope run`, `env` and `browser` use it from now on; a grantscope that runs goes on with the old one.\n",
        name.unwrap_or_default(),
        authority.certificate_path().display()
    );
    let old = certificates(&authority)?.split_off(1);
    for place in all_places() {
        if old.iter().any(|it| place.holds(it, &authority)) {
            text.push_str(&place.name());
            text.push_str(" still trusts an old one\n");
        }
    }
    if !old.is_empty() {
        text.push_str(
            "`grantscope ca untrust` takes the old ones out of a store, and `grantscope ca trust` puts the new one in.\n",
        );
    }
    render::print(&text)?;
    Ok(())
}
