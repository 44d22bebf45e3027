//! Bad input is refused in words that say what to do, and never repeat a cell.

use std::path::Path;

use packhorse_linkage::spec::Limits;
use packhorse_linkage::table::{Side, TableBuilder, read};
use packhorse_linkage::{LinkageError, Model, Options, Spec, Unwatched, link};

use super::people::{self, SPEC, invented, spec, table};

/// What reading a file of these bytes says.
fn reading(name: &str, bytes: &[u8], spec: &Spec) -> Result<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read(&path, spec, Side::Left).map(|table| table.rows()).map_err(|error| error.to_string())
}

const HEAD: &str = "id,first_name,surname,born,postcode,street,person\n";

#[test]
fn a_file_that_cannot_be_read_says_where_and_what_to_do() {
    let spec = spec(SPEC);
    let large = format!("{HEAD}1,{},b,c,d,e,f\n", "x".repeat(10 << 20));
    for (name, bytes, said) in [
        ("empty.csv", Vec::new(), "it is empty"),
        ("heads.csv", HEAD.as_bytes().to_vec(), "it has no rows"),
        (
            "lacks.csv",
            b"id,first_name,surnames,born,postcode,street,person\n1,a,b,c,d,e,f\n".to_vec(),
            "no column \"surname\" (did you mean `surnames`?)",
        ),
        ("twice.csv", b"id,id,first_name,surname,born,postcode,street,person\n".to_vec(), "two columns \"id\""),
        ("short.csv", format!("{HEAD}1,a,b\n").into_bytes(), "row 1 has 3 cells"),
        (
            "bytes.csv",
            [HEAD.as_bytes(), b"1,Zo\xeb,b,c,d,e,f\n"].concat(),
            "row 1, column \"first_name\": the cell is not UTF-8",
        ),
        ("large.csv", large.into_bytes(), "row 1, column \"first_name\": the cell is larger than"),
        ("no.parquet", b"not parquet".to_vec(), "not a readable Parquet file"),
    ] {
        let error = reading(name, &bytes, &spec).unwrap_err();
        assert!(error.contains(said), "{name}: {error}");
        assert!(!error.contains("Zo") && !error.contains("xxx"), "{name}: no cell is repeated");
    }
    assert_eq!(reading("bom.csv", format!("\u{feff}{HEAD}1,a,b,c,d,e,f\n").as_bytes(), &spec), Ok(1));
}

#[test]
fn columns_that_decide_nothing_are_named_and_linking_goes_on() {
    let (mut left, mut right) = invented(200);
    for record in left.iter_mut().chain(&mut right) {
        record[5] = String::new();
        record[1] = "Alex".to_owned();
    }
    left[1][0] = left[0][0].clone();
    left[2][3] = "once upon a time".to_owned();
    let outcome =
        link(&spec(SPEC), vec![table("a", &left), table("b", &right)], &Options::default(), &Unwatched).unwrap();
    let warnings = outcome.summary.warnings.join("\n");
    for said in ["street has no value at all", "first_name has one value only", "2 rows share their id"] {
        assert!(warnings.contains(said), "{said}: {warnings}");
    }
    assert_eq!(outcome.summary.tables[0].columns[2].unreadable, 1);
}

#[test]
fn a_record_without_an_id_is_refused() {
    let (mut left, _) = invented(20);
    left[3][0] = " ".to_owned();
    let error = link(&spec(SPEC), vec![table("a", &left)], &Options::default(), &Unwatched).unwrap_err();
    assert!(error.to_string().contains("row 4 has no \"id\""), "{error}");
}

#[test]
fn records_that_do_not_fit_into_the_memory_that_was_given_are_refused() {
    let limits = Limits { memory_mb: 18, ..Limits::default() };
    let mut builder = TableBuilder::new("a", ["id".to_owned(), "note".to_owned()], &limits);
    let mut note = (0..100_000).map(|row| format!("a note of some length about the record {row}"));
    let error = note.find_map(|note| builder.push([Some("1"), Some(&note)]).err()).unwrap().to_string();
    assert!(error.contains("limits.memory_mb gives 18: raise it"), "{error}");
}

#[test]
fn ids_that_stand_twice_are_found_in_a_large_table_too() {
    let record = |row: usize| {
        let mut record: people::Record = Default::default();
        (record[0], record[1]) = (format!("r{}", if row == 19_999 { 7 } else { row }), format!("name {}", row % 5));
        record
    };
    let records: Vec<people::Record> = (0..20_000).map(record).collect();
    let outcome = link(&spec(SPEC), vec![table("a", &records)], &Options::default(), &Unwatched).unwrap();
    assert_eq!(outcome.summary.tables[0].ids_repeated, 2);
}

#[test]
fn a_rule_that_would_make_a_million_million_pairs_is_refused_at_once() {
    let spec = spec(
        "[[column]]\nname = \"sex\"\nkind = \"text\"\n[[comparison]]\nname = \"sex\"\ncolumns = [\"sex\"]\nlevels = [\"exact\"]\n[[block]]\non = \"sex\"\n",
    );
    let large = |name: &str| {
        let mut builder = TableBuilder::new(name, ["id".to_owned(), "sex".to_owned()], &Limits::default());
        for row in 0..1_000_000 {
            builder.push([Some(row.to_string().as_str()), Some("F")]).unwrap();
        }
        builder.finish().unwrap()
    };
    let tables = vec![large("a"), large("b")];
    let error = link(&spec, tables, &Options::default(), &Unwatched).unwrap_err();
    assert!(matches!(&error, LinkageError::Explosion { pairs: 1_000_000_000_000, .. }), "{error}");
    assert!(error.to_string().contains("add a column to the rule"), "{error}");
}

#[test]
fn a_model_that_is_damaged_or_of_another_specification_is_refused() {
    let (left, right) = invented(200);
    let run = || vec![table("a", &left), table("b", &right)];
    let model = link(&spec(SPEC), run(), &Options::default(), &Unwatched).unwrap().summary.model;
    assert_eq!(Model::from_json(&model.to_json()).unwrap(), model);
    for (right, wrong) in [("\"format\": 1", "\"format\": 9"), ("\"prior\": ", "\"prior\": -"), ("{", "[")] {
        assert!(Model::from_json(&model.to_json().replacen(right, wrong, 1)).is_err(), "{wrong}");
    }
    let other = spec(&SPEC.replace("jaro_winkler >= 0.88", "jaro_winkler >= 0.9"));
    let options = Options { model: Some(model), ..Options::default() };
    let error = link(&other, run(), &options, &Unwatched).unwrap_err();
    assert!(error.to_string().contains("not those of the specification"), "{error}");
}

#[test]
fn a_result_that_cannot_be_written_leaves_nothing_behind() {
    let (left, right) = invented(100);
    let outcome =
        link(&spec(SPEC), vec![table("a", &left), table("b", &right)], &Options::default(), &Unwatched).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("pairs.parquet");
    // A folder stands where the file is to go.
    std::fs::create_dir(&place).unwrap();
    assert!(outcome.write_pairs(&place).is_err());
    assert!(outcome.write_pairs(Path::new("/proc/pairs.csv")).is_err());
    let left_behind = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left_behind, 1, "only the folder that was there");
}
