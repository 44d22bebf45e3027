//! Parcels as they lie in the store: made, found, deleted.
//!
//! A parcel has a row on each side that we stand on. Its state changes by [`Step`]s only: one transaction that compares
//! the state, sets the next, keeps the statements that prove it and puts the jobs that follow from it. Statements outlive
//! the row. What a state, a statement or a body says is not known here, and payloads are objects, not rows.

mod list;
#[macro_use]
mod statements;
#[macro_use]
mod step;

use crate::Store;
use crate::bounds::{MAX_PARCEL_BODY_BYTES, MAX_PARCEL_BYTES, check_bytes, check_text, from_sql, to_sql};
use crate::engine::{forget_old_pages, now_ms, reading, writing};
use crate::error::{Result, StoreError};
use crate::queue::{NewJob, check_job, put_job};
use crate::records::{Side, read_side, side_word};

use self::statements::check_statement;

pub use self::list::{ParcelFilter, ParcelLine, ParcelOrder, Usage, WorkflowFilter, WorkflowPattern};
pub use self::statements::{NewStatement, Statement, StatementName};
pub use self::step::{Private, Step};

/// A parcel on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its id, unique on each side.
    pub id: String,
    /// The side that we stand on: outbound is the sender's.
    pub side: Side,
    /// Our system's mailbox.
    pub mailbox: String,
    /// The organisation on the other side.
    pub partner: String,
    /// The workflow it is for.
    pub workflow: String,
    /// Its state, its owner's word.
    pub state: String,
    /// 0, or a number that rises in the order in which parcels were listed.
    pub seq: i64,
    /// When it was made here, milliseconds since 1970.
    pub created_ms: i64,
    /// When it expires, milliseconds since 1970.
    pub expires_ms: i64,
    /// When it last took a step, milliseconds since 1970.
    pub changed_ms: i64,
    /// How many bytes its payload has.
    pub bytes: u64,
    /// The name of its payload among the objects, which several parcels may share.
    pub payload: String,
    /// The sender's key against sending twice, unique among a mailbox's outbound parcels; empty when there is none.
    pub dispatch: String,
    /// Whether it must not expire.
    pub hold: bool,
    /// What is kept of it.
    pub body: Vec<u8>,
    /// What is kept only for a time; nothing when there was none or it was erased.
    pub private: Option<Vec<u8>>,
}

/// A parcel to be made; the fields mean what they mean in [`Parcel`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewParcel {
    /// Its id.
    pub id: String,
    /// The side that we stand on.
    pub side: Side,
    /// Our system's mailbox.
    pub mailbox: String,
    /// The organisation on the other side.
    pub partner: String,
    /// The workflow it is for.
    pub workflow: String,
    /// Its first state.
    pub state: String,
    /// Now, milliseconds since 1970.
    pub created_ms: i64,
    /// When it expires, milliseconds since 1970.
    pub expires_ms: i64,
    /// How many bytes its payload has, at most [`MAX_PARCEL_BYTES`].
    pub bytes: u64,
    /// The name of its payload.
    pub payload: String,
    /// The key against sending twice, or empty.
    pub dispatch: String,
    /// Whether it must not expire.
    pub hold: bool,
    /// Whether it is listed at once: takes the next number.
    pub listed: bool,
    /// What is kept of it, at most [`MAX_PARCEL_BODY_BYTES`].
    pub body: Vec<u8>,
    /// What is kept only for a time, at most [`MAX_PARCEL_BODY_BYTES`].
    pub private: Option<Vec<u8>>,
}

/// The parcels of a store.
#[derive(Debug, Clone)]
pub struct Parcels {
    store: Store,
}

/// A parcel's columns in the order of [`COLUMNS`].
type Row = (
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    i64,
    String,
    String,
    i64,
    Vec<u8>,
    Option<Vec<u8>>,
);

