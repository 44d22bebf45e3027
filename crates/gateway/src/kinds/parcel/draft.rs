//! A draft: may this be sent at all? Asked before the first byte is taken in, by the steps that every exchange takes.

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use packhorse_model::exchange::{Basis, Kind};
use packhorse_model::id::ClientId;
use packhorse_model::organisation::Members as _;
use packhorse_model::parcel::{Addressee, FILE_LIMIT, FileEntry, Manifest, ParcelState, RECIPIENT_LIMIT};
use packhorse_model::path::CanonicalPath;
use packhorse_model::{AgreementDigest, ExchangeId, Marking, Rule, ServiceId, Side, SystemId};
use packhorse_store::NewParcel;

use super::desk::{ParcelError, Result, no, read, stored, write};
use super::jobs::{self, EXPIRE};
use super::kept::{Cover, CoverFile, Sent, moment};
use super::staging::CONTENT_LIMIT;
use crate::context::{Context, now_ms};
use crate::kinds::query::Question;
use crate::outbound;
use crate::steps::identify::{Asked, Received, Shown, today};
use crate::trail::Trail;

/// The longest that a parcel waits to be collected.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);
/// As long as it waits when the sender does not say: what MESH gives.
const USUAL: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Documents that remember to which mailboxes a mailbox has sent before.
const PARTNER: &str = "parcel-partner";

/// What a system wants to send.
pub(crate) struct Dispatch {
    pub(crate) shown: Vec<Shown>,
    pub(crate) from: SystemId,
    pub(crate) to: Vec<ServiceId>,
    pub(crate) asked: Asked,
    pub(crate) marking: Marking,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) cover: Cover,
    /// The caller's own key: a dispatch of the same key is the same dispatch.
    pub(crate) key: Option<String>,
    /// Somebody looked at a recipient that was never sent to before.
    pub(crate) confirmed: bool,
}

/// A dispatch that was taken in: its recipients' parcels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) dispatch: ExchangeId,
    pub(crate) parcels: Vec<Addressee>,
}

/// Opens a dispatch: each recipient must be covered by an agreement, or nothing is begun.
pub(crate) async fn open(context: &Context, mut dispatch: Dispatch) -> Result<Opened> {
    if let Some(opened) = known(context, &dispatch).await? {
        return Ok(opened);
    }
    let judged = judge(context, &mut dispatch).await?;
    let opened = keep(context, &dispatch, &judged).await?;
    remember(context, judged.new).await?;
    Ok(opened)
}

/// What was found out of a dispatch that may be sent.
pub(super) struct Judged {
    pub(super) found: Vec<Found>,
    pub(super) to: Vec<Addressee>,
    pub(super) expires_at: Timestamp,
    /// Recipients that were never sent to before.
    pub(super) new: Vec<String>,
}

/// May it be sent, to all of them?
pub(super) async fn judge(context: &Context, dispatch: &mut Dispatch) -> Result<Judged> {
    check(context, dispatch)?;
    let mut found = Vec::with_capacity(dispatch.to.len());
    for (service, shown) in dispatch.to.iter().zip(std::mem::take(&mut dispatch.shown)) {
        found.push(may_send(context, dispatch, service, shown).await?);
    }
    let to: Vec<Addressee> = found.iter().map(|found| found.addressee.clone()).collect();
    let purpose = found.first().and_then(|found| found.purpose.clone());
    let expires_at = expires_at(dispatch);
    describable(
        &dispatch.cover,
        Envelope { from: &dispatch.from, to: &to, marking: dispatch.marking, purpose, expires_at },
    )?;
    let new = first_time(context, dispatch).await?;
    Ok(Judged { found, to, expires_at, new })
}

/// The recipients have been sent to from now on.
pub(super) async fn remember(context: &Context, new: Vec<String>) -> Result<()> {
    for partner in new {
        context.evidence.store().documents().put(PARTNER, &partner, 1, b"{}", None).await?;
    }
    Ok(())
}

/// The dispatch that was opened under the same key.
async fn known(context: &Context, dispatch: &Dispatch) -> Result<Option<Opened>> {
    let Some(key) = &dispatch.key else { return Ok(None) };
    let Some(row) = context.parcels.rows().by_dispatch(&dispatch.from.system, key).await? else { return Ok(None) };
    let sent: Sent = read("parcel", &row.body)?;
    let before = Cover::of_row(&row)?.and_then(|cover| cover.same);
    if before.is_some() && dispatch.cover.same.as_ref().is_some_and(|same| Some(same) != before.as_ref()) {
        // IETF draft "The Idempotency-Key HTTP Header Field" section 2.7.
        let reason = "the idempotency key was used for another dispatch";
        return Err(no(Side::Outbound, Rule::Parcel, reason, "give every dispatch a key of its own"));
    }
    let dispatch = row.payload.parse().map_err(|error| stored("parcel", error))?;
    Ok(Some(Opened { dispatch, parcels: sent.to }))
}

