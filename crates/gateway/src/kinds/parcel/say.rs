//! Statements: what this body says happened to a parcel, and what the other body says.
//!
//! A change of state, its signed statement, the statement's record in the ledger and the jobs that tell of it are one
//! transaction ([`super::change`]), durable before anybody is answered.

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{sign_document, verify_document};
use packhorse_model::agreement::AgreementDigest;
use packhorse_model::exchange::{Basis, Exchange, Kind};
use packhorse_model::id::ClientId;
use packhorse_model::organisation::Members as _;
use packhorse_model::parcel::{PARCEL_STATEMENT_CONTEXT, ParcelEvent, ParcelState, ParcelStatement, SignedStatement};
use packhorse_model::record::{Content, Moments, Outcome, RECORD_VERSION, Record};
use packhorse_model::{AgreementId, ExchangeId, OrganisationId, ServiceId, Side, SystemId};
use packhorse_store::{NewJob, NewStatement, PersonDigest, Statement, StoreError};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::desk::{Result, read, stored, write};
use super::jobs::{self, TELL};
use super::kept::{Cover, Sent, Taken};
use super::webhook;
use crate::context::{Context, now_ms};
use crate::evidence::{Evidence, Tallied};
use crate::finder;

/// How far another party's clock may run ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Which parcel a statement is about.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) parcel: ExchangeId,
    pub(crate) side: Side,
    pub(crate) from: SystemId,
    pub(crate) to: ServiceId,
    pub(crate) agreement: AgreementId,
    pub(crate) digest: AgreementDigest,
    pub(crate) manifest: Option<String>,
}

/// Through whom it happened: one of our systems, a person.
#[derive(Debug, Clone, Default)]
pub(crate) struct By {
    pub(crate) system: Option<String>,
    pub(crate) person: Option<String>,
}

/// What a partner must be told.
#[derive(Serialize, Deserialize)]
pub(super) struct Tell {
    pub(super) to: OrganisationId,
    pub(super) statement: SignedStatement,
}

impl About {
    pub(crate) fn sent(parcel: ExchangeId, sent: &Sent) -> Self {
        Self {
            parcel,
            side: Side::Outbound,
            from: sent.from.clone(),
            to: sent.service.clone(),
            agreement: sent.agreement.clone(),
            digest: sent.digest,
            manifest: sent.sealed.as_ref().map(|sealed| sealed.manifest.clone()),
        }
    }

    pub(crate) fn taken(parcel: ExchangeId, taken: &Taken) -> Self {
        Self {
            parcel,
            side: Side::Inbound,
            from: taken.from.clone(),
            to: taken.service.clone(),
            agreement: taken.agreement.clone(),
            digest: taken.digest,
            manifest: Some(taken.sealed.manifest.clone()),
        }
    }

    /// The other body.
    pub(crate) fn partner(&self) -> &OrganisationId {
        match self.side {
            Side::Outbound => &self.to.system.organisation,
            Side::Inbound => &self.from.organisation,
        }
    }
}

/// Signs what happened.
pub(crate) fn sign(context: &Context, about: &About, what: ParcelEvent, by: By) -> Result<SignedStatement> {
    let statement = ParcelStatement {
        id: ExchangeId::random(),
        parcel: about.parcel,
        from: about.from.clone(),
        to: about.to.clone(),
        agreement: about.agreement.clone(),
        agreement_digest: about.digest,
        manifest: about.manifest.clone(),
        what,
        organisation: context.identity.organisation.clone(),
        system: by.system,
        person: by.person,
        at: Timestamp::now(),
    };
    let json = statement.to_json()?;
    let signature = sign_document(&*context.identity.signer, PARCEL_STATEMENT_CONTEXT, json.as_bytes())?;
    Ok(SignedStatement::parse(&json, signature)?)
}

/// Says it: changes the state, keeps the statement, sees to it that the partner is told, records it. False when the
/// parcel was in none of the states, and nothing happened.
pub(crate) async fn say(
    context: &Context,
    about: &About,
    from: &[ParcelState],
    change: impl FnOnce(Change) -> Change,
    what: ParcelEvent,
    by: By,
) -> Result<bool> {
    let statement = sign(context, about, what, by)?;
    let to = statement.statement().what.state();
    let step = Change::new(about, from, to).said(context, &statement)?.job(tell(about.partner(), &statement)?);
    let said = change(step).make(context).await?;
    if said {
        context.parcels.changed();
    }
    Ok(said)
}

