//! A CSV file of unknown make as a table of people: looked at, recognised, drafted a specification for, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_linkage::{Spec, recognise};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.csv");
    std::fs::write(&path, bytes).expect("a file");
    if let Ok(table) = recognise::look(&path)
        && let Ok(Some(draft)) = recognise::draft(&table, Some(&table))
    {
        assert!(Spec::parse(&draft).is_ok(), "a draft is usable as it stands");
    }
});
