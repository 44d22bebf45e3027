//! The smallest program around the crate: links CSV or Parquet files by a specification and prints the summary.
//!
//! `cargo run --release -p packhorse-linkage --example link -- spec.toml a.csv [b.csv]`; with `KEEP=folder` it keeps an
//! index there, and `--example link -- folder new.csv` links a file against it.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use packhorse_linkage::table::{Side, Table, read};
use packhorse_linkage::{Options, Outcome, Spec, Unwatched, link, open_index};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().ok_or("a specification and one or two files are needed, or an index and one")?;
    let files: Vec<String> = arguments.collect();
    let begun = Instant::now();
    let threads = std::env::var("LINK_THREADS").ok().and_then(|threads| threads.parse().ok());
    let options = Options { threads, ..Options::default() };
    let outcome = if Path::new(&first).is_dir() {
        let index = open_index(Path::new(&first))?;
        let table =
            read(Path::new(files.first().ok_or("a file is linked against an index")?), index.spec(), Side::Right)?;
        index.link(table, &options, &Unwatched)?
    } else {
        let spec = Spec::parse(&std::fs::read_to_string(first)?)?;
        link(&spec, tables(&spec, &files)?, &options, &Unwatched)?
    };
    if let Some(folder) = std::env::var_os("KEEP") {
        outcome.save_index(Path::new(&folder))?;
    }
    told(&outcome, begun)
}

fn tables(spec: &Spec, files: &[String]) -> Result<Vec<Table>, Box<dyn Error>> {
    match files {
        [one] => Ok(vec![read(Path::new(one), spec, Side::Left)?]),
        [left, right] => {
            let (left, right) =
                rayon::join(|| read(Path::new(left), spec, Side::Left), || read(Path::new(right), spec, Side::Right));
            Ok(vec![left?, right?])
        }
        _ => Err("one or two files are linked".into()),
    }
}

fn told(outcome: &Outcome, begun: Instant) -> Result<(), Box<dyn Error>> {
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&outcome.summary)?)?;
    let (seconds, summary) = (begun.elapsed().as_secs_f64(), &outcome.summary);
    let mut told = std::io::stderr().lock();
    writeln!(told, "{seconds:.2} s, {} MB, {} pairs", summary.memory_peak_mb, summary.pairs_compared)?;
    if let Some(accuracy) = &summary.accuracy {
        writeln!(told, "F1 {:.4}, precision at 0.95 {:.4}", accuracy.best_f1, accuracy.precision_at_95)?;
    }
    Ok(())
}