const COLUMNS: &str = "SELECT id, side, mailbox, partner, workflow, state, seq, created_ms, expires_ms, changed_ms, bytes, \
                       payload, dispatch, hold, body, private FROM parcel WHERE ";

/// An id is used once, also after its parcel was deleted: its statements are one parcel's chain.
const INSERT: &str = "INSERT INTO parcel (id, side, mailbox, partner, workflow, state, seq, created_ms, expires_ms, \
                      changed_ms, bytes, payload, dispatch, hold, body, private) \
                      SELECT $1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15 \
                      WHERE NOT EXISTS (SELECT 1 FROM parcel_statement WHERE parcel = $1 AND side = $2) \
                      ON CONFLICT DO NOTHING";

impl Parcels {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes a parcel, with its first statements and the jobs that follow. False when the id was used on this side
    /// before, though the parcel be deleted since, or the dispatch key is taken: then nothing is written and no job put.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Nul`] for values that cannot be kept; else as the database fails.
    /// Then nothing is written.
    pub async fn insert(&self, parcel: &NewParcel, statements: &[NewStatement], jobs: &[NewJob]) -> Result<bool> {
        self.insert_many(&[(parcel, statements)], jobs).await
    }

    /// Makes several parcels at once, all or none: see [`Parcels::insert`]. Of parcels that are dispatched together
    /// only one can carry the key.
    ///
    /// # Errors
    /// As [`Parcels::insert`].
    pub async fn insert_many(&self, parcels: &[(&NewParcel, &[NewStatement])], jobs: &[NewJob]) -> Result<bool> {
        for (parcel, statements) in parcels {
            check_parcel(parcel)?;
            statements.iter().try_for_each(check_statement)?;
        }
        check_jobs(jobs)?;
        let mut outcome = self.try_insert(parcels, jobs, false).await;
        if let Err(StoreError::Duplicate) = outcome {
            outcome = self.try_insert(parcels, jobs, true).await;
        }
        let statements: Vec<&NewStatement> = parcels.iter().flat_map(|(_, statements)| statements.iter()).collect();
        self.told(outcome, statements, jobs)
    }

    /// A parcel, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the row is not what was written; else as the database fails.
    pub async fn get(&self, id: &str, side: Side) -> Result<Option<Parcel>> {
        let row: Option<Row> = reading!(self.store, |db| {
            let mut sql = sqlx::QueryBuilder::<Db>::new(COLUMNS);
            sql.push("id = ").push_bind(id).push(" AND side = ").push_bind(side_word(side));
            sql.build_query_as().fetch_optional(db).await?
        });
        row.map(parcel).transpose()
    }

    /// The outbound parcel that a mailbox sent under a dispatch key, or nothing.
    ///
    /// # Errors
    /// As [`Parcels::get`].
    pub async fn by_dispatch(&self, mailbox: &str, key: &str) -> Result<Option<Parcel>> {
        let row: Option<Row> = reading!(self.store, |db| {
            let mut sql = sqlx::QueryBuilder::<Db>::new(COLUMNS);
            // The index's own condition, word for word, so that it is found.
            sql.push("side = 'outbound' AND dispatch <> '' AND mailbox = ").push_bind(mailbox);
            sql.push(" AND dispatch = ").push_bind(key);
            sql.build_query_as().fetch_optional(db).await?
        });
        row.map(parcel).transpose()
    }

