//! `packhorse verify`: judges a receipt by the directory, offline with a snapshot at hand.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use packhorse_directory::Snapshot;
use packhorse_directory::snapshot::Voucher;
use packhorse_model::organisation::Members;

use crate::commands::gateway::{anchor, kept_directory, verified_directory};
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::files;
use crate::output::Output;
use crate::verify::judge;

/// Largest receipt, in bytes.
const MAX_RECEIPT: u64 = 8 << 20;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("by").required(true).args(["directory", "registry", "config"]))]
pub(crate) struct VerifyArgs {
    /// The receipt
    receipt: PathBuf,
    /// Offline, by a snapshot of the directory that the registry signed
    #[arg(long, value_name = "SNAPSHOT", requires = "anchor")]
    directory: Option<PathBuf>,
    /// By the directory as the registry has it now
    #[arg(long, requires = "anchor")]
    registry: bool,
    /// Offline, by the directory as the gateway of this configuration has it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The anchor of the receipt's network
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    anchor: Option<PathBuf>,
}

/// Judges a receipt and prints every check.
pub(crate) async fn run(args: VerifyArgs, output: Output) -> Result<()> {
    let receipt = files::read(&args.receipt, MAX_RECEIPT)?;
    let report = judge(&receipt, &*members(&args).await?);
    output.result(&report, &report.lines())?;
    if report.holds() {
        return Ok(());
    }
    Err(Error::NotHeld("the receipt is not to be believed".to_owned()))
}

/// Whoever says which keys were whose.
async fn members(args: &VerifyArgs) -> Result<Box<dyn Members>> {
    if let Some(config) = &args.config {
        return Ok(Box::new(kept_directory(&GatewayConfig::load(config)?)?));
    }
    let Some(path) = &args.anchor else {
        return Err(Error::Usage("name the network's anchor with --anchor".to_owned()));
    };
    let anchor = anchor(path)?;
    match &args.directory {
        Some(snapshot) => {
            let snapshot = Snapshot::read(&mut open(snapshot)?, &anchor, Voucher::Registry)?;
            Ok(Box::new(snapshot.directory))
        }
        None => Ok(Box::new(verified_directory(&anchor).await?)),
    }
}

fn open(path: &Path) -> Result<BufReader<std::fs::File>> {
    Ok(BufReader::new(std::fs::File::open(path).map_err(Error::file(path, "read"))?))
}
