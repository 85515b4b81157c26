//! `grantscope sessions`: the stored sessions, the newest first; what one holds, in what two differ, and their end.

mod diff;
mod show;

use anyhow::Result;
use grantscope_capture::store::{self, Store, StoreError, StoredSession};

use crate::args::{Common, Sessions, SessionsAction};
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;

pub(crate) fn run(settings: &Settings, common: &Common, sessions: &Sessions) -> Result<Exit> {
    match &sessions.action {
        None | Some(SessionsAction::List) => list(settings)?,
        Some(SessionsAction::Show { capture }) => show::run(settings, common, capture)?,
        Some(SessionsAction::Diff { good, bad }) => diff::run(settings, common, good, bad)?,
        Some(SessionsAction::Forget { all: true, .. }) => forget_all(settings)?,
        Some(SessionsAction::Forget { names, .. }) => forget(settings, names)?,
    }
    Ok(Exit::Fine)
}

fn list(settings: &Settings) -> Result<()> {
    let store = Store::open_to_read(&settings.data_dir)?;
    let sessions = store.map_or_else(|| Ok(Vec::new()), |store| store.sessions())?;
    if sessions.is_empty() {
        render::print(&format!("no sessions in {}\n", settings.data_dir.display()))?;
    }
    for session in &sessions {
        render::print(&line(session))?;
    }
    Ok(())
}

fn line(session: &StoredSession) -> String {
    let kib = session.size_bytes.div_ceil(1024);
    let found = session.found.iter().map(|(about, times)| match times {
        1 => about.clone(),
        _ => format!("{about} x{times}"),
    });
    let found = found.collect::<Vec<_>>().join(", ");
    let line = format!(
        "{}  {} exchanges  {kib} KiB  {found}",
        session.name, session.exchanges
    );
    format!("{}\n", line.trim_end())
}

fn forget(settings: &Settings, names: &[String]) -> Result<()> {
    let mut store = Store::open(&settings.data_dir)?;
    // All are looked up before the first is deleted, so that `latest` is the newest of now.
    let sessions: Vec<_> = names
        .iter()
        .map(|name| store.session(name))
        .collect::<Result<_, _>>()?;
    for session in &sessions {
        store.forget(session)?;
        render::print(&format!("forgot {}\n", session.name))?;
    }
    Ok(())
}

/// Forgets all sessions but those that are being written. A database that is damaged goes as a whole.
fn forget_all(settings: &Settings) -> Result<()> {
    let mut store = match Store::open(&settings.data_dir) {
        Ok(store) => store,
        Err(error @ StoreError::Damaged { .. }) => {
            render::warn(&format!("{:#}", anyhow::Error::from(error)));
            store::delete(&settings.data_dir)?;
            return Ok(render::print("forgot all that could not be read\n")?);
        }
        Err(error) => return Err(error.into()),
    };
    for session in store.sessions()? {
        match store.forget(&session) {
            Ok(()) => render::print(&format!("forgot {}\n", session.name))?,
            Err(error @ StoreError::InUse { .. }) => render::warn(&error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
