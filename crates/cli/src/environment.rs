//! The environment in which a program finds the proxy and trusts the CA.

mod java;
mod preloads;

use std::ffi::OsString;
use std::net::SocketAddr;

use grantscope_proxy::CertificateAuthority;

pub(crate) use preloads::Preloads;

/// What has to change in the environment of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Variables and their values.
    pub set: Vec<(&'static str, OsString)>,
    /// Variables that have to go: they would send traffic past the proxy.
    pub removed: Vec<&'static str>,
}

/// Read by curl, wget, Python, Go, Ruby, PHP, .NET, Rust, Deno and Bun. curl reads the first in lower case alone.
const PROXY: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// Variables whose file takes the place of a program's own roots, so that the bundle has the system's roots too.
const BUNDLE: [&str; 9] = [
    "SSL_CERT_FILE", // OpenSSL: curl, Go, Ruby, Python's ssl and httpx, Rust's native roots
    "CURL_CA_BUNDLE", // curl
    "REQUESTS_CA_BUNDLE", // Python requests
    "PIP_CERT",      // pip
    "GIT_SSL_CAINFO", // git
    "AWS_CA_BUNDLE", // AWS SDKs
    "CARGO_HTTP_CAINFO", // cargo
    "PERL_LWP_SSL_CA_FILE", // Perl
    "DENO_CERT",     // Deno
];

/// Variables whose file is added to a program's own roots.
const ADDED: [&str; 1] = ["NODE_EXTRA_CA_CERTS"];

const BYPASS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The variables of the user's environment that the changes take away.
pub(crate) fn dropped(changes: &Changes) -> Vec<&'static str> {
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    changes.removed.iter().filter(is_set).copied().collect()
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

/// The changes for a proxy at this address with this CA, and the preloads where they could be written.
pub(crate) fn changes(
    proxy: SocketAddr,
    authority: &CertificateAuthority,
    preloads: Option<&Preloads>,
) -> Changes {
    let url = OsString::from(format!("http://{proxy}"));
    let bundle = authority.bundle_path().into_os_string();
    let certificate = authority.certificate_path().into_os_string();
    let proxies = PROXY.into_iter().map(|name| (name, url.clone()));
    let bundles = BUNDLE.into_iter().map(|name| (name, bundle.clone()));
    let added = ADDED.into_iter().map(|name| (name, certificate.clone()));
    // Node reads the proxy variables where it is told to: from 22.21 and 24.5 on.
    let node = [("NODE_USE_ENV_PROXY", OsString::from("1"))];
    let java = [java::options(proxy, &authority.truststore_path())];
    let preloads = preloads.map(Preloads::variables).unwrap_or_default();
    Changes {
        set: proxies
            .chain(bundles)
            .chain(added)
            .chain(node)
            .chain(java)
            .chain(preloads)
            .collect(),
        removed: BYPASS.to_vec(),
    }
}

/// The user's value of a variable of options, with more of them at its end, once.
fn appended(name: &str, more: &str) -> OsString {
    let mut value = std::env::var_os(name).unwrap_or_default();
    if value.to_string_lossy().contains(more) {
        return value;
    }
    if !value.is_empty() {
        value.push(" ");
    }
    value.push(more);
    value
}
