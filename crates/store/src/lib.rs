//! The only room that speaks SQL and object storage to our own data.
//!
//! One [`Store`] holds what an organisation or a registry keeps: evidence and its ledger, small
//! documents, parcels, work for later, and files. SQLite in the data folder is the default; PostgreSQL lets
//! several processes share one store. Both run the same SQL and pass the same tests.
//!
//! The room must never know what a record, a document or a job means, nor read other people's data.

mod backup;
mod bounds;
mod counts;
mod daily_use;
mod documents;
mod engine;
mod error;
mod group;
mod insert;
mod ledger_log;
mod migrate;
mod objects;
mod packing;
mod parcels;
pub mod publish;
mod queue;
mod records;
mod tickets;
mod traces;
mod writer;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::engine::{Engine, now_ms};

pub use crate::backup::{BackupReport, RestoreReport, restore};
pub use crate::bounds::{
    MAX_CONTENT_BYTES, MAX_DOCUMENT_BYTES, MAX_JOB_BYTES, MAX_PARCEL_BODY_BYTES, MAX_PARCEL_BYTES, MAX_RECORD_BYTES,
    MAX_STATEMENT_BYTES, MAX_TEXT_BYTES, MAX_TICKET_BYTES,
};
pub use crate::counts::{Count, CountBy, Counted, StaffCount, month_of};
pub use crate::daily_use::DailyUse;
pub use crate::documents::{Change, Document, Documents, Listing, Order, Page, Search, words};
pub use crate::error::{Result, StoreError};
pub use crate::ledger_log::LedgerLog;
pub use crate::objects::Objects;
pub use crate::parcels::{
    NewParcel, NewStatement, Parcel, ParcelFilter, ParcelLine, ParcelOrder, Parcels, Private, Statement, StatementName,
    Step, Usage, WorkflowFilter, WorkflowPattern,
};
pub use crate::publish::{Published, Publisher};
pub use crate::queue::{Job, NewJob, Queue};
pub use crate::records::{Erasable, KeptRecord, NewRecord, RecentId, RecordFilter, RecordLine, Records, Side};
pub use crate::tickets::{Ticket, Tickets};
pub use crate::traces::{MAX_PEOPLE, PersonDigest};
pub use crate::writer::{PackedRecord, RecordWriter};

/// Where a store lives.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// `sqlite:<path>` (a relative path stands below `data_dir`) or `postgres://…`.
    pub url: String,
    /// The folder for everything that is a file.
    pub data_dir: PathBuf,
    /// `s3://bucket/prefix`, or nothing for the folder `objects` below `data_dir`.
    pub objects_url: Option<String>,
    /// The most bytes that the SQLite file may grow to; nothing means as much as the disk holds.
    pub max_bytes: Option<u64>,
}

impl StoreSettings {
    /// SQLite and files in one folder: the default.
    #[must_use]
    pub fn in_folder(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            url: "sqlite:packhorse.sqlite".to_owned(),
            data_dir: data_dir.into(),
            objects_url: None,
            max_bytes: None,
        }
    }
}

/// Our own data. Clones share one set of connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    objects: Objects,
    /// Told whenever this process appended to the ledger; the publisher waits on it.
    grew: Notify,
    /// Told, by topic, whenever this process committed jobs; workers wait on it.
    jobs_added: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Store {
    /// Opens the store, makes it when it does not exist, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when the settings make no sense, [`StoreError::Unavailable`] when
    /// the database or the folder cannot be used, [`StoreError::Database`] when a migration fails
    /// or the data was written by a newer version.
    pub async fn open(settings: &StoreSettings) -> Result<Self> {
        let engine = Engine::open(settings).await?;
        migrate::run(&engine).await?;
        let objects = Objects::open(settings)?;
        Ok(Self { inner: Arc::new(Inner { engine, objects, grew: Notify::new(), jobs_added: Mutex::default() }) })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the reason when it does not.
    pub async fn ready(&self) -> Result<()> {
        self.ledger().size().await.map(|_| ())
    }

    /// Evidence: reading, erasing, counting. Appending goes through [`RecordWriter`].
    #[must_use]
    pub fn records(&self) -> Records {
        Records::new(self.clone())
    }

    /// The ledger's entries.
    #[must_use]
    pub fn ledger(&self) -> LedgerLog {
        LedgerLog::new(self.clone())
    }

    /// Small versioned documents.
    #[must_use]
    pub fn documents(&self) -> Documents {
        Documents::new(self.clone())
    }

    /// Small things that expire.
    #[must_use]
    pub fn tickets(&self) -> Tickets {
        Tickets::new(self.clone())
    }

    /// Work for later.
    #[must_use]
    pub fn queue(&self) -> Queue {
        Queue::new(self.clone())
    }

    /// Completes when this process has committed jobs of a topic. It hears from when it is made on, not from when it is
    /// awaited: who makes it, then claims, and then awaits it, misses nothing. Jobs due later and those that another
    /// process adds it does not tell of: bound it with a timeout.
    pub fn jobs_added(&self, topic: &str) -> impl Future<Output = ()> + Send + use<> {
        self.told_of(topic).notified_owned()
    }

    /// Parcels and what is stated about them.
    #[must_use]
    pub fn parcels(&self) -> Parcels {
        Parcels::new(self.clone())
    }

    /// Files: tiles, parcels' payloads.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// Closes the connections after the statements in flight. Only for an orderly stop: nothing
    /// acknowledged depends on it.
    pub async fn close(&self) {
        match self.engine() {
            Engine::Sqlite(sqlite) => {
                sqlite.readers.close().await;
                sqlite.writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn grew(&self) -> &Notify {
        &self.inner.grew
    }

    /// To be called after the commit, with the jobs' topics and when they are due.
    pub(crate) fn tell_jobs_added<'a>(&self, jobs: impl IntoIterator<Item = (&'a str, i64)>) {
        let now = now_ms();
        for (topic, _) in jobs.into_iter().filter(|(_, run_at_ms)| *run_at_ms <= now) {
            self.told_of(topic).notify_waiters();
        }
    }

    fn told_of(&self, topic: &str) -> Arc<Notify> {
        let mut topics = self.inner.jobs_added.lock().unwrap_or_else(PoisonError::into_inner);
        match topics.get(topic) {
            Some(told) => Arc::clone(told),
            None => Arc::clone(topics.entry(topic.to_owned()).or_default()),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match self.engine() {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        };
        f.debug_struct("Store").field("engine", &engine).finish_non_exhaustive()
    }
}
