//! The lines of an output, as they come.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// So long a line is waited for; longer, and the test fails.
const WAITED_MAX: Duration = Duration::from_secs(30);

/// The lines of an output. It is read to its end, so that a full pipe holds nothing up.
pub(crate) struct Lines {
    coming: Receiver<String>,
    /// What has come.
    read: String,
}

impl Lines {
    pub(crate) fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, coming) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                // Whoever waited for a line may have gone.
                let _gone = sender.send(line.unwrap());
            }
        });
        let read = String::new();
        Self { coming, read }
    }

    /// Waits for a line that holds `text`.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let Ok(line) = self.coming.recv_timeout(WAITED_MAX) else {
                panic!("no line with {text:?} came after:\n{}", self.read);
            };
            self.read.push_str(&line);
            self.read.push('\n');
            if line.contains(text) {
                return line;
            }
        }
    }
}
