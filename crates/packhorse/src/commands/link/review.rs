//! `packhorse link review`: a person looks at pairs and says whether they are the same, and learns what that says about all.
//!
//! What the program thinks of a pair is not shown: whoever answers must not be led.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, Read as _};
use std::path::PathBuf;

use clap::Args;
use packhorse_linkage::review::{Answer, Interval, Judgement, Labels, judge, sample};
use packhorse_linkage::spec::{Column, Input, Kind};
use packhorse_linkage::table::{Side, read};
use packhorse_linkage::{Spec, Table};
use serde_json::json;
use tokio::runtime::Handle;

use super::{MAX_SPEC, database};
use crate::error::{Error, Result};
use crate::files;
use crate::output::{Output, printable};

/// Longest answer, in bytes.
const ANSWER_MAX: u64 = 64;
/// Longest value that is shown, in characters.
const SHOWN_MAX: usize = 60;

/// Arguments of `review`.
#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    /// The pairs that `packhorse link --out` wrote
    pairs: PathBuf,
    /// The files that were linked: two, or the one that was linked with itself
    #[arg(value_name = "FILE", num_args = 1..=2, required = true)]
    files: Vec<PathBuf>,
    /// The specification by which they were linked
    #[arg(long, value_name = "FILE")]
    spec: PathBuf,
    /// Where the answers go; what is there already is not asked again
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// How many pairs to look at in all
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    sample: u32,
    /// The probability from which pairs count as linked; the specification's, if not said
    #[arg(long)]
    threshold: Option<f64>,
}

/// Asks, writes down, and says what the answers mean.
pub(super) fn run(args: &ReviewArgs, runtime: &Handle, output: Output) -> Result<()> {
    let spec = Spec::parse(&files::read_text(&args.spec, MAX_SPEC)?)?;
    let threshold = args.threshold.unwrap_or(spec.clusters.threshold);
    if !(0.0..=1.0).contains(&threshold) {
        return Err(Error::Usage("a threshold is a probability, 0 to 1".to_owned()));
    }
    let table = read(&args.pairs, &columns_of_pairs(), Side::Left)?;
    let pairs = pairs(&table)?;
    let mut labels = Labels::open(&args.labels)?;
    let chosen = sample(&pairs, args.sample as usize);
    let open: Vec<(&str, &str)> =
        chosen.iter().map(|at| (pairs[*at].0, pairs[*at].1)).filter(|(left, right)| !labels.has(left, right)).collect();
    if !open.is_empty() {
        let records = Records::read(&args.files, &spec, &open, runtime)?;
        ask(&open, &records, &mut labels, output)?;
    }
    let answers: HashMap<(&str, &str), Answer> = labels.answers().collect();
    let judgement = judge(&pairs, &answers, threshold);
    output.result(&figures(&judgement, threshold), &told(&judgement, threshold))
}

/// The columns of a file of pairs, as they stand.
fn columns_of_pairs() -> Spec {
    let raw = |name: &str| Column {
        name: name.to_owned(),
        kind: Kind::Raw,
        from: Vec::new(),
        from_right: Vec::new(),
        separator: None,
        missing: Vec::new(),
        format: None,
    };
    Spec {
        input: Input { id: "left_id".to_owned(), ..Input::default() },
        columns: ["left_id", "right_id", "probability"].map(raw).to_vec(),
        ..Spec::default()
    }
}

fn pairs(table: &Table) -> Result<Vec<(&str, &str, f64)>> {
    let column = |name: &'static str| table.column(name).into_iter().flatten();
    let rows = column("left_id").zip(column("right_id")).zip(column("probability"));
    rows.map(|((left, right), probability)| {
        let probability = probability.and_then(|it| it.parse().ok()).filter(|it| (0.0..=1.0).contains(it));
        match (left, right, probability) {
            (Some(left), Some(right), Some(probability)) => Ok((left, right, probability)),
            _ => Err(Error::refused("the pairs hold a row without ids or probability", "name a file that --out wrote")),
        }
    })
    .collect()
}

/// What stands in the records that are asked about.
struct Records {
    columns: Vec<String>,
    /// By id, one map a side; a value for each column.
    sides: [HashMap<String, Vec<String>>; 2],
}

impl Records {
    fn read(paths: &[PathBuf], spec: &Spec, wanted: &[(&str, &str)], runtime: &Handle) -> Result<Self> {
        let left: HashSet<&str> = wanted.iter().map(|pair| pair.0).collect();
        let right: HashSet<&str> = wanted.iter().map(|pair| pair.1).collect();
        let second = paths.get(1).unwrap_or(&paths[0]);
        let side = if paths.len() > 1 { Side::Right } else { Side::Left };
        let first = database::table(&paths[0], spec, Side::Left, runtime)?;
        let second = database::table(second, spec, side, runtime)?;
        let sides = [of(&first, spec, Side::Left, &left), of(&second, spec, side, &right)];
        Ok(Self { columns: spec.columns.iter().map(|column| column.name.clone()).collect(), sides })
    }
}

