//! A CSV file of unknown make: typing and loading end in a table or in a refusal, never otherwise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_tables::{PublishedTable, Source, draft};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    std::fs::write(&path, bytes).expect("a file");
    let source = Source::Csv { path, delimiter: ',', space_after_delimiter: None };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        if let Ok(drafted) = draft("service", "title", source, true).await {
            let _ = PublishedTable::open(drafted.definition, folder.path()).await;
        }
    });
});
