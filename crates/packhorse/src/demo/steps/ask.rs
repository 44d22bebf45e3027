//! Questions within the agreements are answered, each with the agreed fields only.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::demo::cast::{BOROUGH, COUNTY, POLICE, VEHICLES};
use crate::demo::endpoints::Endpoints;
use crate::demo::question::{Question, agreed_fields};
use crate::demo::stage::{Stage, holds};
use crate::demo::vehicles;
use crate::error::{Error, Result};

/// The keeper of one vehicle, asked for by a trained officer.
pub(super) const KEEPER: Question = Question {
    to: "PH/GOV/vehicles/register/vehicles",
    path: "/by-vrm",
    body: r#"{"vrm":"AA19AAA"}"#,
    user: "j.archer",
    case: "PCN-2026-0117",
    agreement: "",
    purpose: "",
    fields: &[],
};

/// A witness who moved.
pub(super) const WITNESS: Question = Question {
    to: "PH/LOC/eldermere/register/residents",
    path: "/by-surname-and-date-of-birth",
    body: r#"{"surname":"dixon","date_of_birth":"1948-10-14"}"#,
    user: "dc.hale",
    case: "WX/26/04711",
    agreement: "",
    purpose: "",
    fields: &[],
};

/// A council by its code.
pub(super) const COUNCIL: Question = Question {
    to: "PH/LOC/wexmoor/reference/local-authorities",
    path: "/by-local-authority-eng/KEN",
    body: "",
    user: "",
    case: "",
    agreement: "",
    purpose: "",
    fields: &[],
};

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let agreed = agreed_fields(stage, BOROUGH.asks.agreement)?;
    let said = KEEPER.answered(stage, &BOROUGH, &agreed).await?;
    let exchange = said.header("packhorse-exchange").map(str::to_owned);
    let exchange = exchange.ok_or_else(|| Error::NotHeld("the answer does not name its exchange".to_owned()))?;
    stage.remember(exchange.clone());
    let held = withheld(stage, &exchange, &agreed).await?;
    // From here on the query that others may try works.
    Endpoints::gather(stage)?.write(stage)?;

    stage.narrator.found("The police look for a witness, by surname and date of birth:")?;
    WITNESS.answered(stage, &POLICE, &agreed_fields(stage, POLICE.asks.agreement)?).await?;

    stage.narrator.found("The list of local authorities is about nobody; under its agreement everything is given:")?;
    COUNCIL
        .answered(stage, &VEHICLES, &columns((COUNTY.table.as_ref().map(|table| (table.data)())).as_deref()))
        .await?;
    Ok(held)
}

/// What the agency's own record says that it kept back, held against the columns of its table.
async fn withheld(stage: &Stage, exchange: &str, agreed: &BTreeSet<String>) -> Result<String> {
    let register = vehicles::csv();
    let kept_back: Vec<String> = columns(Some(&register)).difference(agreed).cloned().collect();
    let record = stage.data(&["records", "show", exchange, "--config", &VEHICLES.config()]).await?;
    let count = |name: &str| record.pointer(&format!("/0/record/ended/{name}")).and_then(Value::as_u64);
    let (given, withheld) = (count("given"), count("withheld"));
    let as_agreed = given == Some(agreed.len() as u64) && withheld == Some(kept_back.len() as u64);
    holds(as_agreed, "the agency's record does not count what was given and withheld")?;
    let outcome = format!("{} fields given, {} withheld: {}", agreed.len(), kept_back.len(), kept_back.join(", "));
    stage.narrator.found(&format!("The agency's record of exchange {exchange} counts: {outcome}."))?;
    Ok(outcome)
}

/// The names in a CSV file's heading.
fn columns(csv: Option<&str>) -> BTreeSet<String> {
    let heading = csv.and_then(|csv| csv.lines().next()).unwrap_or_default();
    heading.split(',').map(|name| name.trim().to_owned()).collect()
}
