//! A file that may be replaced: loaded again whole or not at all.
//!
//! A new copy is made on the side and swapped in; a question that is being answered keeps the copy
//! it began with, and a load that fails leaves the old copy serving. Must never serve half a file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::definition::{Source, TableDefinition};
use crate::error::TableError;
use crate::frozen::FrozenCopy;
use crate::source::Fingerprint;
use crate::status::Status;

/// A file's newest good copy.
pub(crate) struct FrozenTable {
    definition: Arc<TableDefinition>,
    scratch: PathBuf,
    current: ArcSwap<FrozenCopy>,
    /// Held while a copy is made, so that two reloads never race to swap.
    reloading: tokio::sync::Mutex<()>,
    /// The newest load that failed, and the state of the file then; held for an assignment only.
    failure: Mutex<Option<(Option<Fingerprint>, TableError)>>,
}

impl FrozenTable {
    /// Makes the first copy, in a folder with room for it.
    pub(crate) async fn open(definition: Arc<TableDefinition>, scratch: PathBuf) -> Result<Self, TableError> {
        let copy = make(Arc::clone(&definition), scratch.clone()).await?;
        Ok(Self {
            definition,
            scratch,
            current: ArcSwap::from_pointee(copy),
            reloading: tokio::sync::Mutex::new(()),
            failure: Mutex::new(None),
        })
    }

    /// The copy that a question should be answered from, until it is answered.
    pub(crate) fn copy(&self) -> Arc<FrozenCopy> {
        self.current.load_full()
    }

    /// Loads the file again.
    pub(crate) async fn refresh(&self) -> Result<(), TableError> {
        let _alone = self.reloading.lock().await;
        self.reload(self.seen()).await
    }

    /// Loads the file again if it is another state than the one served and than the one that failed
    /// last. True when a new copy serves.
    pub(crate) async fn refresh_if_changed(&self) -> Result<bool, TableError> {
        let _alone = self.reloading.lock().await;
        let seen = self.seen();
        if seen == Some(self.copy().fingerprint()) {
            self.note(None);
            return Ok(false);
        }
        let failed_before = self.failure().as_ref().is_some_and(|(state, error)| {
            // A file that changed while it was read is worth another try in the same state.
            *state == seen && *error != TableError::SourceChanged
        });
        if failed_before {
            return Ok(false);
        }
        self.reload(seen).await.map(|()| true)
    }

    async fn reload(&self, seen: Option<Fingerprint>) -> Result<(), TableError> {
        match make(Arc::clone(&self.definition), self.scratch.clone()).await {
            Ok(copy) => {
                self.current.store(Arc::new(copy));
                self.note(None);
                Ok(())
            }
            Err(error) => {
                self.note(Some((seen, error.clone())));
                Err(error)
            }
        }
    }

    /// Counts of the copy being served, and why it is not a newer one.
    pub(crate) fn status(&self) -> Status {
        let error = self.failure().as_ref().map(|(_, error)| error.to_string());
        Status { error, ..self.copy().status() }
    }

    fn seen(&self) -> Option<Fingerprint> {
        match &self.definition.source {
            Source::Csv { path, .. } | Source::Parquet { path } => Fingerprint::at(path),
            Source::Sqlite { .. } | Source::Postgres { .. } | Source::Upstream { .. } => None,
        }
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<(Option<Fingerprint>, TableError)>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, failure: Option<(Option<Fingerprint>, TableError)>) {
        *self.failure() = failure;
    }
}

/// Reading a file blocks, and a corrupt one may end the reader: both stay on their own thread.
async fn make(definition: Arc<TableDefinition>, scratch: PathBuf) -> Result<FrozenCopy, TableError> {
    tokio::task::spawn_blocking(move || FrozenCopy::make(&definition, &scratch))
        .await
        .map_err(|_| TableError::Abandoned)?
}
