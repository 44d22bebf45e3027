//! Ended: collected, acknowledged, declined, recalled or expired. The content goes; the statements stay.
//!
//! Who may not have the content can have neither opened nor collected it. To acknowledge or decline needs no vetting:
//! nothing is given out, and what is not theirs must find its way back.

use jiff::Timestamp;
use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_model::{ExchangeId, Rule, Side};
use packhorse_store::{NewJob, Parcel};

use super::change::Change;
use super::desk::{ParcelError, Result, no, read, stored, write};
use super::draft::LONGEST;
use super::jobs::{self, ERASE, EXPIRE, PACK};
use super::kept::{Cover, Sent, moment};
use super::say::{self, About, By};
use super::{content, staging, unpack};
use crate::context::{Context, now_ms};

/// The states in which a taken parcel waits for somebody.
const WAITING: [ParcelState; 4] =
    [ParcelState::Arriving, ParcelState::Arrived, ParcelState::Delivered, ParcelState::Quarantined];
/// The states in which a sent parcel is not in the recipient's mailbox yet: it never gets there.
const NOT_DELIVERED: [ParcelState; 3] = [ParcelState::Accepted, ParcelState::Sealed, ParcelState::Quarantined];
/// The states in which a sent parcel has not ended.
const UNDER_WAY: [ParcelState; 5] = [
    ParcelState::Accepted,
    ParcelState::Sealed,
    ParcelState::Quarantined,
    ParcelState::Delivered,
    ParcelState::Collected,
];

/// Software or a person has fetched all of it. Saying so again changes nothing.
pub(crate) async fn collected(context: &Context, row: &Parcel, by: By) -> Result<()> {
    content::may_have(context, row, by.person.as_deref())?;
    let about = say::about(row)?;
    if say::say(context, &about, &[ParcelState::Delivered], |step| step, ParcelEvent::Collected, by).await? {
        return Ok(());
    }
    was_collected(context, row).await
}

/// It was collected before; else it has ended otherwise.
async fn was_collected(context: &Context, row: &Parcel) -> Result<()> {
    match say::state(&fresh(context, row).await?)? {
        ParcelState::Collected | ParcelState::Acknowledged | ParcelState::Declined => Ok(()),
        state => Err(ParcelError::State { state, remedy: "it can be collected while it lies in the mailbox" }),
    }
}

/// A person opened it: said once for each.
pub(crate) async fn opened(context: &Context, row: &Parcel, by: By) -> Result<()> {
    content::may_have(context, row, by.person.as_deref())?;
    let about = say::about(row)?;
    let said = say::chain(context, about.parcel, Side::Inbound).await?;
    let same = |signed: &packhorse_model::parcel::SignedStatement| {
        signed.statement().what == ParcelEvent::Opened && signed.statement().person == by.person
    };
    if said.iter().any(same) {
        return Ok(());
    }
    let open = [ParcelState::Delivered, ParcelState::Collected];
    say::say(context, &about, &open, |step| step, ParcelEvent::Opened, by).await.map(|_| ())
}

/// The recipient deals with it, or does not: the content goes.
pub(crate) async fn answered(context: &Context, row: &Parcel, what: ParcelEvent, by: By) -> Result<()> {
    let about = say::about(row)?;
    let open: &[ParcelState] = match what {
        // What a scanner has stopped can be sent back unopened.
        ParcelEvent::Declined { .. } => &[ParcelState::Delivered, ParcelState::Collected, ParcelState::Quarantined],
        _ => &[ParcelState::Delivered, ParcelState::Collected],
    };
    if say::say(context, &about, open, |step| step, what, by).await? {
        return Ok(());
    }
    let state = say::state(&fresh(context, row).await?)?;
    Err(ParcelError::State { state, remedy: "it was answered before, or has ended otherwise" })
}

