//! The one writer of evidence in a process: whoever waits is committed together.
//!
//! Callers pack their own record on their own thread; the writer takes all that wait, up to a
//! limit, and commits them in one transaction, so that a hundred waiting exchanges cost one sync.
//! Indexes are claimed by raising the ledger's size in that transaction: on PostgreSQL the row's
//! lock makes several processes take turns, so that indexes are dense and appear in order.

use std::collections::{HashSet, VecDeque};

use sqlx::query::QueryScalar;
use sqlx::{Database, Encode, FromRow, Type};
use tokio::sync::{mpsc, oneshot};

use crate::Store;
use crate::bounds::{MAX_CONTENT_BYTES, MAX_RECORD_BYTES, check_bytes, check_text};
use crate::engine::reading;
use crate::error::{Result, StoreError};
use crate::insert::insert;
use crate::packing::pack;
use crate::records::{NewRecord, side_word};

/// The most records of one transaction: 256 × 14 values stay below SQLite's 32,766 and PostgreSQL's 65,535.
const MAX_GROUP: usize = 256;
/// How many records may wait for the writer; more callers wait to hand theirs over.
const QUEUE: usize = 2048;
/// How often a group is sorted again before it fails.
const MAX_SIFTS: usize = 8;

/// The handle to append evidence. Start one per process and clone it; it ends with its last clone,
/// after committing what was handed over.
#[derive(Debug, Clone)]
pub struct RecordWriter {
    queue: mpsc::Sender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    row: PackedRecord,
    done: oneshot::Sender<Result<u64>>,
}

/// A record ready for its columns: checked and packed. Made by [`NewRecord::packed`], on its caller's own thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedRecord {
    pub(crate) record: NewRecord,
    pub(crate) body: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
}

