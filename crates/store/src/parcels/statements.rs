//! What is stated about a parcel: the chain that becomes its receipt.
//!
//! Statements are numbered in the order in which they become known here, per parcel and side, under the lock of the
//! parcel's row. They stay when the row is deleted. What a statement says, and who may make it, is not known here.

use sqlx::query::Query;
use sqlx::{Database, Encode, Type};

use super::{Parcels, check_jobs};
use crate::bounds::{MAX_STATEMENT_BYTES, check_bytes, check_text, from_sql};
use crate::engine::{reading, writing};
use crate::error::{Result, StoreError};
use crate::queue::{NewJob, put_job};
use crate::records::{Side, read_side, side_word};
use crate::writer::PackedRecord;

/// The most statements that one reading gives.
const MAX_STATEMENTS: u32 = 1000;

/// A statement to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatement {
    /// Its id, unique among its parcel's statements.
    pub id: String,
    /// What happened, its owner's word.
    pub event: String,
    /// The organisation that says so.
    pub by_organisation: String,
    /// When, as it says itself, milliseconds since 1970.
    pub at_ms: i64,
    /// Its bytes, at most [`MAX_STATEMENT_BYTES`].
    pub body: Vec<u8>,
    /// Its record, kept in the ledger by the same transaction unless the statement is known already or another record has
    /// the record's name. Without one the statement counts as not recorded.
    pub record: Option<PackedRecord>,
}

/// A statement as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The parcel it is about.
    pub parcel: String,
    /// The side that we stand on.
    pub side: Side,
    /// Its place among its parcel's statements, from 0, without gaps.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// What happened.
    pub event: String,
    /// The organisation that says so.
    pub by_organisation: String,
    /// When, as it says itself, milliseconds since 1970.
    pub at_ms: i64,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Whether it was marked as recorded in the ledger.
    pub recorded: bool,
}

/// Which statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementName<'a> {
    /// The parcel it is about.
    pub parcel: &'a str,
    /// The side that we stand on.
    pub side: Side,
    /// Its id.
    pub id: &'a str,
}

impl Statement {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> StatementName<'_> {
        StatementName { parcel: &self.parcel, side: self.side, id: &self.id }
    }
}

/// Keeps statements and their records, if `sifting` without those whose name another record has; how many were not known
/// before. The parcel's row must be locked, and nothing be locked after it.
macro_rules! add_statements {
    ($tx:ident, $parcel:expr, $side:expr, $statements:expr, $sifting:expr) => {{
        let (mut added, mut records) = (0, Vec::new());
        for statement in $statements {
            let query = $crate::parcels::statements::add_statement::<Db>($parcel, $side, statement);
            if query.execute(&mut *$tx).await?.rows_affected() > 0 {
                added += 1;
                if let Some(record) = &statement.record {
                    let taken = $sifting
                        && $crate::writer::record_of_name::<Db>(record.key())
                            .fetch_optional(&mut *$tx)
                            .await?
                            .is_some();
                    records.extend((!taken).then_some(record));
                }
            }
        }
        if !records.is_empty() {
            <Db as $crate::insert::Ledger>::keep(&mut *$tx, &records).await?;
        }
        added
    }};
}

type Row = (String, String, i64, String, String, String, i64, Vec<u8>, i64);

impl Parcels {
    /// Keeps a statement that changes no state, also of a parcel whose row was deleted, and puts the jobs that follow.
    /// False when it is known already, or when neither the parcel nor any statement about it is here: then nothing is
    /// written and no job put. How many a stranger may make is for the caller to bound.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Nul`] for values that cannot be kept; else as the database fails.
    /// Then nothing is written.
    pub async fn note(&self, id: &str, side: Side, statement: &NewStatement, jobs: &[NewJob]) -> Result<bool> {
        check_statement(statement)?;
        check_jobs(jobs)?;
        let statements = std::slice::from_ref(statement);
        let mut outcome = self.try_note(id, side, statement, jobs, false).await;
        if let Err(StoreError::Duplicate) = outcome {
            outcome = self.try_note(id, side, statement, jobs, true).await;
        }
        self.told(outcome, statements, jobs)
    }

