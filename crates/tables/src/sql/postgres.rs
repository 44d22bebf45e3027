//! PostgreSQL's side of a live table: its catalogue and its types.
//!
//! Every session is read-only with a statement timeout. Must never write.

use std::str::FromStr;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use super::{ACQUIRE_TIME, CONNECTIONS, LiveColumn, STATEMENT_TIME, TextRows, quoted, texts};
use crate::error::TableError;

/// A pool of read-only sessions, and the table in question.
pub(super) struct Connection {
    pool: PgPool,
    /// The table's name, quoted, with its schema if it was given.
    pub(super) table: String,
}

/// Columns with the base type of domains. Text types lose their length, because an explicit cast to
/// `varchar(n)` would cut a key and find the wrong row.
const COLUMNS: &str = "\
    SELECT a.attname::text, coalesce(base.typname, t.typname)::text \
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
    LEFT JOIN pg_type base ON base.oid = t.typbasetype AND t.typtype = 'd' \
    WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Whole, valid indexes that serve equality under the column's own collation.
const INDEXES: &str = "\
    SELECT i.indexrelid::bigint, \
           (CASE WHEN part.sorting IN (0, a.attcollation) THEN a.attname END)::text \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam \
    CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indcollation::oid[]) \
         WITH ORDINALITY AS part(attnum, sorting, place) \
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum AND part.attnum > 0 \
    WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND i.indpred IS NULL \
      AND m.amname IN ('btree', 'hash') AND part.place <= i.indnkeyatts \
    ORDER BY i.indexrelid, part.place";

impl Connection {
    /// Connects on first use.
    pub(super) fn open(url: &str, table: &str) -> Result<Self, TableError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| TableError::Definition("source.url is not a postgres:// address".to_owned()))?
            .application_name("packhorse")
            .options([
                ("default_transaction_read_only", "on"),
                ("statement_timeout", &STATEMENT_TIME.as_millis().to_string()),
                ("TimeZone", "UTC"),
                ("DateStyle", "ISO"),
            ])
            .disable_statement_logging();
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE_TIME).connect_lazy_with(options);
        let table = match table.split_once('.') {
            Some((schema, table)) => format!("{}.{}", quoted(schema), quoted(table)),
            None => quoted(table),
        };
        Ok(Self { pool, table })
    }

    pub(super) async fn columns(&self) -> Result<Vec<LiveColumn>, sqlx::Error> {
        let rows = sqlx::query(COLUMNS).bind(&self.table).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get(1)?;
                let compares_text = matches!(kind.as_str(), "text" | "varchar" | "bpchar" | "citext");
                let cast = if kind == "varchar" { "text".to_owned() } else { quoted(&kind) };
                Ok(LiveColumn { name: row.try_get(0)?, cast: Some(cast), compares_text })
            })
            .collect()
    }

    pub(super) async fn indexes(&self) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        let rows = sqlx::query(INDEXES).bind(&self.table).fetch_all(&self.pool).await?;
        let mut indexes: Vec<(i64, Vec<Option<String>>)> = Vec::new();
        for row in &rows {
            let index: i64 = row.try_get(0)?;
            let column: Option<String> = row.try_get(1)?;
            match indexes.last_mut() {
                Some((last, columns)) if *last == index => columns.push(column),
                _ => indexes.push((index, vec![column])),
            }
        }
        Ok(indexes.into_iter().map(|(_, columns)| columns).collect())
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
        match query.fetch_all(&self.pool).await {
            Ok(rows) => rows.iter().map(texts).collect(),
            Err(error) if is_no_such_value(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Hands over each row of a statement without parameters, until one is refused; it may take as long as it does.
    pub(super) async fn each<E>(
        &self,
        statement: &str,
        mut take: impl FnMut(Vec<Option<String>>) -> Result<(), E>,
    ) -> Result<Result<(), E>, sqlx::Error> {
        let mut session = self.pool.acquire().await?;
        sqlx::query("SET statement_timeout = 0").execute(&mut *session).await?;
        let mut rows = sqlx::query(AssertSqlSafe(statement)).fetch(&mut *session);
        while let Some(row) = rows.try_next().await? {
            if let Err(refused) = take(texts(&row)?) {
                return Ok(Err(refused));
            }
        }
        Ok(Ok(()))
    }
}

/// SQLSTATE class 22, data exception: the key is no value of the column's type, so no row has it.
fn is_no_such_value(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.starts_with("22"))
}
