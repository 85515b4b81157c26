//! The environment in which a program finds the proxy and trusts the CA.

mod java;
mod php;
mod preloads;
mod roots;
mod theirs;
mod wget;

use std::ffi::OsString;
use std::net::SocketAddr;

use grantscope_proxy::CertificateAuthority;

pub(crate) use preloads::{IN_CONTAINER, Preloads};
pub(crate) use roots::named_by_the_user;
pub(crate) use theirs::Theirs;

use roots::Roots;

/// What has to change in the environment of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Variables and their values.
    pub set: Vec<(&'static str, OsString)>,
    /// Variables that have to go: with them less would go through the proxy.
    pub removed: Vec<&'static str>,
}

impl Changes {
    /// The variables as a container is told of them: one that has to go is empty. A container is for Linux, whatever this machine
    /// is.
    pub(crate) fn in_container(&self) -> impl Iterator<Item = (String, String)> {
        let removed = self
            .removed
            .iter()
            .map(|&name| (name.to_owned(), String::new()));
        let set = self.set.iter().map(|(name, value)| {
            let value = value.to_string_lossy();
            let value = if cfg!(windows) {
                value.replace('\\', "/")
            } else {
                value.into_owned()
            };
            ((*name).to_owned(), value)
        });
        removed.chain(set)
    }
}

/// Read by curl, wget, Python, Go, Ruby, PHP's curl, .NET, Rust, Deno and Bun. curl reads the first in lower case alone.
const PROXY: [&str; 8] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    // npm and pnpm read these before a file of settings, in which there may be others.
    "npm_config_proxy",
    "npm_config_https_proxy",
];

/// Perl's LWP reads the proxy variables where it is told to.
const LWP: &str = "PERL_LWP_ENV_PROXY";

/// Node from 22.21 and 24.5 on does so too, but for its own agents alone: what is preloaded reaches more, and both at once reach
/// less.
const NODE: &str = "NODE_USE_ENV_PROXY";

const BYPASS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The variables of the user's environment that would send traffic past the proxy, and are taken away.
pub(crate) fn bypasses() -> Vec<&'static str> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    BYPASS.into_iter().filter(is_set).collect()
}

/// The proxy through which the user's own environment reaches servers.
pub(crate) fn inherited_proxy() -> Option<String> {
    first_of(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
}

/// What the user's own environment reaches without a proxy, each as it stands there.
pub(crate) fn no_proxy() -> Vec<String> {
    let text = first_of(&BYPASS).unwrap_or_default();
    let hosts = text.split(',').map(str::trim);
    hosts
        .filter(|host| !host.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The value of the first of these variables that has one.
fn first_of(names: &[&str]) -> Option<String> {
    let mut values = names.iter().filter_map(|name| std::env::var(name).ok());
    values.find(|value| !value.is_empty())
}

/// Where a program reaches the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyAddress {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What the program reaches without it.
    pub bypass: Vec<String>,
}

impl From<SocketAddr> for ProxyAddress {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
            bypass: Vec::new(),
        }
    }
}

impl ProxyAddress {
    fn url(&self) -> OsString {
        let Self { host, port, .. } = self;
        let url = if host.contains(':') {
            format!("http://[{host}]:{port}")
        } else {
            format!("http://{host}:{port}")
        };
        url.into()
    }
}

/// The changes for a proxy at this address with this CA, and the preloads where they could be written.
pub(crate) fn changes(
    proxy: &ProxyAddress,
    authority: &CertificateAuthority,
    preloads: Option<&Preloads>,
) -> Changes {
    let url = proxy.url();
    let proxies = PROXY.into_iter().map(|name| (name, url.clone()));
    let roots = preloads.map_or_else(|| Roots::of(authority), |it| it.roots.clone());
    let truststore =
        preloads.map_or_else(|| authority.truststore_path(), |it| it.truststore.clone());
    let theirs = preloads.map_or(Theirs::Here, |it| it.theirs.clone());
    let node = preloads.is_none().then_some(NODE);
    let switches = std::iter::once(LWP).chain(node);
    let switches = switches.map(|name| (name, OsString::from("1")));
    let removed = BYPASS.into_iter().filter(|_| proxy.bypass.is_empty());
    let removed = removed.chain(preloads.is_some().then_some(NODE)).collect();
    let bypass = BYPASS.into_iter().filter(|_| !proxy.bypass.is_empty());
    let bypass = bypass.map(|name| (name, OsString::from(proxy.bypass.join(","))));
    let java = [java::options(proxy, &truststore, &theirs)];
    let preloads = preloads.map(Preloads::variables).unwrap_or_default();
    Changes {
        set: proxies
            .chain(bypass)
            .chain(roots.variables())
            .chain(switches)
            .chain(java)
            .chain(preloads)
            .collect(),
        removed,
    }
}
