//! The one writer of evidence in a process: whoever waits is committed together.
//!
//! Callers pack their own record on their own thread; the writer takes all that wait, up to a
//! limit, and commits them in one transaction, so that a hundred waiting exchanges cost one sync.
//! Indexes are claimed by raising the ledger's size in that transaction: on PostgreSQL the row's
//! lock makes several processes take turns, so that indexes are dense and appear in order.

use std::collections::{BTreeMap, HashSet};

use sqlx::{Database, Encode, QueryBuilder, Type};
use tokio::sync::{mpsc, oneshot};

use crate::Store;
use crate::bounds::{MAX_CONTENT_BYTES, MAX_RECORD_BYTES, check_bytes, check_text, from_sql, to_sql};
use crate::daily_use::day;
use crate::engine::{reading, writing};
use crate::error::{Result, StoreError};
use crate::packing::pack;
use crate::records::{NewRecord, side_word};

/// The most records of one transaction.
const MAX_GROUP: usize = 512;
/// How many records may wait for the writer; more callers wait to hand theirs over.
const QUEUE: usize = 2048;
/// How often a group is sorted again before it fails.
const MAX_SIFTS: usize = 8;
/// The most rows of one INSERT: 256 × 14 values stay below SQLite's 32,766 and PostgreSQL's 65,535.
const MAX_ROWS: usize = 256;

/// The handle to append evidence. Start one per process and clone it; it ends with its last clone,
/// after committing what was handed over.
#[derive(Debug, Clone)]
pub struct RecordWriter {
    queue: mpsc::Sender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    row: Row,
    done: oneshot::Sender<Result<u64>>,
}

