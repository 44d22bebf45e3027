//! The asking side, as one sentence:
//! received → identified → agreed → authorised → sealed → delivered → verified → recorded → answered.

use packhorse_model::exchange::Kind;

use crate::context::Context;
use crate::finder;
use crate::kinds::query::Answer;
use crate::steps::identify::{Asked, Received};
use crate::steps::record::Recorded;
use crate::steps::verify::Verified;
use crate::steps::{agree, authorise, deliver, identify, record, seal, verify};
use crate::trail::{Stop, Trail};

/// Walks one exchange of our own system from its arrival at the inside door to its durable record.
/// Whatever happens on the way, it leaves through [`record::for_ourselves`].
pub(crate) async fn outbound(context: &Context, received: Received, mut trail: Trail) -> Recorded<Answer> {
    if trail.exchange.kind == Kind::Query {
        trail.identifiers = finder::of_question(&received.question);
    }
    let ended = walk(context, received, &mut trail).await.map(|verified| verified.answer);
    record::for_ourselves(context, trail, ended).await
}

/// May our own system begin this? The first words of the sentence, for what is sent later; a refusal is recorded.
pub(crate) async fn may(context: &Context, received: Received, mut trail: Trail) -> Result<(Trail, Asked), Stop> {
    match judge(context, received, &mut trail) {
        Ok(asked) => Ok((trail, asked)),
        Err(stop) => Err(record::refused(context, trail, stop).await),
    }
}

/// Whether our own system may begin this; neither recorded nor counted: what may not is asked by itself, and that is.
pub(crate) fn permits(context: &Context, received: Received, mut trail: Trail) -> bool {
    trail.counts = false;
    judge(context, received, &mut trail).is_ok()
}

fn judge(context: &Context, received: Received, trail: &mut Trail) -> Result<Asked, Stop> {
    let identified = identify::caller(context, received, trail)?;
    let agreed = agree::outbound(context, identified, trail)?;
    let (_, asked, _) = authorise::outbound(context, agreed, trail)?.into_question();
    Ok(asked)
}

async fn walk(context: &Context, received: Received, trail: &mut Trail) -> Result<Verified, Stop> {
    let identified = identify::caller(context, received, trail)?;
    let agreed = agree::outbound(context, identified, trail)?;
    let authorised = authorise::outbound(context, agreed, trail)?;
    let sealed = seal::request(context, authorised, trail)?;
    let delivered = deliver::to_provider(context, sealed, trail).await?;
    verify::answer(context, delivered, trail)
}
