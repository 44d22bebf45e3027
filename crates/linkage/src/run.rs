//! A run from tables to judged pairs, phase by phase.

use std::sync::Mutex;
use std::time::Instant;

use rayon::prelude::*;

use crate::Result;
use crate::cluster::Clusters;
use crate::compare::Comparer;
use crate::data::Data;
use crate::error::LinkageError;
use crate::estimate::{Evidence, estimate};
use crate::model::Model;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::score::{Weigher, score};
use crate::spec::Spec;
use crate::store::ShardPairs;
use crate::summary::{Phase, RuleSummary, TrainingRound};
use crate::table::Table;
use crate::watch::Watch;
use crate::work::{Counts, Job, ShardDone, Tally, room};
use crate::workers::Workers;

/// How a run is done, which never changes its result.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Threads; as many as there are processors, if not said.
    pub threads: Option<usize>,
    /// Processes that share the work; this one alone, if not said.
    pub workers: Option<Workers>,
    /// A trained model to use instead of learning one.
    pub model: Option<Model>,
    /// Whether rules are suggested.
    pub advice: bool,
}

/// Links two tables, or one with itself.
///
/// # Errors
/// [`LinkageError`]: nothing is left behind.
pub fn link(spec: &Spec, tables: Vec<Table>, options: &Options, watch: &dyn Watch) -> Result<Outcome> {
    spec.check()?;
    in_pool(options, || {
        let mut clock = Clock::new(watch);
        clock.phase("clean", 1);
        let data = Data::prepare(spec, tables)?;
        go(spec, data, options, clock)
    })
}

/// Runs with so many threads.
pub(crate) fn in_pool<T: Send>(options: &Options, run: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build();
    let pool = pool.map_err(|_| LinkageError::Broken("the threads could not be started".to_owned()))?;
    pool.install(run)
}

/// Times the phases and tells whoever watches.
pub(crate) struct Clock<'a> {
    pub(crate) watch: &'a dyn Watch,
    phases: Vec<Phase>,
    begun: Instant,
}

impl<'a> Clock<'a> {
    pub(crate) fn new(watch: &'a dyn Watch) -> Self {
        Self { watch, phases: Vec::new(), begun: Instant::now() }
    }

    pub(crate) fn phase(&mut self, name: &'static str, steps: u64) {
        self.end();
        self.phases.push(Phase { name: name.to_owned(), seconds: 0.0 });
        self.watch.phase(name, steps);
    }

    fn end(&mut self) {
        if let Some(last) = self.phases.last_mut() {
            last.seconds = self.begun.elapsed().as_secs_f64();
        }
        self.begun = Instant::now();
    }

    pub(crate) fn finish(mut self) -> Vec<Phase> {
        self.end();
        self.phases
    }
}

/// Everything after cleaning.
pub(crate) fn go(spec: &Spec, data: Data, options: &Options, mut clock: Clock<'_>) -> Result<Outcome> {
    if let Some(model) = &options.model {
        model.fits(spec)?;
    }
    clock.phase("keys", spec.blocks.len() as u64);
    let (keys, plan) = Plan::with_keys(spec, &data)?;
    let mut summaries = rule_summaries(spec, &plan);
    clock.watch.profile(&data.profiles, &summaries);
    let comparer = Comparer::new(spec, &data)?;
    clock.phase("compare", plan.rules.iter().map(|rule| rule.pairs as u64).sum());
    let room = room(&spec.limits, &data, &keys, &plan, &comparer)?;
    let job =
        Job { data: &data, keys: &keys, plan: &plan, comparer: &comparer, room: &room, scratches: Mutex::default() };
    let compared = match &options.workers {
        Some(workers) => workers.compare(spec, &job, clock.watch)?,
        None => compare(&job, clock.watch)?,
    };
    let Compare { shards, counts, tallies } = compared;
    drop(job);
    for (rule, tally) in tallies {
        summaries[rule].pairs_new += tally.kept;
        if let Some(matches) = &mut summaries[rule].matches_new {
            *matches += tally.matches;
        }
    }
    if data.truth.is_none() {
        summaries.iter_mut().for_each(|summary| summary.matches_new = None);
    }
    drop(plan);
    clock.phase("estimate", 1);
    let (model, training, warnings) = learn(spec, &data, &comparer, &counts, options)?;
    drop(keys);
    clock.phase("score", 1);
    let weigher = Weigher::new(&model, &data, &comparer, counts.keys().map(|(pattern, _)| *pattern));
    drop(counts);
    let scores = score(spec, &data, &weigher, &room, shards)?;
    clock.phase("cluster", 1);
    let clusters = Clusters::new(spec, &data, &scores.kept);
    let advice = if options.advice { crate::advice::advice(spec, &data) } else { Vec::new() };
    clock.phase("summarise", 1);
    let told = crate::summarise::Told { rules: summaries, training, warnings, advice };
    let mut summary = crate::summarise::summarise(spec, &data, &model, &weigher, &scores, &clusters, told);
    drop(weigher);
    summary.phases = clock.finish();
    summary.memory_peak_mb = crate::summarise::memory_peak_mb();
    Ok(Outcome::new(summary, data, comparer, scores.kept, clusters))
}

