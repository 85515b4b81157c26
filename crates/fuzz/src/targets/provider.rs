//! The file of a provider, which users write.

use std::sync::Arc;

use grantscope_correlation::{Correlator, Event};
use grantscope_oauth::{Body, Headers, Providers, Reader, RequestUrl};
use grantscope_rules::{Case, diagnose};

use super::exchange::{KEY, token_exchange};

/// So many texts of a file are met in the traffic.
const MET_MAX: usize = 48;

/// A file in TOML. One that is taken is used on traffic in which each text of it is met: as a place, a field, and the words
/// of a server.
pub(super) fn provider(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let provider = match Providers::parse_file("mine", &text) {
        Ok(provider) => provider,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let providers = Arc::new(Providers::none().with(provider));
    for word in text.split('"').take(MET_MAX) {
        meet(&providers, word);
    }
}

fn meet(providers: &Arc<Providers>, word: &str) {
    let reader = Reader::new(KEY, Arc::clone(providers));
    let ledger = Correlator::default();
    for url in [
        format!("https://idp.test{word}"),
        format!("https://{word}/token"),
    ] {
        let mut exchange = token_exchange();
        exchange.request.url = RequestUrl::new(url);
        if let Some(response) = &mut exchange.response {
            response.headers = Headers::from_iter([(word.to_owned(), word.to_owned())]);
            let said = serde_json::json!({"error": "invalid_grant", "error_description": word, word: word});
            response.body = Body::whole(said.to_string());
        }
        ledger.observe(Event::Finished(reader.read(&exchange)));
        if let Some(case) = Case::of(ledger.history(), providers, exchange.id) {
            let diagnosis = diagnose(&case);
            assert!(diagnosis.broken.is_empty(), "a rule fails");
        }
    }
}
