//! For development: the scenarios of the cause pages, and both ends of OAuth in one process.
//!
//! Nothing here diagnoses, and nothing here knows grantscope's causes but by the names that a play or a page writes down.

mod pkce;
pub mod scenario;

pub use pkce::s256;
pub use scenario::{Scenario, ScenarioError, scenarios};
