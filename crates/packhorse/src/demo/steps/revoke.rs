//! A member is suspended and cut off everywhere, by the clock, even when its own gateway does not listen; then it is
//! let in again.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::join::until_ready;
use crate::demo::REGISTRY;
use crate::demo::cast::{BOROUGH, COUNTY, DISTRICT, Organisation, POLICE};
use crate::demo::question::Question;
use crate::demo::stage::{Said, Stage, holds};
use crate::demo::steps::ask::{COUNCIL, KEEPER, WITNESS};
use crate::error::{Error, Result};
use crate::files;

/// What the network promises.
const MINUTE: Duration = Duration::from_secs(60);
/// What the police may ask of two bodies, as long as they are members.
const ASKED: [(Question, &Organisation); 2] = [
    (WITNESS, &DISTRICT),
    (
        Question { agreement: COUNTY.asks.agreement, purpose: COUNTY.asks.purpose, user: WITNESS.user, ..COUNCIL },
        &COUNTY,
    ),
];
/// The rule by which a suspended member is refused.
const SUSPENDED: &str = "member-suspended";
/// Connections that a gateway keeps to another.
const CONNECTIONS: usize = 2;
/// A configuration of the police's gateway that leads to no registry.
const DEAF: [&str; 2] = ["deaf.toml", "deaf-anchor.json"];
const NO_REGISTRY: &str = "https://127.0.0.1:9";

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    stage.narrator.found(
        "The hard case first: the police's gateway is started again without a way to the registry, so that it goes on \
         asking whatever the registry says.",
    )?;
    deafen(stage).await?;
    for (question, _) in &ASKED {
        for _ in 0..CONNECTIONS {
            holds(question.ask(stage, &POLICE).await?.well, "the police are not answered to begin with")?;
        }
    }
    let reason = "a laptop with access was stolen";
    let said = stage.run(&["registry", "suspend", POLICE.id, "--reason", reason, "--dir", REGISTRY]).await?;
    let suspended = Instant::now();
    stage.narrator.said(&said.out)?;
    stage.narrator.found("The police ask two bodies again and again, until neither answers any more:")?;
    for (question, asked) in &ASKED {
        question.tell(stage, &POLICE)?;
        let refused = until_refused(stage, question).await?;
        by_the_other_side(stage, &refused, asked).await?;
    }
    let cut_off = suspended.elapsed();
    holds(cut_off < MINUTE, "it took more than a minute")?;
    holds(KEEPER.ask(stage, &BOROUGH).await?.well, "the others are no longer answered either")?;
    by_its_own_gateway(stage).await?;
    let back = let_in(stage).await?;
    let (off, on) = (cut_off.as_secs_f64(), back.as_secs_f64());
    Ok(format!("cut off {off:.1} s after the operator's word, everybody else untouched; let in again within {on:.1} s"))
}

/// Starts the police's gateway so that it cannot learn of anything new; what it knows stays fresh for ten minutes.
async fn deafen(stage: &mut Stage) -> Result<()> {
    let folder = stage.place.root().join(POLICE.folder);
    let read = |name: &str| files::read_text(&folder.join(name), 64 * 1024);
    let mut anchor: Value =
        serde_json::from_str(&read("anchor.json")?).map_err(|_| Error::NotHeld("the anchor is not JSON".to_owned()))?;
    anchor["url"] = NO_REGISTRY.into();
    let [config, anchor_file] = DEAF.map(|name| format!("{}/{name}", POLICE.folder));
    let text = read("gateway.toml")?.replace("anchor = \"anchor.json\"", &format!("anchor = \"{}\"", DEAF[1]));
    stage.place.write(&config, text.as_bytes())?;
    stage.place.write(&anchor_file, anchor.to_string().as_bytes())?;
    serve(stage, &config).await
}

async fn serve(stage: &mut Stage, config: &str) -> Result<()> {
    let arguments = ["gateway", "serve", "--config", config];
    stage.narrator.command(&arguments)?;
    stage.network.restart(POLICE.name, &arguments, &POLICE.log()).await?;
    until_ready(stage, &POLICE).await
}

async fn until_refused(stage: &mut Stage, question: &Question) -> Result<Said> {
    let refused = async |stage: &Stage| {
        let said = question.ask(stage, &POLICE).await?;
        Ok((!said.well).then_some(said))
    };
    stage.wait("the suspension", MINUTE, refused).await
}

/// The body that was asked refused, and has it on record.
async fn by_the_other_side(stage: &Stage, refused: &Said, asked: &Organisation) -> Result<()> {
    let message = by_suspension(stage, refused)?;
    holds(message.contains(POLICE.id), "the refusal does not name who is suspended")?;
    let (config, exchange) = (asked.config(), refused.header("packhorse-exchange").unwrap_or_default());
    let records = stage.data(&["records", "show", exchange, "--config", &config]).await?;
    let recorded = |record: &Value| record["side"] == "inbound" && record["rule"] == SUSPENDED;
    holds(
        records.as_array().is_some_and(|records| records.iter().any(recorded)),
        format!("{} has no record of its refusal", asked.name),
    )?;
    stage.narrator.found(&format!("So said the gateway of {}, and keeps a record of it.", asked.name))
}

/// With a way to the registry, the police's own gateway knows too, and sends nothing any more.
async fn by_its_own_gateway(stage: &mut Stage) -> Result<()> {
    stage.narrator.found("With its way to the registry back, its own gateway does not even ask:")?;
    serve(stage, &POLICE.config()).await?;
    let (question, _) = &ASKED[0];
    question.tell(stage, &POLICE)?;
    let own = async |stage: &Stage| {
        let said = question.ask(stage, &POLICE).await?;
        let exchange = said.header("packhorse-exchange").unwrap_or_default();
        let known = stage.attempt(&["records", "show", exchange, "--config", &DISTRICT.config()]).await?;
        Ok((!said.well && !known.well).then_some(said))
    };
    let refused = stage.wait("its own gateway's refusal", MINUTE, own).await?;
    by_suspension(stage, &refused).map(|_| ())
}

/// Tells a refusal, which has to be for the suspension and for nothing else; returns its message.
fn by_suspension(stage: &Stage, refused: &Said) -> Result<String> {
    let rule = refused.header("packhorse-rule").unwrap_or("none");
    let body = refused.body()?;
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    stage.narrator.said(&format!("refused by rule {rule}\n{message}"))?;
    holds(rule == SUSPENDED, format!("rule {SUSPENDED} should have refused it; rule named: {rule}"))?;
    Ok(message.to_owned())
}

/// Lets it in again, so that what stays up is whole.
async fn let_in(stage: &mut Stage) -> Result<Duration> {
    let reason = "the access was blocked the same day";
    let said = stage.run(&["registry", "resume", POLICE.id, "--reason", reason, "--dir", REGISTRY]).await?;
    let resumed = Instant::now();
    stage.narrator.said(&said.out)?;
    for (question, _) in &ASKED {
        let answered = async |stage: &Stage| Ok(question.ask(stage, &POLICE).await?.well.then_some(()));
        stage.wait("the end of the suspension", MINUTE, answered).await?;
    }
    Ok(resumed.elapsed())
}
