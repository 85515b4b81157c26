//! `grantscope env`: what `run` sets for its command, as commands of a shell, for programs that something else starts.

mod container;

use std::ffi::OsStr;

use anyhow::Result;
use grantscope_proxy::CertificateAuthority;

use crate::args::{Env, Shell};
use crate::environment::{self, Preloads};
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, env: &Env) -> Result<Exit> {
    let authority = CertificateAuthority::open(&settings.ca_dir)?;
    if let Some(form) = env.container {
        return container::run(settings, &authority, form);
    }
    let preloads = Preloads::write(&settings.data_dir, &authority)?;
    let changes = environment::changes(&settings.listen.into(), &authority, Some(&preloads));
    let shell = env.shell.unwrap_or_default();
    let removed = changes.removed.iter().map(|name| unset(shell, name));
    let set = changes
        .set
        .iter()
        .map(|(name, value)| assignment(shell, name, value));
    render::print(&removed.chain(set).collect::<String>())?;
    Ok(Exit::Fine)
}

fn unset(shell: Shell, name: &str) -> String {
    match shell {
        Shell::Sh => format!("unset {name}\n"),
        Shell::Fish => format!("set -e {name}\n"),
        Shell::Powershell => format!("Remove-Item -ErrorAction Ignore Env:{name}\n"),
    }
}

fn assignment(shell: Shell, name: &str, value: &OsStr) -> String {
    let value = value.to_string_lossy();
    match shell {
        Shell::Sh => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
        Shell::Fish => {
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            format!("set -gx {name} '{value}'\n")
        }
        Shell::Powershell => format!("$Env:{name} = '{}'\n", value.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_quotes() {
        let value = OsStr::new("a'b\\c $d");
        let lines =
            [Shell::Sh, Shell::Fish, Shell::Powershell].map(|shell| assignment(shell, "X", value));
        insta::assert_snapshot!(lines.concat(), @r"
        export X='a'\''b\c $d'
        set -gx X 'a\'b\\c $d'
        $Env:X = 'a''b\c $d'
        ");
    }
}
