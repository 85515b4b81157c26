//! What a value that is new in each login is equal to within its own.

use std::collections::BTreeMap;

use super::field::Field;
use super::step::Step;

/// Where each value of a login that is new in it occurred first.
pub(super) struct Relations {
    first: BTreeMap<String, String>,
    /// The places of the challenges of verifiers.
    challenges: BTreeMap<String, String>,
    same_key: bool,
}

impl Relations {
    /// The relations within a login. `same_key` tells whether its fingerprints can be compared with those of the other.
    pub(super) fn of(steps: &[Step], same_key: bool) -> Self {
        let mut first = BTreeMap::new();
        for step in steps {
            for field in &step.fields {
                for nonce in &field.nonces {
                    let place = format!("{} of the {}", field.name(), step.name);
                    first.entry(nonce.key()).or_insert(place);
                }
            }
        }
        let nonces = steps.iter().flat_map(|step| &step.fields);
        let nonces = nonces.flat_map(|field| &field.nonces);
        let challenged = nonces.filter_map(|verifier| {
            let place = first.get(&verifier.challenge()?)?;
            Some((verifier.key(), place.clone()))
        });
        let challenges = challenged.collect();
        Self {
            first,
            challenges,
            same_key,
        }
    }

    /// What the values of a field are equal to: a value that is the same in each login, to itself; one that is new, to the
    /// place where it occurred first.
    pub(super) fn told(&self, field: &Field) -> String {
        if let Some(constant) = &field.constant {
            return if self.same_key {
                constant.named("secret")
            } else {
                format!("{} characters", constant.length)
            };
        }
        let told = field.nonces.iter().map(|nonce| {
            let key = nonce.key();
            match (self.challenges.get(&key), self.first.get(&key)) {
                (Some(place), _) => format!("its S256 is the {place}"),
                (None, Some(place)) => format!("the {place}"),
                (None, None) => String::new(),
            }
        });
        told.collect::<Vec<_>>().join(", ")
    }
}
