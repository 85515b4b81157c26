//! Java reads no proxy variable and no PEM: it is told by options, which every virtual machine takes from a variable.

use std::ffi::OsString;
use std::path::Path;

use super::{ProxyAddress, Theirs};

/// Read by every virtual machine that starts, which says so on standard error.
const VARIABLE: &str = "JAVA_TOOL_OPTIONS";

/// The variable and its value: the user's own options first.
pub(super) fn options(
    proxy: &ProxyAddress,
    truststore: &Path,
    theirs: &Theirs,
) -> (&'static str, OsString) {
    let ProxyAddress { host, port, bypass } = proxy;
    let direct = bypass
        .iter()
        .map(|it| pattern(it))
        .collect::<Vec<_>>()
        .join("|");
    let truststore = quoted(&truststore.to_string_lossy());
    // `http.nonProxyHosts` holds for https too. Empty, it sends loopback through the proxy as well.
    let options = format!(
        "-Dhttp.proxyHost={host} -Dhttp.proxyPort={port} -Dhttps.proxyHost={host} -Dhttps.proxyPort={port} \
         -Dhttp.nonProxyHosts={direct} -Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStoreType=JKS"
    );
    (VARIABLE, theirs.appended(VARIABLE, &options))
}

/// A host as Java excludes it: a name with all below it is one with a star before.
fn pattern(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else if host.starts_with('.') {
        format!("*{host}")
    } else {
        host.to_owned()
    }
}

/// Options are parted at spaces, unless they are quoted.
fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) {
        format!("\"{path}\"")
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_stays_one_option() {
        let proxy = ProxyAddress {
            host: "127.0.0.1".to_owned(),
            port: 9,
            bypass: Vec::new(),
        };
        let (_, options) = options(&proxy, Path::new("/a b/bundle.jks"), &Theirs::Here);
        let options = options.to_str().unwrap();
        assert!(
            options.contains("trustStore=\"/a b/bundle.jks\" "),
            "{options}"
        );
        assert!(options.contains("-Dhttp.nonProxyHosts= "), "{options}");
    }

    #[test]
    fn what_is_reached_straight_is_written_as_java_has_it() {
        let bypass = ["localhost", "::1", ".internal"].map(str::to_owned).into();
        let proxy = ProxyAddress {
            host: "host.docker.internal".to_owned(),
            port: 9,
            bypass,
        };
        let (_, options) = options(&proxy, Path::new("/bundle.jks"), &Theirs::Here);
        let options = options.to_str().unwrap();
        let expected = "-Dhttp.nonProxyHosts=localhost|[::1]|*.internal ";
        assert!(options.contains(expected), "{options}");
    }
}
