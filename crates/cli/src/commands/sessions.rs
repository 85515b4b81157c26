//! `grantscope sessions`: the stored sessions, the newest first, and their end.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use grantscope_capture::session::SessionStore;

use crate::args::{Sessions, SessionsAction};
use crate::captures;
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

pub(crate) fn run(settings: &Settings, sessions: &Sessions) -> Result<Exit> {
    let directory = captures::directory(settings);
    let store = SessionStore::open(&directory)?;
    match &sessions.action {
        None => list(&store, &directory)?,
        Some(SessionsAction::Forget { all: true, .. }) => {
            for session in store.list()? {
                forget(&session.name, &session.path)?;
            }
        }
        Some(SessionsAction::Forget { names, .. }) => {
            // All are looked up before the first is deleted, so that `latest` is the newest of now.
            let paths: Vec<_> = names
                .iter()
                .map(|name| store.resolve(name))
                .collect::<Result<_, _>>()?;
            for (name, path) in names.iter().zip(&paths) {
                forget(name, path)?;
            }
        }
    }
    Ok(Exit::Fine)
}

fn list(store: &SessionStore, directory: &Path) -> Result<()> {
    let sessions = store.list()?;
    if sessions.is_empty() {
        render::print(&format!("no sessions in {}\n", directory.display()))?;
    }
    for session in sessions {
        let kib = session.size_bytes.div_ceil(1024);
        render::print(&format!(
            "{}  {kib} KiB  {}\n",
            session.name,
            session.path.display()
        ))?;
    }
    Ok(())
}

fn forget(name: &str, path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("deleting {}", path.display()))?;
    render::print(&format!("forgot {name}\n"))?;
    Ok(())
}
