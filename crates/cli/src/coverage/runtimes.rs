//! Who does not trust the CA, told by its name and by how it says so, and how it is made to.

use std::net::SocketAddr;

use grantscope_proxy::Rejection;

use super::Gap;

/// How the clients of a runtime name themselves, which runtime that is, and how it is told of the CA.
const RUNTIMES: [(&str, &str, &str); 13] = [
    (
        "node",
        "Node",
        "Set NODE_EXTRA_CA_CERTS to `ca.pem` before it starts, and pass no `ca` of your own in code.",
    ),
    (
        "java",
        "Java",
        "Add -Djavax.net.ssl.trustStore=…/bundle.jks, and build no SSLContext of your own in code.",
    ),
    (
        "apache-httpclient",
        "Apache HttpClient",
        "Add -Djavax.net.ssl.trustStore=…/bundle.jks, and build the client with useSystemProperties().",
    ),
    (
        "go-http-client",
        "Go",
        "Set SSL_CERT_FILE to `bundle.pem` (Linux); on macOS and Windows add `ca.pem` to the system's store.",
    ),
    (
        "python-requests",
        "requests",
        "Set REQUESTS_CA_BUNDLE to `bundle.pem`, and pass no `verify` of your own in code.",
    ),
    (
        "python",
        "Python",
        "Set SSL_CERT_FILE to `bundle.pem`, and build no SSL context of your own in code.",
    ),
    (
        "ruby",
        "Ruby",
        "Set SSL_CERT_FILE to `bundle.pem`, and set no `ca_file` of your own in code.",
    ),
    (
        "php",
        "PHP",
        "Set curl.cainfo and openssl.cafile to `bundle.pem` in an ini file, and pass no CAfile of your own in code.",
    ),
    (
        "wget",
        "wget",
        "Write `ca_certificate = …/bundle.pem` into a file and name it by WGETRC.",
    ),
    (
        "libwww-perl",
        "Perl",
        "Set PERL_LWP_SSL_CA_FILE to `bundle.pem`, and pass no SSL_ca_file of your own in code.",
    ),
    (
        "reqwest",
        "Rust",
        "Build it with the system's roots (`rustls-native-certs` or `rustls-platform-verifier`): `webpki-roots` are compiled in. \
         On macOS and Windows these are the system's store, to which `grantscope ca trust` adds `ca.pem`.",
    ),
    (
        "curl",
        "curl",
        "Set CURL_CA_BUNDLE to `bundle.pem`, and pass no --cacert of your own.",
    ),
    (
        "mozilla",
        "a browser",
        "Use `grantscope browser`, or let a profile of its own trust `ca.pem`.",
    ),
];

const UNKNOWN: &str = "Let it trust `ca.pem`: `grantscope ca path` tells where that is, and certs/README.md how each runtime is told. \
                       A Rust program with `webpki-roots` has its roots compiled in: build it with those of the system \
                       (`rustls-native-certs`, `rustls-platform-verifier`).";

/// A client that did not go on with our certificate.
pub(super) fn rejected(
    host: &str,
    client: SocketAddr,
    user_agent: Option<&str>,
    how: &Rejection,
) -> Gap {
    let runtime = user_agent.and_then(known).or_else(|| guessed(how));
    let who = match (user_agent, runtime) {
        (Some(name), _) => format!("{name} at {client}"),
        (None, Some((_, runtime, _))) => format!("a client at {client}, {runtime} by its manners,"),
        (None, None) => format!("a client at {client}"),
    };
    let verb = match how {
        Rejection::Alert(_) | Rejection::ClosedInHandshake => "does not trust grantscope's CA",
        // A connection that was opened ahead of need looks the same.
        Rejection::ClosedUnused => "left without a word, as one does that does not trust the CA",
    };
    let fix = runtime.map_or(UNKNOWN, |(_, _, fix)| fix);
    Gap {
        kind: "client-rejected-certificate",
        host: Some(host.to_owned()),
        summary: format!("{who} {verb}: its traffic to {host} stays unread"),
        fix: fix.to_owned(),
    }
}

type Runtime = (&'static str, &'static str, &'static str);

fn known(user_agent: &str) -> Option<Runtime> {
    let name = user_agent.to_ascii_lowercase();
    RUNTIMES
        .into_iter()
        .find(|(prefix, ..)| name.starts_with(prefix))
}

/// Some alerts are the manner of one runtime alone.
fn guessed(how: &Rejection) -> Option<Runtime> {
    let Rejection::Alert(alert) = how else {
        return None;
    };
    match alert.as_str() {
        "CertificateUnknown" => known("java"),
        "BadCertificate" => known("go-http-client"),
        _ => None,
    }
}