fn check(context: &Context, dispatch: &Dispatch) -> Result<()> {
    let malformed = |reason: &str, remedy| no(Side::Outbound, Rule::Parcel, reason, remedy);
    if dispatch.to.is_empty() || dispatch.to.len() > RECIPIENT_LIMIT {
        return Err(malformed("a dispatch has 1 to 64 recipients", "split it"));
    }
    if dispatch.to.iter().enumerate().any(|(index, service)| dispatch.to[..index].contains(service)) {
        return Err(malformed("a recipient is named twice", "name each once"));
    }
    if dispatch.cover.files.len() > FILE_LIMIT {
        return Err(malformed("a parcel has at most 10,000 files", "put them into an archive"));
    }
    let now = Timestamp::now();
    if dispatch.expires_at.is_some_and(|end| end <= now || end.duration_since(now) > LONGEST) {
        return Err(malformed("a parcel expires within 90 days, and not before it is sent", "choose another day"));
    }
    let system = context.people.registered(&dispatch.from.system)?;
    let mailbox = system.mailbox.as_ref().ok_or_else(|| {
        no(Side::Outbound, Rule::Mailbox, "the system has no mailbox", "give it one with `packhorse system mailbox`")
    })?;
    let user = dispatch.asked.user.as_deref();
    context.people.is_delegated(mailbox, user)?;
    context.assurance.papers().is_vetted_for_marking(user, dispatch.marking, today())?;
    for service in &dispatch.to {
        mailbox.may_send(&service.service)?;
    }
    Ok(())
}

/// When it is destroyed, collected or not.
fn expires_at(dispatch: &Dispatch) -> Timestamp {
    let usual = || Timestamp::now().saturating_add(USUAL).unwrap_or(Timestamp::MAX);
    dispatch.expires_at.unwrap_or_else(usual)
}

/// What a manifest says besides its cover.
pub(super) struct Envelope<'a> {
    pub(super) from: &'a SystemId,
    pub(super) to: &'a [Addressee],
    pub(super) marking: Marking,
    pub(super) purpose: Option<String>,
    pub(super) expires_at: Timestamp,
}

impl<'a> Envelope<'a> {
    /// What a kept dispatch says.
    pub(super) fn of(sent: &'a Sent, expires_ms: i64) -> Self {
        Self {
            from: &sent.from,
            to: &sent.to,
            marking: sent.marking,
            purpose: sent.purpose.clone(),
            expires_at: moment(expires_ms),
        }
    }

    /// The manifest of a dispatch, made now.
    pub(super) fn manifest(
        self,
        dispatch: ExchangeId,
        salt: [u8; 16],
        cover: &Cover,
        files: Vec<FileEntry>,
    ) -> Manifest {
        Manifest {
            version: Manifest::version(),
            salt: Manifest::salt_text(&salt),
            dispatch,
            from: self.from.clone(),
            to: self.to.to_vec(),
            sent_at: Timestamp::now(),
            expires_at: self.expires_at,
            marking: self.marking,
            purpose: self.purpose,
            subject: cover.subject.clone(),
            reference: cover.reference.clone(),
            note: cover.note.clone(),
            files,
            labels: cover.labels.clone(),
        }
    }
}

/// Whether a manifest can be made of it: what breaks its rules could be accepted, and never sealed.
pub(super) fn describable(cover: &Cover, envelope: Envelope<'_>) -> Result<()> {
    let all = cover.files.iter().try_fold(0u64, |all, file| all.checked_add(file.size.unwrap_or(0)));
    if all.is_none_or(|all| all > CONTENT_LIMIT) {
        return Err(ParcelError::TooLarge);
    }
    let mut files: Vec<FileEntry> = cover.files.iter().map(CoverFile::undigested).collect();
    if files.is_empty() {
        // They come later.
        let any = |name| CoverFile { name, size: None, media_type: None, sha256: None };
        files.extend("file".parse().map(|name| any(name).undigested()));
    }
    let manifest = envelope.manifest(ExchangeId::random(), Default::default(), cover, files);
    manifest.to_json()?;
    Ok(())
}

/// What was found for one recipient.
pub(super) struct Found {
    pub(super) addressee: Addressee,
    digest: AgreementDigest,
    purpose: Option<String>,
    role: Option<String>,
    trained_on: Option<jiff::civil::Date>,
}