fn learn(
    spec: &Spec,
    data: &Data,
    comparer: &Comparer,
    counts: &Counts,
    options: &Options,
) -> Result<(Model, Vec<TrainingRound>, Vec<String>)> {
    match &options.model {
        Some(model) => Ok((model.clone(), Vec::new(), Vec::new())),
        None => estimate(&Evidence { spec, data, comparer, counts }),
    }
}

fn rule_summaries(spec: &Spec, plan: &Plan) -> Vec<RuleSummary> {
    let summary = |(block, rule): (&crate::spec::Block, &crate::plan::RulePlan)| RuleSummary {
        on: block.on.clone(),
        rows: rule.keyed,
        keys: rule.keys,
        pairs: rule.pairs as u64,
        largest_block: rule.largest as u64,
        pairs_new: 0,
        matches_new: Some(0),
    };
    spec.blocks.iter().zip(&plan.rules).map(summary).collect()
}

/// All shards, done.
pub(crate) struct Compare {
    /// Each shard's pairs with its rule, in the plan's order.
    pub(crate) shards: Vec<(usize, ShardPairs)>,
    pub(crate) counts: Counts,
    pub(crate) tallies: Vec<(usize, Tally)>,
}

impl Compare {
    /// Puts shards together, in the plan's order.
    pub(crate) fn new(counts: Counts, done: impl IntoIterator<Item = (usize, ShardDone)>) -> Self {
        let mut compare = Self { shards: Vec::new(), counts, tallies: Vec::new() };
        for (rule, done) in done {
            compare.tallies.push((rule, done.tally));
            compare.shards.push((rule, done.pairs));
        }
        compare
    }
}

/// Adds up counts.
pub(crate) fn add(all: &mut Counts, some: Counts) {
    for (key, count) in some {
        *all.entry(key).or_insert(0) += count;
    }
}

/// Every shard, on the threads of this process.
fn compare(job: &Job<'_>, watch: &dyn Watch) -> Result<Compare> {
    let tasks: Vec<(usize, usize)> =
        (0..job.plan.rules.len()).flat_map(|rule| (0..job.plan.shards).map(move |shard| (rule, shard))).collect();
    let counts = Mutex::new(Counts::default());
    let one = |(rule, shard): &(usize, usize)| {
        if watch.stopped() {
            return Err(LinkageError::Stopped);
        }
        let mut done = job.run(*rule, *shard)?;
        if let Ok(mut counts) = counts.lock() {
            add(&mut counts, std::mem::take(&mut done.counts));
        }
        watch.advance(done.tally.made);
        Ok((*rule, done))
    };
    let done: Vec<(usize, ShardDone)> = tasks.par_iter().with_max_len(1).map(one).collect::<Result<_>>()?;
    Ok(Compare::new(counts.into_inner().unwrap_or_default(), done))
}
