//! What dies with a publishing process: a lock on a file beside SQLite's, a session's lock in PostgreSQL.
//!
//! Whoever takes the lock in this moment knows that the process that had it is gone, and need not wait until its lease
//! runs out. It only saves time: where locks do not work (a file system without them, a pooler that shares sessions)
//! nobody gets one, and leases run out as they would have. It must never decide alone who publishes.

use std::fs::{File, OpenOptions};
use std::path::Path;

use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::Mutex;

use crate::Store;
use crate::engine::Engine;
use crate::error::{Result, StoreError};

/// The lock's number in PostgreSQL, whose advisory locks are numbered within a database: "phledger" in ASCII.
const NUMBER: i64 = i64::from_be_bytes(*b"phledger");
/// A peer that vanished with its machine gives its lock back after about ten seconds, not after hours.
const NOTICE_A_DEAD_PEER: &str =
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3";

/// This process's sign of life.
#[derive(Debug, Default)]
pub(super) struct Alive(Mutex<Option<Held>>);

/// The lock; it goes when this is dropped.
#[derive(Debug)]
enum Held {
    File(#[expect(dead_code, reason = "held open, never read")] File),
    Session(PgConnection),
}

impl Alive {
    /// Takes the lock, unless this or another process has it. True when it was taken just now: whoever had it before
    /// is gone.
    pub(super) async fn take(&self, store: &Store) -> Result<bool> {
        let mut held = self.0.lock().await;
        if let Some(Held::Session(session)) = held.as_mut()
            && session.ping().await.is_err()
        {
            *held = None;
        }
        if held.is_some() {
            return Ok(false);
        }
        *held = match store.engine() {
            Engine::Sqlite(sqlite) => lock_file(&sqlite.publisher_lock)?.map(Held::File),
            Engine::Postgres(pool) => lock_session(pool).await?.map(Held::Session),
        };
        Ok(held.is_some())
    }

    /// Gives the lock back, so that it can be a sign of whoever publishes now.
    pub(super) async fn give_back(&self) {
        *self.0.lock().await = None;
    }
}

fn lock_file(path: &Path) -> Result<Option<File>> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|error| StoreError::file("opening the publisher's lock", &error))?;
    Ok(file.try_lock().is_ok().then_some(file))
}

/// The session leaves the pool: it has to live as long as the lock.
async fn lock_session(pool: &PgPool) -> Result<Option<PgConnection>> {
    let mut session = pool.acquire().await?;
    let locked: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(NUMBER).fetch_one(&mut *session).await?;
    if !locked {
        return Ok(None);
    }
    let mut session = session.detach();
    sqlx::raw_sql(NOTICE_A_DEAD_PEER).execute(&mut session).await?;
    Ok(Some(session))
}
