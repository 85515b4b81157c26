//! `grantscope ca trust` and `untrust`: what they would do is told first, and done where the user says so.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{Result, ensure};
use grantscope_proxy::CertificateAuthority;

use crate::args::{StoreKind, Trust};
use crate::render;
use crate::trust::{Step, certificates, places};

/// What is done to a store.
struct Plan {
    store: String,
    steps: Vec<Step>,
}

/// Puts the certificate into the stores that lack it.
pub(super) fn trust(authority: &CertificateAuthority, asked: &Trust) -> Result<()> {
    let today = certificates(authority)?.swap_remove(0);
    let mut plans = Vec::new();
    for place in places(asked.store)? {
        if !place.holds(&today, authority) {
            plans.push(Plan {
                store: format!("{}: add {}", place.name(), today.facts.name),
                steps: place.add(&today)?,
            });
        }
    }
    let warning = format!(
        "Whoever has {} can then pose as any server to every program that asks the store, until `grantscope ca untrust`.\n\
         `grantscope run` and `grantscope browser` need none of this.\n{}",
        authority.key_path().display(),
        asked_again(asked)
    );
    carry_out(&plans, asked, &warning, "it is trusted there already\n")
}

/// What comes besides, where the system lets nobody add to its store unasked.
fn asked_again(asked: &Trust) -> &'static str {
    let asks = cfg!(any(windows, target_os = "macos")) && asked.store == StoreKind::System;
    if asks {
        "The system asks you once more, in a window of its own.\n"
    } else {
        ""
    }
}

/// Takes our certificates, and none but ours, out of the stores that have them.
pub(super) fn untrust(authority: &CertificateAuthority, asked: &Trust) -> Result<()> {
    let ours = certificates(authority)?;
    let mut plans = Vec::new();
    for place in places(asked.store)? {
        for certificate in ours.iter().filter(|it| place.holds(it, authority)) {
            plans.push(Plan {
                store: format!("{}: remove {}", place.name(), certificate.facts.name),
                steps: place.remove(certificate)?,
            });
        }
    }
    carry_out(
        &plans,
        asked,
        "",
        "no certificate of grantscope is trusted there\n",
    )
}

fn carry_out(plans: &[Plan], asked: &Trust, warning: &str, nothing: &str) -> Result<()> {
    if plans.is_empty() {
        render::print(nothing)?;
        return Ok(());
    }
    render::print(
        &plans
            .iter()
            .map(told)
            .chain([warning.to_owned()])
            .collect::<String>(),
    )?;
    if asked.dry_run || !is_wanted(asked)? {
        return Ok(());
    }
    for step in plans.iter().flat_map(|plan| &plan.steps) {
        step.take()?;
    }
    render::print("done\n")?;
    Ok(())
}

fn told(plan: &Plan) -> String {
    let steps = plan.steps.iter().map(|step| format!("  {step}\n"));
    format!("{}\n{}", plan.store, steps.collect::<String>())
}

fn is_wanted(asked: &Trust) -> Result<bool> {
    if asked.yes {
        return Ok(true);
    }
    let input = io::stdin();
    ensure!(
        input.is_terminal(),
        "nobody is there to be asked: add --yes to do this, or --dry-run to be told alone"
    );
    render::print("Go on? Write yes: ")?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
