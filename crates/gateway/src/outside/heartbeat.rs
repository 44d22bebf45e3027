//! Tells the registry every minute that this gateway lives, so that the network's operator sees who is late.
//!
//! Nothing waits for it: a registry that does not answer is no reason to stop. It must never say what is exchanged.

use std::sync::Arc;

use jiff::Timestamp;
use packhorse_directory::heartbeat::{BEAT_EVERY, Heartbeat, tell};
use packhorse_model::organisation::Members as _;

use crate::context::Context;
use crate::error::GatewayError;

/// Tells for ever. What goes wrong is logged once, until it goes well again.
pub async fn send_heartbeats(context: Arc<Context>) {
    let mut ticks = tokio::time::interval(BEAT_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        ticks.tick().await;
        match beat(&context).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "the registry was not told that this gateway lives, trying again every minute");
            }
            Err(_) => {}
        }
    }
}

async fn beat(context: &Context) -> Result<(), GatewayError> {
    let identity = &context.identity;
    // Before it is admitted, and once it is removed, nobody waits for it.
    if context.directory.organisation(&identity.organisation).is_none() {
        return Ok(());
    }
    let heartbeat = Heartbeat {
        organisation: identity.organisation.clone(),
        gateway: identity.gateway.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ledger_size: context.evidence.store().ledger().size().await?,
        directory_size: context.directory.current().size(),
        at: Timestamp::now(),
    };
    Ok(tell(&*context.registry, &heartbeat, &*identity.signer).await?)
}
