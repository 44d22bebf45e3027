//! A table of somebody's PostgreSQL database, asked live.

use std::time::{Duration, Instant};

use packhorse_tables::{DatabaseUrl, PublishedTable, Source, TableDefinition, draft};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::cluster::Cluster;
use crate::{DEFINITION, Desk, get};

const TABLE: &str = "CREATE TABLE roll.pupils (upn varchar(13) UNIQUE, name text, born date, school char(6), \
                     age smallint, free_meals boolean)";
const ROWS: &str = "INSERT INTO roll.pupils VALUES ('Y999200026001', 'Ada', '2015-03-01', '9991', 11, true), \
                    ('M999200026002', 'Grace', '2015-04-01', '9991', NULL, false)";

async fn opened(cluster: &Cluster, change: impl FnOnce(&mut TableDefinition)) -> Result<PublishedTable, String> {
    let source = Source::Postgres { url: DatabaseUrl(cluster.url()), table: "roll.pupils".to_owned() };
    let mut definition = TableDefinition { source, ..TableDefinition::from_toml(DEFINITION).unwrap() };
    change(&mut definition);
    PublishedTable::open(definition, Desk::new().path("scratch")).await.map_err(|error| error.to_string())
}

/// Scans and uses of indexes of the table so far, as far as sessions have reported them.
async fn counters(cluster: &Cluster) -> (i64, i64) {
    let mut session = PgConnection::connect(&cluster.url()).await.unwrap();
    let counters = "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'pupils'";
    sqlx::query_as(counters).fetch_one(&mut session).await.unwrap()
}

#[tokio::test]
async fn a_postgresql_table_is_asked_through_its_indexes_and_never_otherwise() {
    let Some(cluster) = Cluster::start() else { return };
    let mut owner = PgConnection::connect(&cluster.url()).await.unwrap();
    let mut run = async |statement: String| {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut owner).await.unwrap();
    };

    assert!(opened(&cluster, |_| ()).await.err().unwrap().contains("no such table"));
    run(format!("CREATE SCHEMA roll; {TABLE}; {ROWS}")).await;

    // Each lookup that would scan is refused with the statement that helps, until none would.
    run("CREATE INDEX part ON roll.pupils (school) WHERE age > 3; CREATE INDEX x ON roll.pupils (lower(name))".into())
        .await;
    for lookup in ["by-school", "by-name-and-birth"] {
        let refusal = opened(&cluster, |_| ()).await.err().unwrap();
        assert!(refusal.contains(lookup), "{refusal}");
        run(refusal.split("run ").nth(1).unwrap().to_owned()).await;
    }

    let table = opened(&cluster, |_| ()).await.unwrap();
    let ada = get(&table, "/by-upn/y999200026001").await;
    assert_eq!((ada.status, &ada.body["age"], &ada.body["free_meals"]), (200, &11.into(), &true.into()));
    assert_eq!(ada.body["date_of_birth"], "2015-03-01");
    assert_eq!(get(&table, "/by-school/9991").await.body["rows"].as_array().unwrap().len(), 2);
    assert_eq!(get(&table, "/by-name-and-birth/Grace/20150401").await.body["upn"], "M999200026002");
    assert_eq!(get(&table, "/by-school/x'%20OR%20'1'='1").await.body["rows"].as_array().unwrap().len(), 0);

    // In a table that is worth an index, the database's own counters show that it is used.
    run("INSERT INTO roll.pupils SELECT NULL, 'Filler', NULL, i::text, NULL FROM generate_series(10000, 40000) i; ANALYZE".into()).await;
    let (scans_before, _) = counters(&cluster).await;
    for _ in 0..50 {
        get(&table, "/by-upn/Y999200026001").await;
        get(&table, "/by-school/9991").await;
        get(&table, "/by-name-and-birth/Grace/2015-04-01").await;
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let scans = loop {
        let (scans, index_uses) = counters(&cluster).await;
        if index_uses >= 150 {
            break scans - scans_before;
        }
        assert!(Instant::now() < deadline, "the indexes were used {index_uses} times in 150 questions");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(scans < 20, "{scans} scans in 150 questions");

    // A key that is no value of the column's type is simply not there.
    let by_age = |definition: &mut TableDefinition| definition.lookups[1].keys = vec!["age".to_owned()];
    run("CREATE INDEX ON roll.pupils USING hash (age)".into()).await;
    let aged = opened(&cluster, by_age).await.unwrap();
    assert_eq!(get(&aged, "/by-school/11").await.body["rows"].as_array().unwrap().len(), 1);
    assert_eq!(get(&aged, "/by-school/99999999").await.body["rows"].as_array().unwrap().len(), 0);

    // The sessions cannot write, whatever they are asked.
    run("CREATE FUNCTION roll.spoil(text) RETURNS text LANGUAGE sql VOLATILE AS 'DELETE FROM roll.pupils RETURNING upn'".into()).await;
    run(
        "CREATE VIEW roll.trap AS SELECT upn, roll.spoil(name) AS name, born, school, age, free_meals FROM roll.pupils"
            .into(),
    )
    .await;
    let trap = Source::Postgres { url: DatabaseUrl(cluster.url()), table: "roll.trap".to_owned() };
    let refusal = draft("trap", "Trap", trap, true).await.unwrap_err().to_string();
    assert!(refusal.contains("code 25006"), "{refusal}");
    assert_eq!(get(&table, "/by-school/9991").await.body["rows"].as_array().unwrap().len(), 2);

    run("ALTER TABLE roll.pupils DROP COLUMN age CASCADE".into()).await;
    assert!(table.refresh_if_changed().await.is_err());
    let error = table.answer("GET", "/by-upn/Y999200026001", None, b"").await.unwrap_err().to_string();
    assert!(error.contains("code 42703"), "{error}");

    drop(cluster);
    let error = table.answer("GET", "/by-upn/Y999200026001", None, b"").await.unwrap_err().to_string();
    assert!(error.starts_with("the database cannot be used") && !error.contains("Y9992"), "{error}");
}
