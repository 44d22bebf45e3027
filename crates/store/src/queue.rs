//! Work for later, done at least once: the outbox.
//!
//! A job is claimed for a time; whoever claims it says it is done or asks for another try. When
//! the time runs out without word, somebody else may claim it, so that a process that dies takes
//! nothing with it. What a job does is not known here.

use sqlx::query::QueryScalar;
use sqlx::{Database, Encode, FromRow, Type};

use crate::Store;
use crate::bounds::{MAX_JOB_BYTES, MAX_TEXT_BYTES, check_bytes, check_text};
use crate::engine::{Engine, now_ms, reading, writing};
use crate::error::{Result, StoreError};

/// The most jobs that one claim gives.
const MAX_JOBS: u32 = 256;

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What sort of work.
    pub topic: String,
    /// What it is about, its owner's word.
    pub key: String,
    /// Its bytes.
    pub body: Vec<u8>,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// When it was enqueued, milliseconds since 1970.
    pub enqueued_ms: i64,
    /// When it was due, milliseconds since 1970.
    pub run_at_ms: i64,
}

/// A job to be put, alone or in the transaction that makes it necessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What sort of work.
    pub topic: String,
    /// What it is about, its owner's word.
    pub key: String,
    /// Its bytes, at most [`MAX_JOB_BYTES`].
    pub body: Vec<u8>,
    /// When it is due, milliseconds since 1970.
    pub run_at_ms: i64,
}

/// The queue of a store.
#[derive(Debug, Clone)]
pub struct Queue {
    store: Store,
}

type Row = (i64, String, String, Vec<u8>, i64, i64, i64);

/// The one statement that differs: PostgreSQL's claimants step over each other's rows, SQLite's
/// take turns. Given the clause between, makes the text.
macro_rules! claim_sql {
    ($locking:literal) => {
        concat!(
            "UPDATE job SET leased_until_ms = $3, attempts = attempts + 1 WHERE id IN (",
            "SELECT id FROM job WHERE topic = $1 AND run_at_ms <= $2 AND leased_until_ms <= $2 ",
            "ORDER BY run_at_ms, id LIMIT $4",
            $locking,
            ") RETURNING id, topic, key, body, attempts, enqueued_ms, run_at_ms"
        )
    };
}