async fn may_send(context: &Context, dispatch: &Dispatch, service: &ServiceId, shown: Shown) -> Result<Found> {
    let parcel = ExchangeId::random();
    let client = ClientId::System(dispatch.from.clone());
    let mut trail = Trail::begin(Side::Outbound, Kind::Parcel, ExchangeId::random(), client, service.clone());
    trail.content.user = dispatch.asked.user.clone().unwrap_or_default();
    let received = Received { shown, question: question(parcel, Bytes::new())?, asked: dispatch.asked.clone() };
    let (trail, asked) = outbound::may(context, received, trail).await?;
    if context
        .directory
        .organisation(&service.system.organisation)
        .is_none_or(|to| to.sealing_recipient_at(Timestamp::now()).is_none())
    {
        return Err(no(
            Side::Outbound,
            Rule::UnknownMember,
            "the directory lists no sealing key of the recipient",
            "ask its operator to add one",
        ));
    }
    let Some(Basis::Agreement { agreement, digest }) = trail.exchange.basis else {
        return Err(no(Side::Outbound, Rule::NoAgreement, "no agreement covers the parcel", "propose one"));
    };
    Ok(Found {
        addressee: Addressee { parcel, service: service.clone(), agreement },
        digest,
        purpose: trail.exchange.purpose,
        role: trail.exchange.role,
        trained_on: asked.trained_on.and_then(|day| day.parse().ok()),
    })
}

/// The exchange by which a parcel is offered, as far as decisions look at it.
pub(super) fn question(parcel: ExchangeId, body: Bytes) -> Result<Question> {
    let path = CanonicalPath::parse(&format!("/{parcel}")).map_err(|error| stored("path", error))?;
    Ok(Question { method: Method::POST, path, query: None, headers: HeaderMap::new(), body })
}

/// The recipients that this mailbox never sent to. A person must look twice at those: the wrong recipient is the
/// commonest breach.
async fn first_time(context: &Context, dispatch: &Dispatch) -> Result<Vec<String>> {
    let mut new = Vec::new();
    for service in &dispatch.to {
        let partner = partner_key(&dispatch.from, service);
        if context.evidence.store().documents().get(PARTNER, &partner).await?.is_none() {
            if dispatch.asked.user.is_some() && !dispatch.confirmed {
                return Err(ParcelError::Unconfirmed { recipient: service.system.clone() });
            }
            new.push(partner);
        }
    }
    Ok(new)
}

/// Short, whatever the identifiers' length: a document's key is bounded.
fn partner_key(from: &SystemId, to: &ServiceId) -> String {
    let pair = format!("{from} {}", to.system);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(packhorse_keys::sha256(pair.as_bytes()))
}

/// What is kept of one recipient's parcel.
pub(super) fn sent(dispatch: &Dispatch, found: &Found, to: &[Addressee]) -> Sent {
    Sent {
        from: dispatch.from.clone(),
        service: found.addressee.service.clone(),
        agreement: found.addressee.agreement.clone(),
        digest: found.digest,
        to: to.to_vec(),
        marking: dispatch.marking,
        purpose: found.purpose.clone(),
        role: found.role.clone(),
        trained_on: found.trained_on,
        released: false,
        sealed: None,
        waiting_for: None,
    }
}

/// The row of one recipient's parcel.
pub(super) fn row(
    id: ExchangeId,
    sent: &Sent,
    parcel: ExchangeId,
    expires_at: Timestamp,
    private: Vec<u8>,
) -> Result<NewParcel> {
    Ok(NewParcel {
        id: parcel.to_string(),
        side: Side::Outbound,
        mailbox: sent.from.system.clone(),
        partner: sent.service.system.organisation.to_string(),
        workflow: sent.service.service.clone(),
        state: ParcelState::Draft.word().to_owned(),
        created_ms: now_ms(),
        expires_ms: expires_at.as_millisecond(),
        bytes: 0,
        payload: id.to_string(),
        dispatch: String::new(),
        hold: false,
        listed: false,
        body: write("parcel", sent)?,
        private: Some(private),
    })
}

async fn keep(context: &Context, dispatch: &Dispatch, judged: &Judged) -> Result<Opened> {
    let id = ExchangeId::random();
    let private = write("cover", &dispatch.cover)?;
    let mut rows = Vec::with_capacity(judged.found.len());
    for (index, found) in judged.found.iter().enumerate() {
        let sent = sent(dispatch, found, &judged.to);
        let row = row(id, &sent, found.addressee.parcel, judged.expires_at, private.clone())?;
        let key = if index == 0 { dispatch.key.clone().unwrap_or_default() } else { String::new() };
        rows.push(NewParcel { dispatch: key, ..row });
    }
    // What is never sent goes when its time is up.
    let first = judged.to.first().map(|first| first.parcel).ok_or(ParcelError::Missing)?;
    let expire = jobs::at(judged.expires_at.as_millisecond(), EXPIRE, first, Side::Outbound);
    let rows: Vec<_> = rows.iter().map(|row| (row, [].as_slice())).collect();
    if context.parcels.rows().insert_many(&rows, &[expire]).await? {
        return Ok(Opened { dispatch: id, parcels: judged.to.clone() });
    }
    // Somebody opened a dispatch of the same key between our look and now.
    known(context, dispatch).await?.ok_or_else(|| stored("parcel", "its id is taken"))
}
