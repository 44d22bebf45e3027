//! `gateway join`, `gateway amend` and `gateway renew`: asks for membership with proof of every key, and keeps the details true.

use std::time::Duration;

use packhorse_directory::join::{self, MemberKeys};
use packhorse_directory::registry::{JoinStatus, JoinTicket};
use packhorse_keys::{Fingerprint, SealingKey, Signer as _, SoftwareKey, TlsIdentity};
use packhorse_model::organisation::{Members as _, Purpose};
use serde_json::json;

use super::membership::{anchor, answers, details, registry, verified_directory};
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::keys::{self, OwnKey, PURPOSES, together};
use crate::output::Output;

/// Time between looks at the request while waiting.
const LOOK: Duration = Duration::from_secs(2);

/// Sends the request to join when there is none yet, and says what became of it.
pub(super) async fn join(config: &GatewayConfig, wait: bool, output: Output) -> Result<()> {
    let registry = registry(&anchor(&config.anchor_file())?)?;
    let ticket = match read_ticket(config)? {
        Some(ticket) => ticket,
        None => request(config, output).await?,
    };
    loop {
        match join::join_status(&*registry, &ticket).await? {
            JoinStatus::Approved { index } => {
                let data = json!({"status": "approved", "request": ticket.id, "entry": index});
                let text = format!("{} is a member: entry {index} of the directory", config.organisation.id);
                output.result(&data, &text)?;
                return output.hint("packhorse gateway serve");
            }
            JoinStatus::Refused { reason } => {
                let what = format!("the network's operator turned the request down: {reason}");
                let remedy = format!("mend it, remove {} and ask again", config.join_ticket().display());
                return Err(Error::refused(what, remedy));
            }
            JoinStatus::Pending if wait => tokio::time::sleep(LOOK).await,
            JoinStatus::Pending => {
                let fingerprint = together(&fingerprints(config)?);
                let data = json!({"status": "pending", "request": ticket.id, "fingerprint": fingerprint});
                let text = format!("request {} waits for the network's operator\nall keys {fingerprint}", ticket.id);
                output.result(&data, &text)?;
                return output.hint(
                    "when the operator calls, read the fingerprint out; then gateway join again, or with --wait",
                );
            }
        }
    }
}

async fn request(config: &GatewayConfig, output: Output) -> Result<JoinTicket> {
    let registry = registry(&anchor(&config.anchor_file())?)?;
    let (answers, folder) = (answers(config)?, config.keys_folder());
    let sign = SoftwareKey::load(&keys::signing_file(&folder))?;
    let ledger = SoftwareKey::load(&keys::ledger_file(&folder))?;
    let tls = TlsIdentity::load(&keys::tls_file(&folder))?;
    let seal = SealingKey::load(&keys::newest(&folder, Purpose::Seal))?;
    let proof = MemberKeys { sign: Some(&sign), ledger: Some(&ledger), tls: Some(tls.signer()), seal: Some(&seal) };
    let details = details(config, &answers, None);
    let ticket = join::join(&*registry, &config.organisation.id, details, &answers, &proof).await?;
    files::write_new(&config.join_ticket(), json!({"id": ticket.id}).to_string().as_bytes(), Access::Owner)?;
    output.progress(&format!("asked to join as {}; the keys to compare:", config.organisation.id))?;
    for (purpose, fingerprint) in fingerprints(config)? {
        output.progress(&format!("  {purpose} key {fingerprint}"))?;
    }
    Ok(ticket)
}

/// Tells the registry what the configuration now says, signed with the key in use.
pub(super) async fn amend(config: &GatewayConfig, output: Output) -> Result<()> {
    let anchor = anchor(&config.anchor_file())?;
    let directory = verified_directory(&anchor).await?;
    let id = &config.organisation.id;
    let known = directory.organisation(id).ok_or_else(|| {
        Error::refused(format!("{id} is no member yet"), "packhorse gateway join sends these details with the request")
    })?;
    let details = details(config, &answers(config)?, Some(&known));
    if details == known.details {
        return output.result(&json!({"changed": false}), "the directory says so already");
    }
    let sign = SoftwareKey::load(&keys::signing_file(&config.keys_folder()))?;
    sign_is_listed(config, &known, &sign)?;
    let index = join::amend(&*registry(&anchor)?, &directory.current(), id, details, &sign).await?;
    output.result(&json!({"changed": true, "entry": index}), &format!("the directory is amended: entry {index}"))?;
    output.hint("every gateway knows within a minute")
}

/// Sends the answers anew, signed with the key in use, and has the directory name them.
pub(super) async fn renew(config: &GatewayConfig, output: Output) -> Result<()> {
    let anchor = anchor(&config.anchor_file())?;
    let directory = verified_directory(&anchor).await?;
    let id = &config.organisation.id;
    let known = directory.organisation(id).ok_or_else(|| {
        Error::refused(format!("{id} is no member yet"), "packhorse gateway join sends the answers with the request")
    })?;
    let (answers, registry) = (answers(config)?, registry(&anchor)?);
    let sign = SoftwareKey::load(&keys::signing_file(&config.keys_folder()))?;
    sign_is_listed(config, &known, &sign)?;
    join::submit_answers(&*registry, id, &answers, &sign, jiff::Timestamp::now()).await?;
    let details = details(config, &answers, Some(&known));
    if details != known.details {
        join::amend(&*registry, &directory.current(), id, details, &sign).await?;
    }
    let until = known.assurance.valid_until;
    let data = json!({"organisation": id, "submitted": true, "assured_until": until});
    let until = until.map(|last| format!("; until then the assurance holds to {last}")).unwrap_or_default();
    output.result(&data, &format!("the answers wait for the network's operator{until}"))
}

/// Refuses to sign with a key that the registry would not believe.
pub(super) fn sign_is_listed(
    config: &GatewayConfig,
    known: &packhorse_model::organisation::Organisation,
    sign: &SoftwareKey,
) -> Result<()> {
    if known.signing_keys_at(jiff::Timestamp::now()).any(|key| key == *sign.public_key()) {
        return Ok(());
    }
    let what = format!("the directory does not list the signing key in {}", config.keys_folder().display());
    Err(Error::refused(what, "put the member's own keys back from a backup"))
}

fn fingerprints(config: &GatewayConfig) -> Result<Vec<(Purpose, Fingerprint)>> {
    let folder = config.keys_folder();
    let shown = |purpose| Ok((purpose, OwnKey::load(purpose, &keys::newest(&folder, purpose))?.fingerprint()));
    PURPOSES.into_iter().map(shown).collect()
}

fn read_ticket(config: &GatewayConfig) -> Result<Option<JoinTicket>> {
    let path = config.join_ticket();
    if !path.exists() {
        return Ok(None);
    }
    let ticket = serde_json::from_str(&files::read_text(&path, 4096)?);
    ticket.map(Some).map_err(|_| Error::refused(format!("{} is damaged", path.display()), "remove it and ask again"))
}
