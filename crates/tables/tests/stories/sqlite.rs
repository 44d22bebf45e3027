//! A table of somebody's SQLite database, asked live.

use std::path::Path;

use packhorse_tables::{PublishedTable, Source, TableDefinition, draft};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::{DEFINITION, Desk, get};

const TABLE: &str =
    "CREATE TABLE pupils (upn TEXT, name TEXT, born TEXT, school TEXT, age INTEGER, free_meals INTEGER)";
const ROWS: &str = "INSERT INTO pupils VALUES ('Y999200026001', 'Ada', '2015-03-01', '9991', 11, 1), \
                        ('M999200026002', 'Grace', '2015-04-01', '9991', NULL, 0)";
const BY_UPN: &str = "CREATE UNIQUE INDEX a ON pupils (upn)";
const BY_SCHOOL: &str = "CREATE INDEX b ON pupils (school, age)";
const BY_NAME: &str = "CREATE INDEX c ON pupils (born, name)";

async fn run(path: &Path, statements: &[&str]) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    for statement in statements {
        sqlx::query(AssertSqlSafe(*statement)).execute(&mut connection).await.unwrap();
    }
}

fn definition(desk: &Desk) -> TableDefinition {
    let source = Source::Sqlite { path: desk.path("pupils.db"), table: "pupils".to_owned() };
    TableDefinition { source, ..TableDefinition::from_toml(DEFINITION).unwrap() }
}

async fn opened(desk: &Desk) -> Result<PublishedTable, String> {
    PublishedTable::open(definition(desk), desk.path("scratch")).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_row_is_found_live_through_the_index() {
    let desk = Desk::new();
    run(&desk.path("pupils.db"), &[TABLE, ROWS, BY_UPN, BY_SCHOOL, BY_NAME]).await;
    let table = opened(&desk).await.unwrap();
    let ada = get(&table, "/by-upn/y999200026001").await;
    assert_eq!((ada.status, &ada.body["age"], &ada.body["free_meals"]), (200, &11.into(), &true.into()));
    assert_eq!(get(&table, "/by-school/9991").await.body["rows"].as_array().unwrap().len(), 2);
    assert_eq!(get(&table, "/by-name-and-birth/Grace/20150401").await.status, 200);
    assert_eq!(get(&table, "/by-school/x'%20OR%20'1'='1").await.body["rows"].as_array().unwrap().len(), 0);
    run(&desk.path("pupils.db"), &["UPDATE pupils SET name = 'Adele' WHERE name = 'Ada'"]).await;
    assert_eq!(get(&table, "/by-upn/Y999200026001").await.body["name"], "Adele");
    assert!(!table.refresh_if_changed().await.unwrap());
    assert!(table.status().loaded_at.is_some());
}

#[tokio::test]
async fn a_lookup_without_an_index_is_refused_with_the_statement_that_helps() {
    let desk = Desk::new();
    let file = desk.path("pupils.db");
    run(&file, &[TABLE, ROWS, BY_UPN, BY_NAME, "CREATE INDEX part ON pupils (school) WHERE age > 3"]).await;
    let refusal = opened(&desk).await.err().unwrap();
    assert!(refusal.contains(r#"no index serves the lookup "by-school""#), "{refusal}");
    let statement = refusal.split("run ").nth(1).unwrap().to_owned();
    run(&file, &[&statement]).await;
    opened(&desk).await.unwrap();
}

#[tokio::test]
async fn an_index_of_another_collation_does_not_serve() {
    let desk = Desk::new();
    let nocase = "CREATE INDEX a ON pupils (upn COLLATE NOCASE)";
    run(&desk.path("pupils.db"), &[TABLE, ROWS, nocase, BY_SCHOOL, BY_NAME]).await;
    assert!(opened(&desk).await.err().unwrap().contains("by-upn"));
}

#[tokio::test]
async fn a_missing_file_table_or_column_is_refused_and_nothing_is_created() {
    let desk = Desk::new();
    assert!(opened(&desk).await.is_err());
    assert!(!desk.path("pupils.db").exists());
    run(&desk.path("pupils.db"), &["CREATE TABLE other (x)"]).await;
    assert!(opened(&desk).await.err().unwrap().contains("no such table"));
    run(&desk.path("pupils.db"), &[&TABLE.replace("free_meals", "free_meal")]).await;
    let refusal = opened(&desk).await.err().unwrap();
    assert!(refusal.contains(r#"no column "free_meals" (did you mean "free_meal"?)"#), "{refusal}");
}

#[tokio::test]
async fn a_column_that_goes_away_is_told_by_the_status() {
    let desk = Desk::new();
    run(&desk.path("pupils.db"), &[TABLE, ROWS, BY_UPN, BY_SCHOOL, BY_NAME]).await;
    let table = opened(&desk).await.unwrap();
    run(&desk.path("pupils.db"), &["ALTER TABLE pupils DROP COLUMN free_meals"]).await;
    assert!(table.refresh_if_changed().await.is_err());
    assert!(table.status().error.unwrap().contains("free_meals"));
    // SQLite takes a double-quoted name that is no column for a text: that must not become an answer.
    assert!(table.answer("GET", "/by-upn/Y999200026001", None, b"").await.is_err());
}

#[tokio::test]
async fn keys_stored_in_another_form_are_not_silently_not_found() {
    let desk = Desk::new();
    let lower = ROWS.replace("Y999200026001", "y999200026001");
    run(&desk.path("pupils.db"), &[TABLE, &lower, BY_UPN, BY_SCHOOL, BY_NAME]).await;
    let refusal = opened(&desk).await.err().unwrap();
    assert!(refusal.contains("another form than the canonical one") && !refusal.contains("y9992"), "{refusal}");
}

#[tokio::test]
async fn a_draft_is_made_from_a_sample_of_the_table() {
    let desk = Desk::new();
    run(&desk.path("pupils.db"), &[TABLE, ROWS, BY_UPN]).await;
    let draft = draft("pupils", "Pupils", definition(&desk).source, true).await.unwrap();
    assert_eq!(draft.definition.lookups[0].name, "by-upn");
    PublishedTable::open(draft.definition, desk.path("scratch")).await.unwrap();
}
