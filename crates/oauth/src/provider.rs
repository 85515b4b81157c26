//! What is known of authorization server products and services.

/// The providers that are known.
#[derive(Debug, Default)]
pub struct Providers(());

impl Providers {
    /// No provider at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The endpoint that a URL is at a provider that publishes no metadata.
    pub fn endpoint(&self, _url: &crate::RequestUrl) -> Option<crate::EndpointKind> {
        None
    }

    /// The providers that come with grantscope.
    pub fn embedded() -> Self {
        Self::default()
    }
}
