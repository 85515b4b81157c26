//! Java reads no proxy variable and no PEM: it is told by options, which every virtual machine takes from a variable.

use std::ffi::OsString;
use std::path::Path;

use super::ProxyAddress;

/// Read by every virtual machine that starts, which says so on standard error.
const VARIABLE: &str = "JAVA_TOOL_OPTIONS";

/// The variable and its value: the user's own options first, where they are kept.
pub(super) fn options(
    proxy: &ProxyAddress,
    truststore: &Path,
    inherits: bool,
) -> (&'static str, OsString) {
    let ProxyAddress { host, port } = proxy;
    let truststore = quoted(&truststore.to_string_lossy());
    // `http.nonProxyHosts` holds for https too. Empty, it sends loopback through the proxy as well.
    let options = format!(
        "-Dhttp.proxyHost={host} -Dhttp.proxyPort={port} -Dhttps.proxyHost={host} -Dhttps.proxyPort={port} \
         -Dhttp.nonProxyHosts= -Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStoreType=JKS"
    );
    (VARIABLE, super::appended(VARIABLE, &options, inherits))
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
        };
        let (_, options) = options(&proxy, Path::new("/a b/bundle.jks"), true);
        let options = options.to_str().unwrap();
        assert!(
            options.contains("trustStore=\"/a b/bundle.jks\" "),
            "{options}"
        );
        assert!(options.contains("-Dhttp.nonProxyHosts= "), "{options}");
    }
}
