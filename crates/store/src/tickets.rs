//! Tickets: small things that pass, like a session, an invitation or a count of attempts. Each expires at a moment, and
//! from then on counts as gone, whether or not it was swept.
//!
//! Unlike documents they leave no trace and move no counter: thousands come and go in a day. What one means is not
//! known here.

use crate::Store;
use crate::bounds::{MAX_TICKET_BYTES, check_bytes, check_text};
use crate::engine::{reading, writing};
use crate::error::Result;

/// Most tickets of one owner that a reading gives.
const MAX_TICKETS: i64 = 1000;

/// A ticket as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What sort of ticket.
    pub kind: String,
    /// Its name, unique among its kind.
    pub key: String,
    /// Whose it is; empty for nobody's.
    pub owner: String,
    /// Its bytes, at most [`MAX_TICKET_BYTES`].
    pub body: Vec<u8>,
    /// From when on it counts as gone, milliseconds since 1970.
    pub expires_ms: i64,
}

/// The tickets of a store.
#[derive(Debug, Clone)]
pub struct Tickets {
    store: Store,
}

type Row = (String, String, String, Vec<u8>, i64);

impl Tickets {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Writes a ticket, in place of one with the same kind and key.
    ///
    /// # Errors
    /// [`crate::StoreError::TooLarge`] above [`MAX_TICKET_BYTES`]; else as the database fails.
    pub async fn put(&self, ticket: &Ticket) -> Result<()> {
        check(ticket)?;
        writing!(self.store, |tx| {
            sqlx::query(
                "INSERT INTO ticket (kind, key, owner, body, count, expires_ms) VALUES ($1, $2, $3, $4, 0, $5) \
                 ON CONFLICT (kind, key) DO UPDATE SET owner = excluded.owner, body = excluded.body, count = 0, \
                 expires_ms = excluded.expires_ms",
            )
            .bind(&ticket.kind)
            .bind(&ticket.key)
            .bind(&ticket.owner)
            .bind(&ticket.body)
            .bind(ticket.expires_ms)
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Writes a ticket unless there is one of this kind and key that has not expired; whether it was written. Of many
    /// who try, one succeeds.
    ///
    /// # Errors
    /// As [`Tickets::put`].
    pub async fn put_once(&self, ticket: &Ticket, now_ms: i64) -> Result<bool> {
        check(ticket)?;
        let written = writing!(self.store, |tx| {
            sqlx::query(
                "INSERT INTO ticket (kind, key, owner, body, count, expires_ms) VALUES ($1, $2, $3, $4, 0, $5) \
                 ON CONFLICT (kind, key) DO UPDATE SET owner = excluded.owner, body = excluded.body, count = 0, \
                 expires_ms = excluded.expires_ms WHERE ticket.expires_ms <= $6",
            )
            .bind(&ticket.kind)
            .bind(&ticket.key)
            .bind(&ticket.owner)
            .bind(&ticket.body)
            .bind(ticket.expires_ms)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?
            .rows_affected()
        });
        Ok(written == 1)
    }

    /// A ticket that has not expired, or nothing.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn get(&self, kind: &str, key: &str, now_ms: i64) -> Result<Option<Ticket>> {
        let row: Option<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT kind, key, owner, body, expires_ms FROM ticket \
                 WHERE kind = $1 AND key = $2 AND expires_ms > $3",
            )
            .bind(kind)
            .bind(key)
            .bind(now_ms)
            .fetch_optional(db)
            .await?
        });
        Ok(row.map(Ticket::from))
    }

    /// Takes a ticket away and gives it, if it has not expired. Of many who try, one has it.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn take(&self, kind: &str, key: &str, now_ms: i64) -> Result<Option<Ticket>> {
        let row: Option<Row> = writing!(self.store, |tx| {
            sqlx::query_as(
                "DELETE FROM ticket WHERE kind = $1 AND key = $2 RETURNING kind, key, owner, body, expires_ms",
            )
            .bind(kind)
            .bind(key)
            .fetch_optional(&mut *tx)
            .await?
        });
        Ok(row.map(Ticket::from).filter(|ticket| ticket.expires_ms > now_ms))
    }

    /// Lets a ticket last until another moment; whether it is there.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn extend(&self, kind: &str, key: &str, expires_ms: i64) -> Result<bool> {
        let there = writing!(self.store, |tx| {
            sqlx::query("UPDATE ticket SET expires_ms = $3 WHERE kind = $1 AND key = $2")
                .bind(kind)
                .bind(key)
                .bind(expires_ms)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(there == 1)
    }

    /// The tickets of an owner that have not expired, by key, at most 1000.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn of(&self, kind: &str, owner: &str, now_ms: i64) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT kind, key, owner, body, expires_ms FROM ticket \
                 WHERE kind = $1 AND owner = $2 AND expires_ms > $3 ORDER BY key LIMIT $4",
            )
            .bind(kind)
            .bind(owner)
            .bind(now_ms)
            .bind(MAX_TICKETS)
            .fetch_all(db)
            .await?
        });
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Removes every ticket of an owner; how many there were.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn remove_of(&self, kind: &str, owner: &str) -> Result<u64> {
        Ok(writing!(self.store, |tx| {
            sqlx::query("DELETE FROM ticket WHERE kind = $1 AND owner = $2")
                .bind(kind)
                .bind(owner)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        }))
    }

    /// Counts one more of something, and says how many that makes; the count is forgotten at `expires_ms`, which
    /// every further one moves. What has expired begins anew.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn count(&self, kind: &str, key: &str, now_ms: i64, expires_ms: i64) -> Result<i64> {
        check_text("a ticket's kind", kind)?;
        check_text("a ticket's key", key)?;
        Ok(writing!(self.store, |tx| {
            sqlx::query_scalar(
                "INSERT INTO ticket (kind, key, owner, body, count, expires_ms) VALUES ($1, $2, '', $3, 1, $4) \
                 ON CONFLICT (kind, key) DO UPDATE SET expires_ms = excluded.expires_ms, \
                 count = CASE WHEN ticket.expires_ms <= $5 THEN 1 ELSE ticket.count + 1 END RETURNING count",
            )
            .bind(kind)
            .bind(key)
            .bind(&[][..] as &[u8])
            .bind(expires_ms)
            .bind(now_ms)
            .fetch_one(&mut *tx)
            .await?
        }))
    }

    /// Takes one back that was counted.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn uncount(&self, kind: &str, key: &str) -> Result<()> {
        writing!(self.store, |tx| {
            sqlx::query("UPDATE ticket SET count = count - 1 WHERE kind = $1 AND key = $2 AND count > 0")
                .bind(kind)
                .bind(key)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// How many were counted, and when that is forgotten; nothing when none were.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn counted(&self, kind: &str, key: &str, now_ms: i64) -> Result<Option<(i64, i64)>> {
        Ok(reading!(self.store, |db| {
            sqlx::query_as("SELECT count, expires_ms FROM ticket WHERE kind = $1 AND key = $2 AND expires_ms > $3")
                .bind(kind)
                .bind(key)
                .bind(now_ms)
                .fetch_optional(db)
                .await?
        }))
    }

    /// Removes what has expired; how many there were.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn sweep(&self, now_ms: i64) -> Result<u64> {
        Ok(writing!(self.store, |tx| {
            sqlx::query("DELETE FROM ticket WHERE expires_ms <= $1")
                .bind(now_ms)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        }))
    }
}

fn check(ticket: &Ticket) -> Result<()> {
    check_text("a ticket's kind", &ticket.kind)?;
    check_text("a ticket's key", &ticket.key)?;
    check_text("a ticket's owner", &ticket.owner)?;
    check_bytes("a ticket", &ticket.body, MAX_TICKET_BYTES)
}

impl From<Row> for Ticket {
    fn from((kind, key, owner, body, expires_ms): Row) -> Self {
        Self { kind, key, owner, body, expires_ms }
    }
}
