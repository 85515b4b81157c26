//! The other end: an HTTP client that may go through a proxy, a user agent, and an app that can be told to misbehave.

mod app;
mod http_client;
mod token_request;
mod user_agent;

pub use app::{App, ClientAuthentication, Login};
pub use http_client::{HttpClient, Reply};
pub use token_request::TokenRequest;
pub use user_agent::{Callback, UserAgent};

#[cfg(test)]
mod tests;
