//! How one secret was altered into another, told by their fingerprints.

use std::cmp::Ordering;
use std::fmt;

use crate::fingerprint::Fingerprint;
use crate::form::Form;

/// How one secret was altered into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// It was percent-encoded once more than it should be.
    PercentEncoded,
    /// It was percent-decoded once more than it should be.
    PercentDecoded,
    /// A `+` became a space.
    PlusAsSpace,
    /// White space, quotes or `#_=_` were attached.
    Attached,
    /// White space or quotes that belong to it were cut off.
    Trimmed,
    /// Letters changed their case.
    CaseChanged,
    /// Its end was cut off.
    Truncated,
    /// Something was added at its end.
    Lengthened,
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PercentEncoded => "percent-encoded once too often",
            Self::PercentDecoded => "percent-decoded once too often",
            Self::PlusAsSpace => "changed: each + became a space",
            Self::Attached => "changed: white space, quotes or #_=_ were attached to it",
            Self::Trimmed => "changed: white space or quotes that belong to it were cut off",
            Self::CaseChanged => "changed in the case of its letters",
            Self::Truncated => "cut off at its end",
            Self::Lengthened => "lengthened at its end",
        })
    }
}

/// Shorter beginnings may be the same by chance, or by what a server puts in front of all its tokens.
const TELLING_CHARACTERS_MIN: u32 = 16;

impl Fingerprint {
    /// How `presented` came out of this text, where one of the usual alterations explains it.
    pub fn alteration_into(&self, presented: &Self) -> Option<Alteration> {
        let into = |form| self.form(form) == Some(presented.digest);
        let from = |form| presented.form(form) == Some(self.digest);
        let same = |form| self.form(form).is_some() && self.form(form) == presented.form(form);
        if self == presented {
            None
        } else if from(Form::PercentDecoded) {
            Some(Alteration::PercentEncoded)
        } else if into(Form::PlusAsSpace) {
            Some(Alteration::PlusAsSpace)
        } else if into(Form::PercentDecoded) {
            Some(Alteration::PercentDecoded)
        } else if from(Form::Trimmed) {
            Some(Alteration::Attached)
        } else if into(Form::Trimmed) {
            Some(Alteration::Trimmed)
        } else if into(Form::LowerCased) || from(Form::LowerCased) || same(Form::LowerCased) {
            Some(Alteration::CaseChanged)
        } else {
            self.cut_into(presented)
        }
    }

    /// Whether one is the other with its end cut off, told by a beginning that both have.
    ///
    /// Tokens of one server may begin alike, so that a short beginning, or the smaller part of the text, tells nothing.
    fn cut_into(&self, presented: &Self) -> Option<Alteration> {
        let (short, long, alteration) = match presented.length.cmp(&self.length) {
            Ordering::Less => (presented, self, Alteration::Truncated),
            Ordering::Greater => (self, presented, Alteration::Lengthened),
            Ordering::Equal => return None,
        };
        let form = Form::longest_prefix(short.length)?;
        let compared = form.characters()?;
        let is_telling = compared >= TELLING_CHARACTERS_MIN
            && compared > short.length / 2
            && compared > short.header_characters().max(long.header_characters())
            && !short.is_another_jwt_than(long);
        let beginning = if compared == short.length {
            short.digest
        } else {
            short.form(form)?
        };
        (is_telling && long.form(form) == Some(beginning)).then_some(alteration)
    }

    /// The length of the header of a JWT, which many of them share.
    fn header_characters(&self) -> u32 {
        self.jwt.as_ref().map_or(0, |jwt| jwt.header_characters)
    }

    /// Whether both are JWTs, and differ in a claim that tells tokens of one server apart.
    fn is_another_jwt_than(&self, other: &Self) -> bool {
        let claims = |of: &Self| {
            let jwt = of.jwt.as_ref()?;
            Some((jwt.jti, jwt.sub, jwt.iat, jwt.exp))
        };
        match (claims(self), claims(other)) {
            (Some(own), Some(others)) => own != others,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintKey;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    const KEY: FingerprintKey = FingerprintKey::new([7; 32]);
    const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd";

    fn alteration(issued: &str, presented: &str) -> Option<Alteration> {
        KEY.read(issued).alteration_into(&KEY.read(presented))
    }

    fn jwt(claims: &str, signature: &str) -> String {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(claims);
        format!("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImEifQ.{claims}.{signature}")
    }

    #[test]
    fn each_usual_alteration_is_named() {
        let cases = [
            (
                "SplxlOBeZQQYbYS6WxSbIA%2BzR%2F9p2kd",
                Alteration::PercentEncoded,
            ),
            ("SplxlOBeZQQYbYS6WxSbIA zR/9p2kd", Alteration::PlusAsSpace),
            ("SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd\n", Alteration::Attached),
            ("\"SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd\"", Alteration::Attached),
            ("SplxlOBeZQQYbYS6WxSbIA+zR/9p2kd#_=_", Alteration::Attached),
            ("splxlobezqqybys6wxsbia+zr/9p2kd", Alteration::CaseChanged),
            ("SPLXLOBEZQQYBYS6WXSBIA+ZR/9P2KD", Alteration::CaseChanged),
            ("SplxlOBeZQQYbYS6WxSbIA", Alteration::Truncated),
            ("SplxlOBeZQQYbYS6", Alteration::Truncated),
            ("SplxlOBeZQQYbYS6WxSbIA+zR/9p2kdXYZ", Alteration::Lengthened),
        ];
        for (presented, expected) in cases {
            assert_eq!(alteration(CODE, presented), Some(expected), "{presented}");
        }
        assert_eq!(
            alteration("a%2Fb%2Fc", "a/b/c"),
            Some(Alteration::PercentDecoded)
        );
        assert_eq!(alteration(CODE, "QplxlOBeZQQYbYS6WxSbIA+zR/9p2kd"), None);
        assert_eq!(alteration(CODE, CODE), None);
    }

    #[test]
    fn secrets_that_only_begin_alike_are_not_altered() {
        let long = "a".repeat(1100);
        for (issued, presented) in [
            // As long as the other.
            (CODE, "SplxlOBeZQQYbYS6QQQQQQQQQQQQQQQ"),
            // Less than 16 characters.
            ("SplxlOBe12345", "SplxlOBe1"),
            // Not more than half of the shorter.
            (
                &*format!("{long}bcd"),
                &*format!("{}e{long}", &long[..1024]),
            ),
        ] {
            assert_eq!(alteration(issued, presented), None, "{presented}");
            assert_eq!(alteration(presented, issued), None, "{presented}");
        }
    }

    #[test]
    fn a_jwt_is_a_cut_only_of_itself() {
        let issuer = r#""iss":"https://idp.test/realms/a-realm-with-a-long-name""#;
        let token =
            |jti: &str, signature| jwt(&format!(r#"{{{issuer},"jti":"{jti}"}}"#), signature);
        let issued = token("first", "c2lnbmF0dXJl");
        let cut = Some(Alteration::Truncated);
        // In the signature, and in the claims.
        assert_eq!(alteration(&issued, &token("first", "c2ln")), cut);
        assert_eq!(alteration(&issued, &issued[..140]), cut);
        assert_eq!(alteration(&issued, &token("second", "c2ln")), None);
        // In the header, which all tokens of the server have.
        assert_eq!(alteration(&issued, &issued[..45]), None);
    }
}
