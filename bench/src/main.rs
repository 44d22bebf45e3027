//! `make bench`: two gateways beside a bare nginx pair and the backend itself, in one run on loopback.
//!
//! It measures the built program from outside, as a stranger would: it must use none of our crates, and it must never
//! take an answer for good that it has not checked.

mod agreements;
mod answers;
mod backend;
mod evidence;
mod examples;
mod http;
mod load;
mod machine;
mod matrix;
mod network;
mod nginx;
mod options;
mod parcels;
mod plot;
mod process;
mod report;
mod setting;

use std::error::Error;
use std::process::ExitCode;

use options::{Options, Part, Role};

/// Whatever ends a measurement, in words.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let done = match options::read(std::env::args().skip(1)) {
        Ok(Role::Backend { port }) => backend::serve(port),
        Ok(Role::Measure(options)) => measure(&options),
        Ok(Role::Cell(cell, options)) => matrix::one(&options, cell),
        Ok(Role::Parcel(step, options)) => parcels::one(&options, step),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The whole measurement, in the order in which the report tells it.
fn measure(options: &Options) -> Result<()> {
    let machine = machine::look()?;
    let mut setting = setting::set_up(options)?;
    let queries = match options.only {
        Some(Part::Parcels) => None,
        _ => {
            let idle = evidence::idle(&setting)?;
            let matrix = matrix::run(options, &setting)?;
            Some((idle, matrix, evidence::sustain(options, &mut setting)?))
        }
    };
    let parcels = match options.only {
        Some(Part::Queries) => None,
        _ => Some(parcels::run(options, &mut setting)?),
    };
    setting.stop()?;
    let queries = match queries {
        Some((idle, matrix, sustained)) => {
            plot::write(&matrix, &options.into)?;
            Some(report::Queries { idle, matrix, sustained, rooms: examples::run(options)? })
        }
        None => None,
    };
    report::write(&report::Findings { options, machine, queries, parcels })
}
