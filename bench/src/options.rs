//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use crate::Result;

/// What this process is to be.
pub(crate) enum Role {
    /// The backend that everything stands in front of.
    Backend {
        /// Where it listens on loopback.
        port: u16,
    },
    /// The measurement.
    Measure(Options),
    /// One cell of it, to look at with a profiler: index of the system, index of the workload, clients.
    Cell([usize; 3], Options),
    /// One step of the parcels, for the same.
    Parcel(ParcelStep, Options),
}

/// A step of the measurement of parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParcelStep {
    /// The large parcel and its rivals.
    Large,
    /// Small messages by our load generator.
    Generator,
    /// Messages by MESH's client, against us and the sandbox.
    Mesh,
    /// A gateway falls.
    Fall,
    /// What gateways hold while they carry a large one.
    Memory,
}

/// How to measure.
pub(crate) struct Options {
    /// The program to measure.
    pub(crate) packhorse: PathBuf,
    /// The folder with the rooms' own measurements.
    pub(crate) examples: PathBuf,
    /// Where the systems keep their data while they run: on the disk whose syncs are to be measured.
    pub(crate) folder: PathBuf,
    /// Where the report goes.
    pub(crate) into: PathBuf,
    /// How often every cell of the matrix is measured; the median counts.
    pub(crate) rounds: usize,
    /// Not counted, at the start of every cell.
    pub(crate) warm_up: Duration,
    /// Counted, in every cell.
    pub(crate) measured: Duration,
    /// How long the gateways are kept busy for memory and evidence: longer than they remember an exchange against
    /// replay (six minutes), so that what they hold has stopped growing.
    pub(crate) sustained: Duration,
    /// Bytes of the large parcel.
    pub(crate) parcel_bytes: u64,
    /// Bytes of the parcel that memory is watched with. Three times as much lies on the disk meanwhile.
    pub(crate) memory_bytes: u64,
    /// How many small messages.
    pub(crate) messages: usize,
    /// One part alone; all when none is named.
    pub(crate) only: Option<Part>,
    /// Only to see that it runs.
    pub(crate) short: bool,
}

/// A part of the measurement that can be repeated by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Questions and answers, and the rooms alone.
    Queries,
    /// Parcels.
    Parcels,
}

/// Reads the command line.
pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Role> {
    match arguments.next().as_deref() {
        Some("backend") => Ok(Role::Backend { port: arguments.next().ok_or("name a port")?.parse()? }),
        Some("measure") => measure(arguments).map(Role::Measure),
        Some("cell") => {
            let mut number =
                || Ok::<usize, Box<dyn std::error::Error>>(arguments.next().ok_or("name the cell")?.parse()?);
            let cell = [number()?, number()?, number()?];
            Ok(Role::Cell(cell, measure(arguments)?))
        }
        Some("parcel") => {
            let step = match arguments.next().as_deref() {
                Some("large") => ParcelStep::Large,
                Some("generator") => ParcelStep::Generator,
                Some("mesh") => ParcelStep::Mesh,
                Some("fall") => ParcelStep::Fall,
                Some("memory") => ParcelStep::Memory,
                _ => return Err("name the step: large, generator, mesh, fall or memory".into()),
            };
            Ok(Role::Parcel(step, measure(arguments)?))
        }
        _ => Err("usage: bench/run [--short] [--only queries|parcels] [--rounds N] …; see bench/run".into()),
    }
}

fn measure(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        packhorse: PathBuf::from("target/release/packhorse"),
        examples: PathBuf::from("target/release/examples"),
        folder: PathBuf::from("target"),
        into: PathBuf::from("docs"),
        rounds: 3,
        warm_up: Duration::from_millis(1000),
        measured: Duration::from_millis(3000),
        sustained: Duration::from_secs(400),
        parcel_bytes: 1_000_000_000,
        memory_bytes: 3_000_000_000,
        messages: 2000,
        only: None,
        short: false,
    };
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--packhorse" => options.packhorse = value()?.into(),
            "--examples" => options.examples = value()?.into(),
            "--folder" => options.folder = value()?.into(),
            "--into" => options.into = value()?.into(),
            "--rounds" => options.rounds = value()?.parse()?,
            "--seconds" => options.measured = Duration::from_secs(value()?.parse()?),
            "--sustain" => options.sustained = Duration::from_secs(value()?.parse()?),
            "--parcel" => options.parcel_bytes = value()?.parse()?,
            "--memory" => options.memory_bytes = value()?.parse()?,
            "--messages" => options.messages = value()?.parse()?,
            "--only" => options.only = Some(part(&value()?)?),
            "--short" => {
                options.short = true;
                options.rounds = 1;
                options.warm_up = Duration::from_millis(200);
                options.measured = Duration::from_millis(1000);
                options.sustained = Duration::from_secs(5);
                options.parcel_bytes = 200_000_000;
                options.memory_bytes = 400_000_000;
                options.messages = 100;
            }
            _ => return Err(format!("{name} is no option; see bench/run").into()),
        }
    }
    if options.rounds == 0 {
        return Err("--rounds must be at least 1".into());
    }
    Ok(options)
}

fn part(name: &str) -> Result<Part> {
    match name {
        "queries" => Ok(Part::Queries),
        "parcels" => Ok(Part::Parcels),
        _ => Err(format!("{name} is no part: queries or parcels").into()),
    }
}
