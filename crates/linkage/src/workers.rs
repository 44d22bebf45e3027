//! Several processes that share the work of one run.
//!
//! Each worker reads the same cleaned data, makes the same plan, and is told shard by shard what to do. What a shard
//! made is held against the plan; a shard whose worker fell is done again by another. The seam at which other machines
//! can take the workers' place.

mod serve;

pub use serve::serve_shards;

use std::fs::{File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::data::keep;
use crate::error::LinkageError;
use crate::output::whole;
use crate::run::{Compare, add};
use crate::spec::Spec;
use crate::store::ShardPairs;
use crate::watch::Watch;
use crate::work::{Counts, Job, ShardDone, Tally};

/// The files of a run's folder.
const RECORDS: &str = "records.bin";
const SPEC: &str = "spec.toml";
/// How often one shard is tried, and how many workers may fall in all for each that was asked for.
const TRIES: usize = 3;
const FALLS: usize = 4;
/// Longest answer of a worker.
const ANSWER_LIMIT: usize = 4096;

/// How workers are started.
#[derive(Debug, Clone)]
pub struct Workers {
    /// How many.
    pub count: usize,
    /// The program; it must call [`serve_shards`] with its last argument, standard input and standard output.
    pub program: PathBuf,
    /// Its arguments; the run's folder is added.
    pub arguments: Vec<String>,
}

/// What a worker says of a shard.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    rule: usize,
    shard: usize,
    tally: Option<Tally>,
    fault: Option<String>,
}

/// The shards that are still to be done, and what is done.
struct Board {
    todo: Vec<(usize, usize, usize)>,
    done: Vec<Option<ShardDone>>,
    /// Shards that somebody has in hand.
    out: usize,
    fault: Option<LinkageError>,
}

impl Workers {
    /// Has every shard done.
    pub(crate) fn compare(&self, spec: &Spec, job: &Job<'_>, watch: &dyn Watch) -> Result<Compare> {
        let failed = |error: std::io::Error| LinkageError::file("making the workers' folder", &error);
        // Cleaned records are as personal as the files they come from.
        let owner_only = Permissions::from_mode(0o700);
        let folder =
            tempfile::Builder::new().prefix("packhorse-link-").permissions(owner_only).tempdir().map_err(failed)?;
        whole(&folder.path().join(RECORDS), |file| keep::write(job.data, file))?;
        whole(&folder.path().join(SPEC), |file| file.write_all(spec.to_toml().as_bytes()))?;
        let (rules, shards) = (job.plan.rules.len(), job.plan.shards);
        let todo = (0..rules).rev().flat_map(|rule| (0..shards).rev().map(move |shard| (rule, shard, 0)));
        let done = (0..rules * shards).map(|_| None).collect();
        let board = Mutex::new(Board { todo: todo.collect(), done, out: 0, fault: None });
        let counts = Mutex::new(Counts::default());
        let falls = AtomicUsize::new(self.count * FALLS);
        std::thread::scope(|scope| {
            for _ in 0..self.count {
                scope.spawn(|| {
                    let slot =
                        Slot { workers: self, job, folder: folder.path(), board: &board, counts: &counts, watch };
                    if let Err(error) = slot.work(&falls) {
                        lock(&board).fault.get_or_insert(error);
                    }
                });
            }
        });
        let board = board.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(fault) = board.fault {
            return Err(fault);
        }
        let done: Option<Vec<ShardDone>> = board.done.into_iter().collect();
        let done = done.ok_or_else(|| LinkageError::Broken("a shard was not done by any worker".to_owned()))?;
        let counts = counts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(Compare::new(counts, done.into_iter().enumerate().map(|(at, done)| (at / shards, done))))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One place for a worker; when the worker falls, another takes the place.
struct Slot<'a> {
    workers: &'a Workers,
    job: &'a Job<'a>,
    folder: &'a Path,
    board: &'a Mutex<Board>,
    counts: &'a Mutex<Counts>,
    watch: &'a dyn Watch,
}

impl Slot<'_> {
    fn work(&self, falls: &AtomicUsize) -> Result<()> {
        let mut worker = None;
        loop {
            if self.watch.stopped() {
                return Err(LinkageError::Stopped);
            }
            let (rule, shard, tries) = {
                let mut board = lock(self.board);
                if board.fault.is_some() || (board.todo.is_empty() && board.out == 0) {
                    return Ok(());
                }
                match board.todo.pop() {
                    Some(task) => {
                        board.out += 1;
                        task
                    }
                    None => {
                        // Somebody else's worker may fall and leave its shard.
                        drop(board);
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        continue;
                    }
                }
            };
            let tried = self.shard(&mut worker, rule, shard);
            let mut board = lock(self.board);
            board.out -= 1;
            match tried {
                Ok(done) => {
                    self.watch.advance(done.tally.made);
                    board.done[rule * self.job.plan.shards + shard] = Some(done);
                }
                Err(error) => {
                    worker = None;
                    let left = falls.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                    if tries + 1 >= TRIES || left.is_err() {
                        return Err(error);
                    }
                    board.todo.push((rule, shard, tries + 1));
                }
            }
        }
    }