/// The job that tells a partner.
pub(super) fn tell(to: &OrganisationId, statement: &SignedStatement) -> Result<NewJob> {
    let body = write("job", &Tell { to: to.clone(), statement: statement.clone() })?;
    let key = statement.statement().id.to_string();
    Ok(NewJob { topic: TELL.to_owned(), key, body, run_at_ms: now_ms() })
}

/// The statement as the store keeps it, with its record, which is found by whom the cover beside it, if there is one,
/// names.
pub(super) fn kept(
    context: &Context,
    side: Side,
    signed: &SignedStatement,
    private: Option<&[u8]>,
) -> Result<NewStatement> {
    let statement = signed.statement();
    let (entry, content, partner, tallied) = record(context, side, signed, private)?;
    Ok(NewStatement {
        id: statement.id.to_string(),
        event: statement.what.word().to_owned(),
        by_organisation: statement.organisation.to_string(),
        at_ms: statement.at.as_millisecond(),
        body: write("statement", signed)?,
        record: Some(Evidence::packed(entry, &content, partner, tallied)?),
    })
}

/// Keeps a statement that changes nothing else, if it is not known.
pub(super) async fn note(context: &Context, side: Side, signed: &SignedStatement) -> Result<()> {
    let statement = signed.statement();
    let told: Vec<NewJob> = webhook::job(context, side, statement)?.into_iter().collect();
    let kept = kept(context, side, signed, None)?;
    context.parcels.rows().note(&statement.parcel.to_string(), side, &kept, &told).await?;
    Ok(())
}

/// A statement's record: itself, what of it can be erased, the other body, and what it is counted and found by.
fn record(
    context: &Context,
    side: Side,
    signed: &SignedStatement,
    private: Option<&[u8]>,
) -> Result<(Record, Content, String, Tallied)> {
    let statement = signed.statement();
    let partner = match side {
        Side::Outbound => &statement.to.system.organisation,
        Side::Inbound => &statement.from.organisation,
    };
    let now = now_ms();
    let record = Record {
        version: RECORD_VERSION,
        side,
        exchange: Exchange {
            id: statement.id,
            kind: Kind::Parcel,
            client: ClientId::System(statement.from.clone()),
            service: statement.to.clone(),
            basis: Some(Basis::Agreement {
                agreement: statement.agreement.clone(),
                digest: statement.agreement_digest,
            }),
            purpose: None,
            role: None,
        },
        ended: Outcome::Stated {
            parcel: statement.parcel,
            event: statement.what.word().to_owned(),
            organisation: statement.organisation.clone(),
        },
        moments: Moments { request_in: statement.at.as_millisecond(), response_out: now, ..Moments::default() },
        sizes: [0, 0],
        content: String::new(),
    };
    let content = Content {
        statement: signed.as_str().to_owned(),
        statement_signature: Some(signed.signature().clone()),
        ..Content::default()
    };
    let uses = u32::from(side == Side::Outbound && statement.what == ParcelEvent::Accepted);
    let tallied = Tallied { uses, people: people(context, side, statement, private)?, ..Tallied::default() };
    Ok((record, content, partner.to_string(), tallied))
}

/// Whom a parcel is about, as its cover says, when it sets out and when it arrives.
fn people(
    context: &Context,
    side: Side,
    statement: &ParcelStatement,
    private: Option<&[u8]>,
) -> Result<Vec<PersonDigest>> {
    let begins = match side {
        Side::Outbound => statement.what == ParcelEvent::Accepted,
        Side::Inbound => matches!(statement.what, ParcelEvent::Delivered { .. }),
    };
    let Some(private) = private.filter(|_| begins) else { return Ok(Vec::new()) };
    let found = finder::of_cover(&read::<Cover>("cover", private)?);
    Ok(context.finder.digests(found.iter().map(String::as_str)))
}

