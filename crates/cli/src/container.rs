//! A command that starts containers: `docker run`, `podman run`, or compose.
//!
//! A container sees neither the files of this machine nor its loopback. So it is shown a directory, is given variables that name
//! files in it, and finds this machine by a name.

mod compose;
mod engine;
mod host;
mod named;
mod options;
mod shown;
mod single;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context as _, Result};
use grantscope_capture::files::replace_file;
use grantscope_proxy::CertificateAuthority;
use tempfile::TempDir;

pub(crate) use compose::file as compose_file;
pub(crate) use engine::Kind;
pub(crate) use host::Way;
pub(crate) use shown::{Shown, flags, lines};

use crate::environment::{self, Changes, Preloads, ProxyAddress};
use compose::Compose;
use named::Named;
use shown::told;
use single::Single;

/// A command that is about to start containers.
#[derive(Debug)]
pub(crate) struct Starting(Form);

#[derive(Debug)]
enum Form {
    One(Single),
    Project(Compose),
}

/// The command as it is started in place of the user's.
#[derive(Debug)]
pub(crate) struct Told {
    /// The command.
    pub(crate) words: Vec<OsString>,
    /// What was added to it, for the user to see.
    pub(crate) said: String,
    /// Holds files that the command reads until it ends.
    pub(crate) files: TempDir,
}

impl Starting {
    /// Reads a command, and asks the program what it is about to start. Nothing is started.
    pub(crate) fn read(command: &[OsString]) -> Result<Self> {
        let words = command.iter().map(|word| word.to_str().map(str::to_owned));
        let words: Option<Vec<String>> = words.collect();
        let words = words.context("a word of the command is not UTF-8")?;
        let Named {
            engine,
            from,
            is_compose,
        } = Named::read(&words)?;
        let form = if is_compose {
            Form::Project(Compose::read(&engine, &words, from)?)
        } else {
            Form::One(Single::read(&engine, &words, from)?)
        };
        Ok(Self(form))
    }

    /// How its containers reach this machine.
    pub(crate) fn way(&self) -> &Way {
        match &self.0 {
            Form::One(single) => &single.way,
            Form::Project(compose) => &compose.way,
        }
    }

    /// The command with what its containers need, for a proxy at a port.
    pub(crate) fn told(
        &self,
        port: u16,
        data_dir: &Path,
        authority: &CertificateAuthority,
    ) -> Result<Told> {
        let directory = data_dir.join("container");
        let preloads = Preloads::for_containers(&directory, authority)?;
        let files = tempfile::Builder::new()
            .prefix("grantscope-container-")
            .tempdir();
        let files = files.context("making a directory for what the container is told")?;
        let changes = |theirs: &BTreeMap<String, String>| {
            changes(self.way(), port, authority, &preloads, theirs)
        };
        let shown = Shown {
            directory,
            variables: files.path().join("container.env"),
        };
        let (words, said) = match &self.0 {
            Form::One(single) => {
                let changes = changes(&single.theirs);
                write(&shown.variables, &lines(&changes))?;
                let (words, added) = single.with(&shown, &changes)?;
                (words, format!("the container is given {added}"))
            }
            Form::Project(compose) => {
                let services = compose.services.iter();
                let services = services.map(|(name, theirs)| (name.clone(), changes(theirs)));
                let services: BTreeMap<_, _> = services.collect();
                let file = files.path().join("compose.grantscope.yaml");
                write(&file, &compose_file(&shown, &compose.way, &services)?)?;
                let words = compose.with(told(&file)?);
                let names: Vec<_> = services.into_keys().collect();
                let (names, file) = (names.join(", "), file.display());
                (words, format!("the services {names} are given {file}"))
            }
        };
        Ok(Told {
            words: words.into_iter().map(OsString::from).collect(),
            said,
            files,
        })
    }
}

/// What has to change in the environment of a container that has these values by itself.
pub(crate) fn changes(
    way: &Way,
    port: u16,
    authority: &CertificateAuthority,
    preloads: &Preloads,
    theirs: &BTreeMap<String, String>,
) -> Changes {
    let mut bypass = way.bypass.clone();
    // What a container reaches of its neighbours, this machine does not know by name.
    let named = ["NO_PROXY", "no_proxy"]
        .into_iter()
        .find_map(|name| theirs.get(name));
    let named = named.map_or("", String::as_str).split(',').map(str::trim);
    for host in named.filter(|it| !it.is_empty()) {
        if !bypass.iter().any(|it| it == host) {
            bypass.push(host.to_owned());
        }
    }
    let proxy = ProxyAddress {
        host: way.host.clone(),
        port,
        bypass,
    };
    environment::changes(&proxy, authority, Some(&preloads.beside(theirs)))
}

fn write(path: &Path, text: &str) -> Result<()> {
    replace_file(path, |to| to.write_all(text.as_bytes()))?;
    Ok(())
}
