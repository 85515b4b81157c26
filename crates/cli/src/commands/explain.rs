//! `grantscope explain`: a cause's page, or the list of causes.

use anyhow::{Result, bail};
use grantscope_rules::Cause;

use crate::args::Explain;
use crate::exit::Exit;
use crate::render;

pub(super) fn run(explain: &Explain) -> Result<Exit> {
    let Some(id) = &explain.cause else {
        render::print(&list())?;
        return Ok(Exit::Fine);
    };
    let Some(cause) = Cause::read(id) else {
        bail!(
            "there is no cause {id:?}{}; `grantscope explain` lists them all",
            suggestion(id)
        );
    };
    render::print(cause.page().markdown())?;
    Ok(Exit::Fine)
}

fn list() -> String {
    let width = Cause::ALL
        .iter()
        .map(|cause| cause.id().len())
        .max()
        .unwrap_or_default();
    let line = |cause: &Cause| format!("{:width$}  {}\n", cause.id(), cause.summary());
    Cause::ALL.iter().map(line).collect()
}

/// The causes whose ids share a word with what was asked for.
fn suggestion(id: &str) -> String {
    let words: Vec<_> = id
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 2)
        .collect();
    let near: Vec<_> = Cause::ALL
        .iter()
        .map(|cause| cause.id())
        .filter(|known| words.iter().any(|word| known.contains(word)))
        .collect();
    if near.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", near.join(", "))
    }
}
