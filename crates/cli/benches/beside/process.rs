//! A process that is measured, by what Linux tells of it.

use std::fs;
use std::process::Child;
use std::time::Duration;

use tokio::time::sleep;

/// What was measured.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    /// CPU time of one unit, in microseconds.
    pub(crate) cpu_us: f64,
    /// The most resident memory, in megabytes.
    pub(crate) peak_mb: f64,
}

impl Figures {
    /// Each figure's median.
    pub(crate) fn median(of: &[Self]) -> Self {
        let median = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<_> = of.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        Self {
            cpu_us: median(|it| it.cpu_us),
            peak_mb: median(|it| it.peak_mb),
        }
    }
}

/// Ends with its owner.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// The CPU time of all its threads so far.
    pub(crate) fn cpu_time(&self) -> Duration {
        let tasks = fs::read_dir(self.file("task")).unwrap();
        let times = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.unwrap().path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(times.sum())
    }

    /// The CPU time when what was sent has been worked on: grantscope reads an exchange after it has passed it on.
    pub(crate) async fn cpu_time_at_rest(&self) -> Duration {
        let mut before = self.cpu_time();
        for _ in 0..100 {
            sleep(Duration::from_millis(100)).await;
            let now = self.cpu_time();
            if now.saturating_sub(before) < Duration::from_millis(2) {
                return now;
            }
            before = now;
        }
        before
    }

    /// Lets the peak of its memory begin at what it takes now.
    pub(crate) fn reset_peak(&self) {
        fs::write(self.file("clear_refs"), "5").unwrap();
    }

    /// The most resident memory that it took.
    pub(crate) fn peak_mb(&self) -> f64 {
        let status = fs::read_to_string(self.file("status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: f64 = peak
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        kib * 1024.0 / 1e6
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.0.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
