//! What would become of a request, before it is sent.

use serde_json::Value;

use crate::demo::cast::{BOROUGH, VEHICLES};
use crate::demo::stage::{Stage, holds};
use crate::error::{Error, Result};

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let trained = BOROUGH.people[0].trained_on(stage.place.begun_on())?.to_string();
    let permitted = explained(stage, "parking-penalty", &trained, true).await?;
    holds(permitted, "the agreed purpose should be permitted")?;
    stage.narrator.found("The same for council tax:")?;
    let permitted = explained(stage, "council-tax", &trained, false).await?;
    holds(!permitted, "another purpose should not be permitted")?;
    Ok("one permitted, one not, each with every rule and how it stands".to_owned())
}

/// Tells the explanation, and returns whether the request would be permitted.
async fn explained(stage: &Stage, purpose: &str, trained: &str, whole: bool) -> Result<bool> {
    let (client, service, config) = (BOROUGH.system_id(), VEHICLES.service_id().unwrap_or_default(), BOROUGH.config());
    let arguments = [
        ["agreement", "explain"],
        ["--client", &client],
        ["--service", &service],
        ["--method", "POST"],
        ["--path", "/by-vrm"],
        ["--purpose", purpose],
        ["--role", "parking-officer"],
        ["--trained-on", trained],
        ["--config", &config],
    ]
    .concat();
    let said = stage.run(&arguments).await?;
    // Who may is the same for every question: it is told once.
    let told = if whole { said.out.as_str() } else { said.out.split("\n\nwho may").next().unwrap_or_default() };
    stage.narrator.said(told)?;
    let explained = stage.data(&arguments).await?;
    let permitted = explained.get("permitted").and_then(Value::as_bool);
    permitted.ok_or_else(|| Error::NotHeld("the explanation does not say whether it is permitted".to_owned()))
}
