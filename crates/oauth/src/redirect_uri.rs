//! The redirection endpoint's URI (RFC 6749 §3.1.2), kept and compared as sent.

use std::fmt;

use crate::mask;

/// A `redirect_uri` as it was sent. Servers compare it character by character (RFC 6749 §4.1.3, RFC 9700 §4.1.3), so it is never normalised.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RedirectUri(pub String);

impl RedirectUri {
    /// The text as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has a scheme that an app on a device claimed for itself (RFC 8252 §7.1).
    pub fn has_private_scheme(&self) -> bool {
        let is_of_web = |scheme: &str| {
            let known = ["http", "https", "urn"];
            known.iter().any(|it| scheme.eq_ignore_ascii_case(it))
        };
        let scheme = self.0.split_once(':').map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| !is_of_web(scheme))
    }

    /// Whether it was taken out of the capture, whole or in part, so that it tells nothing to compare it.
    pub fn is_masked(&self) -> bool {
        mask::is_in_uri(&self.0)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
