//! What the process takes at a moment, and whether it grows.

use std::time::Duration;

use procfs::WithCurrentSystemInfo as _;
use procfs::process::Process;

/// What the process takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Since the load began.
    pub(crate) after: Duration,
    /// Resident, in bytes.
    pub(crate) memory: u64,
    /// Open file descriptors.
    pub(crate) files: u64,
    pub(crate) threads: u64,
}

/// Memory may differ by so much between two times of the run: the allocator keeps what it had, and gives it back late.
const MEMORY_GROWS_MAX: u64 = 4 * 1024 * 1024;
const MEMORY_GROWS_PERCENT_MAX: u64 = 8;
/// Open files of the last part may exceed those of the part before by so many: clients come and go.
const FILES_GROW_MAX: u64 = 24;
/// Threads come and go with what blocks.
const THREADS_GROW_MAX: u64 = 4;
/// Without load, so many files are open at most: the listener, the database, the runtime, and standard streams.
const IDLE_FILES_MAX: u64 = 40;

impl Sample {
    pub(crate) fn of(id: u32, after: Duration) -> Self {
        let process = Process::new(id.cast_signed()).expect("grantscope is running still");
        let stat = process.stat().unwrap();
        Self {
            after,
            memory: stat.rss_bytes().get(),
            files: process.fd_count().unwrap() as u64,
            threads: stat.num_threads.cast_unsigned(),
        }
    }

    pub(crate) fn row(&self, label: &str) -> String {
        format!(
            "| {label} | {} | {} | {} |\n",
            mebibytes(self.memory),
            self.files,
            self.threads
        )
    }
}

/// In MiB with one digit behind the point.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1024 * 1024);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What grows: the last third of the run is compared with the third before, and what is left without load with a bound.
pub(crate) fn growth(samples: &[Sample], idle: &Sample) -> Vec<String> {
    let third = samples.len() / 3;
    let (middle, last) = (&samples[third..2 * third], &samples[2 * third..]);
    let of = |part: &[Sample], what: fn(&Sample) -> u64| {
        let mut values: Vec<_> = part.iter().map(what).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let mut grown = Vec::new();
    let mut compare = |name: &str, what: fn(&Sample) -> u64, more: u64| {
        let (before, after) = (of(middle, what), of(last, what));
        if after > before + more {
            grown.push(format!(
                "{name} grow from {before} to {after}, and {more} more are allowed"
            ));
        }
    };
    let memory = of(middle, |it| it.memory) * MEMORY_GROWS_PERCENT_MAX / 100;
    compare(
        "bytes of memory",
        |it| it.memory,
        memory.max(MEMORY_GROWS_MAX),
    );
    compare("open files", |it| it.files, FILES_GROW_MAX);
    compare("threads", |it| it.threads, THREADS_GROW_MAX);
    if idle.files > IDLE_FILES_MAX {
        grown.push(format!(
            "{} files are open without load, and {IDLE_FILES_MAX} are allowed",
            idle.files
        ));
    }
    grown
}
