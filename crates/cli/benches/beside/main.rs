//! grantscope beside other intercepting proxies: what a request costs in CPU time, and how much memory is taken at the most.
//!
//! `cargo xtask bench`. Each proxy is a process of its own; the server and the clients are in this one. Everything runs on
//! loopback, for two to three minutes. `mitmdump` and `proxelar` (which is made of hudsucker) take part where they are found in
//! `PATH`. The figures depend on the machine and on what else it does: compare those of one run, and ratios rather than times.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark ends by a panic where it cannot go on, prints its figures, and measures time"
)]

mod load;
mod process;
mod proxies;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use load::Mode;
use process::Figures;
use proxies::Kind;

/// How often each mode is measured with each proxy, in turn; the median counts.
const ROUNDS: usize = 3;
/// How long each measurement takes. A download takes as long as it does.
const MEASURED: Duration = Duration::from_millis(1500);

#[tokio::main]
async fn main() {
    if !cfg!(target_os = "linux") {
        println!(
            "this benchmark reads the CPU time of other processes from /proc: run it on Linux"
        );
        return;
    }
    let server = server::start().await;
    let (installed, missing): (Vec<Kind>, Vec<Kind>) =
        Kind::ALL.into_iter().partition(|kind| kind.is_installed());
    let mut measured: BTreeMap<(Mode, Kind), Vec<Figures>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for mode in Mode::ALL {
            for &kind in &installed {
                let figures = measure(&server, mode, kind).await;
                measured.entry((mode, kind)).or_default().push(figures);
            }
        }
    }
    print_table("CPU time", &installed, &measured, |mode, figures| {
        mode.shown(figures.cpu_us)
    });
    print_table(
        "Peak of resident memory, MB",
        &installed,
        &measured,
        |_, figures| format!("{:.0}", figures.peak_mb),
    );
    for kind in missing {
        println!("not measured, since it is not installed: {}", kind.name());
    }
}

/// One mode with one proxy, in a process of its own: what waits to be read from another mode would be billed to the next.
async fn measure(server: &server::Server, mode: Mode, kind: Kind) -> Figures {
    let proxy = kind.start(server).await;
    let clients = load::Clients::connect(mode, server, &proxy).await;
    proxy.process.reset_peak();
    let before = proxy.process.cpu_time();
    let units = clients.run(mode, MEASURED).await;
    let after = proxy.process.cpu_time_at_rest().await;
    Figures {
        cpu_us: after.saturating_sub(before).as_secs_f64() * 1e6 / units,
        peak_mb: proxy.process.peak_mb(),
    }
}

fn print_table(
    title: &str,
    kinds: &[Kind],
    measured: &BTreeMap<(Mode, Kind), Vec<Figures>>,
    shown: impl Fn(Mode, Figures) -> String,
) {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    println!("| {title} | {} |", names.join(" | "));
    println!("| --- |{}", " --: |".repeat(kinds.len()));
    for mode in Mode::ALL {
        let cells: Vec<_> = kinds
            .iter()
            .map(|kind| shown(mode, Figures::median(&measured[&(mode, *kind)])))
            .collect();
        println!("| {} | {} |", mode.name(), cells.join(" | "));
    }
    println!();
}
