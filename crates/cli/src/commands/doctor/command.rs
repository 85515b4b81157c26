//! What a command comes down to: through shells, `env`, npm scripts, wrappers and first lines of files, to a runtime.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::check::Check;
use super::runtime::Runtime;
use crate::programs;

/// So many steps lead to a runtime at most. Scripts may name each other.
const STEPS_MAX: usize = 12;

/// So much of a program is read to tell what it was written in, in bytes.
const PROGRAM_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a command comes down to.
#[derive(Debug, Default)]
struct Found {
    /// Each command on the way.
    way: Vec<String>,
    runtime: Option<Runtime>,
    /// A program on the way that is not there.
    missing: Option<String>,
    /// What on the way takes the environment away.
    resets: Option<&'static str>,
}

pub(super) fn checks(command: &[OsString]) -> Vec<Check> {
    let words: Vec<_> = command
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut found = Found::default();
    found.follow(&words, Path::new("."), 0);
    let way = found.way.join(" → ");
    let mut checks = Vec::new();
    if let Some(missing) = &found.missing {
        checks.push(Check::bad(
            "command",
            format!("{way}: {missing} is not there"),
            "install it, or name it with its directory",
        ));
        return checks;
    }
    checks.push(match found.runtime {
        Some(runtime) => told(runtime, &way),
        None => Check::note(
            "command",
            format!("{way}: what it is written in cannot be told"),
            "`run` sets the variables of every runtime all the same; docs/runtimes.md tells what each client reads",
        ),
    });
    checks.extend(found.resets.map(|how| {
        Check::note(
            "environment",
            format!("{how}, so that nothing of what `run` sets arrives"),
            "put `grantscope run --` behind it: `sudo -E grantscope run -- CMD`, or start the command without it",
        )
    }));
    checks
}

fn told(runtime: Runtime, way: &str) -> Check {
    let summary = format!("{way} is {}: {}", runtime.name(), runtime.done());
    match runtime.left() {
        Some(left) => Check::note("command", summary, left),
        None => Check::good("command", summary),
    }
}

impl Found {
    /// Follows a command to its runtime, in the directory where it is started.
    fn follow(&mut self, words: &[String], directory: &Path, steps: usize) {
        let Some((program, arguments)) = words.split_first().filter(|_| steps < STEPS_MAX) else {
            return;
        };
        self.way.push(words.join(" "));
        let name = bare_name(program);
        let next = steps + 1;
        match name.as_str() {
            "env" => self.follow(after_assignments(arguments), directory, next),
            "exec" | "time" | "nohup" | "nice" | "dotenv" | "cross-env" => {
                self.follow(after_assignments(arguments), directory, next);
            }
            "sudo" | "su" => {
                self.resets = Some("sudo starts the command with an environment of its own");
                self.follow(after_assignments(arguments), directory, next);
            }
            "sh" | "bash" | "zsh" | "dash" => self.shell(arguments, directory, next),
            "npm" | "pnpm" | "yarn" => self.script(arguments, directory, next),
            "npx" | "bunx" => self.runner(&name, arguments, directory, next),
            _ => self.program(program, &name, directory, next),
        }
    }

    /// `sh -c TEXT` or `sh FILE`.
    fn shell(&mut self, arguments: &[String], directory: &Path, steps: usize) {
        match arguments {
            [flag, text, ..] if flag.starts_with('-') && flag.ends_with('c') => {
                self.lines(text, directory, steps);
            }
            [file, ..] if !file.starts_with('-') => {
                match std::fs::read_to_string(directory.join(file)) {
                    Ok(text) => self.lines(&text, directory, steps),
                    Err(_) => self.missing = Some(file.clone()),
                }
            }
            _ => {}
        }
    }

    /// The first line of a script that leads to a runtime.
    fn lines(&mut self, text: &str, directory: &Path, steps: usize) {
        let commands = text.split(['\n', ';']).flat_map(|line| line.split("&&"));
        for command in commands {
            let words = split(command);
            let words = after_assignments(&words);
            if words.first().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            let mut tried = Self::default();
            tried.follow(words, directory, steps);
            if tried.runtime.is_some() {
                self.way.extend(tried.way);
                self.runtime = tried.runtime;
                self.resets = self.resets.or(tried.resets);
                return;
            }
        }
    }

    /// A script of `package.json`. A package manager is itself a program for Node.
    fn script(&mut self, arguments: &[String], directory: &Path, steps: usize) {
        let mut named = arguments.iter().filter(|word| !word.starts_with('-'));
        let (first, second) = (named.next(), named.next());
        let (first, second) = (first.map_or("", String::as_str), second.map(String::as_str));
        let name = match first {
            "run" | "run-script" => second.unwrap_or_default(),
            "exec" | "dlx" | "x" => {
                let rest = second.map(|it| vec![it.to_owned()]);
                return self.runner("npx", &rest.unwrap_or_default(), directory, steps);
            }
            other => other,
        };
        if let Some(text) = script_of(directory, name) {
            self.lines(&text, directory, steps);
        }
        self.runtime = self.runtime.or(Some(Runtime::Node));
    }

