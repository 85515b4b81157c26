//! The scenarios of a cause page: HTTP exchanges with time offsets, and the verdicts that they must yield.
//!
//! A scenario is a `###` heading with one `http` fence and one `verdicts` fence below it:
//!
//! ````markdown
//! ### The callback page is reloaded
//! ```http
//! @0s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb
//!       302 Location: https://app.test/cb?code=C1
//! @1s   POST /token  grant_type=authorization_code&code=C1
//!       Authorization: Basic web:s3cret
//!       +250ms 400 {"error":"invalid_grant"}
//! ```
//! ```verdicts
//! proven    code-reused   exchange 2 redeemed the same code
//! ```
//! ````
//!
//! A `warnings` fence in place of the verdicts names what is amiss though nothing need have been refused:
//! `CONCERN exchange NUMBER` a line, or the word `none`.
//!
//! The notation of the exchanges is told in `exchanges.rs`, its abbreviations in `sugar.rs`.

mod error;
mod exchanges;
mod message;
mod offset;
mod page;
mod sugar;
mod verdicts;
mod warnings;

use grantscope_oauth::Exchange;
use jiff::Timestamp;

pub use error::{Fault, ScenarioError};
pub use verdicts::{Expected, VERDICTS};
pub use warnings::ExpectedWarning;

/// The moment that `@0s` stands for. Any would do; a fixed one keeps what is rendered from a scenario the same.
pub const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The origin of a path that is written without a host.
pub const DEFAULT_ORIGIN: &str = "https://idp.test";

/// What happened on the wire, and what is to be concluded from it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The heading.
    pub title: String,
    /// The page that it stands on, as named by the caller.
    pub page: String,
    /// The line of the heading, counted from 1.
    pub line: usize,
    /// The exchanges in the order of writing, which is that of their beginnings; ids count from 1.
    pub exchanges: Vec<Exchange>,
    /// The verdicts that the diagnosis must hold, in the order of writing.
    pub verdicts: Vec<Expected>,
    /// Whether the page says `none`: the flow is healthy.
    pub expects_no_diagnosis: bool,
    /// What the session is to be warned of, in the order of writing, where the page has a `warnings` fence.
    pub warnings: Option<Vec<ExpectedWarning>>,
}

/// Reads the scenarios of a page. A page without any is fine.
pub fn scenarios(page_name: &str, markdown: &str) -> Result<Vec<Scenario>, ScenarioError> {
    page::sections(markdown)
        .and_then(|sections| {
            sections
                .iter()
                .map(|section| scenario(page_name, section))
                .collect()
        })
        .map_err(|located| located.on(page_name))
}

fn scenario(page_name: &str, section: &page::Section<'_>) -> Result<Scenario, error::Located> {
    let (verdicts, warnings) = match &section.expected {
        page::Expectation::Verdicts(fence) => (Some(verdicts::read(fence)?), None),
        page::Expectation::Warnings(fence) => (None, Some(warnings::read(fence)?)),
    };
    Ok(Scenario {
        title: section.title.to_owned(),
        page: page_name.to_owned(),
        line: section.line,
        exchanges: exchanges::read(&section.http)?,
        expects_no_diagnosis: verdicts == Some(None),
        verdicts: verdicts.flatten().unwrap_or_default(),
        warnings,
    })
}

#[cfg(test)]
mod tests;
