//! Parcels measured: a large one against `scp` and `curl`, messages of MESH against its sandbox, memory, and how a
//! parcel goes on after a power cut. One run, rounds in turn, medians.

mod content;
mod generator;
mod mesh;
mod native;
mod resume;
mod rivals;

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::matrix::median;
use crate::network::{Mailboxes, Side};
use crate::options::{Options, ParcelStep};
use crate::process::Memory;
use crate::setting::{self, Setting};

pub(crate) use mesh::{Messages, Took};
pub(crate) use native::Steps;
pub(crate) use resume::Resumed;
pub(crate) use rivals::Rivals;

/// The small messages, and the large one.
const SMALL: usize = 1024;
const LARGE: usize = 100_000_000;

/// The most that each gateway held.
type Held = Vec<(&'static str, Memory)>;

/// What was found.
pub(crate) struct Parcels {
    /// Bytes of the large parcel.
    pub(crate) size: u64,
    /// A round each: the parcel, and its rivals right after it.
    pub(crate) large: Vec<(Steps, Rivals)>,
    /// How many small messages.
    pub(crate) count: usize,
    /// A round each: small messages, the large one.
    pub(crate) mesh: Vec<[Rounds; 2]>,
    /// Seconds of the small messages by our own load generator, and what they took of the processors in both gateways
    /// together; a round each.
    pub(crate) generator: Vec<(f64, f64)>,
    /// Most memory of each gateway while it carried parcels of these sizes.
    pub(crate) memory: Vec<(u64, Held)>,
    /// The recipient fell, the sender fell.
    pub(crate) resumed: [Resumed; 2],
}

/// One load by the same client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    /// Against us.
    pub(crate) ours: Took,
    /// Against the sandbox.
    pub(crate) sandbox: Took,
}

impl Parcels {
    /// The median over the rounds of the large parcel.
    pub(crate) fn large(&self, of: impl Fn(&Steps, &Rivals) -> f64) -> f64 {
        median(self.large.iter().map(|(steps, rivals)| of(steps, rivals)).collect())
    }

    /// The median over the rounds of MESH: of the small messages (0) or the large one (1).
    pub(crate) fn mesh(&self, which: usize, of: impl Fn(&Rounds) -> f64) -> f64 {
        median(self.mesh.iter().filter_map(|round| round.get(which)).map(of).collect())
    }

    /// The median of our generator's seconds, and of the gateways' seconds of processor.
    pub(crate) fn generator(&self) -> (f64, f64) {
        let (seconds, cpu) = self.generator.iter().copied().unzip();
        (median(seconds), median(cpu))
    }
}

/// Measures all of it.
pub(crate) fn run(options: &Options, setting: &mut Setting) -> Result<Parcels> {
    let python = mesh::python(&options.folder)?;
    let folder = setting.path()?.join("parcels");
    fs::create_dir_all(&folder)?;
    let mailboxes = setting.network.open_mailboxes()?;
    let size = options.parcel_bytes;
    let large = large(options, setting, &mailboxes, &folder)?;
    let memory = memory(options, setting, &mailboxes)?;
    let sandbox = mesh::sandbox(&python, &folder.join("sandbox"))?;
    let (mut mesh, mut generator) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        eprintln!("messages, round {}", round + 1);
        mesh.push(messages(options, &python, &mailboxes, &sandbox)?);
        generator.push(generate(options, setting, &mailboxes)?);
        eprintln!("{:?} generator {:?}", mesh.last(), generator.last());
    }
    let resumed = falls(options, setting, &mailboxes)?;
    Ok(Parcels { size, large, count: options.messages, mesh, generator, memory, resumed })
}

