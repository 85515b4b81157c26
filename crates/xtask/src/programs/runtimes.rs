//! Runtimes, programs of the command line and browsers that are tried as clients of grantscope.

use std::process::Command;

use anyhow::ensure;

use super::apt;
use crate::run::first_line;

/// A program, and how it is got.
struct Client {
    /// What prints something where it is there with all that it needs.
    command: &'static [&'static str],
    /// As Debian has it.
    packages: &'static [&'static str],
    elsewhere: &'static str,
}

const CLIENTS: [Client; 13] = [
    Client {
        command: &["go", "version"],
        packages: &["golang-go"],
        elsewhere: "`brew install go` or `winget install GoLang.Go`",
    },
    Client {
        command: &["ruby", "--version"],
        packages: &["ruby"],
        elsewhere: "`brew install ruby` or `winget install RubyInstallerTeam.Ruby.3.4`",
    },
    Client {
        command: &["php", "-r", "echo curl_version()['version'];"],
        packages: &["php-cli", "php-curl"],
        elsewhere: "`brew install php` or `winget install PHP.PHP.8.4`",
    },
    // The compiler: the runtime comes from PyPI.
    Client {
        command: &["mcs", "--version"],
        packages: &["mono-mcs", "libmono-system-net-http4.0-cil"],
        elsewhere: "`brew install mono`",
    },
    Client {
        command: &[
            "erl",
            "-noshell",
            "-eval",
            "ok = ssl:start(), ok = inets:start(), io:put_chars(\"there\"), halt().",
        ],
        packages: &["erlang-base", "erlang-inets", "erlang-ssl"],
        elsewhere: "`brew install erlang`",
    },
    Client {
        command: &["curl", "--version"],
        packages: &["curl"],
        elsewhere: "`brew install curl`",
    },
    Client {
        command: &["wget", "--version"],
        packages: &["wget"],
        elsewhere: "`brew install wget`",
    },
    Client {
        command: &["git", "--version"],
        packages: &["git"],
        elsewhere: "`brew install git`",
    },
    Client {
        command: &["perl", "-MLWP::Protocol::https", "-e", "print 1"],
        packages: &["libwww-perl", "liblwp-protocol-https-perl"],
        elsewhere: "`cpan LWP::Protocol::https`",
    },
    // Not of a runtime: a shell, a browser, and the store of browsers.
    Client {
        command: &["fish", "--version"],
        packages: &["fish"],
        elsewhere: "`brew install fish`",
    },
    Client {
        command: &["firefox-esr", "--version"],
        packages: &["firefox-esr"],
        elsewhere: "a link of that name to another Firefox",
    },
    Client {
        command: &["sh", "-c", "command -v certutil"],
        packages: &["libnss3-tools"],
        elsewhere: "`brew install nss`",
    },
    // And what lists the sockets of macOS.
    Client {
        command: &["sh", "-c", "command -v lsof"],
        packages: &["lsof"],
        elsewhere: "the packages of the system",
    },
];

/// Sees to it that they are there, if need be as the system's packages have them. Those of the command line are for Unix alone.
pub(crate) fn find() -> anyhow::Result<()> {
    let needed = if cfg!(unix) { CLIENTS.len() } else { 3 };
    let needed = CLIENTS.iter().take(needed);
    let missing: Vec<_> = needed.filter(|it| !it.is_installed()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().flat_map(|it| it.packages).copied().collect();
    apt::install(&packages)?;
    for client in missing {
        ensure!(
            client.is_installed(),
            "the end-to-end tests need `{}`; install it with `apt-get install {}`, {}",
            client.command.join(" "),
            client.packages.join(" "),
            client.elsewhere
        );
    }
    Ok(())
}

impl Client {
    fn is_installed(&self) -> bool {
        let (program, arguments) = self.command.split_at(1);
        first_line(Command::new(program[0]).args(arguments)).is_some()
    }
}