fn of(table: &Table, spec: &Spec, side: Side, wanted: &HashSet<&str>) -> HashMap<String, Vec<String>> {
    let id = spec.input.id_right.as_ref().filter(|_| side == Side::Right).unwrap_or(&spec.input.id);
    let rows: Vec<(usize, String)> = table
        .column(id)
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(row, id)| Some((row, id.filter(|id| wanted.contains(id))?.to_owned())))
        .collect();
    let mut found: HashMap<String, Vec<String>> = rows.iter().map(|(_, id)| (id.clone(), Vec::new())).collect();
    for column in &spec.columns {
        let mut cells: Vec<Vec<&str>> = vec![Vec::new(); rows.len()];
        for source in column.sources(side) {
            let values: Vec<Option<&str>> = table.column(source).into_iter().flatten().collect();
            for (cell, (row, _)) in cells.iter_mut().zip(&rows) {
                cell.extend(values.get(*row).copied().flatten());
            }
        }
        for (cell, (_, id)) in cells.into_iter().zip(&rows) {
            if let Some(record) = found.get_mut(id) {
                record.push(cell.join("; "));
            }
        }
    }
    found
}

fn ask(open: &[(&str, &str)], records: &Records, labels: &mut Labels, output: Output) -> Result<()> {
    let mut typed = std::io::stdin().lock();
    for (number, (left, right)) in open.iter().enumerate() {
        output.progress(&shown(records, left, right, number + 1, open.len()))?;
        loop {
            output.progress("the same person? y(es), n(o), u(nsure), q(uit)")?;
            let mut line = String::new();
            if typed.by_ref().take(ANSWER_MAX).read_line(&mut line)? == 0 {
                return Ok(());
            }
            let answer = match line.trim().to_lowercase().as_str() {
                "y" | "yes" => Answer::Same,
                "n" | "no" => Answer::Different,
                "u" | "unsure" => Answer::Unsure,
                "q" | "quit" => return Ok(()),
                _ => continue,
            };
            labels.add(left, right, answer)?;
            break;
        }
    }
    Ok(())
}

/// Both records side by side; `=` where a value is the same but for its case.
fn shown(records: &Records, left: &str, right: &str, number: usize, of: usize) -> String {
    let cut = |text: &str| printable(text).chars().take(SHOWN_MAX).collect::<String>();
    let side = |side: usize, id: &str, column: usize| {
        records.sides[side].get(id).and_then(|record| record.get(column)).map(|value| cut(value)).unwrap_or_default()
    };
    let rows: Vec<[String; 3]> = records
        .columns
        .iter()
        .enumerate()
        .map(|(column, name)| [name.clone(), side(0, left, column), side(1, right, column)])
        .collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = format!("\n{number} of {of}: {} and {}\n", cut(left), cut(right));
    for [name, left, right] in &rows {
        let mark = match (left.is_empty() || right.is_empty(), left.to_lowercase() == right.to_lowercase()) {
            (true, _) => ' ',
            (false, true) => '=',
            (false, false) => '≠',
        };
        text += &format!("  {name:first$}  {left:second$} {mark} {right}\n");
    }
    text
}

fn figures(judgement: &Judgement, threshold: f64) -> serde_json::Value {
    let interval = |it: &Option<Interval>| it.map(|it| json!({"share": it.share, "low": it.low, "high": it.high}));
    json!({
        "threshold": threshold,
        "answers": judgement.answers,
        "unsure": judgement.unsure,
        "precision": interval(&judgement.precision),
        "recall": interval(&judgement.recall),
        "bands_unasked": judgement.bands_unasked,
    })
}

fn told(judgement: &Judgement, threshold: f64) -> String {
    let interval = |it: &Option<Interval>| match it {
        Some(it) => format!("{:.1} % (95 %: {:.1} to {:.1})", it.share * 100.0, it.low * 100.0, it.high * 100.0),
        None => "not known without an answer".to_owned(),
    };
    let mut text = format!(
        "{} answers, {} of them unsure\nlinked at p >= {threshold}:\n  precision {}\n  recall    {} of the pairs that were kept",
        judgement.answers + judgement.unsure,
        judgement.unsure,
        interval(&judgement.precision),
        interval(&judgement.recall)
    );
    if judgement.bands_unasked > 0 && judgement.answers > 0 {
        text += "\nsome ranges of probability have no answer yet: there the program's own estimate stands in";
    }
    text
}
