//! `grantscope demo`: a real authorization server, app and proxy on loopback, driven into refusals that are each diagnosed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use grantscope_testkit::playbook::{Context, Expected, Play, Servers, play, plays};

use crate::args::Common;
use crate::commands::proxy;
use crate::exit::Exit;
use crate::render::{self, Stream};
use crate::settings::Settings;

pub(super) fn run(common: &Common) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(perform(common))
}

/// What the demo keeps of a finding: the cause and its verdict.
type Diagnosed = (Option<String>, Option<String>);

async fn perform(common: &Common) -> Result<Exit> {
    let directory = tempfile::tempdir().context("making a directory for the demo")?;
    let servers = Servers::start()
        .await
        .context("starting the demo's authorization servers")?;
    let upstream_ca = directory.path().join("upstream.pem");
    fs::write(&upstream_ca, servers.ca_pem()).context("writing the demo's CA")?;
    let findings = directory.path().join("findings.jsonl");
    let common = Common {
        findings: Some(findings.clone()),
        har: common
            .har
            .clone()
            .or_else(|| Some("grantscope-demo.har".into())),
        format: common.format,
        quiet: common.quiet,
        ..Common::default()
    };
    let settings = Settings {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        ca_dir: directory.path().join("ca"),
        data_dir: directory.path().join("data"),
        upstream_ca: vec![upstream_ca],
        ..Settings::default()
    };
    let watched = proxy::listen(&settings, &common, Stream::Output).await?;
    let context = Context::new(
        servers,
        Some(watched.address()),
        watched.authority().ca_pem(),
    )?;
    let (played, playing_ended) = tokio::sync::oneshot::channel::<()>();
    let serving = watched.until(async {
        // An error says that the sender is gone, which is an end as well.
        let _ended = playing_ended.await;
    });
    let playing = async {
        let acts = play_all(&context).await;
        drop(played);
        acts
    };
    let (served, acts) = tokio::join!(serving, playing);
    served?;
    let acts = acts?;
    context.shutdown().await;
    compare(&acts, &diagnosed(&findings)?)
}

/// A play, and which of the refusals of the whole demo is its last.
struct Act {
    play: &'static Play,
    last_refusal: Option<usize>,
}

async fn play_all(context: &Context) -> Result<Vec<Act>> {
    let mut acts = Vec::new();
    let mut refusals = 0;
    for one in plays() {
        let played = play(one, context)
            .await
            .with_context(|| format!("playing {}", one.name))?;
        refusals += played.refusals.len();
        let last_refusal = refusals
            .checked_sub(1)
            .filter(|_| !played.refusals.is_empty());
        acts.push(Act {
            play: one,
            last_refusal,
        });
    }
    Ok(acts)
}

/// The last revision of each finding, in the order of the refusals.
fn diagnosed(findings: &Path) -> Result<Vec<Diagnosed>> {
    let text = fs::read_to_string(findings).context("reading the demo's findings")?;
    let mut by_id: BTreeMap<u64, Diagnosed> = BTreeMap::new();
    for line in text.lines() {
        let finding: serde_json::Value =
            serde_json::from_str(line).context("reading a finding of the demo")?;
        if finding["kind"] != "diagnosis" {
            continue;
        }
        let text = |name: &str| finding[name].as_str().map(str::to_owned);
        let id = finding["exchange"]["id"]
            .as_u64()
            .context("a finding without the number of its exchange")?;
        by_id.insert(id, (text("cause"), text("verdict")));
    }
    Ok(by_id.into_values().collect())
}

fn compare(acts: &[Act], diagnosed: &[Diagnosed]) -> Result<Exit> {
    let mut wrong = 0;
    let mut refused = 0;
    for act in acts {
        let found = act.last_refusal.and_then(|at| diagnosed.get(at));
        let cause = found.and_then(|(cause, _)| cause.as_deref());
        let expected = match act.play.expected {
            Expected::Healthy => None,
            Expected::Refused { cause } => Some(cause),
        };
        refused += usize::from(expected.is_some());
        if cause != expected || act.last_refusal.is_some() != expected.is_some() {
            wrong += 1;
            let (cause, expected) = (cause.unwrap_or("nothing"), expected.unwrap_or("nothing"));
            render::warn(&format!(
                "{}: diagnosed {cause}, and it was {expected}",
                act.play.name
            ));
        }
    }
    let healthy = acts.len() - refused;
    render::print(&format!(
        "demo: {refused} refusals and {healthy} healthy flows, {wrong} diagnosed wrongly\n"
    ))?;
    Ok(if wrong == 0 {
        Exit::Fine
    } else {
        Exit::Findings
    })
}
