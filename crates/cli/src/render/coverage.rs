//! What was not seen, in two lines.

use super::printable;
use super::style::{FIX, GUTTER, STRONG, WARNING};
use crate::coverage::Gap;

/// The block of a gap.
pub(super) fn block(gap: &Gap) -> String {
    let (kind, summary, fix) = (gap.kind, printable(&gap.summary), printable(&gap.fix));
    format!(
        "{WARNING}not seen[{kind}]{WARNING:#}{STRONG} {summary}{STRONG:#}\n   {GUTTER}={GUTTER:#} {FIX}fix{FIX:#}: {fix}\n\n"
    )
}