/// The content was fetched by software that needs it no more: it goes, as MESH's acknowledgement says.
pub(crate) async fn fetched_for_good(context: &Context, row: &Parcel, by: By) -> Result<()> {
    content::may_have(context, row, by.person.as_deref())?;
    let about = say::about(row)?;
    // Out of sight in the same change; what lies in files is a job's.
    let lies_in_files = Cover::of_row(row)?.is_none_or(|cover| cover.payload.is_none());
    let gone = |step: Change| match row.hold {
        true => step,
        false if lies_in_files => step.without_cover().job(jobs::now(ERASE, about.parcel, about.side)),
        false => step.without_cover(),
    };
    if say::say(context, &about, &[ParcelState::Delivered], gone, ParcelEvent::Collected, by).await? {
        return Ok(());
    }
    was_collected(context, row).await?;
    erase(context, &about, &row.payload).await
}

/// The sender's software has taken note that it was sent in vain. Doing so again changes nothing.
pub(crate) async fn noted(context: &Context, row: &Parcel) -> Result<()> {
    Change::new(&say::about(row)?, &[say::state(row)?], None).unlisted().make(context).await?;
    Ok(())
}

/// The sender wants it back. Before it has left nobody else need be asked.
pub(crate) async fn recall(context: &Context, row: &Parcel, reason: String, by: By) -> Result<()> {
    let about = say::about(row)?;
    let state = say::state(row)?;
    let event = ParcelEvent::RecallAsked { reason };
    match state {
        ParcelState::Draft => drop_draft(context, row).await,
        state if state.is_final() => Err(ParcelError::State { state, remedy: "it has ended, its content is gone" }),
        _ => {
            // Wherever it stands by now: it may be sealed or delivered while we look.
            let asked = say::say(context, &about, &UNDER_WAY, |step| step, event, by.clone()).await?;
            if asked {
                say::say(context, &about, &NOT_DELIVERED, |step| step, ParcelEvent::Recalled, by).await?;
                return Ok(());
            }
            let state = say::state(&fresh(context, row).await?)?;
            Err(ParcelError::State { state, remedy: "it has just ended, its content is gone" })
        }
    }
}

/// Nobody was told anything of a draft: it goes without a word. All recipients' parcels are one draft.
async fn drop_draft(context: &Context, row: &Parcel) -> Result<()> {
    staging::drop_all(context, &row.payload).await?;
    let sent: Sent = read("parcel", &row.body)?;
    for addressee in &sent.to {
        context.parcels.rows().delete(&addressee.parcel.to_string(), Side::Outbound).await?;
    }
    Ok(())
}

/// The recipient has deleted what it had collected, as the sender asked.
pub(crate) async fn deleted(context: &Context, row: &Parcel, by: By) -> Result<()> {
    let about = say::about(row)?;
    let open = [ParcelState::Collected, ParcelState::Acknowledged];
    if !say::say(context, &about, &open, |step| step, ParcelEvent::Deleted, by).await? {
        return Err(ParcelError::State { state: say::state(row)?, remedy: "only what was collected can be deleted" });
    }
    erase(context, &about, &row.payload).await
}

/// The sender gives it more time.
pub(crate) async fn extend(context: &Context, row: &Parcel, until: Timestamp, by: By) -> Result<()> {
    let about = say::about(row)?;
    let state = say::state(row)?;
    let most = moment(row.created_ms).saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    if until <= moment(row.expires_ms) || until > most {
        return Err(no(
            Side::Outbound,
            Rule::Parcel,
            "a parcel is kept for at most 90 days, and extended to a later day",
            "choose another day",
        ));
    }
    // Before it is delivered its manifest, which is sealed, says when it expires.
    if state != ParcelState::Delivered {
        return Err(ParcelError::State { state, remedy: "extend it while it lies in the recipient's mailbox" });
    }
    let longer = |step: Change| step.expires_ms(until.as_millisecond());
    say::say(context, &about, &[state], longer, ParcelEvent::Extended { until }, by).await.map(|_| ())
}

