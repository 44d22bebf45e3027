//! `gateway rotate`: a new key takes an old one's place, and both are valid for a while.
//!
//! The new key waits on disk until the directory lists it. Interrupted at any point, the command can be repeated.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use packhorse_directory::DirectoryHandle;
use packhorse_directory::join::{MemberKeys, rotate};
use packhorse_keys::SoftwareKey;
use packhorse_model::organisation::{Members as _, Purpose};
use serde_json::json;

use super::join::sign_is_listed;
use super::membership::{anchor, registry, verified_directory};
use crate::api::Target;
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::keys::{self, OwnKey};
use crate::output::Output;

/// Arguments of `gateway rotate`.
#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(flatten)]
    target: Target,
    /// Which key: sign, ledger, seal or tls
    #[arg(long, value_parser = purpose)]
    purpose: Purpose,
    /// How long the old key stays valid beside the new one, for example 7d or 12h
    #[arg(long, default_value = "7d", value_parser = overlap)]
    overlap: SignedDuration,
}

/// Replaces one key.
pub(super) async fn run(rotation: &RotateArgs, output: Output) -> Result<()> {
    let (config, purpose) = (rotation.target.load_config()?, rotation.purpose);
    let folder = config.keys_folder();
    let new = keys::waiting(&folder, purpose, config.outside.address.host())?;
    let anchor = anchor(&config.anchor_file())?;
    let directory = verified_directory(&anchor).await?;
    if !is_listed(&config, &directory, purpose, &new)? {
        output.progress(&format!("asking the registry to list the new {purpose} key {}", new.fingerprint()))?;
        let current = SoftwareKey::load(&keys::signing_file(&folder))?;
        let id = &config.organisation.id;
        let known = directory.organisation(id).ok_or_else(|| not_a_member(&config))?;
        sign_is_listed(&config, &known, &current)?;
        let until = Timestamp::now().checked_add(rotation.overlap).map_err(|_| too_long())?;
        rotate(&*registry(&anchor)?, &directory.current(), id, &as_new(purpose, &new), &current, until).await?;
    }
    keys::put_in_use(&folder, purpose)?;
    let data = json!({"purpose": purpose, "fingerprint": new.fingerprint()});
    output.result(&data, &format!("the new {purpose} key {} is listed", new.fingerprint()))?;
    output.hint("in a minute, when every gateway knows the key, restart this one: it then uses it")
}

fn is_listed(config: &GatewayConfig, directory: &DirectoryHandle, purpose: Purpose, key: &OwnKey) -> Result<bool> {
    let known = directory.organisation(&config.organisation.id).ok_or_else(|| not_a_member(config))?;
    let text = key.listed();
    Ok(known.keys_at(purpose, Timestamp::now()).any(|entry| entry.key == text))
}

fn as_new(purpose: Purpose, key: &OwnKey) -> MemberKeys<'_> {
    match (purpose, key) {
        (Purpose::Ledger, OwnKey::Signing(key)) => MemberKeys { ledger: Some(key), ..MemberKeys::default() },
        (_, OwnKey::Signing(key)) => MemberKeys { sign: Some(key), ..MemberKeys::default() },
        (_, OwnKey::Sealing(key)) => MemberKeys { seal: Some(key), ..MemberKeys::default() },
        (_, OwnKey::Tls(identity)) => MemberKeys { tls: Some(identity.signer()), ..MemberKeys::default() },
    }
}

fn not_a_member(config: &GatewayConfig) -> Error {
    Error::refused(format!("{} is no member yet", config.organisation.id), "join first: packhorse gateway join")
}

fn too_long() -> Error {
    Error::Usage("the overlap is too long".to_owned())
}

fn purpose(text: &str) -> Result<Purpose, String> {
    let found = keys::PURPOSES.into_iter().find(|purpose| purpose.to_string() == text);
    found.ok_or_else(|| "expected sign, ledger, seal or tls".to_owned())
}

/// Days, hours or minutes.
fn overlap(text: &str) -> Result<SignedDuration, String> {
    let refused = || "expected a number of days, hours or minutes, for example 7d, 12h or 30m".to_owned();
    let minutes = match text.chars().last() {
        Some('d') => 24 * 60,
        Some('h') => 60,
        Some('m') => 1,
        _ => return Err(refused()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    Ok(SignedDuration::from_mins(i64::from(number) * minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_days_hours_or_minutes() {
        assert_eq!(overlap("7d"), Ok(SignedDuration::from_hours(168)));
        assert_eq!(overlap("90m"), Ok(SignedDuration::from_mins(90)));
        for wrong in ["", "d", "7", "7w", "-1d", "1.5h", "7ä"] {
            assert!(overlap(wrong).is_err(), "{wrong}");
        }
    }
}
