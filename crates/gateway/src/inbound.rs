//! The answering side, as one sentence:
//! received → identified → agreed → authorised → fulfilled → minimised → sealed → recorded → answered.

use std::sync::Arc;

use crate::context::Context;
use crate::steps::identify::Arrived;
use crate::steps::minimise::Minimised;
use crate::steps::seal::SealedAnswer;
use crate::steps::{agree, authorise, fulfil, identify, minimise, record, seal};
use crate::trail::{Stop, Trail};

/// Walks one exchange that another gateway asks of us, from its arrival at the outside door to its
/// durable record. A refusal and a fault are sealed and recorded like an answer.
pub(crate) async fn inbound(context: &Context, arrived: Arrived, mut trail: Trail) -> SealedAnswer {
    let asked = Arc::clone(&arrived.signed);
    let ended = walk(context, arrived, &mut trail).await;
    let (sealed, ended) = seal::answer(context, &asked, ended, &mut trail);
    record::inbound(context, sealed, ended, trail).await
}

async fn walk(context: &Context, arrived: Arrived, trail: &mut Trail) -> Result<Minimised, Stop> {
    let identified = identify::peer(context, arrived, trail)?;
    let agreed = agree::inbound(context, identified, trail)?;
    let authorised = authorise::inbound(context, agreed, trail)?;
    let fulfilled = fulfil::question(context, authorised, trail).await?;
    Ok(minimise::to_the_agreed_fields(fulfilled, trail))
}
