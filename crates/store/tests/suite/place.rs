//! Where a test's store lives: a folder, and for PostgreSQL a database of its own in the shared cluster.

use std::sync::atomic::{AtomicU64, Ordering};

use packhorse_keys::SoftwareKey;
use packhorse_ledger::NoteSigner;
use packhorse_store::{Erasable, NewRecord, Side, Store, StoreSettings};
use sqlx::Connection;
use tempfile::TempDir;

use crate::postgres::Cluster;

/// A place for one test.
pub(crate) struct Place {
    pub(crate) settings: StoreSettings,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { settings: StoreSettings::in_folder(folder.path().join("data")), folder }
    }

    pub(crate) async fn postgres() -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let cluster = Cluster::shared()?;
        let database = format!("store_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut admin = sqlx::PgConnection::connect(&cluster.url("postgres")).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {database}"));
        sqlx::raw_sql(create).execute(&mut admin).await.unwrap();
        let mut place = Self::sqlite();
        place.settings.url = cluster.url(&database);
        Some(place)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.settings.url.starts_with("postgres")
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.settings).await.unwrap()
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn tamper(&self, sql: &'static str) {
        if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.settings.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let file = self.settings.data_dir.join("packhorse.sqlite");
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }
}

/// A record of one kilobyte whose entry is its own digest with the salt, as gateways make them.
pub(crate) fn record(id: &str) -> NewRecord {
    let salt = [7; 16];
    let json = format!(r#"{{"version":1,"id":"{id}","padding":"{}"}}"#, "lorem ipsum ".repeat(60)).into_bytes();
    NewRecord {
        id: id.to_owned(),
        side: Side::Inbound,
        at_ms: 1_700_000_000_000,
        kind: "query".to_owned(),
        partner: "UKX/GOV/00AB".to_owned(),
        system: "UKX/GOV/00AB/benefits".to_owned(),
        service: "UKX/GOV/00CD/register/people".to_owned(),
        agreement: "agreement-1".to_owned(),
        outcome: "answered".to_owned(),
        rule: String::new(),
        uses: 1,
        entry: packhorse_model::record::salted_digest(&salt, &json),
        salt,
        record: json,
        content: Some(Erasable { bytes: format!(r#"{{"case":"case of {id}"}}"#).into_bytes(), salt: [9; 16] }),
        counted: packhorse_store::Counted::default(),
        people: Vec::new(),
    }
}

/// A ledger's signing key, the same for the same seed.
pub(crate) fn signer(seed: u8) -> NoteSigner {
    let key = SoftwareKey::from_ed25519_seed(&[seed; 32]).unwrap();
    NoteSigner::new("gw.example.gov.uk/ledger", std::sync::Arc::new(key)).unwrap()
}
