//! What the gateways hold and keep: memory when idle and after minutes of load, bytes of evidence for each exchange.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::answers::Question;
use crate::load::{self, Load, Moment};
use crate::matrix::CLIENTS;
use crate::network::Network;
use crate::options::Options;
use crate::process::Memory;
use crate::setting::{Setting, System};

/// After the start, before memory counts as that of an idle gateway.
const SETTLE: Duration = Duration::from_secs(5);

/// Memory by process, idle.
pub(crate) fn idle(setting: &Setting) -> Result<Vec<(&'static str, Memory)>> {
    thread::sleep(SETTLE);
    let processes = setting.network.processes();
    processes.into_iter().map(|process| Ok((process.name(), process.memory()?))).collect()
}

/// One gateway after a long load.
pub(crate) struct Side {
    /// Its name.
    pub(crate) name: &'static str,
    /// Memory at the end of the load, and the most ever.
    pub(crate) memory: Memory,
    /// Bytes that its database grew by, for each exchange.
    pub(crate) database: f64,
    /// Bytes on disk that its ledger's tiles grew by, for each exchange.
    pub(crate) tiles: f64,
}

/// A long load of small queries.
pub(crate) struct Sustained {
    /// How long, seconds.
    pub(crate) seconds: f64,
    /// Answers a second.
    pub(crate) rate: f64,
    /// Latency that one answer in a hundred exceeds, milliseconds.
    pub(crate) p99: f64,
    /// Exchanges recorded by each side.
    pub(crate) exchanges: u64,
    /// The asking gateway, the answering gateway.
    pub(crate) sides: Vec<Side>,
}

/// What a gateway's evidence takes on disk.
#[derive(Clone, Copy)]
struct Kept {
    entries: u64,
    database: u64,
    tiles: u64,
}

/// Keeps both gateways busy with the smallest body and most clients. Sizes are taken while they are stopped: an orderly
/// stop publishes the ledger and moves SQLite's write-ahead log into the database.
pub(crate) fn sustain(options: &Options, setting: &mut Setting) -> Result<Sustained> {
    let before = kept(&mut setting.network)?;
    let clients = CLIENTS.into_iter().max().unwrap_or(1);
    let load = Load { clients, warm_up: options.warm_up, measured: options.sustained };
    let target = setting.target(System::Packhorse, Question::Record)?;
    let network = &setting.network;
    let mut memories = Vec::new();
    let outcome = load::run(&target, load, |moment| {
        if moment == Moment::End {
            memories =
                network.gateways().map(|(name, gateway)| Ok((name, gateway.memory()?))).collect::<Result<_>>()?;
        }
        Ok(())
    })?;
    let after = kept(&mut setting.network)?;

    let grown: Vec<u64> = before.iter().zip(&after).map(|(before, after)| after.entries - before.entries).collect();
    let [exchanges, other] = grown[..] else { return Err("there are not two gateways".into()) };
    // Every answer has its record on both sides, and nothing else was recorded.
    if exchanges != other || exchanges < outcome.answers as u64 {
        return Err(format!("{} answers, but {exchanges} and {other} records", outcome.answers).into());
    }
    let each = |to: u64, from: u64| to.saturating_sub(from) as f64 / exchanges as f64;
    let sides = memories.into_iter().zip(before.iter().zip(&after)).map(|((name, memory), (before, after))| Side {
        name,
        memory,
        database: each(after.database, before.database),
        tiles: each(after.tiles, before.tiles),
    });
    let (seconds, rate, p99) = (outcome.seconds, outcome.rate(), outcome.quantile(0.99));
    Ok(Sustained { seconds, rate, p99, exchanges, sides: sides.collect() })
}

/// Stops the gateways, weighs what they keep, starts them again.
fn kept(network: &mut Network) -> Result<Vec<Kept>> {
    let entries = network.ledger_sizes()?;
    network.stop_gateways()?;
    let weighed: Result<Vec<Kept>> =
        network.data_folders().zip(entries).map(|(data, entries)| weigh(&data, entries)).collect();
    network.start_gateways()?;
    weighed
}

fn weigh(data: &Path, entries: u64) -> Result<Kept> {
    let log = data.join("packhorse.sqlite-wal");
    if log.exists() && fs::metadata(&log)?.len() > 0 {
        return Err("the write-ahead log is not empty after an orderly stop".into());
    }
    let database = fs::metadata(data.join("packhorse.sqlite"))?.len();
    Ok(Kept { entries, database, tiles: on_disk(&data.join("objects"))? })
}

/// Bytes that a folder takes on disk: whole blocks, which is more than its files hold.
fn on_disk(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += metadata.blocks() * 512;
        if metadata.is_dir() {
            bytes += on_disk(&entry.path())?;
        }
    }
    Ok(bytes)
}
