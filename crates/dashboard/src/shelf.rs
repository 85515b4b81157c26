//! A store, read from pages: one connection, whose work is done where it holds nobody up.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use grantscope_capture::store::{Store, StoreError};

use crate::fault::Fault;

/// A store that pages are made of. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    store: Arc<Mutex<Store>>,
}

impl Shelf {
    /// Opens the store in a directory, and makes it where there is none. One that cannot be written is read as it is.
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let store = match Store::open(directory) {
            Ok(store) => store,
            Err(error @ (StoreError::Unwritable { .. } | StoreError::Directory { .. })) => {
                Store::open_to_read(directory)?.ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            store: Arc::new(Mutex::new(store)),
        })
    }

    /// Does something with the store.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            // A panic leaves no statement half done: each is finished or rolled back by the database.
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
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
