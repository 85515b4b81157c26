//! History in, diagnosis out: for a refused grant, the verdict on every cause that applies, with its evidence.
//!
//! Pure functions of the history: no I/O, no clock, no state. A rule cannot fail and does not mutate.

mod absence;
mod assertion;
mod case;
mod causes;
mod comparison;
mod diagnosis;
mod finding;
mod grants;
mod page;
mod said;
mod soundness;
mod statement;
mod timeline;
mod units;

pub use case::Case;
pub use causes::Cause;
pub use comparison::{Comparison, Side};
pub use diagnosis::{Diagnosis, diagnose};
pub use finding::{Evidence, Finding, Verdict};
pub use page::Page;
pub use statement::{Statements, Word};
pub use timeline::Moment;
pub use units::readable;
