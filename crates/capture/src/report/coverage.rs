//! What was not seen, as it leaves grantscope.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Word;

/// A finding of kind `coverage`: something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageV1 {
    /// [`SCHEMA`](super::SCHEMA).
    pub schema: Word,
    /// Names the finding.
    pub id: String,
    /// Counts the revisions, from 1.
    pub revision: u32,
    /// When it was found.
    pub time: Timestamp,
    /// `coverage`.
    pub kind: Word,
    /// What kind of gap it is.
    pub coverage: Word,
    /// The host whose traffic was not seen, where it is one.
    pub host: Option<String>,
    /// What was not seen, in one sentence.
    pub summary: String,
    /// What to do.
    pub fix: String,
}
