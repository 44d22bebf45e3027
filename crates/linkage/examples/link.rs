//! The smallest program around the crate: links CSV or Parquet files by a specification and prints the summary.
//!
//! `cargo run --release -p packhorse-linkage --example link -- spec.toml a.csv [b.csv]`

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use packhorse_linkage::table::{Side, read};
use packhorse_linkage::{Options, Spec, Unwatched, link};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let spec = arguments.next().ok_or("a specification and one or two files are needed")?;
    let spec = Spec::parse(&std::fs::read_to_string(spec)?)?;
    let files: Vec<String> = arguments.collect();
    let begun = Instant::now();
    let tables = match files.as_slice() {
        [one] => vec![read(Path::new(one), &spec, Side::Left)?],
        [left, right] => {
            let (left, right) =
                rayon::join(|| read(Path::new(left), &spec, Side::Left), || read(Path::new(right), &spec, Side::Right));
            vec![left?, right?]
        }
        _ => return Err("one or two files are linked".into()),
    };
    let read_seconds = begun.elapsed().as_secs_f64();
    let threads = std::env::var("LINK_THREADS").ok().and_then(|threads| threads.parse().ok());
    let outcome = link(&spec, tables, &Options { threads, ..Options::default() }, &Unwatched)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(&outcome.summary)?)?;
    let (seconds, summary) = (begun.elapsed().as_secs_f64(), &outcome.summary);
    let accuracy = summary.accuracy.as_ref();
    let mut told = std::io::stderr().lock();
    writeln!(
        told,
        "{seconds:.2} s (read {read_seconds:.2}), {} MB, {} pairs",
        summary.memory_peak_mb, summary.pairs_compared
    )?;
    if let Some(accuracy) = accuracy {
        writeln!(told, "F1 {:.4}, precision at 0.95 {:.4}", accuracy.best_f1, accuracy.precision_at_95)?;
    }
    Ok(())
}
