//! The personal part of a record is erased; what was recorded can still be proved.

use crate::demo::cast::{BOROUGH, VEHICLES};
use crate::demo::stage::{Stage, holds};
use crate::demo::steps::evidence::receipt_file;
use crate::error::Result;

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let (exchange, config) = (stage.exchange()?, BOROUGH.config());
    let said = stage.run(&["records", "erase", &exchange, "--yes", "--config", &config]).await?;
    stage.narrator.said(&said.out)?;
    let record = stage.data(&["records", "show", &exchange, "--config", &config]).await?;
    let gone = record.pointer("/0/content").is_some_and(serde_json::Value::is_null);
    holds(gone && record.pointer("/0/record").is_some(), "the content is still there, or the record is gone too")?;
    let file = receipt_file(&exchange, &BOROUGH).replace(".json", "-erased.json");
    stage.run(&["records", "receipt", &exchange, "--out", &file, "--config", &config]).await?;
    let said = stage.run(&["verify", &file, "--config", &VEHICLES.config()]).await?;
    stage.narrator.said(&said.out)?;
    holds(said.out.contains("erased"), "the receipt does not say that its content was erased")?;
    Ok("who asked whom, when and under which agreement stays proved; about whom is gone".to_owned())
}
