//! One step of a parcel's life, as one transaction.
//!
//! The parcel's row is locked by the comparison of its state; the number by which it is listed is taken after that, under
//! the lock of the one counter, so that numbers become visible in order.

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::list::one_of;
use super::statements::{NewStatement, check_statement};
use super::{Parcels, check_jobs, check_payload_bytes};
use crate::bounds::{MAX_PARCEL_BODY_BYTES, check_bytes, check_text, to_sql};
use crate::engine::{forget_old_pages, now_ms, writing};
use crate::error::{Result, StoreError};
use crate::queue::{NewJob, put_job};
use crate::records::{Side, side_word};

/// A change of a parcel's state and all that belongs to it. Make it with [`Step::new`] and set what else changes.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The parcel.
    pub id: &'a str,
    /// The side that we stand on.
    pub side: Side,
    /// The states that it may be taken in.
    pub from: &'a [&'a str],
    /// The state it leads to.
    pub to: &'a str,
    /// A new body.
    pub body: Option<&'a [u8]>,
    /// What becomes of the private part.
    pub private: Private<'a>,
    /// A new moment to expire, milliseconds since 1970.
    pub expires_ms: Option<i64>,
    /// Whether it must not expire from now on.
    pub hold: Option<bool>,
    /// A new size of the payload.
    pub bytes: Option<u64>,
    /// Whether it is listed by this step: takes the next number.
    pub list: bool,
    /// Whether it leaves the listing: its number is 0 again.
    pub unlist: bool,
    /// What is stated by this step. One that is known already is left out.
    pub statements: &'a [NewStatement],
    /// What is to be done after it.
    pub jobs: &'a [NewJob],
}

/// What a step does with the private part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Private<'a> {
    /// Leaves it.
    #[default]
    Keep,
    /// Puts other bytes in its place.
    Set(&'a [u8]),
    /// Erases it.
    Erase,
}

impl<'a> Step<'a> {
    /// A step that changes the state alone.
    #[must_use]
    pub fn new(id: &'a str, side: Side, from: &'a [&'a str], to: &'a str) -> Self {
        Self {
            id,
            side,
            from,
            to,
            body: None,
            private: Private::Keep,
            expires_ms: None,
            hold: None,
            bytes: None,
            list: false,
            unlist: false,
            statements: &[],
            jobs: &[],
        }
    }
}

/// Gives a parcel the next number, under the lock of the one counter.
macro_rules! list {
    ($tx:ident, $id:expr, $side:expr) => {{
        let seq: i64 =
            sqlx::query_scalar("UPDATE parcel_head SET seq = seq + 1 RETURNING seq").fetch_one(&mut *$tx).await?;
        sqlx::query("UPDATE parcel SET seq = $3 WHERE id = $1 AND side = $2")
            .bind($id)
            .bind(side_word($side))
            .bind(seq)
            .execute(&mut *$tx)
            .await?;
    }};
}

impl Parcels {
    /// Takes a step. False when the parcel is in none of the states that the step may be taken in, or not there: then
    /// nothing is written and no job put. Of several who take steps from one state exactly one succeeds.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Nul`] for values that cannot be kept; else as the database fails.
    /// Then nothing is written.
    pub async fn advance(&self, step: &Step<'_>) -> Result<bool> {
        check_step(step)?;
        let mut outcome = self.try_advance(step, false).await;
        if let Err(StoreError::Duplicate) = outcome {
            outcome = self.try_advance(step, true).await;
        }
        let taken = self.told(outcome, step.statements, step.jobs)?;
        if taken && step.private == Private::Erase {
            forget_old_pages(self.store.engine()).await;
        }
        Ok(taken)
    }

    /// [`StoreError::Conflict`] when the parcel is not in a state that the step may be taken in.
    async fn try_advance(&self, step: &Step<'_>, sifting: bool) -> Result<()> {
        writing!(self.store, |tx| {
            // First, for the row's lock: statements are numbered under it.
            let taken = compare_and_set::<Db>(step).build().execute(&mut *tx).await?.rows_affected();
            if taken == 0 {
                return Err(StoreError::Conflict);
            }
            for job in step.jobs {
                put_job::<Db>(&job.topic, &job.key, &job.body, job.run_at_ms).fetch_one(&mut *tx).await?;
            }
            if step.list {
                list!(tx, step.id, step.side);
            }
            add_statements!(tx, step.id, step.side, step.statements, sifting);
        });
        Ok(())
    }
}

fn check_step(step: &Step<'_>) -> Result<()> {
    check_text("a parcel's state", step.to)?;
    check_payload_bytes(step.bytes.unwrap_or_default())?;
    check_bytes("a parcel's body", step.body.unwrap_or_default(), MAX_PARCEL_BODY_BYTES)?;
    if let Private::Set(private) = step.private {
        check_bytes("a parcel's private part", private, MAX_PARCEL_BODY_BYTES)?;
    }
    step.statements.iter().try_for_each(check_statement)?;
    check_jobs(step.jobs)
}

fn compare_and_set<DB: Database>(step: &Step<'_>) -> QueryBuilder<DB>
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
    for<'q> &'q [u8]: Type<DB> + Encode<'q, DB>,
{
    let mut sql = QueryBuilder::new("UPDATE parcel SET state = ");
    sql.push_bind(step.to).push(", changed_ms = ").push_bind(now_ms());
    for (column, number) in [
        (", expires_ms = ", step.expires_ms),
        (", hold = ", step.hold.map(i64::from)),
        (", bytes = ", step.bytes.map(to_sql)),
        (", seq = ", step.unlist.then_some(0)),
    ] {
        if let Some(number) = number {
            sql.push(column).push_bind(number);
        }
    }
    if let Some(body) = step.body {
        sql.push(", body = ").push_bind(body);
    }
    match step.private {
        Private::Keep => {}
        Private::Set(private) => {
            sql.push(", private = ").push_bind(private);
        }
        Private::Erase => {
            sql.push(", private = NULL");
        }
    }
    sql.push(" WHERE id = ").push_bind(step.id).push(" AND side = ").push_bind(side_word(step.side));
    one_of(&mut sql, step.from);
    sql
}
