//! How far a long file was read: a bar on a terminal, once it takes longer than a second.

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is done sooner needs no bar.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

const TEMPLATE: &str = "{msg} [{bar:30}] {percent}% of {total_bytes}, {eta} left";

/// The reading of one file.
pub(crate) struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    /// Of a file of this length; 0 where it is not known.
    pub(crate) fn new(path: &Path, length: u64, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        // The template is as constant as the bar that is drawn in its place where it were wrong.
        let style = ProgressStyle::with_template(TEMPLATE);
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        bar.set_message(format!("reading {}", super::printable(&name)));
        Self {
            bar,
            quiet: quiet || length == 0,
        }
    }

    /// Follows what is read.
    pub(crate) fn of(&self, input: impl Read) -> impl Read {
        Followed {
            input,
            progress: self,
        }
    }

    fn advance(&self, bytes: usize) {
        // Where standard error is no terminal, this target draws nothing.
        if !self.quiet && self.bar.is_hidden() && self.bar.elapsed() >= SHOWN_AFTER {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(bytes as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

struct Followed<'a, R> {
    input: R,
    progress: &'a Progress,
}

impl<R: Read> Read for Followed<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(to)?;
        self.progress.advance(read);
        Ok(read)
    }
}