/// A record ready for its columns.
#[derive(Debug)]
struct Row {
    record: NewRecord,
    body: Vec<u8>,
    content: Option<Vec<u8>>,
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
        let row = Row::new(record)?;
        let (done, answer) = oneshot::channel();
        let stopped = || StoreError::Unavailable("the writer of records has stopped".to_owned());
        self.queue.send(Waiting { row, done }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Row {
    /// Checks and packs a record.
    fn new(mut record: NewRecord) -> Result<Self> {
        for (what, text) in [
            ("a record's id", &record.id),
            ("a record's kind", &record.kind),
            ("a record's partner", &record.partner),
            ("a record's system", &record.system),
            ("a record's service", &record.service),
            ("a record's agreement", &record.agreement),
            ("a record's outcome", &record.outcome),
            ("a record's rule", &record.rule),
        ] {
            check_text(what, text)?;
        }
        check_bytes("a record", &record.record, MAX_RECORD_BYTES)?;
        let body = pack(&std::mem::take(&mut record.record));
        let content = match record.content.take() {
            None => None,
            Some(content) => {
                check_bytes("a record's content", &content.bytes, MAX_CONTENT_BYTES)?;
                Some([content.salt.as_slice(), &pack(&content.bytes)].concat())
            }
        };
        Ok(Self { record, body, content })
    }

    fn key(&self) -> (&str, &'static str, &str) {
        (&self.record.id, side_word(self.record.side), &self.record.partner)
    }
}

/// Takes whoever waits, commits them, tells them; until every handle is gone.
async fn write_groups(store: Store, mut waiting: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(MAX_GROUP);
    while waiting.recv_many(&mut group, MAX_GROUP).await > 0 {
        let (rows, dones): (Vec<Row>, Vec<_>) = group.drain(..).map(|waiting| (waiting.row, waiting.done)).unzip();
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

/// Commits a group as if all ids were new; when one is not, sorts out which and commits the rest.
async fn commit(store: &Store, rows: &[Row]) -> Result<Vec<Result<u64>>> {
    let mut results = vec![Err(StoreError::Duplicate); rows.len()];
    let mut fresh: Vec<usize> = (0..rows.len()).collect();
    // Once is enough, unless another process takes an id between the look and the insert.
    for _ in 0..MAX_SIFTS {
        let group: Vec<&Row> = fresh.iter().map(|&at| &rows[at]).collect();
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
async fn sift(store: &Store, rows: &[Row], candidates: Vec<usize>) -> Result<Vec<usize>> {
    let mut seen = HashSet::new();
    let mut fresh = Vec::with_capacity(candidates.len());
    for at in candidates {
        let (id, side, partner) = rows[at].key();
        let kept: Option<i64> = reading!(store, |db| {
            sqlx::query_scalar("SELECT idx FROM record WHERE id = $1 AND side = $2 AND partner = $3")
                .bind(id)
                .bind(side)
                .bind(partner)
                .fetch_optional(db)
                .await?
        });
        if kept.is_none() && seen.insert((id, side, partner)) {
            fresh.push(at);
        }
    }
    Ok(fresh)
}

/// Inserts the rows in one transaction and returns the index of the first.
async fn insert(store: &Store, rows: &[&Row]) -> Result<u64> {
    let count = rows.len() as u64;
    let first = writing!(store, |tx| {
        let size: i64 = sqlx::query_scalar("UPDATE ledger_head SET size = size + $1 RETURNING size")
            .bind(to_sql(count))
            .fetch_one(&mut *tx)
            .await?;
        let first = size - to_sql(count);
        let (mut index, mut rest) = (first, rows);
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rows_of_one_insert(rest.len()));
            insert_entries::<Db>(index, part).build().execute(&mut *tx).await?;
            insert_records::<Db>(index, part).build().execute(&mut *tx).await?;
            index += to_sql(part.len() as u64);
            rest = after;
        }
        for ((agreement, partner, side, day), used) in uses(rows) {
            sqlx::query(
                "INSERT INTO daily_use (agreement, partner, side, day, used) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (agreement, partner, side, day) DO UPDATE SET used = daily_use.used + excluded.used",
            )
            .bind(agreement)
            .bind(partner)
            .bind(side)
            .bind(day)
            .bind(used)
            .execute(&mut *tx)
            .await?;
        }
        first
    });
    from_sql("the ledger's size", first)
}

/// The statement that inserts ledger entries from `first` on.
fn insert_entries<DB: Database>(first: i64, rows: &[&Row]) -> QueryBuilder<DB>
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q [u8]: Type<DB> + Encode<'q, DB>,
{
    let mut sql = QueryBuilder::new("INSERT INTO ledger_entry (idx, entry) ");
    sql.push_values((first..).zip(rows), |mut values, (index, row)| {
        values.push_bind(index).push_bind(row.record.entry.as_slice());
    });
    sql
}

/// The statement that inserts records from `first` on.
fn insert_records<DB: Database>(first: i64, rows: &[&Row]) -> QueryBuilder<DB>
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
    for<'q> &'q [u8]: Type<DB> + Encode<'q, DB>,
    for<'q> Option<&'q [u8]>: Type<DB> + Encode<'q, DB>,
{
    let mut sql = QueryBuilder::new(
        "INSERT INTO record (idx, id, side, at_ms, kind, partner, system, service, agreement, outcome, rule, \
         salt, body, content) ",
    );
    sql.push_values((first..).zip(rows), |mut values, (index, row)| {
        let record = &row.record;
        values.push_bind(index).push_bind(record.id.as_str());
        values.push_bind(side_word(record.side)).push_bind(record.at_ms);
        values.push_bind(record.kind.as_str()).push_bind(record.partner.as_str());
        values.push_bind(record.system.as_str()).push_bind(record.service.as_str());
        values.push_bind(record.agreement.as_str()).push_bind(record.outcome.as_str());
        values.push_bind(record.rule.as_str()).push_bind(record.salt.as_slice());
        values.push_bind(row.body.as_slice()).push_bind(row.content.as_deref());
    });
    sql
}

/// Powers of two only, so that the drivers keep few prepared statements and always find them.
fn rows_of_one_insert(rows: usize) -> usize {
    (1 << rows.ilog2()).min(MAX_ROWS)
}

/// What a group uses of the agreements' daily allowances. Ordered, so that processes touch the
/// rows in one order.
fn uses<'a>(rows: &[&'a Row]) -> BTreeMap<(&'a str, &'a str, &'static str, i64), i64> {
    let mut uses = BTreeMap::new();
    for row in rows {
        let record = &row.record;
        if record.uses > 0 {
            let partner = record.partner.as_str();
            let key = (record.agreement.as_str(), partner, side_word(record.side), day(record.at_ms));
            *uses.entry(key).or_insert(0) += i64::from(record.uses);
        }
    }
    uses
}
