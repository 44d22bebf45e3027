//! Agreements that are not in force, an impact assessment, a draft, and a survey that runs.

use http::Method;
use serde_json::{Value, json};

use crate::demo::agreements::{AWAITED, Agreement, EXPIRED, SUSPENDED};
use crate::demo::cast::{BOROUGH, Organisation, VEHICLES, in_folder};
use crate::demo::stage::Stage;
use crate::demo::steps::agree::{propose, sign};
use crate::error::{Error, Result};

/// The draft that somebody writes, and what it is to be called.
const DRAFT: (&str, &str) = ("blue-badges-2027", "Blue badges, checked at the kerb");
const SURVEY: &str = "This quarter";

/// One that waits for the borough, one that it has suspended, one that has run out.
pub(super) async fn agreements(stage: &mut Stage) -> Result<()> {
    propose(stage, &AWAITED, &VEHICLES, false).await?;
    sign(stage, &AWAITED, &VEHICLES, false).await?;
    for agreement in [&EXPIRED, &SUSPENDED] {
        let parties = parties(agreement);
        propose(stage, agreement, &BOROUGH, false).await?;
        for party in parties {
            sign(stage, agreement, party, false).await?;
        }
    }
    let (config, reason) = (BOROUGH.config(), "The cameras at the crossing are being replaced");
    stage.run(&["agreement", "suspend", SUSPENDED.id, "--reason", reason, "--config", &config]).await?;
    stage.narrator.found(&format!("{} waits for the borough's signature: a governance officer gives it.", AWAITED.id))
}

fn parties(agreement: &Agreement) -> Vec<&'static Organisation> {
    agreement.parties.iter().filter_map(|folder| in_folder(folder)).collect()
}

/// What somebody has begun.
pub(super) async fn others(stage: &mut Stage) -> Result<()> {
    let api = stage.api(&BOROUGH)?;
    let begun_on = stage.place.begun_on();
    let later = begun_on.checked_add(jiff::Span::new().years(1));
    let later = later.map_err(|_| Error::NotHeld("the calendar does not reach that far".to_owned()))?;
    let dpia = json!({
        "agreement": BOROUGH.asks.agreement,
        "description": "A parking officer asks for the keeper of one vehicle with an unpaid penalty",
        "necessity": "No other register says who keeps a vehicle, and only five fields are given",
        "risks": "Somebody could be looked up without a case",
        "measures": "Case reference at each question, records on both sides, yearly training",
        "dpo_advice": "Content; look at the records of one week in each quarter",
        "outcome": "approved_with_measures", "decided_by": BOROUGH.officer.0, "decided_on": begun_on,
        "review_date": later,
    });
    api.send(Method::PUT, &format!("/dpias/{}", BOROUGH.asks.agreement), &dpia).await?;
    let (id, title) = DRAFT;
    let drafts = api.get("/agreement-drafts").await?;
    if !names(&drafts, id) {
        api.send(Method::POST, "/agreement-drafts", &json!({"id": id, "title": title})).await?;
    }
    if api.get("/pulse").await?["survey"].is_null() {
        api.send(Method::POST, "/pulse/surveys", &json!({"title": SURVEY})).await?;
    }
    Ok(())
}

/// Whether a list of the API has something of this id.
fn names(list: &Value, id: &str) -> bool {
    let items = list.get("items").unwrap_or(list).as_array().map_or(&[][..], Vec::as_slice);
    items.iter().any(|item| item["id"] == id)
}
