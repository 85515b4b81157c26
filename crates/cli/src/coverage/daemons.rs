//! Daemons of tools that run already: what they start has the environment of their own start, and goes past grantscope.

use std::ffi::OsString;
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

use super::Gap;

/// A tool that leaves work to a daemon.
#[derive(Debug, PartialEq, Eq)]
struct Tool {
    /// The daemon's name.
    name: &'static str,
    /// Commands that leave work to it.
    commands: &'static [&'static str],
    /// What stands on its own command line.
    mark: &'static str,
    /// How it is ended.
    end: &'static str,
}

const TOOLS: [Tool; 6] = [
    Tool {
        name: "a daemon of Gradle",
        commands: &["gradle", "gradlew"],
        mark: "org.gradle.launcher.daemon",
        end: "`./gradlew --stop`",
    },
    Tool {
        name: "a daemon of Maven",
        commands: &["mvnd"],
        mark: "org.mvndaemon.mvnd",
        end: "`mvnd --stop`",
    },
    Tool {
        name: "a server of sbt",
        commands: &["sbt", "sbtn"],
        mark: "sbt-launch",
        end: "`sbt shutdown`",
    },
    Tool {
        name: "a server of Bazel",
        commands: &["bazel", "bazelisk"],
        mark: "bazel(",
        end: "`bazel shutdown`",
    },
    Tool {
        name: "a server of Spring, which Rails starts",
        commands: &["rails", "rake", "spring"],
        mark: "spring server",
        end: "`spring stop`",
    },
    Tool {
        name: "the daemon of PM2",
        commands: &["pm2", "pm2-runtime"],
        mark: "God Daemon",
        end: "`pm2 kill`",
    },
];

/// A daemon that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Daemon {
    tool: &'static Tool,
    process: String,
}

impl Daemon {
    /// Those to which a command may leave its work, before it is started.
    pub(crate) fn of(command: &[OsString]) -> Vec<Self> {
        let tools = of_command(command);
        if tools.is_empty() {
            return Vec::new();
        }
        among(&processes(), &tools)
    }

    /// What it means and what to do.
    pub(crate) fn gap(&self) -> Gap {
        let Self { tool, process } = self;
        Gap {
            kind: "daemon-before",
            host: None,
            summary: format!(
                "{} (process {process}) was running before: what it does for the command goes past grantscope",
                tool.name
            ),
            fix: format!("End it by {}, and start the command again.", tool.end),
        }
    }
}

/// The tools that a command names, in a line for a shell too.
fn of_command(command: &[OsString]) -> Vec<&'static Tool> {
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    let words = words.iter().flat_map(|word| word.split_whitespace());
    let names: Vec<_> = words
        .filter_map(|word| Path::new(word).file_stem()?.to_str())
        .collect();
    let is_named = |tool: &&Tool| tool.commands.iter().any(|it| names.contains(it));
    TOOLS.iter().filter(is_named).collect()
}

/// The daemons of these tools among processes, each a line with its number and its command line.
fn among(processes: &str, tools: &[&'static Tool]) -> Vec<Daemon> {
    let lines = processes
        .lines()
        .filter_map(|line| line.trim().split_once(' '));
    let daemons = lines.filter_map(|(process, line)| {
        let tool = tools.iter().find(|tool| line.contains(tool.mark))?;
        let process = process.to_owned();
        Some(Daemon { tool, process })
    });
    daemons.collect()
}

/// The user's processes; nothing where the system does not tell.
#[cfg(unix)]
fn processes() -> String {
    let told = Command::new("ps").args(["-xo", "pid=,args="]).output();
    told.map(|it| String::from_utf8_lossy(&it.stdout).into_owned())
        .unwrap_or_default()
}

/// The processes into which the user may look.
#[cfg(windows)]
fn processes() -> String {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};
    let with_lines = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    let mut system = System::new();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, with_lines);
    let told = system.processes().values().map(|process| {
        let words = process.cmd().iter().map(|word| word.to_string_lossy());
        let line: Vec<_> = words.collect();
        format!("{} {}\n", process.pid(), line.join(" "))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(line: &str) -> Vec<&'static str> {
        let words: Vec<_> = line.split('|').map(OsString::from).collect();
        of_command(&words).iter().map(|tool| tool.name).collect()
    }

    #[test]
    fn a_command_is_known_by_the_tools_that_it_names() {
        assert_eq!(tools("./gradlew|bootRun"), ["a daemon of Gradle"]);
        assert_eq!(
            tools("sh|-c|cd x && gradlew.bat run"),
            ["a daemon of Gradle"]
        );
        assert_eq!(tools("bin/rails|server").len(), 1);
        assert_eq!(tools("npm|start"), [""; 0]);
    }

    #[test]
    fn a_daemon_is_known_by_its_command_line() {
        let processes = " 41 java -cp x org.gradle.launcher.daemon.bootstrap.GradleDaemon 8.10\n  42 /usr/bin/node app.js\n";
        let found = among(processes, &[&TOOLS[0]]);
        assert_eq!(found.len(), 1);
        let gap = found[0].gap();
        assert!(
            gap.summary.contains("process 41") && gap.fix.contains("--stop"),
            "{gap:?}"
        );
        assert_eq!(among(processes, &[&TOOLS[1]]), []);
    }
}