impl RecordWriter {
    /// Starts the writer's task on the current runtime.
    #[must_use]
    pub fn start(store: &Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write_groups(store.clone(), waiting));
        Self { queue }
    }

    /// Keeps a record and returns its entry's index in the ledger, once both are durable. A caller
    /// that goes away leaves the record kept. After [`StoreError::Unavailable`] from PostgreSQL the
    /// record may have been kept all the same (the connection broke during the commit): a second
    /// attempt then says [`StoreError::Duplicate`].
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when side, partner and id are taken; [`StoreError::TooLarge`] or
    /// [`StoreError::Nul`] for values that cannot be kept; [`StoreError::Unavailable`] when the
    /// database or the disk fails, and then nothing of the record is there.
    pub async fn append(&self, record: NewRecord) -> Result<u64> {
        let row = record.packed()?;
        let (done, answer) = oneshot::channel();
        let stopped = || StoreError::Unavailable("the writer of records has stopped".to_owned());
        self.queue.send(Waiting { row, done }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl NewRecord {
    /// Checks and packs it, to be kept with a statement about a parcel ([`crate::NewStatement`]).
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Nul`] for values that cannot be kept.
    pub fn packed(mut self) -> Result<PackedRecord> {
        for (what, text) in [
            ("a record's id", &self.id),
            ("a record's kind", &self.kind),
            ("a record's partner", &self.partner),
            ("a record's system", &self.system),
            ("a record's service", &self.service),
            ("a record's agreement", &self.agreement),
            ("a record's outcome", &self.outcome),
            ("a record's rule", &self.rule),
            ("a record's purpose", &self.counted.purpose),
            ("a tier", &self.counted.tier),
            ("a department", &self.counted.department),
        ] {
            check_text(what, text)?;
        }
        check_bytes("a record", &self.record, MAX_RECORD_BYTES)?;
        let body = pack(&std::mem::take(&mut self.record));
        let content = match self.content.take() {
            None => None,
            Some(content) => {
                check_bytes("a record's content", &content.bytes, MAX_CONTENT_BYTES)?;
                Some([content.salt.as_slice(), &pack(&content.bytes)].concat())
            }
        };
        Ok(PackedRecord { record: self, body, content })
    }
}

impl PackedRecord {
    pub(crate) fn key(&self) -> (&str, &'static str, &str) {
        (&self.record.id, side_word(self.record.side), &self.record.partner)
    }
}

/// Takes whoever waits, commits them, tells them; until every handle is gone.
async fn write_groups(store: Store, mut waiting: mpsc::Receiver<Waiting>) {
    let mut queued = VecDeque::new();
    let mut arrived = Vec::with_capacity(MAX_GROUP);
    loop {
        let room = MAX_GROUP.saturating_sub(queued.len());
        // Waits only when nobody does; whoever came meanwhile joins.
        if queued.is_empty() && waiting.recv_many(&mut arrived, room).await == 0 {
            return;
        }
        queued.extend(arrived.drain(..));
        while queued.len() < MAX_GROUP
            && let Ok(another) = waiting.try_recv()
        {
            queued.push_back(another);
        }
        let group = queued.drain(..group_of(queued.len()));
        let (rows, dones): (Vec<PackedRecord>, Vec<_>) = group.map(|waiting| (waiting.row, waiting.done)).unzip();
        let results = match commit(&store, &rows).await {
            Ok(results) => results,
            Err(error) => {
                tracing::error!(records = rows.len(), %error, "records could not be kept");
                vec![Err(error); rows.len()]
            }
        };
        store.grew().notify_one();
        for (done, result) in dones.into_iter().zip(results) {
            // A caller that went away does not need its answer.
            let _ = done.send(result);
        }
    }
}

/// How many of those who wait are committed together. Powers of two only, so that the drivers keep few prepared
/// statements and always find them.
fn group_of(waiting: usize) -> usize {
    waiting.checked_ilog2().map_or(0, |log| (1 << log).min(MAX_GROUP))
}

/// Commits a group as if all ids were new; when one is not, sorts out which and commits the rest.
async fn commit(store: &Store, rows: &[PackedRecord]) -> Result<Vec<Result<u64>>> {
    let mut results = vec![Err(StoreError::Duplicate); rows.len()];
    let mut fresh: Vec<usize> = (0..rows.len()).collect();
    // Once is enough, unless another process takes an id between the look and the insert.
    for _ in 0..MAX_SIFTS {
        if fresh.is_empty() {
            return Ok(results);
        }
        let group: Vec<&PackedRecord> = fresh.iter().map(|&at| &rows[at]).collect();
        match insert(store, &group).await {
            Ok(first) => {
                (first..).zip(fresh).for_each(|(index, at)| results[at] = Ok(index));
                return Ok(results);
            }
            Err(StoreError::Duplicate) => fresh = sift(store, rows, fresh).await?,
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Unavailable("other processes keep recording the same exchanges".to_owned()))
}

/// Leaves out the rows whose key is taken, by a kept record or by a row before.
async fn sift(store: &Store, rows: &[PackedRecord], candidates: Vec<usize>) -> Result<Vec<usize>> {
    let mut seen = HashSet::new();
    let mut fresh = Vec::with_capacity(candidates.len());
    for at in candidates {
        let key = rows[at].key();
        let kept: Option<i64> = reading!(store, |db| record_of_name::<Db>(key).fetch_optional(db).await?);
        if kept.is_none() && seen.insert(key) {
            fresh.push(at);
        }
    }
    Ok(fresh)
}

/// The SQL that looks for a kept record of an id, side and partner.
pub(crate) fn record_of_name<'q, DB: Database>(
    (id, side, partner): (&'q str, &'static str, &'q str),
) -> QueryScalar<'q, DB, i64, DB::Arguments>
where
    (i64,): for<'r> FromRow<'r, DB::Row>,
    &'q str: Type<DB> + Encode<'q, DB>,
{
    sqlx::query_scalar("SELECT idx FROM record WHERE id = $1 AND side = $2 AND partner = $3")
        .bind(id)
        .bind(side)
        .bind(partner)
}