    /// A program of an installed package.
    fn runner(&mut self, runner: &str, arguments: &[String], directory: &Path, steps: usize) {
        let words: Vec<_> = arguments
            .iter()
            .skip_while(|word| word.starts_with('-'))
            .cloned()
            .collect();
        if words
            .first()
            .is_some_and(|word| in_packages(directory, word).is_some())
        {
            self.follow(&words, directory, steps);
        }
        self.runtime = self.runtime.or_else(|| Runtime::of(runner));
    }

    /// A program by its name, or else by what is in its file.
    fn program(&mut self, program: &str, name: &str, directory: &Path, steps: usize) {
        let Some(file) = located(program, directory) else {
            self.missing = Some(program.to_owned());
            return;
        };
        self.runtime = Runtime::of(name);
        if self.runtime.is_some() {
            return;
        }
        match interpreter(&file) {
            Some(mut words) => {
                words.push(file.to_string_lossy().into_owned());
                self.follow(&words, directory, steps);
            }
            None => self.runtime = compiled_from(&file),
        }
    }
}

/// The name of a program without directory and the endings of Windows.
fn bare_name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let endings = [".exe", ".cmd", ".bat", ".ps1"];
    let name = endings
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    name.to_ascii_lowercase()
}

/// What is behind flags and `NAME=value`.
fn after_assignments(words: &[String]) -> &[String] {
    let begins = words
        .iter()
        .position(|word| !word.starts_with('-') && !is_assignment(word));
    &words[begins.unwrap_or(words.len())..]
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The words of a simple command. What a shell would work out stays as it is.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn script_of(directory: &Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(directory.join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(package["scripts"][name].as_str()?.to_owned())
}

fn in_packages(directory: &Path, name: &str) -> Option<PathBuf> {
    let file = directory.join("node_modules").join(".bin").join(name);
    programs::find(file)
}

fn located(program: &str, directory: &Path) -> Option<PathBuf> {
    if program.contains(['/', '\\']) {
        return programs::find(directory.join(program));
    }
    in_packages(directory, program).or_else(|| programs::find(program))
}

/// The words behind `#!` of a file.
fn interpreter(file: &Path) -> Option<Vec<String>> {
    let mut first = Vec::new();
    File::open(file)
        .ok()?
        .take(256)
        .read_to_end(&mut first)
        .ok()?;
    let line = first
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let words = split(&String::from_utf8_lossy(line));
    (!words.is_empty()).then_some(words)
}

/// Compilers leave marks: Go a header before what it tells of the build, and Rust the paths of its library in messages.
fn compiled_from(file: &Path) -> Option<Runtime> {
    const RUST: &[u8] = b"/rustc/";
    let mut bytes = Vec::new();
    let opened = File::open(file).ok()?;
    opened
        .take(PROGRAM_BYTES_MAX)
        .read_to_end(&mut bytes)
        .ok()?;
    if bytes.chunks_exact(GO_ALIGNED).any(is_of_go) {
        Some(Runtime::Go)
    } else if bytes.windows(RUST.len()).any(|it| it == RUST) {
        Some(Runtime::Rust)
    } else {
        None
    }
}

/// The header stands at multiples of so many bytes, and is as long.
const GO_ALIGNED: usize = 16;

/// The mark, and the size of a pointer behind it; a program that merely looks for the mark has it too.
fn is_of_go(header: &[u8]) -> bool {
    header
        .strip_prefix(b"\xff Go buildinf:")
        .is_some_and(|rest| matches!(rest.first(), Some(4 | 8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn found(words: &[&str], directory: &Path) -> Found {
        let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
        let mut found = Found::default();
        found.follow(&words, directory, 0);
        found
    }

    #[cfg(unix)]
    #[test]
    fn a_command_is_followed_to_its_runtime() {
        let home = tempfile::tempdir().unwrap();
        let here = home.path();
        let write = |name: &str, text: &str| std::fs::write(here.join(name), text).unwrap();
        std::fs::create_dir_all(here.join("node_modules/.bin")).unwrap();
        write(
            "package.json",
            r#"{"scripts":{"start":"PORT=1 env A=b tool --x","loop":"npm run loop"}}"#,
        );
        write("node_modules/.bin/tool", "#!/usr/bin/env node\n");
        write("start.sh", "#!/bin/sh\n# starts\nset -e\nexec ./app.rb\n");
        write("app.rb", "#!/usr/bin/env ruby\n");
        write("service", "\u{7f}ELF … \u{0}");
        for (words, runtime) in [
            (&["npm", "start"][..], Some(Runtime::Node)),
            (&["yarn", "start"], Some(Runtime::Node)),
            (&["npx", "tool"], Some(Runtime::Node)),
            (&["npm", "run", "loop"], Some(Runtime::Node)),
            (&["sh", "./start.sh"], Some(Runtime::Ruby)),
            (&["./start.sh"], Some(Runtime::Ruby)),
            (&["sh", "-c", "cd x && exec ./app.rb"], Some(Runtime::Ruby)),
            (&["./service"], None),
        ] {
            let found = found(words, here);
            assert_eq!(found.runtime, runtime, "{words:?}: {found:?}");
            assert_eq!(found.missing, None, "{words:?}");
        }
        assert_eq!(found(&["./gone"], here).missing.as_deref(), Some("./gone"));
    }

    #[test]
    fn a_program_that_a_compiler_made_is_known_by_its_marks() {
        let this = std::env::current_exe().unwrap();
        assert_eq!(compiled_from(&this), Some(Runtime::Rust));
    }
}
