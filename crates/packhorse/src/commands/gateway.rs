//! `packhorse gateway`: makes an organisation's gateway, takes it into the network, runs and looks after it.
//!
//! These commands work on the gateway's own files; what a running gateway is asked to do has commands of its own.

mod backup;
mod check;
mod init;
mod join;
mod membership;
mod operator;
mod rotate;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::Target;
use crate::config::GatewayConfig;
use crate::error::Result;
use crate::files::{self, Access};
use crate::output::Output;
use crate::serve;

pub(crate) use membership::{anchor, kept_directory, verified_directory};

/// Arguments of `gateway`.
#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make a gateway: folder, configuration, keys, code of connection to answer, operator's token
    Init(init::NewGatewayArgs),
    /// Ask the registry for membership, or what became of the request
    Join {
        #[command(flatten)]
        target: Target,
        /// Wait until the operator has decided
        #[arg(long)]
        wait: bool,
    },
    /// Tell the registry what the configuration now says of the organisation
    Amend(Target),
    /// Send your answers to the code of connection anew, for the operator to renew your assurance
    Renew(Target),
    /// Run the gateway until stopped
    Serve(Target),
    /// Check everything that can be known without starting
    Check(Target),
    /// Fetch the directory as the registry signed it, for judging receipts offline
    Snapshot {
        #[command(flatten)]
        target: Target,
        /// Write it into this new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Copy everything, keys included, while the gateway runs
    Backup {
        #[command(flatten)]
        target: Target,
        /// A new folder: keep it as safe as the gateway, it holds the keys
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Bring a backup back into a new folder
    Restore {
        /// The backup's folder
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The new gateway's folder
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Replace a key; the old one stays valid for a while
    Rotate(rotate::RotateArgs),
    /// Give people and programs tokens for the management API
    Operator(operator::OperatorArgs),
}

/// Runs one gateway command.
pub(crate) async fn run(args: GatewayArgs, output: Output) -> Result<()> {
    match args.act {
        Act::Init(new) => init::run(&new, output).await,
        Act::Join { target, wait } => join::join(&target.load_config()?, wait, output).await,
        Act::Amend(target) => join::amend(&target.load_config()?, output).await,
        Act::Renew(target) => join::renew(&target.load_config()?, output).await,
        Act::Serve(target) => run_gateway(&target.load_config()?).await,
        Act::Check(target) => check::run(&target, output).await,
        Act::Snapshot { target, out } => {
            files::write_new(&out, &target.api()?.get_bytes("/directory/snapshot").await?, Access::Everybody)?;
            output.result(&json!({"file": out}), &format!("the signed directory is in {}", out.display()))?;
            output.hint(&format!("packhorse verify RECEIPT --anchor anchor.json --directory {}", out.display()))
        }
        Act::Backup { target, to } => backup::backup(&target.load_config()?, &target.config_file(), &to, output).await,
        Act::Restore { from, dir } => backup::restore(&from, &dir, output).await,
        Act::Rotate(rotation) => rotate::run(&rotation, output).await,
        Act::Operator(operator) => operator::run(&operator, output).await,
    }
}

async fn run_gateway(config: &GatewayConfig) -> Result<()> {
    serve::log::start(&config.log);
    serve::gateway::run(config, serve::shutdown::on_signal()?).await
}
