//! The transaction that keeps a group of records, on either engine.
//!
//! SQLite is given the whole transaction in one piece: every piece that it is handed costs two changes of
//! thread, which is more than the work in it. PostgreSQL takes one statement at a time.
//!
//! Records can also be kept inside the transaction that makes them necessary ([`Ledger`]). The row of the ledger's size is
//! then locked until that one commits: it must be the last lock taken, so that no two wait for each other.

mod at_once;

use std::collections::BTreeMap;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Database, Encode, Postgres, QueryBuilder, Sqlite, Type};

use crate::Store;
use crate::bounds::{from_sql, to_sql};
use crate::counts::{add_count, add_staff, add_total, counted, staff};
use crate::daily_use::day;
use crate::engine::{Engine, dismiss_if_broken};
use crate::error::Result;
use crate::records::side_word;
use crate::traces::{add_traces, traces};
use crate::writer::PackedRecord;

/// Claims indexes; returns the size behind them.
const CLAIM: &str = "UPDATE ledger_head SET size = size + ";
/// A claimed index, counted back from the size.
const INDEX: &str = "(SELECT size FROM ledger_head) - ";

/// Inserts the rows in one transaction and returns the index of the first.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when one of them is taken; else as the database fails. Nothing is kept then.
pub(crate) async fn insert(store: &Store, rows: &[&PackedRecord]) -> Result<u64> {
    let size = match store.engine() {
        Engine::Sqlite(sqlite) => insert_whole(&sqlite.writer, rows).await?,
        Engine::Postgres(pool) => insert_by_statement(pool, rows).await?,
    };
    from_sql("the ledger's size", size - to_sql(rows.len() as u64))
}

/// An engine, inside a transaction of whose records it keeps.
pub(crate) trait Ledger: Database {
    /// Keeps records; returns the ledger's size with them.
    ///
    /// # Errors
    /// [`crate::StoreError::Duplicate`] when one of them is taken; else as the database fails. The transaction is to be
    /// undone then.
    fn keep(connection: &mut Self::Connection, rows: &[&PackedRecord]) -> impl Future<Output = Result<i64>> + Send;
}

impl Ledger for Sqlite {
    async fn keep(connection: &mut SqliteConnection, rows: &[&PackedRecord]) -> Result<i64> {
        let mut sql = QueryBuilder::<Sqlite>::new("");
        whole(&mut sql, rows);
        // Only the claim returns a row. All is read, so that all is done.
        let sizes = sql.build_query_scalar().fetch_all(connection).await?;
        sizes.first().copied().ok_or_else(|| sqlx::Error::RowNotFound.into())
    }
}

impl Ledger for Postgres {
    async fn keep(connection: &mut PgConnection, rows: &[&PackedRecord]) -> Result<i64> {
        let statement = || QueryBuilder::<Postgres>::new("");
        let mut sql = statement();
        claim(&mut sql, rows);
        let size = sql.build_query_scalar().fetch_one(&mut *connection).await?;
        for write in [entries, records] {
            let mut sql = statement();
            write(&mut sql, rows);
            sql.build().execute(&mut *connection).await?;
        }
        for (what, used) in uses(rows) {
            let mut sql = statement();
            add_use(&mut sql, what, used);
            sql.build().execute(&mut *connection).await?;
        }
        for (counter, more) in counted(rows) {
            let mut sql = statement();
            add_count(&mut sql, &counter, more);
            sql.build().execute(&mut *connection).await?;
            let mut sql = statement();
            add_total(&mut sql, &counter, more);
            sql.build().execute(&mut *connection).await?;
        }
        for (part, more) in staff(rows) {
            let mut sql = statement();
            add_staff(&mut sql, part, more);
            sql.build().execute(&mut *connection).await?;
        }
        for portion in traces(rows) {
            let mut sql = statement();
            add_traces(&mut sql, INDEX, &portion);
            sql.build().execute(&mut *connection).await?;
        }
        Ok(size)
    }
}

/// All statements of a group's records, in one text; the same text for each group of its size, so that it is prepared once.
fn whole(sql: &mut QueryBuilder<Sqlite>, rows: &[&PackedRecord]) {
    claim(sql, rows);
    entries(sql.push("; "), rows);
    records(sql.push("; "), rows);
    let (counted, staff) = (counted(rows), staff(rows));
    let counted: Vec<_> = counted.iter().collect();
    at_once::add(sql, at_once::USES, &uses(rows).into_iter().collect::<Vec<_>>());
    at_once::add(sql, at_once::COUNTS, &counted);
    at_once::add(sql, at_once::TOTALS, &counted);
    at_once::add(sql, at_once::STAFF, &staff.into_iter().collect::<Vec<_>>());
    for portion in traces(rows) {
        at_once::add(sql, at_once::TRACES, &at_once::spelled(&portion));
    }
}

