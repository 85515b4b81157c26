//! The run: everything is started, watched, ended, and judged.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::time::{Instant, sleep, sleep_until};

use crate::load::{Counts, Load};
use crate::plot;
use crate::proxy::Proxy;
use crate::sample::{Sample, growth};
use crate::server::Server;

/// How the run is to be.
#[derive(Parser)]
struct Arguments {
    /// How long, in minutes.
    #[arg(long, default_value_t = 3.0)]
    minutes: f64,
    /// Where the table and the picture go.
    #[arg(long, default_value = "target/soak")]
    out: PathBuf,
    /// The program, where it is not the one that was just built.
    #[arg(long)]
    program: Option<PathBuf>,
    /// `cargo bench` passes this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// So many samples are taken, over the whole time.
const SAMPLES: u32 = 240;
/// How long connections may take to end when the load has stopped.
const SETTLED_AFTER: Duration = Duration::from_secs(20);

pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let minutes = Duration::from_secs_f64(arguments.minutes * 60.0);
    let run = runtime.block_on(soak(minutes, arguments.program.as_deref()));
    // The clients that are left end with the process.
    runtime.shutdown_background();
    fs::create_dir_all(&arguments.out).unwrap();
    fs::write(arguments.out.join("soak.svg"), plot::picture(&run.samples)).unwrap();
    let table = table(&run);
    fs::write(arguments.out.join("soak.md"), &table).unwrap();
    say(&table);
    let grown = growth(&run.samples, &run.idle);
    for fault in &grown {
        say(&format!("FAILED: {fault}"));
    }
    if grown.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What was seen.
struct Run {
    samples: Vec<Sample>,
    /// After the load has stopped.
    idle: Sample,
    counts: Counts,
}

async fn soak(duration: Duration, program: Option<&std::path::Path>) -> Run {
    let server = Server::start().await;
    let mut proxy = Proxy::start(program, &server.ca_pem);
    let load = Load::start(proxy.address, &proxy.ca_pem(), server.addresses);
    let began = Instant::now();
    let mut samples = Vec::new();
    for number in 1..=SAMPLES {
        sleep_until(began + duration * number / SAMPLES).await;
        samples.push(Sample::of(proxy.id(), began.elapsed()));
    }
    let counts = load.stop().await;
    sleep(SETTLED_AFTER).await;
    let idle = Sample::of(proxy.id(), began.elapsed());
    proxy.end();
    Run {
        samples,
        idle,
        counts,
    }
}

fn table(run: &Run) -> String {
    let mut table =
        "| after, min | memory, MiB | open files | threads |\n| --: | --: | --: | --: |\n"
            .to_owned();
    let step = run.samples.len().div_ceil(12).max(1);
    let shown = run.samples.iter().skip(step - 1).step_by(step);
    for sample in shown {
        table += &sample.row(&format!("{:.1}", sample.after.as_secs_f64() / 60.0));
    }
    table += &run.idle.row("without load");
    format!("{table}\n{}\n", run.counts)
}

#[expect(clippy::print_stdout, reason = "the terminal is what it is for")]
fn say(text: &str) {
    println!("{text}");
}
