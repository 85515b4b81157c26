//! History in, diagnosis out: for a refused grant, the verdict on every cause that applies, with its evidence. Where nothing
//! was refused, warnings of what is amiss.
//!
//! Pure functions of the history: no I/O, no clock, no state. A rule cannot fail and does not mutate.

mod absence;
mod assertion;
mod case;
mod causes;
mod comparison;
mod diagnosis;
mod finding;
mod forgotten;
mod grants;
mod looks;
mod page;
mod said;
mod soundness;
mod stage;
mod statement;
mod timeline;
mod units;
mod warnings;
mod wording;

pub use case::Case;
pub use causes::Cause;
pub use comparison::{Comparison, Side};
pub use diagnosis::{Diagnosis, diagnose};
pub use finding::{Evidence, Finding, Verdict};
pub use page::Page;
pub use statement::{Statements, Word};
pub use timeline::Moment;
pub use units::readable;
pub use warnings::{Concern, Place, Warning, WarningKey, warn, warn_at_end};
