//! Agreements are proposed, signed by every party and in force at each of them.

use std::time::Duration;

use serde_json::Value;

use crate::demo::agreements::{AGREEMENTS, Agreement};
use crate::demo::cast::{Organisation, in_folder};
use crate::demo::stage::{Stage, holds};
use crate::error::{Error, Result};

/// Longest wait until a text or a signature has come to every party.
const TRAVELS: Duration = Duration::from_secs(60);

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    super::govern::act(stage).await?;
    let mut signatures = 0;
    for (index, agreement) in AGREEMENTS.iter().enumerate() {
        let parties: Vec<&Organisation> = agreement.parties.iter().filter_map(|folder| in_folder(folder)).collect();
        let proposed = propose(stage, agreement, parties[0], index == 0).await?;
        for party in &parties {
            sign(stage, agreement, party, index == 0).await?;
        }
        let digest = in_force(stage, agreement, &parties).await?;
        signatures += parties.len();
        stage.narrator.found(&format!("{} is in force at its {} parties:\n{digest}", agreement.id, parties.len()))?;
        if index == 0 && proposed {
            stage
                .narrator
                .found("The other agreements go the same way, the last with five signatories to one text.")?;
        }
    }
    Ok(format!("{} agreements, {signatures} signatures, each over the digest of one text", AGREEMENTS.len()))
}

/// Proposes it unless an earlier start has; returns whether it did.
pub(super) async fn propose(stage: &Stage, agreement: &Agreement, proposer: &Organisation, told: bool) -> Result<bool> {
    if held(stage, agreement, proposer).await?.is_some() {
        stage.narrator.found(&format!("{} was proposed at an earlier start.", agreement.id))?;
        return Ok(false);
    }
    stage.place.write(agreement.file, agreement.dated(stage.place.begun_on())?.as_bytes())?;
    let (config, check) = (proposer.config(), ["agreement", "check", agreement.file]);
    let propose = ["agreement", "propose", agreement.file, "--config", &config];
    for arguments in [&check[..], &propose[..]] {
        if told {
            let said = stage.run(arguments).await?;
            stage.narrator.said(&said.out)?;
        } else {
            stage.quietly(arguments).await?;
        }
    }
    Ok(true)
}

/// Signs it for a party once it has come there, unless an earlier start has.
pub(super) async fn sign(stage: &mut Stage, agreement: &Agreement, party: &Organisation, told: bool) -> Result<()> {
    let what = format!("the arrival of {} at {}", agreement.id, party.name);
    let there = stage.wait(&what, TRAVELS, async |stage| held(stage, agreement, party).await).await?;
    let signed = there.get("signed").and_then(Value::as_array);
    if signed.is_some_and(|signed| signed.iter().any(|by| by == party.id)) {
        return Ok(());
    }
    let ((name, position, authority), config) = (party.officer, party.config());
    let mut arguments = vec!["agreement", "sign", agreement.id];
    arguments.extend(["--name", name, "--position", position]);
    arguments.extend(["--authority", authority, "--config", &config]);
    if told {
        let said = stage.run(&arguments).await?;
        return stage.narrator.said(said.out.lines().next().unwrap_or_default());
    }
    stage.quietly(&arguments).await.map(|_| ())
}

/// Waits until every party's own gateway says that it is in force, of the same text; returns its digest.
async fn in_force(stage: &mut Stage, agreement: &Agreement, parties: &[&Organisation]) -> Result<String> {
    let mut digests = Vec::new();
    for party in parties {
        let what = format!("{} in force at {}", agreement.id, party.name);
        let there = stage.wait(&what, TRAVELS, async |stage| active(stage, agreement, party).await).await?;
        digests.push(there);
    }
    holds(digests.iter().all(|digest| *digest == digests[0]), "the parties do not hold the same text")?;
    Ok(digests.swap_remove(0))
}

async fn active(stage: &Stage, agreement: &Agreement, party: &Organisation) -> Result<Option<String>> {
    let held = held(stage, agreement, party).await?;
    let word = |name: &str| held.as_ref().and_then(|held| held.get(name)).and_then(Value::as_str);
    match word("state") {
        Some("active") => Ok(word("digest").map(str::to_owned)),
        Some(over @ ("expired" | "ended" | "suspended" | "superseded")) => Err(Error::refused(
            format!("{} is {over} in this data folder", agreement.id),
            "remove the folder, or name another with --dir, to begin anew",
        )),
        _ => Ok(None),
    }
}

async fn held(stage: &Stage, agreement: &Agreement, party: &Organisation) -> Result<Option<Value>> {
    let held = stage.data(&["agreement", "list", "--config", &party.config()]).await?;
    Ok(held.as_array().and_then(|held| held.iter().find(|one| one["id"] == agreement.id)).cloned())
}
