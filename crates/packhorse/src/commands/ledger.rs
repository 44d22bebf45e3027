//! `packhorse ledger`: checks the gateway's ledger against its entries, and exports it for outsiders' tools.
//!
//! Both work on the gateway's own store, beside a running gateway.

use std::path::{Component, Path, PathBuf};

use clap::{Args, Subcommand};
use packhorse_keys::Signer as _;
use packhorse_keys::SoftwareKey;
use packhorse_ledger::{SignatureKind, VerifierKey};
use packhorse_model::organisation::Purpose;
use packhorse_store::{Store, publish};
use serde_json::json;

use crate::api::Target;
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::keys;
use crate::output::Output;

/// Where the ledger's files lie among the store's objects.
const LEDGER: &str = "ledger";
const CHECKPOINT: &str = "checkpoint";
/// Largest file of a ledger: a bundle of 256 entries.
const MAX_FILE: u64 = 32 << 20;

/// Arguments of `ledger`.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make every tile and the root again from the entries, and compare
    Check(Target),
    /// Copy checkpoint, tiles and verifier key (C2SP tlog-tiles) into a new folder
    Export {
        #[command(flatten)]
        target: Target,
        /// The new folder
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

/// Runs one ledger command.
pub(crate) async fn run(args: LedgerArgs, output: Output) -> Result<()> {
    match args.act {
        Act::Check(target) => check(&target.load_config()?, output).await,
        Act::Export { target, to } => export(&target.load_config()?, &to, output).await,
    }
}

/// The keys that signed the heads of our ledger, newest first.
pub(crate) fn own_ledger_keys(config: &GatewayConfig) -> Result<Vec<VerifierKey>> {
    let origin = config.organisation.id.ledger_origin();
    let key = |file: &PathBuf| {
        let public = SoftwareKey::load(file)?.public_key().clone();
        Ok(VerifierKey::new(&origin, SignatureKind::Note, public)?)
    };
    keys::every(&config.keys_folder(), Purpose::Ledger)?.iter().map(key).collect()
}

async fn check(config: &GatewayConfig, output: Output) -> Result<()> {
    let store = Store::open(&config.store_settings()).await?;
    let report = publish::check(&store, &own_ledger_keys(config)?).await?;
    let root = report.root.to_string();
    let data = json!({"size": report.size, "root": root, "files": report.files, "faults": report.faults});
    if report.faults.is_empty() {
        let text = format!(
            "{} entries lead to the signed root {root}; {} files are as they must be",
            report.size, report.files
        );
        return output.result(&data, &text);
    }
    output.result(&data, &report.faults.join("\n"))?;
    Err(Error::NotHeld(
        "the ledger is not what was signed: keep everything as it is and tell the other parties".to_owned(),
    ))
}

async fn export(config: &GatewayConfig, to: &Path, output: Output) -> Result<()> {
    files::new_folder(to)?;
    let store = Store::open(&config.store_settings()).await?;
    let ledger = store.objects().below(LEDGER)?;
    // The head first: tiles only grow, so those copied after it cover it.
    let head = ledger.get(CHECKPOINT, MAX_FILE).await?;
    let head = head.ok_or_else(|| Error::refused("the ledger has no signed head yet", "start the gateway once"))?;
    files::write_new(&to.join(CHECKPOINT), &head, Access::Everybody)?;
    let mut copied = 1u64;
    for path in ledger.list("").await? {
        if path == CHECKPOINT {
            continue;
        }
        // Gone since it was listed: a partial tile, whose full tile has taken its place.
        let Some(bytes) = ledger.get(&path, MAX_FILE).await? else { continue };
        let file = to.join(inside(&path)?);
        files::private_folder(file.parent().unwrap_or(to))?;
        files::write_new(&file, &bytes, Access::Everybody)?;
        copied += 1;
    }
    let keys: Vec<String> = own_ledger_keys(config)?.iter().map(|key| format!("{key}\n")).collect();
    files::write_new(&to.join("vkeys"), keys.concat().as_bytes(), Access::Everybody)?;
    output.result(&json!({"folder": to, "files": copied}), &format!("{copied} files are in {}", to.display()))?;
    output.hint("any C2SP tlog-tiles verifier reads them with a key of the file vkeys")
}

/// A path that cannot lead out of the folder.
fn inside(path: &str) -> Result<&Path> {
    let path = Path::new(path);
    if path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(path);
    }
    Err(Error::refused("the store names a file outside of the ledger", "check the store: packhorse ledger check"))
}
