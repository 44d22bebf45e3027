//! Definitions, and what is said about faulty ones.

use packhorse_tables::TableDefinition;

use crate::DEFINITION;

fn fault(change: (&str, &str)) -> String {
    assert!(DEFINITION.contains(change.0), "the example has {:?}", change.0);
    TableDefinition::from_toml(&DEFINITION.replace(change.0, change.1)).unwrap_err().to_string()
}

#[test]
fn a_definition_survives_being_written_and_read() {
    let definition = TableDefinition::from_toml(DEFINITION).unwrap();
    assert_eq!(TableDefinition::from_toml(&definition.to_toml().unwrap()).unwrap(), definition);
}

#[test]
fn every_fault_is_named_with_its_remedy() {
    for (change, said) in [
        ((r#"keys = ["upn"]"#, r#"keys = ["upm"]"#), r#"the key "upm", which is no column (did you mean "upn"?)"#),
        ((r#"service = "pupils""#, r#"service = "getOpenAPI""#), "the name of a metaservice"),
        ((r#"service = "pupils""#, r#"service = "a/b""#), "has a slash"),
        (("at-most = 2", "at-most = 0"), "at most 1 to 1000 rows"),
        ((r#"name = "name""#, r#"name = "upn""#), r#"column "upn" is declared twice"#),
        ((r#"name = "by-school""#, r#"name = "by-upn""#), r#"lookup "by-upn" is declared twice"#),
        ((r#"format = "upn""#, r#"format = "pupil""#), "line 12: unknown variant"),
        (("path =", "paths ="), "paths"),
        ((r#"kind = "csv""#, r#"kind = "excel""#), "excel"),
    ] {
        let fault = fault(change);
        assert!(fault.contains(said), "{fault}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text =
        DEFINITION.replace("title = \"Pupils on the roll\"", "title = \"\"").replace("at-most = 2", "at-most = 0");
    let fault = TableDefinition::from_toml(&text).unwrap_err().to_string();
    assert!(fault.contains("title is empty") && fault.contains("at most 1 to 1000"), "{fault}");
}

#[test]
fn an_upstream_has_fields_but_no_lookups() {
    let upstream = "[source]\nkind = \"upstream\"\nbase_url = \"https://example.org\"\n";
    let text = DEFINITION.replace("[source]\nkind = \"csv\"\npath = \"pupils.csv\"\n", upstream);
    let fault = TableDefinition::from_toml(&text).unwrap_err().to_string();
    assert!(fault.contains("remove [[lookups]]") && fault.contains("needs ca_file"), "{fault}");
}

#[test]
fn a_connection_string_is_not_shown() {
    let postgres = "[source]\nkind = \"postgres\"\nurl = \"postgres://u:secret@h/d\"\ntable = \"t\"\n";
    let text = DEFINITION.replace("[source]\nkind = \"csv\"\npath = \"pupils.csv\"\n", postgres);
    assert!(!format!("{:?}", TableDefinition::from_toml(&text).unwrap()).contains("secret"));
    let broken = text.replace("secret@h/d\"", "secret@h/d");
    let fault = TableDefinition::from_toml(&broken).unwrap_err().to_string();
    assert!(fault.contains("line 8") && !fault.contains("secret"), "{fault}");
}
