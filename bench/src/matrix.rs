//! Bodies × clients × systems, in interleaved rounds, so that what else the machine does falls on all of them.

use crate::Result;
use crate::answers::Question;
use crate::load::{self, Load, Moment};
use crate::options::Options;
use crate::process::own_cpu;
use crate::setting::{self, Setting, System};

/// One body and with how many clients it is asked for.
pub(crate) struct Workload {
    /// Its name in tables.
    pub(crate) name: &'static str,
    /// What is asked.
    pub(crate) question: Question,
    /// With how many clients.
    pub(crate) clients: &'static [usize],
}

/// With how many clients every main body is asked for.
pub(crate) const CLIENTS: [usize; 4] = [1, 4, 16, 32];

/// The main bodies first. The last tells what cutting an answer costs: the same size, given whole.
pub(crate) const WORKLOADS: [Workload; 5] = [
    Workload { name: "1 KB", question: Question::Record, clients: &CLIENTS },
    Workload { name: "10 KB", question: Question::Document(10 * 1024), clients: &CLIENTS },
    Workload { name: "100 KB", question: Question::Document(100 * 1024), clients: &CLIENTS },
    Workload { name: "1 MB", question: Question::Document(1024 * 1024), clients: &CLIENTS },
    Workload { name: "1 KB, uncut", question: Question::Document(1024), clients: &[1, 32] },
];

/// One measurement of one system.
pub(crate) struct Sample {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Median latency, milliseconds.
    pub(crate) p50: f64,
    /// Latency that one answer in a hundred exceeds, milliseconds.
    pub(crate) p99: f64,
    /// CPU seconds for 1,000 answers, by process; the load generator last.
    pub(crate) cpu: Vec<(&'static str, f64)>,
}

/// One cell of the matrix: every system, every round.
pub(crate) struct Cell {
    /// Index into [`WORKLOADS`].
    pub(crate) workload: usize,
    /// How many clients asked.
    pub(crate) clients: usize,
    /// By system, in the order of [`System::ALL`]; then by round.
    samples: [Vec<Sample>; 3],
}

impl Cell {
    fn samples(&self, system: System) -> &[Sample] {
        &self.samples[system as usize]
    }

    /// The median over the rounds of one figure of one system.
    pub(crate) fn median(&self, system: System, figure: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples(system).iter().map(figure).collect())
    }

    /// The median over the rounds of what `figure` makes of two systems measured one after the other.
    pub(crate) fn paired(&self, one: System, other: System, figure: impl Fn(&Sample, &Sample) -> f64) -> f64 {
        let pairs = self.samples(one).iter().zip(self.samples(other));
        median(pairs.map(|(one, other)| figure(one, other)).collect())
    }

    /// CPU seconds for 1,000 answers by process, the median of each.
    pub(crate) fn cpu(&self, system: System) -> Vec<(&'static str, f64)> {
        let Some(first) = self.samples(system).first() else { return Vec::new() };
        let names = first.cpu.iter().enumerate();
        names.map(|(place, (name, _))| (*name, self.median(system, |sample| sample.cpu[place].1))).collect()
    }
}

/// All cells.
pub(crate) struct Matrix {
    /// In the order of [`WORKLOADS`], then of clients.
    pub(crate) cells: Vec<Cell>,
}

impl Matrix {
    /// The cell of a workload and a number of clients.
    pub(crate) fn cell(&self, workload: usize, clients: usize) -> Result<&Cell> {
        let found = self.cells.iter().find(|cell| cell.workload == workload && cell.clients == clients);
        found.ok_or_else(|| "the matrix lacks a cell".into())
    }
}

/// Measures all of it.
pub(crate) fn run(options: &Options, setting: &Setting) -> Result<Matrix> {
    let cells = WORKLOADS.iter().enumerate().flat_map(|(workload, each)| {
        each.clients.iter().map(move |clients| Cell { workload, clients: *clients, samples: Default::default() })
    });
    let mut cells: Vec<Cell> = cells.collect();
    for round in 1..=options.rounds {
        for cell in &mut cells {
            let workload = &WORKLOADS[cell.workload];
            let load = Load { clients: cell.clients, warm_up: options.warm_up, measured: options.measured };
            for system in System::ALL {
                let sample = measure(setting, system, workload.question, load)?;
                eprintln!(
                    "round {round}: {:>11}, {:>2} clients, {:<14} {:>8.0}/s, median {:.3} ms, p99 {:.3} ms",
                    workload.name,
                    cell.clients,
                    system.name(),
                    sample.rate,
                    sample.p50,
                    sample.p99
                );
                cell.samples[system as usize].push(sample);
            }
        }
    }
    Ok(Matrix { cells })
}

/// Measures one cell alone, for as long as the gateways are kept busy otherwise, and says where the CPU went.
pub(crate) fn one(options: &Options, [system, workload, clients]: [usize; 3]) -> Result<()> {
    let system = *System::ALL.get(system).ok_or("there are three systems")?;
    let workload = WORKLOADS.get(workload).ok_or("there are five workloads")?;
    let setting = setting::set_up(options)?;
    let load = Load { clients, warm_up: options.warm_up, measured: options.sustained };
    let Sample { rate, p50, p99, cpu } = measure(&setting, system, workload.question, load)?;
    eprintln!(
        "{}, {clients} clients, {}: {rate:.0}/s, median {p50:.3} ms, p99 {p99:.3} ms",
        workload.name,
        system.name()
    );
    for (name, seconds) in cpu {
        eprintln!("{name}: {seconds:.3} CPU seconds for 1,000 answers");
    }
    setting.stop()
}

/// Measures one system under one load.
fn measure(setting: &Setting, system: System, question: Question, load: Load) -> Result<Sample> {
    let processes = setting.processes(system);
    let mut cpu = Vec::new();
    let outcome = load::run(&setting.target(system, question)?, load, |moment| {
        if moment != Moment::Tick {
            let seconds: Result<Vec<f64>> = processes.iter().map(|process| process.cpu()).chain([own_cpu()]).collect();
            cpu.push(seconds?);
        }
        Ok(())
    })?;
    let [before, after] = cpu.as_slice() else { return Err("the load had no beginning or no end".into()) };
    let names = processes.iter().map(|process| process.name()).chain(["load"]);
    let thousands = outcome.answers as f64 / 1000.0;
    let cpu = names.zip(before.iter().zip(after)).map(|(name, (from, to))| (name, (to - from) / thousands)).collect();
    Ok(Sample { rate: outcome.rate(), p50: outcome.quantile(0.5), p99: outcome.quantile(0.99), cpu })
}

/// The median; of two in the middle their mean.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => (values[count / 2 - 1] + values[count / 2]) / 2.0,
    }
}