/// Records what an earlier version, which recorded statements after they were kept, has left unrecorded when it fell.
pub(super) async fn record_the_rest(context: &Context) -> Result<()> {
    for statement in context.parcels.rows().unrecorded(256).await? {
        let said = signed(&statement)?;
        let row = context.parcels.row(said.statement().parcel, statement.side).await?;
        let private = row.as_ref().and_then(|row| row.private.as_deref());
        let (record, content, partner, tallied) = record(context, statement.side, &said, private)?;
        match context.evidence.keep_counted(record, &content, partner, tallied).await {
            Ok(_) | Err(StoreError::Duplicate) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(job) = webhook::job(context, statement.side, said.statement())? {
            jobs::put(context, &job).await?;
        }
        context.parcels.rows().mark_recorded(&[statement.name()]).await?;
    }
    Ok(())
}

/// A kept statement as it was signed.
pub(crate) fn signed(statement: &Statement) -> Result<SignedStatement> {
    read("statement", &statement.body)
}

/// Why another body's statement does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    /// About a parcel that is not here, or is another's.
    #[error("there is no such parcel between the two bodies")]
    Parcel,
    /// Said by who may not say it.
    #[error("it is the other side's to say")]
    Side,
    /// Dated later than now.
    #[error("it is dated in the future: correct the clock")]
    Future,
    /// About other terms, or other content, than what was offered.
    #[error("its agreement or manifest is another than the parcel's")]
    Terms,
    /// Prolongs by more than may be, or shortens.
    #[error("a parcel is extended to a later day, at most 90 days from its beginning")]
    Until,
    /// By a key that is not the organisation's.
    #[error("its key was not a signing key of its organisation at that time")]
    Key,
    /// Not signed right.
    #[error("its signature is wrong")]
    Signature,
}

/// Checks another body's statement about a parcel that stands in a row of ours.
pub(crate) fn check(context: &Context, about: &About, signed: &SignedStatement) -> std::result::Result<(), Flaw> {
    let statement = signed.statement();
    let same = (statement.parcel, &statement.from, &statement.to) == (about.parcel, &about.from, &about.to);
    if !same || statement.organisation != *about.partner() {
        return Err(Flaw::Parcel);
    }
    if !statement.is_by_the_right_side() {
        return Err(Flaw::Side);
    }
    let other_manifest = match (&statement.manifest, &about.manifest) {
        (Some(said), Some(known)) => said != known,
        // Said before it was sealed, or of what we have not sealed.
        (None, _) => statement.what.is_recipients(),
        (Some(_), None) => false,
    };
    if (&statement.agreement, statement.agreement_digest) != (&about.agreement, about.digest) || other_manifest {
        return Err(Flaw::Terms);
    }
    if statement.at.duration_since(Timestamp::now()) > CLOCK_SKEW {
        return Err(Flaw::Future);
    }
    let organisation = context.directory.organisation(&statement.organisation).ok_or(Flaw::Key)?;
    let key = organisation.signing_key_at(&signed.signature().key, statement.at).ok_or(Flaw::Key)?;
    verify_document(&key, PARCEL_STATEMENT_CONTEXT, signed.as_str().as_bytes(), signed.signature())
        .map_err(|_| Flaw::Signature)
}

/// What we have said of a parcel that was sent to us.
pub(super) async fn said_of_arrived(context: &Context, parcel: ExchangeId) -> Result<Vec<SignedStatement>> {
    let own = |signed: &SignedStatement| {
        let statement = signed.statement();
        statement.organisation == context.identity.organisation && statement.what.is_recipients()
    };
    Ok(chain(context, parcel, Side::Inbound).await?.into_iter().filter(own).collect())
}

/// The parcel's chain of statements, oldest first.
pub(crate) async fn chain(context: &Context, parcel: ExchangeId, side: Side) -> Result<Vec<SignedStatement>> {
    context.parcels.rows().statements(&parcel.to_string(), side).await?.iter().map(signed).collect()
}

/// What a row says of itself.
pub(crate) fn about(row: &packhorse_store::Parcel) -> Result<About> {
    let id: ExchangeId = row.id.parse().map_err(|error| stored("parcel", error))?;
    Ok(match row.side {
        Side::Outbound => About::sent(id, &read("parcel", &row.body)?),
        Side::Inbound => About::taken(id, &read("parcel", &row.body)?),
    })
}

/// The state that a row stands in.
pub(crate) fn state(row: &packhorse_store::Parcel) -> Result<ParcelState> {
    row.state.parse().map_err(|error| stored("parcel", error))
}
