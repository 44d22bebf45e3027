//! A table is asked, politely and otherwise.

use packhorse_tables::Outcome;
use proptest::prelude::*;
use serde_json::json;

use crate::{Desk, PUPILS, get, post};

#[tokio::test]
async fn a_row_is_found_by_its_key_in_any_written_form() {
    let table = Desk::with(PUPILS).open().await;
    let ada = json!({"upn": "Y999200026001", "name": "Ada", "date_of_birth": "2015-03-01", "school": "9991",
                     "age": 11, "free_meals": true});
    for path in ["/by-upn/Y999200026001", "/by-upn/y9992%2000026001"] {
        let answer = get(&table, path).await;
        assert_eq!((answer.status, &answer.body, answer.outcome), (200, &ada, Outcome::Found(1)));
    }
    assert_eq!(post(&table, "/by-upn", r#"{"upn": "y999200026001"}"#).await.body, ada);
}

#[tokio::test]
async fn empty_cells_are_null_and_malformed_ones_stay_as_received() {
    let table = Desk::with(PUPILS).open().await;
    let alan = get(&table, "/by-upn/B999200026003").await.body;
    assert_eq!(alan["date_of_birth"], "31/02/2015");
    assert!(alan["age"].is_null() && alan["free_meals"].is_null());
    let status = table.status();
    assert_eq!((status.rows, status.unfindable), (Some(3), vec![0, 0, 1]));
    assert_eq!((status.columns[2].malformed, status.columns[4].empty), (1, 1));
}

#[tokio::test]
async fn two_keys_stand_in_the_order_of_the_path_or_by_name_in_the_body() {
    let table = Desk::with(PUPILS).open().await;
    assert_eq!(get(&table, "/by-name-and-birth/Grace/01%2F04%2F2015").await.status, 400, "an encoded slash");
    assert_eq!(get(&table, "/by-name-and-birth/Grace/2015-04-01").await.status, 200);
    let body = r#"{"date_of_birth": "01/04/2015", "name": "Grace"}"#;
    assert_eq!(post(&table, "/by-name-and-birth", body).await.body["upn"], "M999200026002");
    assert_eq!(get(&table, "/by-name-and-birth/Grace").await.status, 400);
}

#[tokio::test]
async fn the_caller_cannot_tell_no_match_from_several() {
    let table = Desk::with(format!("{PUPILS}Y999200026001,Twin,2015-03-01,9993,1,no\n")).open().await;
    let several = get(&table, "/by-upn/Y999200026001").await;
    let none = get(&table, "/by-upn/J99920002600A").await;
    assert_eq!((several.status, &several.body), (none.status, &none.body));
    assert_eq!(several.status, 404);
    assert_eq!((several.outcome, none.outcome), (Outcome::SeveralMatches, Outcome::NoMatch));
}

#[tokio::test]
async fn at_most_so_many_rows_are_answered_and_not_one_of_more() {
    let table = Desk::with(PUPILS).open().await;
    let mut two = get(&table, "/by-school/9991").await;
    assert_eq!((two.status, two.body["rows"].as_array().unwrap().len()), (200, 2));
    assert_eq!(two.records_mut().unwrap().as_array().unwrap().len(), 2);
    table.check_shape(&two.body).unwrap();
    assert_eq!(get(&table, "/by-school/0000").await.body, json!({"rows": []}));
    let table = Desk::with(format!("{PUPILS}J99920002600A,Max,2015-01-01,9991,11,no\n")).open().await;
    let mut many = get(&table, "/by-school/9991").await;
    assert_eq!((many.status, many.outcome), (422, Outcome::TooManyMatches));
    assert_eq!(many.body, json!({"type": "too_many_matches", "message": "more than 2 rows match: ask more narrowly"}));
    assert!(many.records_mut().is_none());
}

#[tokio::test]
async fn a_bad_key_is_refused_by_column_and_format_and_never_repeated() {
    let table = Desk::with(PUPILS).open().await;
    for bad in ["Z999200026001", "hello", "E000200005001"] {
        let answer = get(&table, &format!("/by-upn/{bad}")).await;
        let text = answer.body.to_string();
        assert_eq!((answer.status, answer.outcome), (400, Outcome::Refused));
        assert!(text.contains("upn") && text.contains("a unique pupil number") && !text.contains(bad), "{text}");
    }
}

#[tokio::test]
async fn example_numbers_are_refused_where_they_are_not_allowed() {
    let desk = Desk::with(PUPILS);
    let mut definition = desk.definition();
    definition.allow_synthetic = false;
    let table = packhorse_tables::Table::open(definition, desk.path("scratch")).await.unwrap();
    assert_eq!(table.answer("GET", "/by-upn/Y999200026001", None, b"").await.unwrap().status, 400);
}

#[tokio::test]
async fn questions_that_are_none_are_refused_in_kind() {
    let table = Desk::with(PUPILS).open().await;
    for (method, path, body, status) in [
        ("GET", "", "", 200),
        ("GET", "/", "", 200),
        ("POST", "/", "", 405),
        ("GET", "/by-upn", "", 405),
        ("POST", "/by-upn/Y999200026001", "{}", 405),
        ("DELETE", "/by-upn/Y999200026001", "", 405),
        ("GET", "/by-upm/Y999200026001", "", 404),
        ("GET", "/by-upn/", "", 400),
        ("GET", "/by-upn/Y999200026001/", "", 400),
        ("GET", "/by-upn/../by-upn/Y999200026001", "", 400),
        ("GET", "/by-upn/%2e%2e/x", "", 400),
        ("GET", "/by-upn/%00", "", 400),
        ("POST", "/by-upn", "", 400),
        ("POST", "/by-upn", "[]", 400),
        ("POST", "/by-upn", r#"{"upn": ["Y999200026001"]}"#, 400),
        ("POST", "/by-upn", r#"{"upn": "Y999200026001", "school": "9991"}"#, 400),
        ("POST", "/by-upn", r#"{"upn": "Y999200026001", "upn": "M999200026002"}"#, 400),
        ("POST", "/by-upn", r#"{"name": "Ada"}"#, 400),
    ] {
        let answer = table.answer(method, path, None, body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.body);
    }
    assert_eq!(table.answer("GET", "/by-upn/Y999200026001", Some("a=b"), b"").await.unwrap().status, 400);
    let long = format!("{{\"upn\": \"{}\"}}", "Y".repeat(70_000));
    assert_eq!(post(&table, "/by-upn", &long).await.status, 413);
    let deep = "[".repeat(10_000);
    assert_eq!(post(&table, "/by-upn", &deep).await.status, 400);
}

#[tokio::test]
async fn the_description_says_what_can_be_asked_and_holds_no_data() {
    let table = Desk::with(PUPILS).open().await;
    let answer = get(&table, "/").await;
    assert_eq!(answer.outcome, Outcome::Described);
    assert_eq!(answer.body["lookups"][0], json!({"name": "by-upn", "keys": ["upn"], "rule": "single"}));
    assert!(!answer.body.to_string().contains("Ada"));
}

#[tokio::test]
async fn a_large_table_is_read_no_more_than_a_small_one() {
    let mut reads = Vec::new();
    for count in [100, 50_000] {
        let rows: String = (0..count).map(|row| format!("Y999200026001,Name{row},2015-03-01,S{row},1,no\n")).collect();
        let table = Desk::with(format!("upn,name,born,school,age,free_meals\n{rows}")).open().await;
        assert_eq!(get(&table, "/by-school/S77").await.body["rows"][0]["name"], "Name77");
        assert_eq!(get(&table, "/by-school/none").await.outcome, Outcome::NoMatch);
        let unique = table.status().row_reads;
        // Every row has this key: two of them are enough to know that it is not the single one.
        assert_eq!(get(&table, "/by-upn/Y999200026001").await.outcome, Outcome::SeveralMatches);
        reads.push((unique, table.status().row_reads - unique));
    }
    assert_eq!(reads, [(1, 2), (1, 2)]);
}

#[tokio::test]
async fn the_openapi_document_and_the_operations_agree_with_what_is_answered() {
    let table = Desk::with(PUPILS).open().await;
    let document = table.openapi();
    assert_eq!(document["openapi"], "3.0.3");
    let mut paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    // JSON objects have no order; whether serde_json keeps one depends on what else is built.
    paths.sort();
    assert_eq!(
        paths,
        [
            "/",
            "/by-name-and-birth",
            "/by-name-and-birth/{name}/{date_of_birth}",
            "/by-school",
            "/by-school/{school}",
            "/by-upn",
            "/by-upn/{upn}"
        ]
    );
    assert_eq!(
        document["components"]["schemas"]["Row"]["properties"]["age"],
        json!({"type": "integer", "format": "int64", "nullable": true})
    );
    let operations: Vec<String> = table.operations().iter().map(ToString::to_string).collect();
    assert_eq!(
        operations,
        [
            "GET /",
            "GET /by-upn/*",
            "POST /by-upn",
            "GET /by-school/*",
            "POST /by-school",
            "GET /by-name-and-birth/*/*",
            "POST /by-name-and-birth"
        ]
    );
    assert_eq!(table.fields(), ["upn", "name", "date_of_birth", "school", "age", "free_meals"]);
    table.check_shape(&get(&table, "/by-upn/Y999200026001").await.body).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_question_breaks_a_table(path in "(/by-upn|/by-school)?(/[ -~é]{0,12}){0,3}", body in ".{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let table = Desk::with(PUPILS).open().await;
            for method in ["GET", "POST", "PATCH"] {
                let answer = table.answer(method, &path, None, body.as_bytes()).await.unwrap();
                assert!([200, 400, 404, 405, 422].contains(&answer.status));
            }
        });
    }
}
