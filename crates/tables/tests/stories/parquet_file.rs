//! A Parquet file, made here and published.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use packhorse_tables::{PublishedTable, Source, TableDefinition};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::{DEFINITION, Desk, get};

const SCHEMA: &str = "message pupils {
  required int32 age; optional int32 born (DATE); required binary upn (UTF8); optional binary name (UTF8);
  required boolean free_meals; required int64 school; required int64 seen (TIMESTAMP_MILLIS);
}";

/// Two pupils, the second without name and birthday.
fn write(path: &Path, schema: &str) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    let mut group = file.next_row_group().unwrap();
    let text = |text: &str| ByteArray::from(text);
    let mut column = 0;
    while let Some(mut writer) = group.next_column().unwrap() {
        match column {
            0 => writer.typed::<Int32Type>().write_batch(&[11, 10], None, None),
            1 => writer.typed::<Int32Type>().write_batch(&[16_495], Some(&[1, 0]), None),
            2 => {
                let upns = [text("Y999200026001"), text("M999200026002")];
                writer.typed::<ByteArrayType>().write_batch(&upns, None, None)
            }
            3 => writer.typed::<ByteArrayType>().write_batch(&[text("Ada")], Some(&[1, 0]), None),
            4 => writer.typed::<BoolType>().write_batch(&[true, false], None, None),
            _ => writer.typed::<Int64Type>().write_batch(&[9_991, 9_992], None, None),
        }
        .unwrap();
        writer.close().unwrap();
        column += 1;
    }
    group.close().unwrap();
    file.close().unwrap();
}

async fn opened(desk: &Desk) -> Result<PublishedTable, String> {
    let source = Source::Parquet { path: desk.path("pupils.parquet") };
    let definition = TableDefinition { source, ..TableDefinition::from_toml(DEFINITION).unwrap() };
    PublishedTable::open(definition, desk.path("scratch")).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn columns_are_taken_by_name_whatever_their_order_in_the_file() {
    let desk = Desk::new();
    write(&desk.path("pupils.parquet"), SCHEMA);
    let table = opened(&desk).await.unwrap();
    let ada = get(&table, "/by-upn/Y999200026001").await.body;
    assert_eq!((&ada["name"], &ada["date_of_birth"]), (&"Ada".into(), &"2015-03-01".into()));
    assert_eq!((&ada["age"], &ada["free_meals"], &ada["school"]), (&11.into(), &true.into(), &"9991".into()));
    let grace = get(&table, "/by-upn/M999200026002").await.body;
    assert!(grace["name"].is_null() && grace["date_of_birth"].is_null());
}

#[tokio::test]
async fn what_cannot_be_published_as_text_is_refused_by_column() {
    let desk = Desk::new();
    write(&desk.path("pupils.parquet"), &SCHEMA.replace("name (UTF8)", "name"));
    assert!(opened(&desk).await.err().unwrap().contains(r#"the column "name" has a type that cannot be published"#));
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let desk = Desk::new();
    write(&desk.path("pupils.parquet"), SCHEMA);
    let whole = std::fs::read(desk.path("pupils.parquet")).unwrap();
    for cut in [0, 4, whole.len() / 2, whole.len() - 5] {
        std::fs::write(desk.path("pupils.parquet"), &whole[..cut]).unwrap();
        assert!(opened(&desk).await.is_err());
    }
}
