//! `grantscope sessions`: the stored sessions, the newest first.

use anyhow::Result;
use grantscope_capture::session::SessionStore;

use crate::captures;
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings) -> Result<Exit> {
    let directory = captures::directory(settings);
    let sessions = SessionStore::open(&directory)?.list()?;
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
    Ok(Exit::Fine)
}
