//! Brings the tables of a database up to this version, at every start.
//!
//! A migration, once released, is never edited: its digest is kept in the database and compared.
//! A database that a newer version has migrated is refused.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::engine::Engine;
use crate::error::{Result, StoreError};

/// Number, name, and the text of each migration.
type Step = (i64, &'static str, &'static str);

const SQLITE: &[Step] = &[
    (1, "first", include_str!("../migrations/sqlite/0001_first.sql")),
    (2, "parcels", include_str!("../migrations/sqlite/0002_parcels.sql")),
    (3, "tickets", include_str!("../migrations/sqlite/0003_tickets.sql")),
    (4, "counts", include_str!("../migrations/sqlite/0004_counts.sql")),
    (5, "lists", include_str!("../migrations/sqlite/0005_lists.sql")),
];
const POSTGRES: &[Step] = &[
    (1, "first", include_str!("../migrations/postgres/0001_first.sql")),
    (2, "parcels", include_str!("../migrations/postgres/0002_parcels.sql")),
    (3, "tickets", include_str!("../migrations/postgres/0003_tickets.sql")),
    (4, "counts", include_str!("../migrations/postgres/0004_counts.sql")),
    (5, "lists", include_str!("../migrations/postgres/0005_lists.sql")),
];

/// Runs what is missing. On PostgreSQL the migrator takes a lock, so that processes starting
/// together take turns.
pub(crate) async fn run(engine: &Engine) -> Result<()> {
    let done = match engine {
        Engine::Sqlite(sqlite) => migrator(SQLITE).run(&sqlite.writer).await,
        Engine::Postgres(pool) => migrator(POSTGRES).run(pool).await,
    };
    done.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMissing(number) => {
            StoreError::Database(format!("migration {number} was made by a newer version of this program"))
        }
        other => StoreError::Database(other.to_string()),
    })
}

fn migrator(steps: &[Step]) -> Migrator {
    let migrations = steps.iter().map(|(number, name, sql)| {
        Migration::new(*number, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
