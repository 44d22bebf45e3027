//! `packhorse link`: who is the same person in two files, or in one.
//!
//! It reads the files, shows how far it is, and writes what linking found. How people are compared it must never know.

mod database;
mod progress;
mod review;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use packhorse_linkage::summary::SamplePair;
use packhorse_linkage::table::Side;
use packhorse_linkage::{
    Model, Options, Outcome, Spec, Summary, Table, Workers, link, open_index, recognise, report, serve_shards, whole,
};
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::files;
use crate::output::{Output, printable};

use progress::Progress;

/// Largest specification and model, in bytes.
const MAX_SPEC: u64 = 1 << 20;
const MAX_MODEL: u64 = 16 << 20;

/// Arguments of `link`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LinkArgs {
    #[command(subcommand)]
    act: Option<Act>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Look at a sample of pairs, say which are the same person, and learn how right the linkage is
    Review(review::ReviewArgs),
    /// Do shards of a run that another process coordinates
    #[command(hide = true)]
    Shards {
        /// The run's folder
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
struct RunArgs {
    /// CSV, TSV or Parquet: two files, or one that is linked with itself; or a table: `sqlite:people.db#residents`,
    /// `postgres://reader@host/housing#tenants`
    #[arg(value_name = "FILE", num_args = 1..=2)]
    files: Vec<PathBuf>,
    /// What is compared and how, as TOML; `auto` prints one drafted from the files' columns, and links nothing
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Where the pairs go: .parquet or .csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the clusters go: .parquet or .csv
    #[arg(long, value_name = "FILE")]
    clusters: Option<PathBuf>,
    /// Where everything that a report shows goes, as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Where the report goes: one HTML file that works offline
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Use this trained model, ours or Splink's, instead of learning one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Where the trained model goes, as JSON
    #[arg(long, value_name = "FILE")]
    save_model: Option<PathBuf>,
    /// Keep the records and the model in this folder, so that later files are linked against them
    #[arg(long, value_name = "FOLDER")]
    save_index: Option<PathBuf>,
    /// Link one file against what was kept in this folder
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["spec", "model", "save_index"])]
    index: Option<PathBuf>,
    /// Threads; as many as there are processors, if not said
    #[arg(long)]
    threads: Option<usize>,
    /// Share the work among so many processes
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
    /// Say why these two records are, or are not, the same person, here and in the report; may be given several times
    #[arg(long, num_args = 2, value_names = ["LEFT_ID", "RIGHT_ID"], action = clap::ArgAction::Append)]
    explain: Vec<String>,
    /// Suggest blocking rules
    #[arg(long)]
    advice: bool,
}

/// Links, or does part of it for another process.
pub(crate) async fn run(args: LinkArgs, output: Output) -> Result<()> {
    // Linking keeps the processors busy for long: it must not stand in the way of the runtime.
    let runtime = Handle::current();
    let done = tokio::task::spawn_blocking(move || match args.act {
        Some(Act::Shards { folder }) => Ok(serve_shards(&folder, std::io::stdin().lock(), std::io::stdout().lock())?),
        Some(Act::Review(args)) => review::run(&args, &runtime, output),
        None if args.run.spec.as_deref() == Some(Path::new("auto")) => draft(&args.run.files, &runtime, output),
        None => run_here(&args.run, &runtime, output),
    });
    done.await.map_err(|_| Error::NotHeld("linking ended abnormally".to_owned()))?
}

/// Prints a specification for these files, to be edited and named the next time.
fn draft(paths: &[PathBuf], runtime: &Handle, output: Output) -> Result<()> {
    let [left, rest @ ..] = paths else { return Err(Error::Usage("name one or two files".to_owned())) };
    let left = database::look(left, runtime)?;
    let right = rest.first().map(|path| database::look(path, runtime)).transpose()?;
    let draft = recognise::draft(&left, right.as_ref())?.ok_or_else(|| {
        let what = "too little was recognised in these columns to draft a specification";
        Error::refused(what, "write one by hand, or rename the columns after what they hold")
    })?;
    output.document(draft.as_bytes())
}

fn run_here(args: &RunArgs, runtime: &Handle, output: Output) -> Result<()> {
    let progress = Progress::new(output);
    let options = options(args)?;
    let mut outcome = match &args.index {
        Some(folder) => {
            let [file] = args.files.as_slice() else {
                return Err(Error::Usage("one file is linked against an index".to_owned()));
            };
            let index = open_index(folder)?;
            let table = database::table(file, index.spec(), Side::Right, runtime)?;
            index.link(table, &options, &progress)?
        }
        None => {
            let (spec, options) = spec_of(args, options)?;
            let tables = tables(&args.files, &spec, runtime)?;
            let save = args.save_index.as_deref();
            let outcome = link(&spec, tables, &options, &progress)?;
            save.map_or(Ok(()), |folder| outcome.save_index(folder))?;
            outcome
        }
    };
    progress.end()?;
    let mut lines = told(&outcome.summary);
    for asked in args.explain.chunks(2) {
        let [left, right] = asked else { continue };
        let pair = outcome.ask(left, right).ok_or_else(|| {
            let what = format!("there is no pair of records {left:?} and {right:?}");
            Error::refused(what, "name an id of the first file, then one of the second")
        })?;
        lines = format!("{lines}\n{}", why(pair));
    }
    write(args, &outcome)?;
    output.result(&outcome.summary, &lines)
}

