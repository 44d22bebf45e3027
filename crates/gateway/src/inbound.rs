//! The answering side, as one sentence:
//! received → identified → agreed → authorised → fulfilled → minimised → sealed → recorded → answered.
//!
//! A parcel that was carried here by hand goes the same way; its answer is for our own side, so nobody seals it.

use std::sync::Arc;

use packhorse_model::exchange::Kind;

use crate::context::Context;
use crate::finder;
use crate::kinds::query::Answer;
use crate::steps::identify::{Arrived, Carried, IdentifiedPeer};
use crate::steps::minimise::Minimised;
use crate::steps::record::Recorded;
use crate::steps::seal::SealedAnswer;
use crate::steps::{agree, authorise, fulfil, identify, minimise, record, seal};
use crate::trail::{Stop, Trail};

/// Walks one exchange that another gateway asks of us, from its arrival at the outside door to its
/// durable record. A refusal and a fault are sealed and recorded like an answer.
pub(crate) async fn inbound(context: &Context, arrived: Arrived, mut trail: Trail) -> SealedAnswer {
    let asked = Arc::clone(&arrived.signed);
    if trail.exchange.kind == Kind::Query {
        trail.identifiers = finder::of_question(&arrived.question);
    }
    let ended = match identify::peer(context, arrived, &mut trail) {
        Ok(identified) => walk(context, identified, &mut trail).await,
        Err(stop) => Err(stop),
    };
    let (sealed, ended) = seal::answer(context, &asked, ended, &mut trail);
    record::inbound(context, sealed, ended, trail).await
}

/// Walks one offer that was carried here instead of sent.
pub(crate) async fn carried(context: &Context, carried: Carried, mut trail: Trail) -> Recorded<Answer> {
    let ended = match identify::carried(context, carried, &mut trail) {
        Ok(identified) => walk(context, identified, &mut trail).await.map(Minimised::into_answer),
        Err(stop) => Err(stop),
    };
    record::for_ourselves(context, trail, ended).await
}

async fn walk(context: &Context, identified: IdentifiedPeer, trail: &mut Trail) -> Result<Minimised, Stop> {
    let agreed = agree::inbound(context, identified, trail)?;
    let authorised = authorise::inbound(context, agreed, trail)?;
    let fulfilled = fulfil::question(context, authorised, trail).await?;
    Ok(minimise::to_the_agreed_fields(fulfilled, trail))
}
