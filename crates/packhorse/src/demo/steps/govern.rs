//! Every organisation publishes its charter and enters risk policy, SIRO and incident route: without them its gateway
//! lets nothing be signed.

use jiff::ToSpan as _;
use serde_json::Value;

use crate::demo::cast::{ORGANISATIONS, Organisation};
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// The document, with words in capitals for what differs.
const DOCUMENT: &str = include_str!("../../../../../demo/assurance.toml");

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<()> {
    let mut told = false;
    for organisation in &ORGANISATIONS {
        if open(stage, organisation).await? {
            continue;
        }
        let file = format!("{}-assurance.toml", organisation.folder);
        stage.place.write(&file, filled_in(stage, organisation)?.as_bytes())?;
        let config = organisation.config();
        let arguments = ["assurance", "publish", file.as_str(), "--config", &config];
        if told {
            stage.quietly(&arguments).await?;
        } else {
            let said = stage.run(&arguments).await?;
            stage.narrator.said(&said.out)?;
            told = true;
        }
    }
    if told {
        stage.narrator.found(
            "Each of the five has its charter, risk policy, SIRO and a tested incident route; without one of them its \
             gateway would sign nothing.",
        )?;
    }
    Ok(())
}

/// Whether an earlier start has entered them.
async fn open(stage: &Stage, organisation: &Organisation) -> Result<bool> {
    let gates = stage.data(&["assurance", "gates", "--config", &organisation.config()]).await?;
    let items = gates.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Ok(!items.is_empty() && items.iter().all(|gate| gate["standing"] != "shut"))
}

fn filled_in(stage: &Stage, organisation: &Organisation) -> Result<String> {
    let begun_on = stage.place.begun_on();
    let later = begun_on.checked_add(1.year());
    let later = later.map_err(|_| Error::NotHeld("the calendar does not reach that far".to_owned()))?;
    let (name, _, _) = organisation.officer;
    Ok(DOCUMENT
        .replace("DOMAIN", organisation.domain)
        .replace("OFFICER", name)
        .replace("TODAY", &begun_on.to_string())
        .replace("NEXT-YEAR", &later.to_string()))
}
