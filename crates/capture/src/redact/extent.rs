//! How much of a JSON text a reading takes: all of it, or the members before a fault.
//!
//! What comes after a fault cannot be told from anything else, so that none of it stays. What a reading takes is asked in the way
//! of a reading, so that the members that stay are those that a diagnosis is made of.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

use super::checked::Checked;
use super::names::tells_of_error;

/// How much of a JSON text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it, which is well-formed.
    Whole,
    /// The object that it begins with, behind which is what is no JSON.
    Object,
    /// So many members of the object that it begins with.
    Members(usize),
}

/// How much of a text is read that begins with `{` or `[`.
pub(super) fn extent(text: &str) -> Extent {
    if serde_json::from_str::<Checked>(text).is_ok() {
        return Extent::Whole;
    }
    let object = text.strip_prefix('[').map_or(text, str::trim_start);
    let mut count = 0;
    let mut json = serde_json::Deserializer::from_str(object);
    match json.deserialize_map(Count(&mut count)) {
        Ok(()) => Extent::Object,
        Err(_) => Extent::Members(count),
    }
}

/// Counts the members that come before an error.
struct Count<'a>(&'a mut usize);

impl<'de> Visitor<'de> for Count<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<Checked, Checked>()?.is_some() {
            *self.0 += 1;
        }
        Ok(())
    }
}

/// Whether an object, or the first one in an array, has a member that tells of an error, as a reading asks it.
pub(super) fn has_error(text: &str) -> bool {
    let text = text.trim_start_matches('[').trim_start();
    let mut found = false;
    let mut json = serde_json::Deserializer::from_str(text);
    // What comes before a fault in the text counts.
    json.deserialize_map(HasError(&mut found)).ok();
    found
}

struct HasError<'a>(&'a mut bool);

/// The name of a member, which is copied only where it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for HasError<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // What comes after a fault is not read, and a value that is passed over may have one.
        while let Some(name) = map.next_key::<Name<'de>>()? {
            if tells_of_error(&name.0) {
                *self.0 |= is_filled(&map.next_value()?);
            } else {
                map.next_value::<Checked>()?;
            }
        }
        Ok(())
    }
}

/// `"error": false` and `"errors": []` say that there is none.
fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(many) => !many.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reading_takes_is_counted() {
        for (text, expected) in [
            (r#"{"a":1,"b":{"c":[2]}}"#, Extent::Whole),
            (r#"[{"a":1},2]"#, Extent::Whole),
            (r#"{"a":1} and more"#, Extent::Object),
            (r#"[ {"a":1}, x"#, Extent::Object),
            (r#"{"a":1,"b":{"c"#, Extent::Members(1)),
            (r#"{"a":1"b":2}"#, Extent::Members(1)),
            (r#"{"a"8"b"}"#, Extent::Members(0)),
            (r#"{"a":"\ud83d"}"#, Extent::Members(0)),
            (r#"{"a":1e999}"#, Extent::Members(0)),
            (r#"{"\ud83d":1}"#, Extent::Members(0)),
            (r#"["a", {"#, Extent::Members(0)),
        ] {
            assert_eq!(extent(text), expected, "{text}");
        }
    }
}
