//! To which grants a cause applies.

use grantscope_oauth::Grant;

/// A set of kinds of grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grants(u8);

impl Grants {
    pub(crate) const CODE: Self = Self(1);
    pub(crate) const REFRESH: Self = Self(2);
    pub(crate) const PASSWORD: Self = Self(4);
    pub(crate) const ASSERTION: Self = Self(8);
    pub(crate) const DEVICE: Self = Self(16);
    pub(crate) const OTHER: Self = Self(32);
    pub(crate) const ALL: Self = Self(63);
    /// The grants behind which there is a user.
    pub(crate) const OF_A_USER: Self = Self(1 | 2 | 4 | 8 | 16);

    /// The set that holds one grant alone. Assertions are the grants of RFC 7521 and token exchange (RFC 8693).
    pub(crate) fn of(grant: &Grant) -> Self {
        match grant {
            Grant::AuthorizationCode { .. } => Self::CODE,
            Grant::RefreshToken { .. } => Self::REFRESH,
            Grant::Password { .. } => Self::PASSWORD,
            Grant::DeviceCode { .. } => Self::DEVICE,
            Grant::JwtBearer { .. } | Grant::Saml2Bearer { .. } | Grant::TokenExchange { .. } => {
                Self::ASSERTION
            }
            Grant::ClientCredentials | Grant::Unknown(_) => Self::OTHER,
        }
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
