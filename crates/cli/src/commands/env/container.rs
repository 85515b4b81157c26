//! `grantscope env --container`: the same for a container that somebody else starts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use grantscope_capture::files::replace_file;
use grantscope_proxy::CertificateAuthority;

use crate::args::ContainerForm;
use crate::container::{self, Kind, Shown, Way};
use crate::environment::Preloads;
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

/// The service of the app in the file that is printed, which is the user's to change.
const SERVICE: &str = "app";

pub(super) fn run(
    settings: &Settings,
    authority: &CertificateAuthority,
    form: ContainerForm,
) -> Result<Exit> {
    let shown = Shown {
        directory: settings.data_dir.join("container"),
        variables: settings.data_dir.join("container.env"),
    };
    let preloads = Preloads::for_containers(&shown.directory, authority)?;
    let port = settings.listen.port();
    ensure!(
        port != 0,
        "a container has to be told of a port: name one by --listen"
    );
    let way = Way::usual(match form {
        ContainerForm::Docker | ContainerForm::Compose => Kind::Docker,
        ContainerForm::Podman => Kind::Podman,
    });
    let changes = container::changes(&way, port, authority, &preloads, &BTreeMap::new());
    render::print(&match form {
        ContainerForm::Docker | ContainerForm::Podman => {
            let lines = container::lines(&changes);
            replace_file(&shown.variables, |to| to.write_all(lines.as_bytes()))?;
            is_one_word(&shown.directory)?;
            format!("{}\n", container::flags(&shown, &way)?.join(" "))
        }
        ContainerForm::Compose => {
            let services = BTreeMap::from([(SERVICE.to_owned(), changes)]);
            container::compose_file(&shown, &way, &services)?
        }
    })?;
    let allowed = way.allow.join(" --allow-remote ");
    render::warn(&format!(
        "containers reach grantscope where it is started so: grantscope --listen {}:{port} --allow-remote {allowed}",
        way.listen
    ));
    Ok(Exit::Fine)
}

/// A path that a shell takes as one word, since the flags are put into a command line.
fn is_one_word(path: &Path) -> Result<()> {
    let text = path
        .to_str()
        .context("the data directory has a name that is not UTF-8")?;
    ensure!(
        !text.contains(char::is_whitespace),
        "there is a space in {text}: name another directory by --data-dir"
    );
    Ok(())
}