fn options(args: &RunArgs) -> Result<Options> {
    let program = std::env::current_exe()?;
    let workers = args.workers.map(|count| Workers {
        count: usize::from(count),
        program,
        arguments: vec!["link".to_owned(), "shards".to_owned()],
    });
    Ok(Options { threads: args.threads, workers, model: None, advice: args.advice })
}

/// The specification: the one named, else the model's own.
fn spec_of(args: &RunArgs, mut options: Options) -> Result<(Spec, Options)> {
    let model = args.model.as_deref().map(|path| Ok::<_, Error>(Model::read(&files::read_text(path, MAX_MODEL)?)?));
    let model = model.transpose()?;
    let spec = match (&args.spec, &model) {
        (Some(path), _) => Spec::parse(&files::read_text(path, MAX_SPEC)?)?,
        (None, Some(model)) => model.spec.clone(),
        (None, None) => return Err(Error::Usage("name a specification with --spec".to_owned())),
    };
    options.model = model;
    Ok((spec, options))
}

fn tables(paths: &[PathBuf], spec: &Spec, runtime: &Handle) -> Result<Vec<Table>> {
    let read = |path: &Path, side| database::table(path, spec, side, runtime);
    match paths {
        [one] => Ok(vec![read(one, Side::Left)?]),
        [left, right] => std::thread::scope(|scope| {
            let right = scope.spawn(|| read(right, Side::Right));
            let left = read(left, Side::Left)?;
            let right = right.join().map_err(|_| Error::NotHeld("reading ended abnormally".to_owned()))??;
            Ok(vec![left, right])
        }),
        _ => Err(Error::Usage("name one or two files".to_owned())),
    }
}

fn write(args: &RunArgs, outcome: &Outcome) -> Result<()> {
    if let Some(path) = &args.out {
        outcome.write_pairs(path)?;
    }
    if let Some(path) = &args.clusters {
        outcome.write_clusters(path)?;
    }
    let text = |path: &Path, text: &str| Ok::<_, Error>(whole(path, |file| file.write_all(text.as_bytes()))?);
    if let Some(path) = &args.summary {
        text(path, &serde_json::to_string_pretty(&outcome.summary).map_err(std::io::Error::other)?)?;
    }
    if let Some(path) = &args.report {
        text(path, &report::html(&outcome.summary))?;
    }
    if let Some(path) = &args.save_model {
        text(path, &outcome.summary.model.to_json())?;
    }
    Ok(())
}

/// Why two records are, or are not, the same person. Their values stand in the report, not on the terminal.
fn why(pair: &SamplePair) -> String {
    let (left, right) = (printable(&pair.left_id), printable(&pair.right_id));
    let mut lines = vec![format!("{left} and {right}: p = {:.4}, {:+.1} bits", pair.probability, pair.weight)];
    lines.push(format!("  {:+6.1}  two records drawn at random", pair.prior_weight));
    lines.extend(pair.contributions.iter().map(|part| {
        let added = part.weight + part.term_frequency;
        format!("  {added:+6.1}  {}: {}", part.comparison, part.level)
    }));
    if pair.competition != 0.0 {
        lines.push(format!("  {:+6.1}  another record fits nearly as well, or better", pair.competition));
    }
    if pair.rule.is_none() {
        lines.push("  no blocking rule made it: whatever it weighs, it could not be linked".to_owned());
    }
    lines.join("\n")
}

/// What was found, in a few lines.
fn told(summary: &Summary) -> String {
    let seconds: f64 = summary.phases.iter().map(|phase| phase.seconds).sum();
    let mut lines = vec![format!(
        "{} pairs compared, {} kept, in {seconds:.1} s with {} MB at most",
        summary.pairs_compared, summary.pairs_kept, summary.memory_peak_mb
    )];
    for at in summary.thresholds.iter().filter(|at| [0.5, 0.95].contains(&at.probability)) {
        let expected = 100.0 * at.precision_expected;
        lines
            .push(format!("p >= {}: {} pairs, {expected:.1} % of them expected to be right", at.probability, at.pairs));
    }
    if let Some(accuracy) = &summary.accuracy {
        lines.push(format!(
            "best F1 {:.4} (precision {:.4}, recall {:.4}); at p >= 0.95 precision {:.4}, recall {:.4}",
            accuracy.best_f1,
            accuracy.best_precision,
            accuracy.best_recall,
            accuracy.precision_at_95,
            accuracy.recall_at_95
        ));
    }
    lines.extend(
        summary.advice.iter().map(|advice| format!("try: {} ({} pairs; {})", advice.on, advice.pairs, advice.why)),
    );
    lines.extend(summary.warnings.iter().map(|warning| format!("note: {warning}")));
    lines.join("\n")
}
