//! A worker's side: it reads the run's folder, then does the shards it is told, until nobody tells it any more.

use std::fs::File;
use std::io::{BufRead, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Mutex;

use super::{Answer, RECORDS, SPEC, counts_path, pairs_path};
use crate::Result;
use crate::compare::Comparer;
use crate::data::keep;
use crate::error::LinkageError;
use crate::plan::Plan;
use crate::spec::Spec;
use crate::work::{Counts, Job, ShardDone, Tally, room};

/// Bytes of one count in a file.
const COUNT_BYTES: usize = 24;
/// Longest order.
const ORDER_LIMIT: u64 = 64;

/// Does shards of a run: orders come in, one a line; an answer goes out for each.
///
/// # Errors
/// [`LinkageError`] when the run's folder cannot be read or nobody listens.
pub fn serve_shards(folder: &Path, orders: impl BufRead, mut answers: impl Write) -> Result<()> {
    let failed = |error: std::io::Error| LinkageError::file("reading the run's folder", &error);
    let spec = Spec::parse(&std::fs::read_to_string(folder.join(SPEC)).map_err(failed)?)?;
    let data = keep::read(File::open(folder.join(RECORDS)).map_err(failed)?)?;
    let (keys, plan) = Plan::with_keys(&spec, &data)?;
    let comparer = Comparer::new(&spec, &data)?;
    let room = room(&spec.limits, &data, &keys, &plan, &comparer)?;
    let job =
        Job { data: &data, keys: &keys, plan: &plan, comparer: &comparer, room: &room, scratches: Mutex::default() };
    let mut orders = orders;
    loop {
        let mut line = String::new();
        let told = orders.by_ref().take(ORDER_LIMIT).read_line(&mut line).map_err(failed)?;
        let order = line.trim().split_once(' ');
        let order = order.and_then(|(rule, shard)| Some((rule.parse().ok()?, shard.parse().ok()?)));
        let Some((rule, shard)) = order.filter(|(rule, shard)| *rule < plan.rules.len() && *shard < plan.shards) else {
            if told == 0 {
                // Whoever coordinates is gone: nothing of the run may be left behind.
                return std::fs::remove_dir_all(folder).map_err(failed);
            }
            return Err(LinkageError::Broken("an order is not understood".to_owned()));
        };
        let done = job.run(rule, shard).and_then(|done| put(folder, rule, shard, &done));
        let answer = match done {
            Ok(tally) => Answer { rule, shard, tally: Some(tally), fault: None },
            Err(error) => Answer { rule, shard, tally: None, fault: Some(error.to_string()) },
        };
        let text = serde_json::to_string(&answer).map_err(|_| LinkageError::Broken("no answer".to_owned()))?;
        writeln!(answers, "{text}").and_then(|()| answers.flush()).map_err(failed)?;
    }
}

/// Writes what a shard made, each file whole or not at all.
fn put(folder: &Path, rule: usize, shard: usize, done: &ShardDone) -> Result<Tally> {
    let failed = |error: std::io::Error| LinkageError::file("writing a shard", &error);
    let path = pairs_path(folder, rule, shard);
    let unfinished = path.with_extension(format!("part-{}", std::process::id()));
    let mut file = BufWriter::with_capacity(1 << 18, File::create(&unfinished).map_err(failed)?);
    done.pairs.for_each(|pair| file.write_all(&pair.to_bytes()).map_err(failed))?;
    file.flush().map_err(failed)?;
    std::fs::rename(&unfinished, &path).map_err(failed)?;
    let path = counts_path(folder, rule, shard);
    let mut file = BufWriter::new(File::create(&unfinished).map_err(failed)?);
    for ((pattern, satisfied), count) in &done.counts {
        for word in [pattern, satisfied, count] {
            file.write_all(&word.to_le_bytes()).map_err(failed)?;
        }
    }
    file.flush().map_err(failed)?;
    std::fs::rename(&unfinished, &path).map_err(failed)?;
    Ok(done.tally)
}

/// The counts that a worker wrote.
pub(super) fn read_counts(path: &Path) -> Result<Counts> {
    let bytes = std::fs::read(path).map_err(|error| LinkageError::file("reading a worker's counts", &error))?;
    let mut counts = Counts::default();
    for count in bytes.chunks(COUNT_BYTES) {
        let word =
            |at: usize| count.get(8 * at..8 * at + 8).and_then(|word| word.try_into().ok()).map(u64::from_le_bytes);
        let (Some(pattern), Some(satisfied), Some(count)) = (word(0), word(1), word(2)) else {
            return Err(LinkageError::Broken("a worker's counts are cut off".to_owned()));
        };
        *counts.entry((pattern, satisfied)).or_insert(0) += count;
    }
    Ok(counts)
}
