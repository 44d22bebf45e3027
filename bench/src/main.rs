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
mod plot;
mod process;
mod report;
mod setting;

use std::error::Error;
use std::process::ExitCode;

use options::{Options, Role};

/// Whatever ends a measurement, in words.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let done = match options::read(std::env::args().skip(1)) {
        Ok(Role::Backend { port }) => backend::serve(port),
        Ok(Role::Measure(options)) => measure(&options),
        Ok(Role::Cell(cell, options)) => matrix::one(&options, cell),
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
    let idle = evidence::idle(&setting)?;
    let matrix = matrix::run(options, &setting)?;
    let sustained = evidence::sustain(options, &mut setting)?;
    setting.stop()?;
    let rooms = examples::run(options)?;
    let findings = report::Findings { options, machine, idle, matrix, sustained, rooms };
    report::write(&findings)?;
    plot::write(&findings.matrix, &options.into)
}
