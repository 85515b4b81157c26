//! `grantscope env --container`: the same for a container, which sees neither this machine's files nor its loopback.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use grantscope_capture::files::replace_file;
use grantscope_proxy::CertificateAuthority;

use crate::args::ContainerForm;
use crate::environment::{self, Changes, IN_CONTAINER, Preloads, ProxyAddress};
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

/// By this name a container reaches its host: Docker Desktop and Podman know it, and on Linux `host-gateway` gives it a meaning.
const HOST: &str = "host.docker.internal";

/// The networks from which Docker takes those of its containers, unless it was told of others.
const NETWORKS: &str = "172.16.0.0/12";

pub(super) fn run(
    settings: &Settings,
    authority: &CertificateAuthority,
    form: ContainerForm,
) -> Result<Exit> {
    let directory = settings.data_dir.join("container");
    let preloads = Preloads::for_containers(&directory, authority)?;
    let port = settings.listen.port();
    ensure!(
        port != 0,
        "a container has to be told of a port: name one by --listen"
    );
    let proxy = ProxyAddress {
        host: HOST.to_owned(),
        port,
    };
    let changes = environment::changes(&proxy, authority, Some(&preloads));
    let variables = settings.data_dir.join("container.env");
    replace_file(&variables, |to| to.write_all(lines(&changes).as_bytes()))?;
    let (directory, variables) = (told(&directory)?, told(&variables)?);
    render::print(&match form {
        ContainerForm::Docker => flags(directory, variables),
        ContainerForm::Compose => fragment(directory, variables),
    })?;
    render::warn(&format!(
        "containers reach grantscope where it is started so: grantscope --listen 0.0.0.0:{port} --allow-remote {NETWORKS}"
    ));
    Ok(Exit::Fine)
}

/// A file of variables as Docker reads it: values to the end of the line, without quotes.
fn lines(changes: &Changes) -> String {
    let removed = changes.removed.iter().map(|name| format!("{name}=\n"));
    let set = changes.set.iter().map(|(name, value)| {
        // A container is for Linux, whatever this machine is.
        format!("{name}={}\n", value.to_string_lossy().replace('\\', "/"))
    });
    removed.chain(set).collect()
}

fn flags(directory: &str, variables: &str) -> String {
    format!(
        "--env-file {variables} --add-host {HOST}:host-gateway --volume {directory}:{IN_CONTAINER}:ro\n"
    )
}

/// A file that stands beside that of the project, for the service of the app.
fn fragment(directory: &str, variables: &str) -> String {
    format!(
        "services:\n  app:\n    env_file: [\"{variables}\"]\n    extra_hosts: [\"{HOST}:host-gateway\"]\n    \
         volumes: [\"{directory}:{IN_CONTAINER}:ro\"]\n"
    )
}

/// A path that a shell takes as one word, since the flags are put into a command line.
fn told(path: &Path) -> Result<&str> {
    let text = path
        .to_str()
        .context("the data directory has a name that is not UTF-8")?;
    ensure!(
        !text.contains(char::is_whitespace),
        "there is a space in {text}: name another directory by --data-dir"
    );
    Ok(text)
}