    /// Deletes a parcel's row; whether it was there. Its statements stay, and so do its objects: they are the caller's.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn delete(&self, id: &str, side: Side) -> Result<bool> {
        let removed = writing!(self.store, |tx| {
            sqlx::query("DELETE FROM parcel WHERE id = $1 AND side = $2")
                .bind(id)
                .bind(side_word(side))
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        forget_old_pages(self.store.engine()).await;
        Ok(removed == 1)
    }

    /// [`StoreError::Conflict`] when one of them cannot be made.
    async fn try_insert(
        &self,
        parcels: &[(&NewParcel, &[NewStatement])],
        jobs: &[NewJob],
        sifting: bool,
    ) -> Result<()> {
        writing!(self.store, |tx| {
            for (parcel, _) in parcels {
                let made = sqlx::query(INSERT)
                    .bind(parcel.id.as_str())
                    .bind(side_word(parcel.side))
                    .bind(parcel.mailbox.as_str())
                    .bind(parcel.partner.as_str())
                    .bind(parcel.workflow.as_str())
                    .bind(parcel.state.as_str())
                    .bind(parcel.created_ms)
                    .bind(parcel.expires_ms)
                    .bind(now_ms())
                    .bind(to_sql(parcel.bytes))
                    .bind(parcel.payload.as_str())
                    .bind(parcel.dispatch.as_str())
                    .bind(i64::from(parcel.hold))
                    .bind(parcel.body.as_slice())
                    .bind(parcel.private.as_deref());
                if made.execute(&mut *tx).await?.rows_affected() == 0 {
                    return Err(StoreError::Conflict);
                }
            }
            for job in jobs {
                put_job::<Db>(&job.topic, &job.key, &job.body, job.run_at_ms).fetch_one(&mut *tx).await?;
            }
            for (parcel, _) in parcels.iter().filter(|(parcel, _)| parcel.listed) {
                list!(tx, parcel.id.as_str(), parcel.side);
            }
            for (parcel, statements) in parcels {
                add_statements!(tx, &parcel.id, parcel.side, *statements, sifting);
            }
        });
        Ok(())
    }

    /// Tells the publisher and the workers of what a transaction put; that it was refused becomes false.
    fn told<'a>(
        &self,
        outcome: Result<()>,
        statements: impl IntoIterator<Item = &'a NewStatement>,
        jobs: &[NewJob],
    ) -> Result<bool> {
        match outcome {
            Ok(()) => {
                if statements.into_iter().any(|statement| statement.record.is_some()) {
                    self.store.grew().notify_one();
                }
                if !jobs.is_empty() {
                    self.store.tell_jobs_added(jobs.iter().map(|job| (job.topic.as_str(), job.run_at_ms)));
                }
                Ok(true)
            }
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn check_parcel(parcel: &NewParcel) -> Result<()> {
    for (what, text) in [
        ("a parcel's id", &parcel.id),
        ("a parcel's mailbox", &parcel.mailbox),
        ("a parcel's partner", &parcel.partner),
        ("a parcel's workflow", &parcel.workflow),
        ("a parcel's state", &parcel.state),
        ("a parcel's payload", &parcel.payload),
        ("a parcel's dispatch key", &parcel.dispatch),
    ] {
        check_text(what, text)?;
    }
    check_payload_bytes(parcel.bytes)?;
    check_bytes("a parcel's body", &parcel.body, MAX_PARCEL_BODY_BYTES)?;
    check_bytes("a parcel's private part", parcel.private.as_deref().unwrap_or_default(), MAX_PARCEL_BODY_BYTES)
}

fn check_payload_bytes(bytes: u64) -> Result<()> {
    if bytes > MAX_PARCEL_BYTES {
        return Err(StoreError::TooLarge { what: "a parcel's payload", bytes, limit: MAX_PARCEL_BYTES });
    }
    Ok(())
}

fn check_jobs(jobs: &[NewJob]) -> Result<()> {
    jobs.iter().try_for_each(|job| check_job(&job.topic, &job.key, &job.body))
}

fn parcel(row: Row) -> Result<Parcel> {
    let (id, side, mailbox, partner, workflow, state, seq, created_ms, expires_ms, changed_ms, ..) = row;
    let (.., bytes, payload, dispatch, hold, body, private) = row;
    Ok(Parcel {
        id,
        side: read_side(&side)?,
        mailbox,
        partner,
        workflow,
        state,
        seq,
        created_ms,
        expires_ms,
        changed_ms,
        bytes: from_sql("a parcel's size", bytes)?,
        payload,
        dispatch,
        hold: hold != 0,
        body,
        private,
    })
}
