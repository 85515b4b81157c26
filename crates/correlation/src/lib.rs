//! What happened to each authorization, code, refresh token and client, from exchange to exchange.
//!
//! It records and relates; it judges nothing (that is `grantscope-rules`), has no clock and does no I/O.

mod authorization;
mod client;
mod code;
mod coverage;
mod forgotten;
mod history;
mod index;
mod key;
mod ledger;
mod logout;
mod presentation;
mod refresh;
mod seen;
mod touched;

pub use authorization::Authorization;
pub use client::ClientHistory;
pub use code::{CodeHistory, CodeLife, Issuance, Leg, Party, Receipt};
pub use coverage::Coverage;
pub use history::{History, Server};
pub use index::{Mention, Role};
pub use ledger::{Correlator, Event, Limits};
pub use logout::Logout;
pub use presentation::{Outcome, Presentation};
pub use refresh::{
    FamilyEnd, Generation, RefreshIssuance, RefreshTokenHistory, Revocation, RevokedToken,
    TokenFamily,
};
pub use seen::{Seen, Unseen};
