//! Packhorse: public bodies share sensitive data lawfully, safely and provably.
//!
//! The only room that reads files and environment and starts things. Everything it does is one command.

mod api;
mod commands;
mod config;
mod demo;
mod error;
mod files;
mod keys;
mod output;
mod report;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Result;
use crate::output::Output;

/// Share sensitive data between public bodies: lawfully, safely, provably
#[derive(Debug, Parser)]
#[command(name = "packhorse", version, arg_required_else_help = true, infer_subcommands = false)]
struct CommandLine {
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    role: Role,
}

/// What the program is to be.
#[derive(Debug, Subcommand)]
enum Role {
    /// Run a network: admit organisations, publish the directory
    Registry(commands::registry::RegistryArgs),
    /// Run an organisation's gateway
    Gateway(commands::gateway::GatewayArgs),
    /// Write, propose, sign and stop data sharing agreements
    Agreement(commands::agreement::AgreementArgs),
    /// Publish the charter, enter risk policy, SIRO and incident route, and see how the gates stand
    Assurance(commands::assurance::AssuranceArgs),
    /// Publish data you already have as a service
    Table(commands::table::TableArgs),
    /// Register your systems that ask others, and how they prove who they are
    System(commands::system::SystemArgs),
    /// Register who uses a system, in which roles, and when they were trained
    Person(commands::person::PersonArgs),
    /// Look at the evidence, hand out receipts, erase content
    Records(commands::records::RecordsArgs),
    /// Check or export the gateway's ledger
    Ledger(commands::ledger::LedgerArgs),
    /// Ask another body's service, as one of your systems would
    Ask(commands::ask::AskArgs),
    /// Send, track, fetch and answer parcels: sealed files from one body's mailbox to another's
    Parcel(commands::parcel::ParcelArgs),
    /// Link people across two files, or within one: who is the same person
    Link(Box<commands::link::LinkArgs>),
    /// Judge a receipt, of an exchange or of a parcel: is it in the ledger, and who signed what?
    Verify(commands::verify::VerifyArgs),
    /// Show what it is for: a network of five invented organisations on this machine, and its story
    Demo(demo::DemoArgs),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let outcome = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(run(line)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::failure(&error);
            error.exit_code()
        }
    }
}

async fn run(line: CommandLine) -> Result<()> {
    let output = Output::new(line.json);
    match line.role {
        Role::Registry(args) => commands::registry::run(args, output).await,
        Role::Gateway(args) => commands::gateway::run(args, output).await,
        Role::Agreement(args) => commands::agreement::run(args, output).await,
        Role::Assurance(args) => commands::assurance::run(args, output).await,
        Role::Table(args) => commands::table::run(args, output).await,
        Role::System(args) => commands::system::run(args, output).await,
        Role::Person(args) => commands::person::run(args, output).await,
        Role::Records(args) => commands::records::run(args, output).await,
        Role::Ledger(args) => commands::ledger::run(args, output).await,
        Role::Ask(args) => commands::ask::run(args, output).await,
        Role::Parcel(args) => commands::parcel::run(args, output).await,
        Role::Link(args) => commands::link::run(*args, output).await,
        Role::Verify(args) => commands::verify::run(args, output).await,
        Role::Demo(args) => demo::run(&args, output).await,
    }
}

#[cfg(test)]
mod tests;
