//! The gates at work: what is in force is suspended when a gate of the organisation shuts, and resumed when it is
//! mended. The partners hear of both as of any suspension.
//!
//! Which gate is shut, governance says. An exchange is refused from the same moment, whether or not this has run yet.

use std::sync::Arc;
use std::time::Duration;

use packhorse_governance::agreements::Hand;
use packhorse_governance::{GateState, Held};
use packhorse_model::agreement::State;
use packhorse_store::StoreError;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::acts::{self, NewAct};
use crate::context::{Context, now_ms};
use crate::error::GatewayError;
use crate::outside::agreements::tell;
use crate::steps::identify::today;

/// Time between looks at the gates.
const LOOK: Duration = Duration::from_secs(2);
/// A suspension that another process has begun is its to finish for so long.
const BEGUN_MS: i64 = 30_000;
/// Documents that tell which suspensions are the gates', by the digest of the agreement's text: an officer's own stay.
const SUSPENSION: &str = "gate-suspension";
const FORMAT: i64 = 1;
const PAGE: u32 = 500;

/// Why a gate suspended an agreement.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspension {
    gate: String,
}

/// Watches the gates until `stop` becomes true.
pub async fn watch_gates(context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    loop {
        let looked = match context.assurance.stopped(today()) {
            Some(gate) => suspend_all(&context, &gate).await,
            None => resume_all(&context).await,
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "the gates' suspensions could not be brought up to date, trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn suspend_all(context: &Context, gate: &GateState) -> Result<(), GatewayError> {
    for held in context.agreements.list() {
        if is_to_be_suspended(context, &held) {
            suspend(context, &held, gate).await?;
        }
    }
    Ok(())
}

/// In force or about to be, and not suspended by us already.
fn is_to_be_suspended(context: &Context, held: &Held) -> bool {
    let runs = matches!(held.standing().state_on(today()), State::Active | State::Agreed | State::Suspended);
    let over = matches!(held.state_on(today()), State::Superseded);
    runs && !over && !suspended_by_us(context, held)
}

fn suspended_by_us(context: &Context, held: &Held) -> bool {
    held.standing().suspended_by().any(|(by, _)| *by == context.identity.organisation)
}

async fn suspend(context: &Context, held: &Held, gate: &GateState) -> Result<(), GatewayError> {
    let documents = context.evidence.store().documents();
    let (key, name) = (held.digest().to_string(), gate.gate.to_string());
    let body = serde_json::to_vec(&Suspension { gate: name.clone() });
    let body = body.map_err(|error| GatewayError::Stored { what: "suspension", why: error.to_string() })?;
    // Noted first: what a crash leaves half done is a note without a suspension, which the next look finishes.
    match documents.insert_new(SUSPENSION, &key, FORMAT, &body).await {
        Ok(_) => {}
        Err(StoreError::Conflict) => {
            let noted = documents.get(SUSPENSION, &key).await?;
            if noted.is_some_and(|noted| now_ms() - noted.updated_ms < BEGUN_MS) {
                return Ok(());
            }
        }
        Err(error) => return Err(error.into()),
    }
    let reason = format!("gate {name}: {}", gate.why);
    let agreement = held.agreement().id.to_string();
    tracing::warn!(%agreement, gate = %name, "an agreement is suspended by a gate");
    let sent = context.agreements.suspend(&held.digest(), &reason, hand(context)).await?;
    acts::record(context, act("gate-suspension", agreement, reason)).await?;
    tell(context, &sent.held).await
}

async fn resume_all(context: &Context) -> Result<(), GatewayError> {
    let documents = context.evidence.store().documents();
    for noted in documents.list(SUSPENSION, "", PAGE).await? {
        let held = noted.key.parse().ok().and_then(|digest| context.agreements.find(&digest));
        if let Some(held) = held.filter(|held| held.standing().ended_by().is_none() && suspended_by_us(context, held)) {
            match context.assurance.clear_to_sign(held.agreement(), today()) {
                Ok(leave) => {
                    let sent = context.agreements.resume(&held.digest(), leave, hand(context)).await?;
                    let agreement = held.agreement().id.to_string();
                    tracing::info!(%agreement, "an agreement is resumed: every gate is open again");
                    acts::record(context, act("gate-resumption", agreement, "every gate is open again".into())).await?;
                    tell(context, &sent.held).await?;
                }
                // Mended far enough to share, not to sign anew: it stays suspended until it is mended whole.
                Err(_) => continue,
            }
        }
        documents.delete(SUSPENSION, &noted.key, None).await?;
    }
    Ok(())
}

fn hand(context: &Context) -> Hand<'_> {
    Hand { signer: &*context.identity.signer, members: &context.directory, now: jiff::Timestamp::now() }
}

fn act(act: &'static str, agreement: String, reason: String) -> NewAct {
    NewAct { act, subject: agreement, until: None, capacity: "gateway", person: None, reason, document: None }
}
