//! A member is suspended and cut off everywhere, by the clock; then it is let in again.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::demo::REGISTRY;
use crate::demo::cast::{BOROUGH, COUNTY, POLICE};
use crate::demo::question::Question;
use crate::demo::stage::{Said, Stage, holds};
use crate::demo::steps::ask::{COUNCIL, KEEPER, WITNESS};
use crate::error::Result;

/// What the network promises.
const MINUTE: Duration = Duration::from_secs(60);
/// What the police may ask of two bodies, as long as they are members.
const ASKED: [Question; 2] = [
    WITNESS,
    Question { agreement: COUNTY.asks.agreement, purpose: COUNTY.asks.purpose, user: WITNESS.user, ..COUNCIL },
];
/// How it shows that somebody is cut off: refused on an open connection, or not given a new one.
const CUT_OFF: [&str; 2] = ["member-suspended", "unreachable"];

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    for question in &ASKED {
        holds(question.ask(stage, &POLICE).await?.well, "the police are not answered to begin with")?;
    }
    let reason = "a laptop with access was stolen";
    let said = stage.run(&["registry", "suspend", POLICE.id, "--reason", reason, "--dir", REGISTRY]).await?;
    let suspended = Instant::now();
    stage.narrator.said(&said.out)?;
    stage.narrator.found("The police ask two bodies again and again, until neither answers any more:")?;
    for question in &ASKED {
        question.tell(stage, &POLICE)?;
        let refused = async |stage: &Stage| {
            let said = question.ask(stage, &POLICE).await?;
            Ok((!said.well).then_some(said))
        };
        let refused = stage.wait("the suspension", MINUTE, refused).await?;
        by_suspension(stage, &refused)?;
    }
    let cut_off = suspended.elapsed();
    holds(cut_off < MINUTE, "it took more than a minute")?;
    holds(KEEPER.ask(stage, &BOROUGH).await?.well, "the others are no longer answered either")?;
    let back = let_in(stage).await?;
    let (off, on) = (cut_off.as_secs_f64(), back.as_secs_f64());
    Ok(format!("cut off {off:.1} s after the operator's word, everybody else untouched; let in again within {on:.1} s"))
}

/// Tells a refusal, which has to be for the suspension and for nothing else.
fn by_suspension(stage: &Stage, refused: &Said) -> Result<()> {
    let rule = refused.header("packhorse-rule").unwrap_or("none");
    let body = refused.body()?;
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    stage.narrator.said(&format!("refused by rule {rule}\n{message}"))?;
    holds(CUT_OFF.contains(&rule), format!("rule member-suspended should have refused it; rule named: {rule}"))
}

/// Lets it in again, so that what stays up is whole.
async fn let_in(stage: &mut Stage) -> Result<Duration> {
    let reason = "the access was blocked the same day";
    let said = stage.run(&["registry", "resume", POLICE.id, "--reason", reason, "--dir", REGISTRY]).await?;
    let resumed = Instant::now();
    stage.narrator.said(&said.out)?;
    for question in &ASKED {
        let answered = async |stage: &Stage| Ok(question.ask(stage, &POLICE).await?.well.then_some(()));
        stage.wait("the end of the suspension", MINUTE, answered).await?;
    }
    Ok(resumed.elapsed())
}