impl Queue {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Puts a job, due at a moment, and returns its number.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`MAX_JOB_BYTES`]; else as the database fails.
    pub async fn enqueue(&self, topic: &str, key: &str, body: &[u8], run_at_ms: i64) -> Result<i64> {
        check_job(topic, key, body)?;
        let id = writing!(self.store, |tx| put_job::<Db>(topic, key, body, run_at_ms).fetch_one(&mut *tx).await?);
        self.store.tell_jobs_added([(topic, run_at_ms)]);
        Ok(id)
    }

    /// Claims due jobs of a topic for `lease_ms`, those due longest first, at most `limit` and
    /// never more than 256.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn claim(&self, topic: &str, now_ms: i64, lease_ms: i64, limit: u32) -> Result<Vec<Job>> {
        let sql = match self.store.engine() {
            Engine::Sqlite(_) => claim_sql!(""),
            Engine::Postgres(_) => claim_sql!(" FOR UPDATE SKIP LOCKED"),
        };
        let rows: Vec<Row> = writing!(self.store, |tx| {
            sqlx::query_as(sql)
                .bind(topic)
                .bind(now_ms)
                .bind(now_ms.saturating_add(lease_ms))
                .bind(i64::from(limit.min(MAX_JOBS)))
                .fetch_all(&mut *tx)
                .await?
        });
        let mut jobs: Vec<Job> = rows.into_iter().map(Job::from).collect();
        jobs.sort_by_key(|job| (job.run_at_ms, job.id));
        Ok(jobs)
    }

    /// Removes a job that was done. False when its lease ran out and somebody else has it now.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn done(&self, job: &Job) -> Result<bool> {
        let removed = writing!(self.store, |tx| {
            sqlx::query("DELETE FROM job WHERE id = $1 AND attempts = $2")
                .bind(job.id)
                .bind(job.attempts)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(removed == 1)
    }

    /// Removes jobs that were done, in one transaction; those that somebody else has now stay.
    ///
    /// # Errors
    /// As the database fails; then none is removed.
    pub async fn done_all(&self, jobs: &[Job]) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        writing!(self.store, |tx| {
            let mut sql = sqlx::QueryBuilder::<Db>::new("DELETE FROM job WHERE ");
            let mut either = sql.separated(" OR ");
            for job in jobs {
                either.push("(id = ").push_bind_unseparated(job.id);
                either.push_unseparated(" AND attempts = ").push_bind_unseparated(job.attempts).push_unseparated(")");
            }
            sql.build().execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Holds a claimed job for longer, until a moment. False when its lease ran out and somebody else has it now.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn extend(&self, job: &Job, leased_until_ms: i64) -> Result<bool> {
        let held = writing!(self.store, |tx| {
            sqlx::query("UPDATE job SET leased_until_ms = $3 WHERE id = $1 AND attempts = $2")
                .bind(job.id)
                .bind(job.attempts)
                .bind(leased_until_ms)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(held == 1)
    }

    /// Gives a job back for another try at a moment, with a word for what went wrong (never
    /// personal data). False when its lease ran out and somebody else has it now.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a long word; else as the database fails.
    pub async fn retry(&self, job: &Job, run_at_ms: i64, error_kind: &str) -> Result<bool> {
        check_bytes("a job's error", error_kind.as_bytes(), MAX_TEXT_BYTES)?;
        check_text("a job's error", error_kind)?;
        let given_back = writing!(self.store, |tx| {
            sqlx::query(
                "UPDATE job SET run_at_ms = $3, leased_until_ms = 0, last_error = $4 \
                 WHERE id = $1 AND attempts = $2",
            )
            .bind(job.id)
            .bind(job.attempts)
            .bind(run_at_ms)
            .bind(error_kind)
            .execute(&mut *tx)
            .await?
            .rows_affected()
        });
        Ok(given_back == 1)
    }

    /// Gives back every job that is held, where one process at a time uses the database (SQLite): to be called when it
    /// begins, so that what the one before it held when it fell need not wait for its lease to run out. Where several
    /// share it nothing is given back: the others may be at it.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn release_held(&self) -> Result<()> {
        if let Engine::Sqlite(_) = self.store.engine() {
            writing!(self.store, |tx| {
                sqlx::query("UPDATE job SET leased_until_ms = 0 WHERE leased_until_ms > 0").execute(&mut *tx).await?;
            });
        }
        Ok(())
    }

    /// How many jobs of a topic are not done yet, claimed ones included.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn waiting(&self, topic: &str) -> Result<u64> {
        let count: i64 = reading!(self.store, |db| {
            sqlx::query_scalar("SELECT COUNT(*) FROM job WHERE topic = $1").bind(topic).fetch_one(db).await?
        });
        u64::try_from(count).map_err(|_| StoreError::Damaged("the queue".to_owned()))
    }
}

/// Refuses what cannot be kept, before a transaction begins.
pub(crate) fn check_job(topic: &str, key: &str, body: &[u8]) -> Result<()> {
    check_text("a job's topic", topic)?;
    check_text("a job's key", key)?;
    check_bytes("a job", body, MAX_JOB_BYTES)
}

/// The statement that puts a job; returns its number.
pub(crate) fn put_job<'q, DB: Database>(
    topic: &'q str,
    key: &'q str,
    body: &'q [u8],
    run_at_ms: i64,
) -> QueryScalar<'q, DB, i64, DB::Arguments>
where
    (i64,): for<'r> FromRow<'r, DB::Row>,
    i64: Type<DB> + Encode<'q, DB>,
    &'q str: Type<DB> + Encode<'q, DB>,
    &'q [u8]: Type<DB> + Encode<'q, DB>,
{
    sqlx::query_scalar(
        "INSERT INTO job (topic, key, body, run_at_ms, leased_until_ms, attempts, last_error, enqueued_ms) \
         VALUES ($1, $2, $3, $4, 0, 0, '', $5) RETURNING id",
    )
    .bind(topic)
    .bind(key)
    .bind(body)
    .bind(run_at_ms)
    .bind(now_ms())
}

impl From<Row> for Job {
    fn from((id, topic, key, body, attempts, enqueued_ms, run_at_ms): Row) -> Self {
        Self { id, topic, key, body, attempts, enqueued_ms, run_at_ms }
    }
}
