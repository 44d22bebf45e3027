//! Writes invented evidence into a folder, to train the store's dictionary from:
//!
//! ```text
//! cargo run -p packhorse-store --example evidence_samples -- FOLDER
//! zstd --train -r FOLDER --maxdict=8192 --dictID=1 -o crates/store/src/packing/evidence-1.dict
//! ```
//!
//! A dictionary that stored rows were packed with is never changed: a better one takes the next number.

mod samples;

use std::error::Error;
use std::path::PathBuf;

const SAMPLES: u64 = 3000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder for the samples")?);
    std::fs::create_dir_all(&folder)?;
    for number in 0..SAMPLES {
        let record = samples::record(number)?;
        std::fs::write(folder.join(format!("{number:05}-record.json")), &record.record)?;
        if let Some(content) = record.content {
            std::fs::write(folder.join(format!("{number:05}-content.json")), &content.bytes)?;
        }
    }
    Ok(())
}
