//! A good login against a bad one: what differs in meaning, in the order in which it happened.
//!
//! Two logins never have a code, a state or a verifier in common. Such values are compared by what they are equal to within
//! their own login: that the code of the token request is the one that was issued, and not that it is the same twice.
//! All else — parameters, redirection URIs, endpoints, scopes, how the client authenticates — is compared as it was sent.

mod align;
mod field;
mod login;
mod relation;
mod step;

use std::ops::Range;

use serde::Serialize;

use align::{Aligned, align};
use field::Field;
pub use login::{Choice, Login};
use relation::Relations;
use step::{ANSWER, Step};

/// What differs between two logins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The message in which it shows: `token request`.
    pub step: String,
    /// The place in that message: `form redirect_uri`; empty where the whole message is meant.
    pub place: String,
    /// How they differ.
    pub kind: Kind,
    /// The good login.
    pub good: Side,
    /// The bad one.
    pub bad: Side,
}

/// How two logins differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The bad login lacks it.
    Missing,
    /// Only the bad login has it.
    Added,
    /// Both have it, with another value.
    Value,
    /// It is equal to another value of its login.
    Relation,
    /// Much more time had passed.
    Timing,
}

/// What one of the logins has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The exchange; `None` where the login has no such message.
    pub exchange: Option<u64>,
    /// The value, without secrets; `None` where there is none.
    pub value: Option<String>,
    /// The differing part of the value, in bytes.
    pub differs: Range<usize>,
}

/// The differences, the first that happened first. None between two healthy logins of one app.
///
/// `same_key` tells whether both were redacted by one key. Where they were not, a client secret is compared by its length.
pub fn differences(good: &Login, bad: &Login, same_key: bool) -> Vec<Difference> {
    let (good, bad) = (good.steps(), bad.steps());
    let relations = [&good, &bad].map(|steps| Relations::of(steps, same_key));
    let mut differences = Vec::new();
    for aligned in align(&good, &bad) {
        match aligned {
            Aligned::Good(step) => differences.push(alone(step, Kind::Missing)),
            Aligned::Bad(step) => differences.push(alone(step, Kind::Added)),
            Aligned::Both(good, bad) => {
                differences.extend(within(good, bad, &relations));
            }
        }
    }
    differences
}

/// A whole message that only one of the logins has.
fn alone(step: &Step, kind: Kind) -> Difference {
    let side = Side {
        exchange: Some(step.exchange.0),
        value: Some(step.name.clone()),
        differs: 0..0,
    };
    let (good, bad) = match kind {
        Kind::Missing => (side, Side::default()),
        _ => (Side::default(), side),
    };
    Difference {
        step: step.name.clone(),
        place: String::new(),
        kind,
        good,
        bad,
    }
}

fn within(good: &Step, bad: &Step, relations: &[Relations; 2]) -> Vec<Difference> {
    let difference = |place: &str, kind, values: [Option<String>; 2]| {
        let [of_good, of_bad] = sides([good, bad], values, kind);
        Difference {
            step: bad.name.clone(),
            place: place.to_owned(),
            kind,
            good: of_good,
            bad: of_bad,
        }
    };
    let mut differences = Vec::new();
    for place in places(good, bad) {
        let (left, right) = (good.field(place), bad.field(place));
        let values = [left.map(Field::shown), right.map(Field::shown)];
        let kind = match (left, right) {
            (Some(_), None) => Kind::Missing,
            (None, _) => Kind::Added,
            (Some(left), Some(right)) if left.text != right.text => Kind::Value,
            (Some(left), Some(right)) => {
                let related = [relations[0].told(left), relations[1].told(right)];
                if related[0] != related[1] {
                    differences.push(difference(place, Kind::Relation, related.map(Some)));
                }
                continue;
            }
        };
        differences.push(difference(place, kind, values));
        if place == ANSWER {
            break;
        }
    }
    if is_late(good, bad) {
        let told = |step: &Step| step.age.map(|age| format!("{:.3} s", age.as_secs_f64()));
        let values = [told(good), told(bad)];
        differences.push(difference("age of the grant", Kind::Timing, values));
    }
    differences
}

/// The places of two messages, in the order of the bad one, and then those that only the good one has.
fn places<'a>(good: &'a Step, bad: &'a Step) -> Vec<&'a str> {
    let mut places: Vec<&str> = Vec::new();
    for field in bad.fields.iter().chain(&good.fields) {
        if !places.contains(&field.place.as_str()) {
            places.push(&field.place);
        }
    }
    places
}

/// Whether the bad login took so much longer to present what it was given that the time may be what matters.
fn is_late(good: &Step, bad: &Step) -> bool {
    match (good.age, bad.age) {
        (Some(good), Some(late)) => late >= bad.notable_age && late > good * 2,
        _ => false,
    }
}

fn sides(steps: [&Step; 2], values: [Option<String>; 2], kind: Kind) -> [Side; 2] {
    let differ = match &values {
        [Some(good), Some(bad)] if kind == Kind::Value => differing(good, bad),
        _ => [0..0, 0..0],
    };
    let [good, bad] = values;
    let [good_differs, bad_differs] = differ;
    let side = |step: &Step, value: Option<String>, differs| Side {
        exchange: Some(step.exchange.0),
        value,
        differs,
    };
    [
        side(steps[0], good, good_differs),
        side(steps[1], bad, bad_differs),
    ]
}

/// The parts of two texts that are left without what both begin and end with.
fn differing(good: &str, bad: &str) -> [Range<usize>; 2] {
    let pairs = good.chars().zip(bad.chars());
    let start: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let rests = good[start..].chars().rev().zip(bad[start..].chars().rev());
    let end: usize = rests
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    [start..good.len() - end, start..bad.len() - end]
}

#[cfg(test)]
mod tests;
