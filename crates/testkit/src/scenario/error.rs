//! What is wrong with a page, and where.

/// A scenario that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{page}:{line}: {fault}")]
pub struct ScenarioError {
    /// The page, as named by the caller.
    pub page: String,
    /// The line in the page, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a scenario. The author of the page can mend each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A fence has no end.
    #[error("the fence is never closed")]
    FenceOpen,
    /// Verdicts stand outside of a `###` section, where they belong to nothing.
    #[error("verdicts need a `###` heading above them")]
    NoHeading,
    /// A section has two fences of a kind.
    #[error("the section has a second `{0}` fence; one scenario has one")]
    SecondFence(&'static str),
    /// A section has one kind of fence and lacks the other.
    #[error("the scenario lacks its `{0}` fence")]
    FenceMissing(&'static str),
    /// A fence of exchanges has none.
    #[error("the scenario has no exchange")]
    NoExchange,
    /// A line stands where an exchange must begin.
    #[error("expected `@TIME METHOD URL`, found `{0}`")]
    NotARequest(String),
    /// A time that cannot be read.
    #[error("`{0}` is no time; write `@1.5s`, `@250ms`, `@2m`, `@3h` or `@7d`")]
    NotATime(String),
    /// A method that HTTP does not allow.
    #[error("`{0}` is no HTTP method")]
    NotAMethod(String),
    /// A URL that is neither absolute nor a path.
    #[error("`{0}` is neither an absolute URL nor a path that begins with `/`")]
    NotAUrl(String),
    /// A line of a response begins without its status.
    #[error("expected a status of three digits, found `{0}`")]
    NotAStatus(String),
    /// The answer is left open.
    #[error("exchange {0} has no response; write `no answer` where none came")]
    ResponseMissing(u64),
    /// An exchange is answered twice.
    #[error("exchange {0} has a second response")]
    SecondResponse(u64),
    /// Exchanges are not in the order of time.
    #[error("exchange {0} begins before the one above it")]
    OutOfOrder(u64),
    /// A response that comes before its request.
    #[error("exchange {0} is answered before it is asked")]
    AnsweredTooEarly(u64),
    /// JSON that does not parse, in a body or in the claims of a token.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// `S256(` without its end.
    #[error("`S256(` is never closed")]
    S256Open,
    /// A verdicts fence is empty.
    #[error("no verdict; write `none` for a flow without a diagnosis")]
    NoVerdict,
    /// A word that is no verdict.
    #[error("`{0}` is no verdict; use proven, likely, possible or ruled-out")]
    NotAVerdict(String),
    /// A verdict about nothing.
    #[error("the verdict `{0}` names no cause")]
    CauseMissing(String),
    /// A line that is no warning.
    #[error("expected `CONCERN exchange NUMBER`, found `{0}`")]
    NotAWarning(String),
    /// Two verdicts about one cause.
    #[error("`{0}` has a verdict above")]
    SecondVerdict(String),
}

/// A fault and its line, before the page is known.
#[derive(Debug)]
pub(super) struct Located {
    line: usize,
    fault: Fault,
}

impl Fault {
    pub(super) fn at(self, line: usize) -> Located {
        Located { line, fault: self }
    }
}

impl Located {
    pub(super) fn on(self, page: &str) -> ScenarioError {
        ScenarioError {
            page: page.to_owned(),
            line: self.line,
            fault: self.fault,
        }
    }
}
