//! What happened to each authorization, code, refresh token and client, from exchange to exchange.
//!
//! It records and relates; it judges nothing (that is `grantscope-rules`), has no clock and does no I/O.

mod client;
mod code;
mod coverage;
mod history;
mod index;
mod ledger;
mod presentation;
mod refresh;
mod seen;

pub use client::ClientHistory;
pub use code::{Authorization, CodeHistory, CodeLife, Issuance, Leg, Party, Receipt};
pub use coverage::Coverage;
pub use history::{History, Server};
pub use index::{Mention, Role};
pub use ledger::{Correlator, Event, Limits};
pub use presentation::{Outcome, Presentation};
pub use refresh::{
    FamilyEnd, Generation, RefreshIssuance, RefreshTokenHistory, Revocation, RevokedToken,
    TokenFamily,
};
pub use seen::{Seen, Unseen};
