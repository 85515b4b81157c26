//! A call of another program, which can be told before it is made.

use std::fmt;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::programs;

/// A call of another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    words: Vec<String>,
    /// What is told where it fails.
    advice: &'static str,
}

/// Windows has no program that starts others as somebody else in the same console.
const AS_ADMINISTRATOR: &str = "; start grantscope from a console that was opened as administrator";

impl Step {
    /// A program and its arguments.
    pub(super) fn new(words: &[&str]) -> Self {
        Self {
            words: words.iter().map(|&word| word.to_owned()).collect(),
            advice: "",
        }
    }

    /// The same as the superuser, where this is somebody else.
    pub(super) fn by_root(mut self) -> Self {
        if cfg!(windows) {
            self.advice = AS_ADMINISTRATOR;
        } else if !is_root() {
            self.words.insert(0, "sudo".to_owned());
        }
        self
    }

    /// Makes the call, whose input and output are those of grantscope.
    pub(crate) fn take(&self) -> Result<()> {
        let (program, arguments) = self
            .words
            .split_first()
            .context("a step without a program")?;
        let status = Command::new(programs::to_start(program.as_ref()))
            .args(arguments)
            .status()
            .with_context(|| format!("starting `{self}`: is {program} installed?"))?;
        ensure!(status.success(), "`{self}` failed: {status}{}", self.advice);
        Ok(())
    }
}

/// As it is typed into a shell.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<_> = self.words.iter().map(|word| quoted(word)).collect();
        f.write_str(&quoted.join(" "))
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@%+\\".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else if cfg!(windows) {
        // Both of its shells take these, and no path has one in it.
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_as_a_shell_reads_it() {
        let step = Step::new(&["certutil", "-n", "grantscope CA (1)", "it's", ""]);
        let expected = if cfg!(windows) {
            r#"certutil -n "grantscope CA (1)" "it's" """#
        } else {
            r"certutil -n 'grantscope CA (1)' 'it'\''s' ''"
        };
        assert_eq!(step.to_string(), expected);
    }

    #[test]
    fn a_step_that_fails_is_named() {
        let missing = Step::new(&["no-such-program-of-anybody", "x"]).take();
        let text = format!("{:#}", missing.unwrap_err());
        assert!(text.contains("no-such-program-of-anybody x"), "{text}");
    }
}