/// A named person lets a parcel go on that a scanner has stopped.
pub(crate) async fn release(context: &Context, row: &Parcel, reason: String, by: By) -> Result<()> {
    let about = say::about(row)?;
    let event = ParcelEvent::Released { reason };
    if say::state(row)? != ParcelState::Quarantined {
        return Err(ParcelError::State { state: say::state(row)?, remedy: "only a quarantined parcel is released" });
    }
    match row.side {
        Side::Inbound => {
            let private = row.private.clone().ok_or(ParcelError::Gone)?;
            if !say::say(context, &about, &[ParcelState::Quarantined], |step| step, event, by).await? {
                return Err(ParcelError::State { state: ParcelState::Quarantined, remedy: "look at it again" });
            }
            unpack::list(context, &about, ParcelState::Quarantined, private, true).await
        }
        Side::Outbound => release_dispatch(context, row, &event, &by).await,
    }
}

/// What a scanner has stopped before it was sealed is one content for all its recipients: all go on. The parcel that
/// was named is the last and brings the job: until then it can be released again.
async fn release_dispatch(context: &Context, row: &Parcel, event: &ParcelEvent, by: &By) -> Result<()> {
    let sent: Sent = read("parcel", &row.body)?;
    if sent.sealed.is_some() {
        let remedy = "the recipient's scanner has stopped it: one of the recipient's releasers may release it";
        return Err(ParcelError::State { state: ParcelState::Quarantined, remedy });
    }
    for addressee in sent.to.iter().filter(|addressee| addressee.parcel.to_string() != row.id) {
        if let Some(other) = context.parcels.row(addressee.parcel, Side::Outbound).await? {
            release_one(context, &other, event, by, None).await?;
        }
    }
    let pack = jobs::now(PACK, say::about(row)?.parcel, Side::Outbound);
    if !release_one(context, row, event, by, Some(pack)).await? {
        return Err(ParcelError::State { state: ParcelState::Quarantined, remedy: "look at it again" });
    }
    context.parcels.changed();
    Ok(())
}

async fn release_one(
    context: &Context,
    row: &Parcel,
    event: &ParcelEvent,
    by: &By,
    job: Option<NewJob>,
) -> Result<bool> {
    let about = say::about(row)?;
    let mut sent: Sent = read("parcel", &row.body)?;
    sent.released = true;
    let statement = say::sign(context, &about, event.clone(), by.clone())?;
    let step = Change::new(&about, &[ParcelState::Quarantined], Some(ParcelState::Accepted))
        .body(write("parcel", &sent)?)
        .said(context, &statement)?;
    job.into_iter().fold(step, Change::job).make(context).await
}

/// A parcel's time is up, or was extended since.
pub(super) async fn expire(context: &Context, parcel: ExchangeId, side: Side) -> Result<()> {
    let Some(row) = context.parcels.row(parcel, side).await? else { return Ok(()) };
    if row.expires_ms > now_ms() {
        return jobs::put(context, &jobs::at(row.expires_ms, EXPIRE, parcel, side)).await;
    }
    if say::state(&row)? == ParcelState::Draft {
        return drop_draft(context, &row).await;
    }
    let about = say::about(&row)?;
    let (states, event): (&[ParcelState], _) = match side {
        Side::Inbound => (&WAITING, ParcelEvent::Expired),
        Side::Outbound => (
            &NOT_DELIVERED,
            ParcelEvent::Undeliverable { reason: "its time was up before it could be delivered".into() },
        ),
    };
    say::say(context, &about, states, |step| step, event, By::default()).await?;
    erase(context, &about, &row.payload).await
}

