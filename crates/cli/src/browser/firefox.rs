//! Firefox is told by a profile that is made for it: preferences for the proxy, and a database of NSS that trusts the CA.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use grantscope_proxy::{CertificateAuthority, CertificateFacts};

use crate::programs;
use crate::trust::in_new_database;

/// Where it is, in the order of preference.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) const PROGRAMS: [&str; 2] = ["firefox", "firefox-esr"];
#[cfg(target_os = "macos")]
pub(super) const PROGRAMS: [&str; 1] = ["/Applications/Firefox.app/Contents/MacOS/firefox"];
#[cfg(windows)]
pub(super) const PROGRAMS: [&str; 1] = [r"C:\Program Files\Mozilla Firefox\firefox.exe"];

/// Preferences that are the same each time: the proxy is used for loopback too, over protocols that it reads; nothing is asked at the
/// first start; and Firefox makes no requests of its own that would stand in the log.
const PREFERENCES: [(&str, &str); 38] = [
    ("network.proxy.type", "1"),
    ("network.proxy.share_proxy_settings", "true"),
    // What it asks of its maker, whatever the other preferences say, is nothing to look at.
    (
        "network.proxy.no_proxies_on",
        "\".services.mozilla.com, .cdn.mozilla.net, .telemetry.mozilla.org\"",
    ),
    ("network.proxy.allow_hijacking_localhost", "true"),
    ("network.http.http3.enable", "false"),
    ("network.trr.mode", "5"),
    ("network.dns.disablePrefetch", "true"),
    ("network.prefetch-next", "false"),
    ("network.predictor.enabled", "false"),
    ("network.http.speculative-parallel-limit", "0"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("security.OCSP.enabled", "0"),
    ("security.enterprise_roots.enabled", "true"),
    ("app.normandy.enabled", "false"),
    ("app.update.auto", "false"),
    ("app.update.enabled", "false"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.newtabpage.enabled", "false"),
    ("browser.region.network.url", "\"\""),
    ("browser.region.update.enabled", "false"),
    ("browser.safebrowsing.downloads.enabled", "false"),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.search.update", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.startup.page", "0"),
    ("datareporting.healthreport.uploadEnabled", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("dom.push.connection.enabled", "false"),
    ("extensions.getAddons.cache.enabled", "false"),
    ("extensions.systemAddon.update.enabled", "false"),
    ("extensions.update.enabled", "false"),
    ("media.gmp-manager.updateEnabled", "false"),
    ("messaging-system.rsexperimentloader.enabled", "false"),
    ("signon.rememberSignons", "false"),
    ("toolkit.telemetry.enabled", "false"),
];

/// Makes the profile ready.
pub(super) fn prepare(
    profile: &Path,
    proxy: SocketAddr,
    authority: &CertificateAuthority,
) -> Result<()> {
    std::fs::write(profile.join("user.js"), preferences(proxy))
        .context("writing the preferences of the profile")?;
    if cfg!(windows) {
        // There is no certutil of NSS: Firefox takes the system's store instead, as the preferences say.
        let trusted = authority.system_trusts(authority.ca_pem());
        ensure!(
            trusted,
            "on Windows Firefox takes the CA from the system's store alone: `grantscope ca trust`, or use a browser of the \
             Chromium family"
        );
        return Ok(());
    }
    ensure!(
        programs::find("certutil").is_some(),
        "Firefox is told of the CA by `certutil` of NSS: install it with `apt-get install libnss3-tools`, `dnf install nss-tools`, \
         `pacman -S nss` or `brew install nss`, or use a browser of the Chromium family"
    );
    let facts = CertificateFacts::of(authority.ca_pem()).context("reading the CA")?;
    in_new_database(profile, &authority.certificate_path(), &facts.name)
}

/// The arguments for a profile.
pub(super) fn arguments(profile: &Path) -> Vec<OsString> {
    let own = ["--no-remote", "--new-instance", "--profile"].map(OsString::from);
    own.into_iter()
        .chain([profile.as_os_str().to_owned()])
        .collect()
}

fn preferences(proxy: SocketAddr) -> String {
    let (host, port) = (format!("\"{}\"", proxy.ip()), proxy.port().to_string());
    let of_proxy = [
        ("network.proxy.http", &host),
        ("network.proxy.http_port", &port),
        ("network.proxy.ssl", &host),
        ("network.proxy.ssl_port", &port),
    ];
    let of_proxy = of_proxy.map(|(name, value)| (name, value.as_str()));
    let mut text = String::new();
    for (name, value) in of_proxy.into_iter().chain(PREFERENCES) {
        // Nothing can go wrong where a text is written to.
        let _written = writeln!(text, "user_pref(\"{name}\", {value});");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_sends_loopback_through_the_proxy_too() {
        let text = preferences(SocketAddr::from(([127, 0, 0, 1], 8642)));
        for line in [
            "user_pref(\"network.proxy.ssl\", \"127.0.0.1\");",
            "user_pref(\"network.proxy.ssl_port\", 8642);",
            "user_pref(\"network.proxy.allow_hijacking_localhost\", true);",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is not in {text}");
        }
    }
}
