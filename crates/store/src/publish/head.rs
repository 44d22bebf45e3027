//! The head that is remembered, and the lease that says who publishes.
//!
//! A lease only keeps processes from working against each other; what keeps the ledger one is that a head is
//! remembered only in the place of the one it continues. A lease ends when it runs out, or when its owner died.

use std::sync::Arc;

use packhorse_keys::random;
use packhorse_ledger::{SignedCheckpoint, VerifierKey};

use super::Published;
use super::alive::Alive;
use crate::Store;
use crate::bounds::{from_sql, to_sql};
use crate::engine::{reading, writing};
use crate::error::{Result, StoreError};

const LEASE: &str = "ledger-publisher";

/// The remembered heads of a store, as this process sees them.
#[derive(Debug)]
pub(super) struct Heads {
    store: Store,
    /// The ledger's keys, the present one first.
    keys: Vec<VerifierKey>,
    /// This process's name in the lease.
    owner: String,
    alive: Alive,
}

impl Heads {
    pub(super) fn new(store: &Store, keys: Vec<VerifierKey>) -> Result<Self> {
        let name: [u8; 16] =
            random().map_err(|_| StoreError::Unavailable("the system gives no random bytes".to_owned()))?;
        Ok(Self {
            store: store.clone(),
            keys,
            owner: format!("{:032x}", u128::from_be_bytes(name)),
            alive: Alive::default(),
        })
    }

    pub(super) fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    /// Takes or renews the lease; whether this process has it now.
    pub(super) async fn take_lease(&self, now_ms: i64, lease_ms: i64) -> Result<bool> {
        let predecessor_died = self.alive.take(&self.store).await?;
        let taken = writing!(self.store, |tx| {
            sqlx::query(
                "INSERT INTO lease (name, owner, expires_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
                 SET owner = excluded.owner, expires_ms = excluded.expires_ms \
                 WHERE lease.owner = excluded.owner OR lease.expires_ms <= $4 OR $5",
            )
            .bind(LEASE)
            .bind(&self.owner)
            .bind(now_ms.saturating_add(lease_ms))
            .bind(now_ms)
            .bind(predecessor_died)
            .execute(&mut *tx)
            .await?
            .rows_affected()
        });
        if taken == 0 {
            self.alive.give_back().await;
        }
        Ok(taken == 1)
    }

    /// Gives the lease back, so that another process need not wait for it to run out.
    pub(super) async fn release_lease(&self) -> Result<()> {
        writing!(self.store, |tx| {
            sqlx::query("DELETE FROM lease WHERE name = $1 AND owner = $2")
                .bind(LEASE)
                .bind(&self.owner)
                .execute(&mut *tx)
                .await?;
        });
        self.alive.give_back().await;
        Ok(())
    }

    /// The remembered head, verified.
    pub(super) async fn latest(&self) -> Result<Option<Published>> {
        let row: Option<(i64, String, i64)> = reading!(self.store, |db| {
            sqlx::query_as("SELECT size, note, at_ms FROM ledger_published").fetch_optional(db).await?
        });
        let Some((size, note, at_ms)) = row else {
            return Ok(None);
        };
        let checkpoint = SignedCheckpoint::open(note.as_bytes(), &self.keys)?;
        if checkpoint.checkpoint().size() != from_sql("the published size", size)? {
            return Err(StoreError::Doubtful("the remembered head and its size differ".to_owned()));
        }
        Ok(Some(Published { checkpoint: Arc::new(checkpoint), at_ms }))
    }

    /// Remembers a head in place of the one over `old_size` entries; false when that is not the one any more.
    pub(super) async fn remember(&self, old_size: u64, published: &Published) -> Result<bool> {
        let note = String::from_utf8(published.note())
            .map_err(|_| StoreError::Doubtful("the signed head is not text".to_owned()))?;
        let remembered = writing!(self.store, |tx| {
            sqlx::query(
                "INSERT INTO ledger_published (one, size, note, at_ms) VALUES (1, $1, $2, $3) ON CONFLICT (one) \
                 DO UPDATE SET size = excluded.size, note = excluded.note, at_ms = excluded.at_ms \
                 WHERE ledger_published.size = $4",
            )
            .bind(to_sql(published.size()))
            .bind(&note)
            .bind(published.at_ms)
            .bind(to_sql(old_size))
            .execute(&mut *tx)
            .await?
            .rows_affected()
        });
        Ok(remembered == 1)
    }
}
