//! Browsers of the Chromium family are told all that they need by arguments: the CA by the pin of the key of its certificates.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use grantscope_proxy::CertificateAuthority;

/// Where they are, in the order of preference.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) const PROGRAMS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "brave",
];
#[cfg(target_os = "macos")]
pub(super) const PROGRAMS: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
];
#[cfg(windows)]
pub(super) const PROGRAMS: [&str; 4] = [
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\BraveSoftware\Brave-Browser\Application\brave.exe",
];

/// Nothing is asked at the first start, and the browser makes no requests of its own that would stand in the log.
const QUIET: [&str; 16] = [
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-service-autorun",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--disable-quic",
    // It asks its maker who is logged in. There is no such place, and the port is one that it never connects to.
    "--gaia-url=http://127.0.0.1:1",
    "--disable-features=OptimizationHints,MediaRouter,Translate,InterestFeedContentSuggestions,CertificateTransparencyComponentUpdater,AutofillServerCommunication",
];

/// What it asks of its maker, whatever its arguments say, is nothing to look at. `accounts.google.com` is an authorization server
/// as well, and is none of these.
const OF_ITS_MAKER: [&str; 7] = [
    "clients2.google.com",
    "update.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "passwordsleakcheck-pa.googleapis.com",
    "safebrowsing.googleapis.com",
    "edge.microsoft.com",
];

/// The arguments for a profile and a proxy.
pub(super) fn arguments(
    profile: &Path,
    proxy: SocketAddr,
    authority: &CertificateAuthority,
) -> Vec<OsString> {
    let mut user_data_dir = OsString::from("--user-data-dir=");
    user_data_dir.push(profile);
    let pin = authority.leaf_key_pin();
    let told = [
        format!("--proxy-server=http://{proxy}"),
        // Loopback goes through the proxy as well.
        format!("--proxy-bypass-list=<-loopback>;{}", OF_ITS_MAKER.join(";")),
        format!("--ignore-certificate-errors-spki-list={pin}"),
    ];
    let told = told.into_iter().map(OsString::from);
    let quiet = QUIET.into_iter().map(OsString::from);
    std::iter::once(user_data_dir)
        .chain(told)
        .chain(quiet)
        .collect()
}