    /// What is stated about a parcel, in order, at most 1000.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a row is not what was written; else as the database fails.
    pub async fn statements(&self, id: &str, side: Side) -> Result<Vec<Statement>> {
        let rows: Vec<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT parcel, side, number, id, event, by_organisation, at_ms, body, recorded FROM parcel_statement \
                 WHERE parcel = $1 AND side = $2 ORDER BY number LIMIT $3",
            )
            .bind(id)
            .bind(side_word(side))
            .bind(i64::from(MAX_STATEMENTS))
            .fetch_all(db)
            .await?
        });
        rows.into_iter().map(statement).collect()
    }

    /// Statements that were not marked as recorded, by parcel and number, at most `limit` and never more than 1000.
    ///
    /// # Errors
    /// As [`Parcels::statements`].
    pub async fn unrecorded(&self, limit: u32) -> Result<Vec<Statement>> {
        let rows: Vec<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT parcel, side, number, id, event, by_organisation, at_ms, body, recorded FROM parcel_statement \
                 WHERE recorded = 0 ORDER BY parcel, side, number LIMIT $1",
            )
            .bind(i64::from(limit.min(MAX_STATEMENTS)))
            .fetch_all(db)
            .await?
        });
        rows.into_iter().map(statement).collect()
    }

    /// Marks statements as recorded; those that are not here are passed over.
    ///
    /// # Errors
    /// As the database fails; then none is marked.
    pub async fn mark_recorded(&self, statements: &[StatementName<'_>]) -> Result<()> {
        writing!(self.store, |tx| {
            for name in statements {
                sqlx::query("UPDATE parcel_statement SET recorded = 1 WHERE parcel = $1 AND side = $2 AND id = $3")
                    .bind(name.parcel)
                    .bind(side_word(name.side))
                    .bind(name.id)
                    .execute(&mut *tx)
                    .await?;
            }
        });
        Ok(())
    }

    /// [`StoreError::Conflict`] when it is known, or its parcel never was here.
    async fn try_note(
        &self,
        id: &str,
        side: Side,
        statement: &NewStatement,
        jobs: &[NewJob],
        sifting: bool,
    ) -> Result<()> {
        writing!(self.store, |tx| {
            // For its lock, under which statements are numbered; that of the first statement when the parcel is deleted.
            let mut locked = 0;
            for lock in [
                "UPDATE parcel SET seq = seq WHERE id = $1 AND side = $2",
                "UPDATE parcel_statement SET number = number WHERE parcel = $1 AND side = $2 AND number = 0",
            ] {
                if locked == 0 {
                    locked = sqlx::query(lock).bind(id).bind(side_word(side)).execute(&mut *tx).await?.rows_affected();
                }
            }
            if locked == 0 || add_statements!(tx, id, side, std::slice::from_ref(statement), sifting) == 0 {
                return Err(StoreError::Conflict);
            }
            for job in jobs {
                put_job::<Db>(&job.topic, &job.key, &job.body, job.run_at_ms).fetch_one(&mut *tx).await?;
            }
        });
        Ok(())
    }
}

pub(super) fn check_statement(statement: &NewStatement) -> Result<()> {
    for (what, text) in [
        ("a statement's id", &statement.id),
        ("a statement's event", &statement.event),
        ("a statement's organisation", &statement.by_organisation),
    ] {
        check_text(what, text)?;
    }
    check_bytes("a statement", &statement.body, MAX_STATEMENT_BYTES)
}

/// The SQL that keeps a statement under its parcel's next number, and does nothing when it is known. The parcel's
/// row must be locked.
pub(super) fn add_statement<'q, DB: Database>(
    parcel: &'q str,
    side: Side,
    statement: &'q NewStatement,
) -> Query<'q, DB, DB::Arguments>
where
    i64: Type<DB> + Encode<'q, DB>,
    &'q str: Type<DB> + Encode<'q, DB>,
    &'q [u8]: Type<DB> + Encode<'q, DB>,
{
    sqlx::query(
        "INSERT INTO parcel_statement (parcel, side, number, id, event, by_organisation, at_ms, body, recorded) VALUES \
         ($1, $2, (SELECT COALESCE(MAX(number) + 1, 0) FROM parcel_statement WHERE parcel = $1 AND side = $2), \
         $3, $4, $5, $6, $7, $8) ON CONFLICT (parcel, side, id) DO NOTHING",
    )
    .bind(parcel)
    .bind(side_word(side))
    .bind(statement.id.as_str())
    .bind(statement.event.as_str())
    .bind(statement.by_organisation.as_str())
    .bind(statement.at_ms)
    .bind(statement.body.as_slice())
    .bind(i64::from(statement.record.is_some()))
}

fn statement((parcel, side, number, id, event, by_organisation, at_ms, body, recorded): Row) -> Result<Statement> {
    let side = read_side(&side)?;
    let number = from_sql("a statement's number", number)?;
    Ok(Statement { parcel, side, number, id, event, by_organisation, at_ms, body, recorded: recorded != 0 })
}
