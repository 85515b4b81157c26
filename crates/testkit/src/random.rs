//! Unguessable values: codes, tokens, states, verifiers.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

/// 43 characters of the unreserved set, which also is a good code verifier (RFC 7636 §4.1).
#[expect(
    clippy::expect_used,
    reason = "a system without a random source can run neither TLS nor this"
)]
pub(crate) fn unguessable() -> String {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system has a random source");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
