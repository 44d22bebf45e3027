//! Invents people: two files of a district's inhabitants as two bodies keep them, for measuring linkage where the truth
//! is known. The same size and seed give the same bytes everywhere.
//!
//! `cargo run --release -p packhorse-linkage --example people -- --rows 1000000 --into target/people`
#![allow(clippy::print_stderr, reason = "a program for the terminal")]

mod british;
mod dice;
mod elsewhere;
mod files;
mod households;
mod mistakes;
mod names;
mod nicknames;
mod person;
mod places;
mod records;

use std::path::PathBuf;
use std::process::ExitCode;

use files::Sizes;

const USAGE: &str = "people --rows N [--seed N] [--duplicates SHARE] --into FOLDER
  --rows N            rows of both files together, 2 to 20000000
  --seed N            another world (1)
  --duplicates SHARE  of the second file's rows, so many more that repeat a person (0)
  --into FOLDER       where a.csv and b.csv are written";

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("people: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), String> {
    let mut sizes = Sizes { rows: 0, seed: 1, duplicates: 0.0 };
    let mut into = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        let wrong = |_| format!("`{word}` needs a number\n{USAGE}");
        match word.as_str() {
            "--rows" => sizes.rows = value.parse().map_err(wrong)?,
            "--seed" => sizes.seed = value.parse().map_err(wrong)?,
            "--duplicates" => {
                sizes.duplicates =
                    value.parse().map_err(|_| format!("`{word}` needs a share such as 0.01\n{USAGE}"))?;
            }
            "--into" => into = Some(PathBuf::from(value)),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let into = into.ok_or(USAGE)?;
    if !(2..=20_000_000).contains(&sizes.rows) || !(0.0..=0.5).contains(&sizes.duplicates) {
        return Err(USAGE.to_owned());
    }
    files::write(&sizes, &into).map_err(|error| format!("{}: {error}", into.display()))
}
