//! The port, and what the environment says of proxies.

use std::net::TcpListener;

use super::check::Check;
use crate::coverage;
use crate::environment;
use crate::settings::Settings;

pub(super) fn checks(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![port(settings)];
    checks.extend(inherited(settings));
    checks.extend(bypass());
    checks
}

fn port(settings: &Settings) -> Check {
    let address = settings.listen;
    match TcpListener::bind(address) {
        Ok(_free) => Check::good("port", format!("{address} is free")),
        Err(error) => Check::note(
            "port",
            format!(
                "{address} cannot be listened on: {error}{}",
                holder(settings)
            ),
            "`grantscope run` takes a free port by itself; for `grantscope` alone end the other program, or use --listen",
        ),
    }
}

/// The program that listens there, as far as the system tells.
fn holder(settings: &Settings) -> String {
    let found = coverage::listener(settings.listen.port());
    found.map_or_else(String::new, |(pid, name)| {
        format!("; {name} has it (process {pid})")
    })
}

fn inherited(settings: &Settings) -> Option<Check> {
    let proxy = environment::inherited_proxy()?;
    let summary = format!("the environment names {}", without_password(&proxy));
    Some(if settings.upstream_proxy.is_empty() {
        Check::note(
            "proxy",
            summary,
            "`grantscope run` goes to servers through it; `grantscope` alone needs --upstream-proxy for that",
        )
    } else {
        Check::note(
            "proxy",
            summary,
            "the setting upstream_proxy goes before it",
        )
    })
}

fn bypass() -> Option<Check> {
    let hosts = environment::no_proxy();
    (!hosts.is_empty()).then(|| {
        Check::note(
            "no_proxy",
            format!("NO_PROXY names {}", hosts.join(", ")),
            "`grantscope run` takes it away from the command, whose requests there would not be seen, and reaches those hosts \
             without another proxy; a program that you start yourself needs it unset",
        )
    })
}

/// A proxy's URL may hold a password, which is nobody's business here.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = rest.rsplit('@').next().unwrap_or(rest);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_not_told() {
        assert_eq!(
            without_password("http://me:p@ss@proxy.test:3128/"),
            "http://proxy.test:3128/"
        );
        assert_eq!(without_password("me:pass@proxy.test"), "http://proxy.test");
    }
}