    /// Has one shard done and holds the result against the plan.
    fn shard(&self, worker: &mut Option<Worker>, rule: usize, shard: usize) -> Result<ShardDone> {
        if worker.is_none() {
            *worker = Some(Worker::start(self.workers, self.folder)?);
        }
        let Some(worker) = worker else { return Err(fell()) };
        let tally = worker.ask(rule, shard)?;
        tally.check(self.job.plan, rule, shard)?;
        let path = pairs_path(self.folder, rule, shard);
        let failed = |error: std::io::Error| LinkageError::file("reading a worker's pairs", &error);
        let pairs = ShardPairs::from_file(File::open(&path).map_err(failed)?, tally.kept);
        tally.check_pairs(&pairs)?;
        let counts = serve::read_counts(&counts_path(self.folder, rule, shard))?;
        if counts.values().sum::<u64>() != tally.kept {
            return Err(LinkageError::Broken("a shard's counts are not those of its pairs".to_owned()));
        }
        add(&mut lock(self.counts), counts);
        // The open file is enough: nothing is left behind, however the run ends.
        std::fs::remove_file(&path).map_err(failed)?;
        Ok(ShardDone { pairs, counts: Counts::default(), tally })
    }
}

fn pairs_path(folder: &Path, rule: usize, shard: usize) -> PathBuf {
    folder.join(format!("{rule}-{shard}.pairs"))
}

fn counts_path(folder: &Path, rule: usize, shard: usize) -> PathBuf {
    folder.join(format!("{rule}-{shard}.counts"))
}

fn fell() -> LinkageError {
    LinkageError::Broken("a worker fell".to_owned())
}

/// A running worker; it is killed when it is let go.
struct Worker {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    fn start(workers: &Workers, folder: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| LinkageError::file("starting a worker", &error);
        let mut process = Command::new(&workers.program)
            .args(&workers.arguments)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(to), Some(from)) => Ok(Self { process, to, from: BufReader::new(from) }),
            _ => Err(fell()),
        }
    }

    fn ask(&mut self, rule: usize, shard: usize) -> Result<Tally> {
        writeln!(self.to, "{rule} {shard}").and_then(|()| self.to.flush()).map_err(|_| fell())?;
        let mut line = Vec::new();
        let mut bounded = std::io::Read::take(&mut self.from, ANSWER_LIMIT as u64);
        bounded.read_until(b'\n', &mut line).map_err(|_| fell())?;
        let answer: Answer = serde_json::from_slice(&line).map_err(|_| fell())?;
        match (answer.tally, answer.fault) {
            (Some(tally), None) if (answer.rule, answer.shard) == (rule, shard) => Ok(tally),
            (_, Some(fault)) => Err(LinkageError::Broken(format!("a worker reports: {fault}"))),
            _ => Err(fell()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It holds nothing that is not made again; if it has gone already, there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
