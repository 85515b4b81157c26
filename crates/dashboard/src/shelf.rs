//! A store, read from pages: one connection, whose work is done where it holds nobody up.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use grantscope_capture::store::{Store, StoreError};

use crate::fault::Fault;

/// A store that pages are made of. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    directory: Arc<PathBuf>,
    store: Arc<Mutex<Store>>,
}

impl Shelf {
    /// Opens the store in a directory, and makes it where there is none. One that cannot be written is read as it is.
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            directory: Arc::new(directory.to_owned()),
            store: Arc::new(Mutex::new(open(directory)?)),
        })
    }

    /// Does something with the store.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (directory, store) = (Arc::clone(&self.directory), Arc::clone(&self.store));
        let done = tokio::task::spawn_blocking(move || {
            // A panic leaves no statement half done: each is finished or rolled back by the database.
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            // The recorder begins a database anew that was deleted. Until there is a new one, the old one is shown.
            if store.is_replaced() {
                *store = open(&directory)?;
            }
            work(&mut store)
        });
        match done.await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "a page could not be made");
                Err(Fault::Bug("the page could not be made"))
            }
        }
    }
}

fn open(directory: &Path) -> Result<Store, StoreError> {
    match Store::open(directory) {
        Err(error @ (StoreError::Unwritable { .. } | StoreError::Directory { .. })) => {
            Store::open_to_read(directory)?.ok_or(error)
        }
        opened => opened,
    }
}
