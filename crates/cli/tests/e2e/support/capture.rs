//! The capture of one refused login, with the secrets that it holds.

use grantscope_testkit::Canaries;

/// A HAR file as a browser writes it.
pub(crate) const HAR: &str = include_str!("../capture.har");

/// Its code, state and client secret.
pub(crate) const SECRETS: [(&str, &str); 3] = [
    ("code", "SplxlOBeZQQYbYS6WxSbIA"),
    ("state", "af0ifjsldkj"),
    ("client secret", "s3cr3t"),
];

/// Fails the test where a secret of the capture is in what a command printed.
#[track_caller]
pub(crate) fn assert_silent(printed: &[&[u8]]) {
    let canaries = Canaries::new(SECRETS);
    for text in printed {
        canaries.assert_silent("what is printed", text);
    }
}

#[test]
fn the_capture_holds_the_secrets() {
    let found = Canaries::new(SECRETS);
    let found = found.found_in(HAR.as_bytes());
    for (kind, _) in SECRETS {
        assert!(
            found.iter().any(|it| it.starts_with(kind)),
            "{kind} in {found:?}"
        );
    }
}
