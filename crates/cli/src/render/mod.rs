//! What is printed: the live log, and the errors of grantscope itself. Nothing else in the workspace prints.

mod again;
mod block;
mod coverage;
mod outlet;
mod progress;
mod style;
mod warning;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstream::AutoStream;
use anyhow::Result;
use grantscope_capture::report::FindingV1;
use grantscope_oauth::ExchangeId;

use crate::args::Format;
use crate::engine::Finding;
use crate::merge::Origin;
use again::{Repeats, Telling};

pub(crate) use grantscope_capture::printable;
pub(crate) use outlet::Outlet;
pub(crate) use progress::Progress;

/// Where the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Output,
    /// Standard error, while a child has standard output.
    Error,
}

/// Prints findings, with colour on a terminal and plain elsewhere.
pub(crate) struct Printer {
    format: Format,
    quiet: bool,
    stream: Stream,
    /// What writes in its place, where printing must not wait.
    outlet: Option<Outlet>,
    repeats: Repeats,
    origins: BTreeMap<ExchangeId, Origin>,
}

impl Printer {
    /// A printer of this format.
    pub(crate) fn new(format: Format, quiet: bool, stream: Stream) -> Self {
        Self {
            format,
            quiet,
            stream,
            outlet: None,
            repeats: Repeats::default(),
            origins: BTreeMap::new(),
        }
    }

    /// The same printer, which does not wait until somebody has read.
    pub(crate) fn unhurried(self) -> Result<Self> {
        let stream = self.stream;
        let lost = |lost: u64| {
            warn(&format!(
                "{lost} times something was found and is not printed here, since nobody read in time; `grantscope sessions show` has it"
            ));
        };
        Ok(Self {
            outlet: Some(Outlet::start(move |text| stream.print(text), lost)?),
            ..self
        })
    }

    /// Whether it prints the grants that were granted.
    pub(crate) fn tells_grants(&self) -> bool {
        !self.quiet && self.format != Format::Jsonl
    }

    /// Tells from now on in which file each exchange is to be found.
    pub(crate) fn know_origins(&mut self, origins: BTreeMap<ExchangeId, Origin>) {
        self.origins = origins;
    }

    /// Prints what an exchange brought to light. That the reader of the log has gone away is no error.
    pub(crate) fn finding(&mut self, finding: &Finding) {
        self.told(finding, || finding.report().map(|report| line(&report)));
    }

    /// The same, where the finding has been written as a line of JSON already, if it is ever.
    pub(crate) fn told(&mut self, finding: &Finding, line: impl FnOnce() -> Option<String>) {
        if self.quiet {
            return;
        }
        let text = match self.format {
            Format::Jsonl => line(),
            _ => self
                .pretty(finding)
                .map(|text| self.with_origins(finding, text)),
        };
        if let Some(text) = text {
            self.text(&text);
        }
    }

    /// What people read; `None` where it has been said.
    fn pretty(&mut self, finding: &Finding) -> Option<String> {
        match finding {
            Finding::Diagnosis {
                revision,
                diagnosis,
            } => match self.repeats.tell(diagnosis, *revision) {
                Telling::Whole => Some(block::refusal(diagnosis, *revision)),
                Telling::Counted(line) => Some(line),
                Telling::Silent => None,
            },
            Finding::Warning(warning) => Some(warning::block(warning)),
            Finding::Granted(reading) => Some(block::granted(reading)),
            Finding::Coverage(gap, _) => Some(coverage::block(gap)),
        }
    }

    /// A block with the files of the exchanges in it, where there are several.
    fn with_origins(&self, finding: &Finding, mut block: String) -> String {
        if self.origins.is_empty() {
            return block;
        }
        let cited = finding.report().map(|report| report.cites());
        let told: Vec<_> = cited
            .into_iter()
            .flatten()
            .filter_map(|id| Some((id, self.origins.get(&ExchangeId(id))?)))
            .map(|(id, origin)| format!("#{id} {} entry {}", origin.file, origin.entry))
            .collect();
        if told.is_empty() || !block.ends_with("\n\n") {
            return block;
        }
        block.pop();
        let diagnosis = match finding {
            Finding::Diagnosis { diagnosis, .. } => Some(&**diagnosis),
            Finding::Warning(_) | Finding::Granted(_) | Finding::Coverage(..) => None,
        };
        block + &block::files(&told, diagnosis) + "\n"
    }

    /// Prints a sentence for people, and nothing in a format for programs.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet && self.format == Format::Pretty {
            self.text(&format!("{text}\n"));
        }
    }

    fn text(&self, text: &str) {
        match &self.outlet {
            Some(outlet) => outlet.write(text),
            None => self.stream.print(text),
        }
    }
}

impl Stream {
    fn print(self, text: &str) {
        let written = match self {
            Self::Output => write_all(AutoStream::auto(io::stdout()), text),
            Self::Error => write_all(AutoStream::auto(io::stderr()), text),
        };
        if let Err(error) = written {
            tracing::debug!(%error, "the log could not be printed");
        }
    }
}

fn write_all(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// A finding as a line of JSON.
pub(crate) fn line(report: &FindingV1) -> String {
    match serde_json::to_string(report) {
        Ok(json) => json + "\n",
        Err(error) => {
            tracing::error!(%error, "a finding could not be written as JSON");
            String::new()
        }
    }
}

/// Prints text of a command to standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    match write_all(AutoStream::auto(io::stdout()), text) {
        // Whoever reads has seen enough, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints what the user should know though it stops nothing.
pub(crate) fn warn(text: &str) {
    let text = format!("{}grantscope:{:#} {text}\n", style::MARK, style::MARK);
    // Where standard error is gone there is nobody left to tell.
    let _gone = write_all(AutoStream::auto(io::stderr()), &text);
}

/// The mark of what is as it should be, is worth knowing, or is in the way.
pub(crate) fn mark(state: usize) -> String {
    let marks = [
        (style::GOOD, '✓'),
        (style::WARNING, '!'),
        (style::ERROR, '✗'),
    ];
    let (style, mark) = marks[state.min(marks.len() - 1)];
    format!("{style}{mark}{style:#}")
}

/// What to do, below what is told.
pub(crate) fn mend(text: &str) -> String {
    format!(
        "  {}={:#} {}\n",
        style::GUTTER,
        style::GUTTER,
        printable(text)
    )
}

/// Prints why grantscope gives up: what was wrong, where, and what to do.
pub(crate) fn failure(error: &anyhow::Error) {
    let text = format!("{}grantscope:{:#} {error:#}\n", style::ERROR, style::ERROR);
    // Where standard error is gone there is nobody left to tell.
    let _gone = write_all(AutoStream::auto(io::stderr()), &text);
}
