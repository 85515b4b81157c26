//! The key store of a Java installation, which is changed by its `keytool`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Certificate, Step};
use crate::programs;

/// Below the directory of an installation.
const KEY_STORE: &str = "lib/security/cacerts";

/// Java's own default, which nobody changes, for the store holds nothing secret.
const PASSWORD: &str = "changeit";

/// That of the installation in `JAVA_HOME`, or else of the `java` on the `PATH`.
pub(super) fn key_store() -> Result<PathBuf> {
    ensure!(
        programs::find("keytool").is_some(),
        "the key store of Java is changed by `keytool`, which comes with a JDK: install one, or put it on the PATH"
    );
    let named = std::env::var_os("JAVA_HOME").filter(|it| !it.is_empty());
    let of_the_path = || {
        let java = programs::find("java")?.canonicalize().ok()?;
        java.parent()?.parent().map(without_prefix)
    };
    let home = named.map(PathBuf::from).or_else(of_the_path);
    let file = home
        .context("there is no Java here: set JAVA_HOME")?
        .join(KEY_STORE);
    ensure!(
        file.is_file(),
        "{} is not there: set JAVA_HOME to a JDK",
        file.display()
    );
    Ok(file)
}

/// `canonicalize` writes paths on Windows in a form that Java does not take.
fn without_prefix(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    text.strip_prefix(r"\\?\")
        .map_or_else(|| path.to_owned(), PathBuf::from)
}

pub(super) fn holds(file: &Path, certificate: &Certificate) -> bool {
    let mut aliases = aliases(certificate).into_iter();
    aliases.any(|alias| holds_as(file, certificate, &alias))
}

/// The names under which the store may have it. The second is Debian's, which takes over what the system trusts, and leaves it there
/// when the system no longer does.
fn aliases(certificate: &Certificate) -> [String; 2] {
    let own = certificate.alias();
    let of_debian = format!("debian:{own}.pem");
    [own, of_debian]
}

fn holds_as(file: &Path, certificate: &Certificate, alias: &str) -> bool {
    let mut export = Command::new("keytool");
    export.args(["-exportcert", "-rfc", "-alias", alias]);
    export
        .arg("-keystore")
        .arg(file)
        .args(["-storepass", PASSWORD]);
    let exported = export.output().ok().filter(|it| it.status.success());
    exported.is_some_and(|it| certificate.is(&String::from_utf8_lossy(&it.stdout)))
}

pub(super) fn add(file: &Path, certificate: &Certificate) -> Step {
    let path = certificate.path.to_string_lossy();
    changed(
        file,
        &certificate.alias(),
        &["-importcert", "-noprompt", "-file", &path],
    )
}

pub(super) fn remove(file: &Path, certificate: &Certificate) -> Vec<Step> {
    let mut aliases = aliases(certificate).to_vec();
    aliases.retain(|alias| holds_as(file, certificate, alias));
    let delete = |alias: &String| changed(file, alias, &["-delete"]);
    aliases.iter().map(delete).collect()
}

fn changed(file: &Path, alias: &str, how: &[&str]) -> Step {
    let store = file.to_string_lossy();
    let which = ["-alias", alias, "-keystore", &store, "-storepass", PASSWORD];
    let step = Step::new(&[&["keytool"], how, &which].concat());
    // A JDK below the user's home is the user's own.
    let is_read_only = std::fs::OpenOptions::new().append(true).open(file).is_err();
    if is_read_only { step.by_root() } else { step }
}
