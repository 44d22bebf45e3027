//! A definition is proposed for data that somebody brings.

use packhorse_model::identifier::Format;
use packhorse_tables::{Source, draft};

use crate::{Desk, PUPILS, get};

fn csv(desk: &Desk) -> Source {
    Source::Csv { path: desk.path("pupils.csv"), delimiter: ',', space_after_delimiter: None }
}

#[tokio::test]
async fn the_proposal_can_be_opened_as_it_is() {
    let desk = Desk::with(PUPILS.replacen("born", "Date of Birth", 1));
    let draft = draft("pupils", "Pupils", csv(&desk), true).await.unwrap();
    let formats: Vec<Format> = draft.definition.columns.iter().map(|column| column.format).collect();
    use Format::{Boolean, Integer, Text, Upn};
    // One of three dates is not in the calendar: too many to call the column one of dates.
    assert_eq!(formats, [Upn, Text, Text, Integer, Integer, Boolean]);
    assert_eq!(draft.definition.columns[2].name, "date_of_birth");
    assert_eq!(draft.definition.columns[2].source.as_deref(), Some("Date of Birth"));
    assert_eq!((draft.inferences[0].filled, draft.inferences[0].fitting), (3, 3));
    let table = packhorse_tables::PublishedTable::open(draft.definition, desk.path("scratch")).await.unwrap();
    assert_eq!(get(&table, "/by-upn/Y999200026001").await.body["school"], 9991);
}

#[tokio::test]
async fn without_a_known_identifier_the_first_column_is_the_key() {
    let desk = Desk::with("code, name, name!\nADU, Adur, x\nALL, Allerdale, y\n");
    let draft = draft("areas", "Areas", csv(&desk), false).await.unwrap();
    let names: Vec<&str> = draft.definition.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["code", "name", "name_2"]);
    assert_eq!(draft.definition.lookups[0].name, "by-code");
}
