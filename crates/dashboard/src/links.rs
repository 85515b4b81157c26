//! The addresses of the pages of a session.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What need not be encoded in a segment of a path, or in a value of a query (RFC 3986 §2.3).
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The addresses below that of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// The path before those of its pages; empty for the session that is shown first.
    base: String,
}

impl Links {
    /// Those of a session on a shelf: `/sessions/monday`.
    pub(crate) fn of_session(shelf: &str, name: &str) -> Self {
        Self {
            base: format!("/{shelf}/{}", encoded(name)),
        }
    }

    pub(crate) fn log(&self) -> String {
        format!("{}/", self.base)
    }

    /// The log of what was found of a grant.
    pub(crate) fn log_of(&self, grant: &str) -> String {
        format!("{}?group=each&grant={}", self.log(), encoded(grant))
    }

    pub(crate) fn finding(&self, id: &str) -> String {
        format!("{}/findings/{}", self.base, encoded(id))
    }

    /// A text of a finding, in a form that is made to be copied.
    pub(crate) fn finding_as(&self, id: &str, form: &str) -> String {
        format!("{}/{form}", self.finding(id))
    }

    pub(crate) fn exchanges(&self) -> String {
        format!("{}/exchanges", self.base)
    }

    pub(crate) fn exchange(&self, number: u64) -> String {
        format!("{}/exchanges/{number}", self.base)
    }

    /// A place in an exchange, as evidence names it.
    pub(crate) fn place(&self, number: u64, place: &str) -> String {
        format!("{}#{}", self.exchange(number), anchor(place))
    }

    /// A place in an exchange, with all places of a secret pointed out there. `digits` are the six that people see of it.
    pub(crate) fn secret_at(&self, number: u64, digits: &str, place: &str) -> String {
        let exchange = self.exchange(number);
        format!("{exchange}?secret={}#{}", encoded(digits), anchor(place))
    }

    /// A secret and all that happened to it.
    pub(crate) fn grant(&self, name: &str) -> String {
        format!("{}/grants/{}", self.base, encoded(name))
    }

    pub(crate) fn export(&self, format: &str) -> String {
        format!("{}/export/{format}", self.base)
    }
}

/// A text as a segment of a path or as a value in a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &ENCODED).to_string()
}

/// The id of the element of a place: letters, digits and hyphens.
pub(crate) fn anchor(place: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    place
        .chars()
        .take(ANCHOR_CHARACTERS_MAX)
        .map(plain)
        .collect()
}

const ANCHOR_CHARACTERS_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_an_address_stays_where_it_is_put() {
        let links = Links::of_session("sessions", "mon/day");
        assert_eq!(
            links.grant("code#7f3a9c"),
            "/sessions/mon%2Fday/grants/code%237f3a9c"
        );
        assert_eq!(
            links.finding("../\"x"),
            "/sessions/mon%2Fday/findings/..%2F%22x"
        );
        assert_eq!(Links::default().log(), "/");
    }

    #[test]
    fn a_place_leads_to_an_element() {
        let links = Links::default();
        assert_eq!(
            links.place(7, "form redirect_uri"),
            "/exchanges/7#form-redirect_uri"
        );
        assert_eq!(anchor("header \"><"), "header----");
    }
}
