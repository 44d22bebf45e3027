//! A gateway's database on a throwaway PostgreSQL cluster.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::runtime::{Builder, Runtime};

use crate::cluster::Cluster;

/// A database of the cluster, looked into from outside.
pub(crate) struct Database {
    pub(crate) url: String,
    runtime: Runtime,
}

impl Database {
    pub(crate) fn make(cluster: &Cluster, name: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let made = Self { url: cluster.url().replace("/postgres?", &format!("/{name}?")), runtime };
        made.runtime.block_on(async {
            let mut admin = PgConnection::connect(&cluster.url()).await.unwrap();
            sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
        });
        made
    }

    /// How many entries the published head covers; none before the first.
    pub(crate) fn published(&self) -> i64 {
        self.runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let head = sqlx::query_scalar("SELECT size FROM ledger_published").fetch_optional(&mut connection).await;
            head.unwrap().unwrap_or_default()
        })
    }
}
