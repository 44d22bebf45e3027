//! The ledger's entries as durable rows: the truth that tiles and heads are made from.
//!
//! Indexes are dense from 0 and entries never change. Evidence appends through the writer of
//! records; whoever has entries of its own (the registry's directory) appends here, to the same head.

use packhorse_ledger::MAX_ENTRY_BYTES;

use crate::Store;
use crate::bounds::{check_bytes, from_sql, to_sql};
use crate::engine::{reading, writing};
use crate::error::{Result, StoreError};

/// The most entries that one reading gives.
const MAX_ENTRIES: u64 = 4096;

/// The ledger's entries.
#[derive(Debug, Clone)]
pub struct LedgerLog {
    store: Store,
}

impl LedgerLog {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn size(&self) -> Result<u64> {
        let size: i64 =
            reading!(self.store, |db| sqlx::query_scalar("SELECT size FROM ledger_head").fetch_one(db).await?);
        from_sql("the ledger's size", size)
    }

    /// Appends an entry and returns its index once it is durable.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] above [`MAX_ENTRY_BYTES`]; else as the database fails, and then
    /// nothing is appended.
    pub async fn append_entry(&self, entry: &[u8]) -> Result<u64> {
        check_bytes("a ledger entry", entry, MAX_ENTRY_BYTES)?;
        let size: i64 = writing!(self.store, |tx| {
            let size: i64 =
                sqlx::query_scalar("UPDATE ledger_head SET size = size + 1 RETURNING size").fetch_one(&mut *tx).await?;
            sqlx::query("INSERT INTO ledger_entry (idx, entry) VALUES ($1, $2)")
                .bind(size - 1)
                .bind(entry)
                .execute(&mut *tx)
                .await?;
            size
        });
        self.store.grew().notify_one();
        from_sql("the ledger's size", size - 1)
    }

    /// The entries of `from..to`, in order: fewer when the ledger ends before, and at most 4096 at
    /// once.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when an entry is missing; else as the database fails.
    pub async fn entries(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
        let to = to.min(from.saturating_add(MAX_ENTRIES));
        let rows: Vec<(i64, Vec<u8>)> = reading!(self.store, |db| {
            sqlx::query_as("SELECT idx, entry FROM ledger_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx")
                .bind(to_sql(from))
                .bind(to_sql(to))
                .fetch_all(db)
                .await?
        });
        let dense = rows.iter().zip(from..).all(|((index, _), expected)| *index == to_sql(expected));
        if !dense {
            return Err(StoreError::Damaged("the ledger (an entry is missing)".to_owned()));
        }
        Ok(rows.into_iter().map(|(_, entry)| entry).collect())
    }
}