async fn insert_whole(writer: &SqlitePool, rows: &[&PackedRecord]) -> Result<i64> {
    // IMMEDIATE: another process may write too, and a late upgrade could not wait for it.
    let mut sql = QueryBuilder::<Sqlite>::new("BEGIN IMMEDIATE; ");
    whole(&mut sql, rows);
    sql.push("; COMMIT");
    let mut connection: PoolConnection<Sqlite> = writer.acquire().await?;
    // Only the claim returns a row. All is read, so that the commit is done.
    let outcome = match sql.build_query_scalar().fetch_all(&mut *connection).await {
        Ok(sizes) => sizes.first().copied().ok_or_else(|| sqlx::Error::RowNotFound.into()),
        Err(error) => Err(error.into()),
    };
    if outcome.is_err() && sqlx::query("ROLLBACK").execute(&mut *connection).await.is_err() {
        // SQLite has rolled back by itself, or cannot: a new connection begins outside any transaction.
        connection.close_on_drop();
    }
    dismiss_if_broken(connection, &outcome);
    outcome
}

async fn insert_by_statement(pool: &PgPool, rows: &[&PackedRecord]) -> Result<i64> {
    let mut transaction = pool.begin().await?;
    let size = Postgres::keep(&mut transaction, rows).await?;
    transaction.commit().await?;
    Ok(size)
}

fn claim<DB: Database>(sql: &mut QueryBuilder<DB>, rows: &[&PackedRecord])
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
{
    sql.push(CLAIM).push_bind(to_sql(rows.len() as u64)).push(" RETURNING size");
}

/// How far each row's index lies before the ledger's new size.
fn counted_back<'a>(rows: &'a [&'a PackedRecord]) -> impl Iterator<Item = (i64, &'a PackedRecord)> {
    (1..=to_sql(rows.len() as u64)).rev().zip(rows.iter().copied())
}

fn entries<DB: Database>(sql: &mut QueryBuilder<DB>, rows: &[&PackedRecord])
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q [u8]: Type<DB> + Encode<'q, DB>,
{
    sql.push("INSERT INTO ledger_entry (idx, entry) ");
    sql.push_values(counted_back(rows), |mut values, (back, row)| {
        values.push(INDEX).push_bind_unseparated(back).push_bind(row.record.entry.as_slice());
    });
}

fn records<DB: Database>(sql: &mut QueryBuilder<DB>, rows: &[&PackedRecord])
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
    for<'q> &'q [u8]: Type<DB> + Encode<'q, DB>,
    for<'q> Option<&'q [u8]>: Type<DB> + Encode<'q, DB>,
{
    sql.push(
        "INSERT INTO record (idx, id, side, at_ms, kind, partner, system, service, agreement, outcome, rule, \
         salt, body, content) ",
    );
    sql.push_values(counted_back(rows), |mut values, (back, row)| {
        let record = &row.record;
        values.push(INDEX).push_bind_unseparated(back).push_bind(record.id.as_str());
        values.push_bind(side_word(record.side)).push_bind(record.at_ms);
        values.push_bind(record.kind.as_str()).push_bind(record.partner.as_str());
        values.push_bind(record.system.as_str()).push_bind(record.service.as_str());
        values.push_bind(record.agreement.as_str()).push_bind(record.outcome.as_str());
        values.push_bind(record.rule.as_str()).push_bind(record.salt.as_slice());
        values.push_bind(row.body.as_slice()).push_bind(row.content.as_deref());
    });
}

/// Agreement, partner, side and day of a daily allowance.
type Allowance<'a> = (&'a str, &'a str, &'static str, i64);

/// What a group uses of the agreements' daily allowances. Ordered, so that processes touch the
/// rows in one order.
fn uses<'a>(rows: &[&'a PackedRecord]) -> BTreeMap<Allowance<'a>, i64> {
    let mut uses = BTreeMap::new();
    for row in rows {
        let record = &row.record;
        if record.uses > 0 {
            let key = (record.agreement.as_str(), record.partner.as_str(), side_word(record.side), day(record.at_ms));
            *uses.entry(key).or_insert(0) += i64::from(record.uses);
        }
    }
    uses
}

fn add_use(sql: &mut QueryBuilder<Postgres>, (agreement, partner, side, day): Allowance<'_>, used: i64) {
    sql.push("INSERT INTO daily_use (agreement, partner, side, day, used) VALUES (");
    let mut values = sql.separated(", ");
    values.push_bind(agreement).push_bind(partner).push_bind(side).push_bind(day).push_bind(used);
    sql.push(") ON CONFLICT (agreement, partner, side, day) DO UPDATE SET used = daily_use.used + excluded.used");
}
