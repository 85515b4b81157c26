//! What the providers say of URLs that end like an endpoint. To find that out takes a comparison with all of them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::known::EndpointKind;

/// Of how many URLs it is remembered.
const URLS_MAX: usize = 256;

/// The answers, by URL.
#[derive(Debug, Default)]
pub(super) struct Answers(RwLock<HashMap<String, Option<EndpointKind>>>);

impl Answers {
    /// The answer for a URL; `ask` finds it where it is not known.
    pub(super) fn recall(
        &self,
        endpoint: &str,
        ask: impl FnOnce() -> Option<EndpointKind>,
    ) -> Option<EndpointKind> {
        // A lock that a panic poisoned guards plain data, which is whole.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(endpoint) {
            return *answer;
        }
        drop(known);
        let answer = ask();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= URLS_MAX {
            known.clear();
        }
        known.insert(endpoint.to_owned(), answer);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_not_asked_again() {
        let answers = Answers::default();
        let token = || Some(EndpointKind::Token);
        assert_eq!(answers.recall("https://a.test/token", token), token());
        assert_eq!(answers.recall("https://a.test/token", || None), token());
        assert_eq!(answers.recall("https://b.test/token", || None), None);
        for n in 0..2 * URLS_MAX {
            answers.recall(&n.to_string(), || None);
        }
        assert!(answers.0.read().unwrap().len() <= URLS_MAX);
    }
}
