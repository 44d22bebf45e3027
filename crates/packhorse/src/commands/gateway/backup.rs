//! `gateway backup` and `gateway restore`: everything that makes the gateway, in one folder, and back.
//!
//! The store copies itself; beside it go the configuration and the files that it says are the gateway's own.

use std::path::{Component, Path};
use std::sync::Arc;

use packhorse_keys::SoftwareKey;
use packhorse_ledger::NoteSigner;
use packhorse_store::{Publisher, Store};
use serde_json::json;

use crate::commands::ledger::own_ledger_keys;
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::keys;
use crate::output::Output;

/// The store's part of the backup.
const STORE: &str = "store";
const CONFIG: &str = "gateway.toml";
/// Most bytes of one file besides the store's: the directory's snapshot.
const MAX_FILE: u64 = 1 << 30;

/// Copies the gateway while it runs.
pub(super) async fn backup(config: &GatewayConfig, file: &Path, to: &Path, output: Output) -> Result<()> {
    files::new_folder(to)?;
    copy(file, &to.join(CONFIG))?;
    let mut copied = 1;
    for own in config.own() {
        copied += copy_own(config, &own, to, output)?;
    }
    output.progress(&format!("{copied} files of configuration, keys and directory are copied; now the store"))?;
    let store = Store::open(&config.store_settings()).await?;
    let report = store.backup(&to.join(STORE)).await?;
    store.close().await;
    let data = json!({
        "folder": to, "files": copied + report.files, "bytes": report.bytes, "remaining": report.remaining,
    });
    let mut text = format!("{} files of the store, {} bytes, are in {}", report.files, report.bytes, to.display());
    if let Some(remaining) = &report.remaining {
        text.push_str(&format!("\nstill to do: {remaining}"));
    }
    output.result(&data, &text)?;
    output.hint("keep the folder as safe as the gateway: it holds the private keys")
}

/// Brings a backup back into a folder that is empty or does not exist.
pub(super) async fn restore(from: &Path, dir: &Path, output: Output) -> Result<()> {
    // Read before anything is made: a folder that is no backup leaves nothing behind.
    GatewayConfig::load(&from.join(CONFIG))?;
    files::new_folder(dir)?;
    let copied = copy_folder(from, dir, Some(&from.join(STORE)))?;
    let config = GatewayConfig::load(&dir.join(CONFIG))?;
    let report = packhorse_store::restore(&from.join(STORE), &config.data_folder()).await?;
    if report.database {
        serve_head_again(&config).await?;
    }
    let data =
        json!({"folder": dir, "files": copied + report.files, "bytes": report.bytes, "database": report.database});
    let text = format!("{} files are back in {}, each as its digest says", copied + report.files, dir.display());
    output.result(&data, &text)?;
    if !report.database {
        output.hint("bring the database back with pg_restore, then packhorse gateway check")?;
    }
    output.hint(&format!("packhorse gateway check --config {}", dir.join(CONFIG).display()))
}

/// Opens the ledger as a start would: checks that it can be carried on, and puts its signed head, which a backup holds
/// in the database alone, back in its place.
async fn serve_head_again(config: &GatewayConfig) -> Result<()> {
    let key = SoftwareKey::load(&keys::ledger_file(&config.keys_folder()))?;
    let signer = NoteSigner::new(&config.organisation.id.ledger_origin(), Arc::new(key))?;
    let store = Store::open(&config.store_settings()).await?;
    Publisher::open(&store, signer, &own_ledger_keys(config)?).await?;
    store.close().await;
    Ok(())
}

/// Copies a file or folder of the gateway's to the same place below `to`. Returns how many files that were.
fn copy_own(config: &GatewayConfig, own: &Path, to: &Path, output: Output) -> Result<u64> {
    if !own.exists() {
        return Ok(0);
    }
    let below = own.strip_prefix(&config.folder).ok();
    let Some(place) = below.filter(|place| place.components().all(|part| matches!(part, Component::Normal(_)))) else {
        output.progress(&format!("{} lies outside of the gateway's folder: copy it yourself", own.display()))?;
        return Ok(0);
    };
    let target = to.join(place);
    if own.is_dir() {
        files::private_folder(&target)?;
        return copy_folder(own, &target, None);
    }
    if let Some(folder) = target.parent() {
        files::private_folder(folder)?;
    }
    copy(own, &target)?;
    Ok(1)
}

/// Copies a folder's files, private, and those of the folders in it. Returns how many.
fn copy_folder(from: &Path, to: &Path, without: Option<&Path>) -> Result<u64> {
    let mut copied = 0;
    for entry in std::fs::read_dir(from).map_err(Error::file(from, "read"))? {
        let entry = entry.map_err(Error::file(from, "read"))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(Error::file(&path, "read"))?;
        if without == Some(&*path) {
            continue;
        }
        if kind.is_dir() {
            files::private_folder(&target)?;
            copied += copy_folder(&path, &target, without)?;
        } else if kind.is_file() {
            copy(&path, &target)?;
            copied += 1;
        }
    }
    Ok(copied)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    files::write_new(to, &files::read(from, MAX_FILE)?, Access::Owner)
}
