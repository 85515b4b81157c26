//! For development: the scenarios of the cause pages, and both ends of OAuth in one process.
//!
//! Nothing here diagnoses, and nothing here knows grantscope's causes but by the names that a play or a page writes down.

mod bulk;
pub mod canary;
pub mod client;
mod clock;
mod error;
mod pkce;
pub mod playbook;
mod random;
#[cfg(test)]
mod relay;
pub mod scenario;
pub mod server;
mod test_ca;

pub use bulk::BulkHar;
pub use canary::Canaries;
pub use client::{App, HttpClient, UserAgent};
pub use error::Error;
pub use pkce::s256;
pub use scenario::{Scenario, ScenarioError, scenarios};
pub use server::{AuthorizationServer, RunningServer};
pub use test_ca::{Leaf, TestCa};
