//! SQLite's side of a live table: its catalogue and its planner.
//!
//! Opens read-only and never creates a file. Must never write.

use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use super::{ACQUIRE_TIME, CONNECTIONS, LiveColumn, STATEMENT_TIME, TextRows, texts};

/// A pool of read-only connections to one database file, and the table in question.
pub(super) struct Connection {
    pool: SqlitePool,
    pub(super) table: String,
}

impl Connection {
    /// Connects on first use.
    pub(super) fn open(path: &Path, table: &str) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(STATEMENT_TIME)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIME)
            .connect_lazy_with(options);
        Self { pool, table: table.to_owned() }
    }

    pub(super) async fn columns(&self) -> Result<Vec<LiveColumn>, sqlx::Error> {
        let rows =
            sqlx::query("SELECT name FROM pragma_table_info(?1)").bind(&self.table).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(LiveColumn { name: row.try_get(0)?, cast: None, compares_text: true })).collect()
    }

    /// Complete indexes, and the row id when a column is its alias.
    pub(super) async fn indexes(&self) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT list.name, part.name FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS part \
             WHERE list.partial = 0 AND part.key = 1 ORDER BY list.seq, part.seqno",
        )
        .bind(&self.table)
        .fetch_all(&self.pool)
        .await?;
        let mut indexes: Vec<(String, Vec<Option<String>>)> = Vec::new();
        for row in &rows {
            let index: String = row.try_get(0)?;
            let column: Option<String> = row.try_get(1)?;
            match indexes.last_mut() {
                Some((last, columns)) if *last == index => columns.push(column),
                _ => indexes.push((index, vec![column])),
            }
        }
        let row_id = sqlx::query(
            "SELECT name FROM pragma_table_info(?1) WHERE pk = 1 AND upper(type) = 'INTEGER' \
             AND (SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0) = 1",
        )
        .bind(&self.table)
        .fetch_all(&self.pool)
        .await?;
        let mut columns: Vec<_> = indexes.into_iter().map(|(_, columns)| columns).collect();
        for row in &row_id {
            columns.push(vec![Some(row.try_get(0)?)]);
        }
        Ok(columns)
    }

    /// The planner's word: an index of another collation, for example, does not serve.
    pub(super) async fn scans(&self, statement: &str, keys: usize) -> Result<bool, sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
        for _ in 0..keys {
            query = query.bind("");
        }
        let plan = query.bind(1_i64).fetch_all(&self.pool).await?;
        let mut scans = false;
        for step in &plan {
            let detail: String = step.try_get("detail")?;
            scans |= detail.starts_with("SCAN");
        }
        Ok(scans)
    }

    pub(super) async fn fetch(&self, statement: &str, keys: &[String], most: i64) -> Result<TextRows, sqlx::Error> {
        // Safe: statements are made of quoted identifiers and numbered parameters only.
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for key in keys {
            query = query.bind(key);
        }
        if most > 0 {
            query = query.bind(most);
        }
        query.fetch_all(&self.pool).await?.iter().map(texts).collect()
    }

    /// Hands over each row of a statement without parameters, until one is refused.
    pub(super) async fn each<E>(
        &self,
        statement: &str,
        mut take: impl FnMut(Vec<Option<String>>) -> Result<(), E>,
    ) -> Result<Result<(), E>, sqlx::Error> {
        let mut rows = sqlx::query(AssertSqlSafe(statement)).fetch(&self.pool);
        while let Some(row) = rows.try_next().await? {
            if let Err(refused) = take(texts(&row)?) {
                return Ok(Err(refused));
            }
        }
        Ok(Ok(()))
    }
}
