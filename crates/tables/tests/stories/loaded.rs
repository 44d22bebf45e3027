//! Files as they come: good, bad, replaced, half-written.

use std::fs;

use crate::{Desk, PUPILS, get};

const ADA: &str = "/by-upn/Y999200026001";

#[tokio::test]
async fn a_byte_order_mark_and_spaces_after_commas_do_no_harm() {
    let spaced = PUPILS.replace(',', ", ");
    let table = Desk::with(format!("\u{feff}{spaced}")).open().await;
    assert_eq!(get(&table, ADA).await.body["name"], "Ada");
}

#[tokio::test]
async fn a_ragged_row_is_refused_with_its_line() {
    let refusal = Desk::with(format!("{PUPILS}Y999200026001,Ada\n")).refusal().await;
    assert!(refusal.contains("line 5 has 2 cells where the heading line has 6"), "{refusal}");
}

#[tokio::test]
async fn latin_1_is_refused_with_its_line_and_without_its_text() {
    let mut latin = PUPILS.as_bytes().to_vec();
    latin.extend(b"J99920002600A,Zo\xeb,2015-01-01,9991,11,no\n");
    let refusal = Desk::with(latin).refusal().await;
    assert!(refusal.contains("line 5 is not UTF-8") && !refusal.contains("Zo"), "{refusal}");
}

#[tokio::test]
async fn a_missing_column_is_refused_with_the_nearest_name() {
    let refusal = Desk::with(PUPILS.replacen("school", "schools", 1)).refusal().await;
    assert!(refusal.contains(r#"it has no column "school" (did you mean "schools"?)"#), "{refusal}");
}

#[tokio::test]
async fn a_number_that_is_none_and_a_key_that_is_missing_are_refused_with_their_line() {
    let refusal = Desk::with(format!("{PUPILS}J99920002600A,Max,2015-01-01,9991,eleven,no\n")).refusal().await;
    assert!(refusal.contains("line 5") && refusal.contains("age") && !refusal.contains("eleven"), "{refusal}");
    let refusal = Desk::with(format!("{PUPILS},Max,2015-01-01,9991,11,no\n")).refusal().await;
    assert!(refusal.contains(r#"line 5 has nothing in "upn""#), "{refusal}");
}

#[tokio::test]
async fn a_folder_and_nothing_at_all_are_no_files() {
    let desk = Desk::new();
    assert!(desk.refusal().await.contains("entity not found"));
    fs::create_dir(desk.path("pupils.csv")).unwrap();
    assert!(desk.refusal().await.contains("is not a file"));
}

#[tokio::test]
async fn a_new_file_is_taken_whole() {
    let desk = Desk::with(PUPILS);
    let table = desk.open().await;
    assert!(!table.refresh_if_changed().await.unwrap());
    desk.put(PUPILS.replace("Ada", "Adele"));
    assert_eq!(get(&table, ADA).await.body["name"], "Ada", "until it is looked at");
    assert!(table.refresh_if_changed().await.unwrap());
    assert_eq!(get(&table, ADA).await.body["name"], "Adele");
    assert_eq!(desk.scratch_files(), 0, "a copy has no name that could be left behind");
}

#[tokio::test]
async fn a_file_that_went_bad_is_not_taken_at_all() {
    let desk = Desk::with(PUPILS);
    let table = desk.open().await;
    let half = &PUPILS[..PUPILS.len() - 20];
    for (bad, why) in [
        (half.to_owned(), "line 4 has"),
        (PUPILS.replacen("school", "place", 1), "no column \"school\""),
        (String::new(), "it is empty"),
    ] {
        desk.put(bad.replace("Ada", "Mallory"));
        assert!(table.refresh_if_changed().await.unwrap_err().to_string().contains(why));
        assert_eq!(get(&table, ADA).await.body["name"], "Ada");
        assert!(table.status().error.unwrap().contains(why));
        assert!(!table.refresh_if_changed().await.unwrap(), "the same bad file is not tried again");
    }
    fs::remove_file(desk.path("pupils.csv")).unwrap();
    assert!(table.refresh_if_changed().await.is_err());
    assert_eq!(get(&table, ADA).await.status, 200);
    desk.put(PUPILS.replace("Ada", "Adele"));
    assert!(table.refresh_if_changed().await.unwrap());
    assert_eq!(table.status().error, None);
    assert_eq!(get(&table, ADA).await.body["name"], "Adele");
}

#[tokio::test]
async fn questions_asked_while_files_are_replaced_see_one_file_or_the_other() {
    let desk = Desk::with(PUPILS);
    let table = desk.open().await;
    let replacing = async {
        for round in 0..20 {
            desk.put(PUPILS.replace(",Ada,", &format!(",A{round},")).replace(",9991,", &format!(",B{round},")));
            table.refresh_if_changed().await.unwrap();
        }
    };
    let asking = async {
        for _ in 0..200 {
            let row = get(&table, ADA).await.body;
            let (name, school) = (row["name"].as_str().unwrap(), row["school"].as_str().unwrap());
            assert!(name[1..] == school[1..] || (name, school) == ("Ada", "9991"), "{name} {school}");
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(replacing, asking);
}
