//! The two databases, and how one text of SQL runs on either.
//!
//! `reading!` and `writing!` expand their body once per engine, so that no statement is written
//! twice and no dynamic type stands between us and the driver. Inside, `Db` names the engine's
//! type. PostgreSQL needs no more connections than work at once; SQLite has one connection that
//! writes and a few that read beside it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Sqlite};
use tokio::sync::Mutex;

use crate::StoreSettings;
use crate::error::{Result, StoreError};
use crate::group::Group;

/// How long a caller waits for a connection before the store counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long SQLite waits for another process (a command beside a running gateway) to finish writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 12;
const SQLITE_PAGE_BYTES: u32 = 4096;
/// Pages that the write-ahead log may hold (16 MB) before they are written to their places: a page of an index that many
/// commits touch is written once for all of them.
const SQLITE_LOG_PAGES: &str = "4000";

/// An open database.
pub(crate) enum Engine {
    Sqlite(SqliteEngine),
    Postgres(PgPool),
}

pub(crate) struct SqliteEngine {
    /// Exactly one connection: waiting for it is cheaper and fairer than SQLite's busy loop.
    pub(crate) writer: SqlitePool,
    /// Who writes on it.
    pub(crate) group: Group,
    /// How often something was erased, and for how many of these old pages are gone.
    erased: AtomicU64,
    forgotten: Mutex<u64>,
    pub(crate) readers: SqlitePool,
    /// A file beside the database's, locked by the process that publishes the ledger.
    pub(crate) publisher_lock: PathBuf,
}

/// Runs a body with `$db`, something to read from.
macro_rules! reading {
    ($store:expr, |$db:ident| $body:expr) => {
        match $store.engine() {
            $crate::engine::Engine::Sqlite(sqlite) => {
                #[allow(dead_code)]
                type Db = sqlx::Sqlite;
                let $db = &sqlite.readers;
                $body
            }
            $crate::engine::Engine::Postgres(pool) => {
                #[allow(dead_code)]
                type Db = sqlx::Postgres;
                let $db = pool;
                $body
            }
        }
    };
}

/// Runs a body in one write transaction `$tx` and commits it: on SQLite together with others that come at the same time.
/// An early return rolls back.
macro_rules! writing {
    ($store:expr, |$tx:ident| $body:expr) => {
        match $store.engine() {
            $crate::engine::Engine::Sqlite(sqlite) => {
                #[allow(dead_code)]
                type Db = sqlx::Sqlite;
                let mut turn = sqlite.group.turn().await?;
                let outcome = async {
                    let $tx = turn.connection()?;
                    Ok($body)
                }
                .await;
                turn.end(outcome).await?
            }
            $crate::engine::Engine::Postgres(pool) => {
                #[allow(dead_code)]
                type Db = sqlx::Postgres;
                let mut $tx = pool.begin().await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
        }
    };
}

/// Closes a connection whose transaction failed. When the disk is full, SQLite may have rolled back by itself, and the
/// driver then takes the connection to be inside a transaction for ever. A refusal of ours leaves it sound.
pub(crate) fn dismiss_if_broken<T>(mut connection: PoolConnection<Sqlite>, outcome: &Result<T>) {
    if !matches!(outcome, Ok(_) | Err(StoreError::Conflict | StoreError::Duplicate)) {
        connection.close_on_drop();
    }
}

pub(crate) use {reading, writing};

impl Engine {
    /// Connects; makes an SQLite file that does not exist.
    pub(crate) async fn open(settings: &StoreSettings) -> Result<Self> {
        make_private_dir(&settings.data_dir)?;
        if let Some(path) = settings.url.strip_prefix("sqlite:") {
            return open_sqlite(&sqlite_path(settings, path)?, settings.max_bytes).await;
        }
        if settings.url.starts_with("postgres:") || settings.url.starts_with("postgresql:") {
            return open_postgres(&settings.url).await;
        }
        Err(StoreError::Settings("the store's url must start with sqlite: or postgres://".to_owned()))
    }
}

/// The file that `sqlite:<path>` means.
fn sqlite_path(settings: &StoreSettings, path: &str) -> Result<PathBuf> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') {
        return Err(StoreError::Settings("the store's url sqlite: names no file".to_owned()));
    }
    Ok(settings.data_dir.join(path))
}

async fn open_sqlite(file: &Path, max_bytes: Option<u64>) -> Result<Engine> {
    make_private_file(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .page_size(SQLITE_PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit is on the disk before anybody is answered, also after a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // Erased content is overwritten, not merely unlinked.
        .pragma("secure_delete", "ON")
        // What SQLite notes beside a statement may hold content: in memory, not in a file of its own.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", SQLITE_LOG_PAGES)
        // Statements hold nothing that a log should, and timing each costs more than some take.
        .disable_statement_logging();
    let writer = match max_bytes {
        None => options.clone(),
        Some(bytes) => {
            options.clone().pragma("max_page_count", (bytes / u64::from(SQLITE_PAGE_BYTES)).max(1).to_string())
        }
    };
    let pool = |most| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let writer = pool(1).connect_with(writer).await?;
    Ok(Engine::Sqlite(SqliteEngine {
        group: Group::new(writer.clone()),
        erased: AtomicU64::new(0),
        forgotten: Mutex::new(0),
        writer,
        readers: pool(SQLITE_READERS).connect_with(options.pragma("query_only", "ON")).await?,
        publisher_lock: file.with_extension("publisher"),
    }))
}

async fn open_postgres(url: &str) -> Result<Engine> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Settings("the store's postgres url cannot be read".to_owned()))?
        .application_name("packhorse");
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    Ok(Engine::Postgres(pool))
}

/// Makes a folder that only its owner may enter: evidence holds personal data.
pub(crate) fn make_private_dir(dir: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| StoreError::file("making the data folder", &error))
}

/// Makes the database file with mode 0600; SQLite gives its side files the same mode.
fn make_private_file(file: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(|_| ()).map_err(|error| StoreError::file("making the database file", &error))
}

/// Empties SQLite's write-ahead log, where pages with erased content would wait to be written over. Busy readers
/// may keep it; then the next checkpoint does it. PostgreSQL's vacuum comes by itself.
pub(crate) async fn forget_old_pages(engine: &Engine) {
    let Engine::Sqlite(sqlite) = engine else { return };
    let asked = sqlite.erased.fetch_add(1, Ordering::SeqCst) + 1;
    let mut forgotten = sqlite.forgotten.lock().await;
    // Somebody who erased later has seen to it, for all before.
    if *forgotten >= asked {
        return;
    }
    let all = sqlite.erased.load(Ordering::SeqCst);
    match sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&sqlite.writer).await {
        Ok(_) => *forgotten = all,
        Err(error) => {
            tracing::warn!(error = %StoreError::from(error), "erased content may stay in the write-ahead log for a while");
        }
    }
}

/// Milliseconds since 1970, for columns that only say when something was written.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