/// One step by itself, as often as there are rounds; what it took goes to the terminal.
pub(crate) fn one(options: &Options, step: ParcelStep) -> Result<()> {
    let python = mesh::python(&options.folder)?;
    let mut setting = setting::set_up(options)?;
    let folder = setting.path()?.join("parcels");
    fs::create_dir_all(&folder)?;
    let mailboxes = setting.network.open_mailboxes()?;
    match step {
        ParcelStep::Large => _ = large(options, &setting, &mailboxes, &folder)?,
        ParcelStep::Generator => {
            for _ in 0..options.rounds {
                eprintln!("{:?}", generate(options, &setting, &mailboxes)?);
            }
        }
        ParcelStep::Mesh => {
            let sandbox = mesh::sandbox(&python, &folder.join("sandbox"))?;
            for _ in 0..options.rounds {
                eprintln!("{:?}", messages(options, &python, &mailboxes, &sandbox)?);
            }
        }
        ParcelStep::Fall => eprintln!("{:?}", falls(options, &mut setting, &mailboxes)?),
        ParcelStep::Memory => eprintln!("{:?}", memory(options, &mut setting, &mailboxes)?),
    }
    setting.stop()
}

fn small(options: &Options) -> Messages {
    Messages { count: options.messages, bytes: SMALL }
}

/// One round of our load generator.
fn generate(options: &Options, setting: &Setting, mailboxes: &Mailboxes) -> Result<(f64, f64)> {
    let before = setting.network.cpu()?;
    let seconds = generator::carry(mailboxes, small(options))?;
    Ok((seconds, setting.network.cpu()? - before))
}

/// One round of MESH: small messages, and a large one.
fn messages(options: &Options, python: &Path, mailboxes: &Mailboxes, sandbox: &mesh::Sandbox) -> Result<[Rounds; 2]> {
    let carry = |messages| {
        let ours = mesh::carry(python, mailboxes, messages)?;
        eprintln!("{} messages of {} bytes: {ours:?}", messages.count, messages.bytes);
        let sandbox = sandbox.carry(python, messages)?;
        eprintln!("the sandbox: {sandbox:?}");
        Ok::<_, Box<dyn std::error::Error>>(Rounds { ours, sandbox })
    };
    Ok([carry(small(options))?, carry(Messages { count: 1, bytes: LARGE })?])
}

/// The recipient falls, then the sender.
fn falls(options: &Options, setting: &mut Setting, mailboxes: &Mailboxes) -> Result<[Resumed; 2]> {
    let mut fall = |side| {
        eprintln!("the {side:?} falls");
        resume::fall(&mut setting.network, mailboxes, options.parcel_bytes, side)
    };
    Ok([fall(Side::Recipient)?, fall(Side::Sender)?])
}

fn large(options: &Options, setting: &Setting, mailboxes: &Mailboxes, folder: &Path) -> Result<Vec<(Steps, Rivals)>> {
    let servers = rivals::start(&folder.join("rivals"))?;
    let mut rounds = Vec::new();
    for round in 0..options.rounds {
        eprintln!("parcel of {} bytes, round {}", options.parcel_bytes, round + 1);
        let pieces = |parcel: &str| -> PathBuf { setting.network.pieces(parcel) };
        let before = setting.network.cpu()?;
        let mut steps = native::carry(mailboxes, pieces, options.parcel_bytes)?;
        steps.cpu = setting.network.cpu()? - before;
        let rivals = servers.carry(options.parcel_bytes)?;
        eprintln!("{steps:?} {rivals:?}");
        rounds.push((steps, rivals));
    }
    Ok(rounds)
}

/// Each size by gateways that were started anew, so that the most they ever held is of it.
fn memory(options: &Options, setting: &mut Setting, mailboxes: &Mailboxes) -> Result<Vec<(u64, Held)>> {
    let mut all = Vec::new();
    for size in [options.parcel_bytes / 10, options.memory_bytes] {
        eprintln!("memory with a parcel of {size} bytes");
        setting.network.stop_gateways()?;
        setting.network.start_gateways()?;
        native::carry(mailboxes, |parcel: &str| setting.network.pieces(parcel), size)?;
        all.push((size, setting.network.memories()?));
    }
    Ok(all)
}