/// What follows from another body's word.
pub(super) async fn after(context: &Context, about: &About, what: &ParcelEvent) -> Result<()> {
    match (about.side, what) {
        // Not collected: destroyed, and said so. Collected: the people who have it see that they are asked.
        (Side::Inbound, ParcelEvent::RecallAsked { .. }) => {
            tell_again(context, about).await?;
            say::say(context, about, &WAITING, |step| step, ParcelEvent::Recalled, By::default()).await.map(|_| ())
        }
        // Its sender takes it not to be delivered: what it was told with the answer to its offer it has not heard.
        (Side::Inbound, ParcelEvent::Undeliverable { .. }) => tell_again(context, about).await,
        (Side::Outbound, ParcelEvent::Delivered { .. }) => tell_what_was_missed(context, about).await,
        _ => Ok(()),
    }
}

/// Tells the sender once more what we have said of its parcel; hearing it twice changes nothing.
async fn tell_again(context: &Context, about: &About) -> Result<()> {
    for signed in say::said_of_arrived(context, about.parcel).await? {
        jobs::put(context, &say::tell(about.partner(), &signed)?).await?;
    }
    Ok(())
}

/// Who has a parcel from a medium could not be told what was said of it on its way, because it knew of none: who
/// carried it, that it was recalled. It is told now; hearing it twice changes nothing.
async fn tell_what_was_missed(context: &Context, about: &About) -> Result<()> {
    for signed in say::chain(context, about.parcel, Side::Outbound).await? {
        let said = signed.statement();
        let on_the_way = matches!(
            said.what,
            ParcelEvent::HandedOver { .. } | ParcelEvent::MediumLost { .. } | ParcelEvent::RecallAsked { .. }
        );
        if on_the_way && said.organisation == context.identity.organisation {
            jobs::put(context, &say::tell(about.partner(), &signed)?).await?;
        }
    }
    Ok(())
}

/// A parcel has ended: its content goes.
pub(super) async fn erase_ended(context: &Context, parcel: ExchangeId, side: Side) -> Result<()> {
    let Some(row) = context.parcels.row(parcel, side).await? else { return Ok(()) };
    erase(context, &say::about(&row)?, &row.payload).await
}

/// Destroys content and cover. A dispatch's payload goes when none of its parcels is under way any more; what is on
/// legal hold stays until that is lifted.
async fn erase(context: &Context, about: &About, payload: &str) -> Result<()> {
    let id = about.parcel.to_string();
    let Some(row) = context.parcels.row(about.parcel, about.side).await? else { return Ok(()) };
    if row.hold {
        return Ok(());
    }
    Change::new(about, &[say::state(&row)?], None).without_cover().make(context).await?;
    match about.side {
        Side::Inbound => {
            context.parcels.objects().delete_below(&format!("parcels/in/{id}")).await?;
            Ok(())
        }
        Side::Outbound => {
            let sent: Sent = read("parcel", &row.body)?;
            for addressee in &sent.to {
                let other = context.parcels.row(addressee.parcel, Side::Outbound).await?;
                let needed = match &other {
                    Some(other) => other.hold || other.private.is_some() && UNDER_WAY.contains(&say::state(other)?),
                    None => false,
                };
                if needed {
                    return Ok(());
                }
            }
            context.parcels.objects().delete_below(&format!("parcels/out/{payload}")).await?;
            Ok(())
        }
    }
}

/// Content under a legal hold is kept, whatever happens, until the hold is lifted; then it goes if it would have gone.
pub(crate) async fn hold(context: &Context, row: &Parcel, hold: bool) -> Result<()> {
    let about = say::about(row)?;
    let state = say::state(row)?;
    let step = Change::new(&about, &[state], None).hold(hold);
    if !step.make(context).await? {
        return Err(ParcelError::State { state, remedy: "it has just changed: look again" });
    }
    if !hold && (state.is_final() || row.expires_ms <= now_ms()) {
        erase(context, &about, &row.payload).await?;
    }
    Ok(())
}

async fn fresh(context: &Context, row: &Parcel) -> Result<Parcel> {
    let id = row.id.parse().map_err(|error| stored("parcel", error))?;
    context.parcels.row(id, row.side).await?.ok_or(ParcelError::Missing)
}
