//! The parcels' desk: what every part of this room works with, wired once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_keys::{KeyError, SealingKey};
use packhorse_model::parcel::{ManifestError, Offer, OfferError, ParcelState, StatementError};
use packhorse_model::{ExchangeId, Refusal, Rule, Side, SystemId};
use packhorse_store::{Objects, Parcel, Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::ahead::Ahead;
use super::scan::{Scanner, ScannerSettings};
use super::staging::Place;
use super::uploads::{Turn, Uploads};
use crate::error::GatewayError;
use crate::trail::Stop;

/// What is sent and received sealed.
pub struct Parcels {
    store: Store,
    /// The organisation's sealing keys, the current one first: what was sealed to a former one must still open.
    keys: Arc<Vec<SealingKey>>,
    scanner: Option<Scanner>,
    /// Rises whenever something changed in any mailbox: wakes those who wait for news.
    news: watch::Sender<u64>,
    uploads: Uploads,
    /// Offers whose pieces are arriving, so that they are not read again for each.
    arriving: Mutex<HashMap<ExchangeId, Arc<Offer>>>,
    ahead: Ahead,
}

/// Most offers kept at hand.
const OFFERS_AT_HAND: usize = 64;

/// Why something about a parcel could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParcelError {
    /// Somebody said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke on the way.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// There is no such parcel, or not in this mailbox.
    #[error("no such parcel in this mailbox")]
    Missing,
    /// It is not in a state for it.
    #[error("the parcel is {state}: {remedy}")]
    State { state: ParcelState, remedy: &'static str },
    /// A person sends to this mailbox for the first time.
    #[error("{recipient} was never sent to before: look whether it is the right one, and confirm")]
    Unconfirmed { recipient: SystemId },
    /// The content is gone.
    #[error("the parcel's content is gone: it was erased when the parcel ended")]
    Gone,
    /// An upload does not go on where the last one ended.
    #[error("the upload goes on at byte {expected}")]
    Offset { expected: u64 },
    /// More bytes than were announced or may be.
    #[error("the upload is larger than announced, or than a parcel may be")]
    TooLarge,
    /// Somebody else uploads to the same place.
    #[error("the same file is being uploaded already: wait until that ends")]
    Busy,
    /// The caller's bytes broke off.
    #[error("the upload broke off: go on where it ended")]
    BrokeOff,
}

pub(crate) type Result<T> = std::result::Result<T, ParcelError>;

impl Parcels {
    /// The desk over a store, with the organisation's sealing keys (the current one first) and its scanner.
    #[must_use]
    pub fn new(store: Store, keys: Vec<SealingKey>, scanner: Option<ScannerSettings>) -> Self {
        Self {
            store,
            keys: Arc::new(keys),
            scanner: scanner.map(Scanner::new),
            news: watch::Sender::new(0),
            uploads: Uploads::default(),
            arriving: Mutex::default(),
            ahead: Ahead::default(),
        }
    }

    pub(crate) fn rows(&self) -> packhorse_store::Parcels {
        self.store.parcels()
    }

    pub(crate) fn objects(&self) -> &Objects {
        self.store.objects()
    }

    pub(crate) fn keys(&self) -> &Arc<Vec<SealingKey>> {
        &self.keys
    }

    /// The key that new things of our own are sealed to.
    pub(crate) fn own_key(&self) -> Result<&SealingKey> {
        self.keys.first().ok_or_else(|| stored("sealing key", "none is configured"))
    }

    /// Something of our own, sealed to ourselves; base64.
    pub(crate) fn to_own<T: Serialize>(&self, what: &'static str, value: &T) -> Result<String> {
        self.sealed(&write(what, value)?)
    }

    /// Reads what [`Parcels::to_own`] wrote, of at most `limit` bytes.
    pub(crate) fn of_own<T: DeserializeOwned>(&self, what: &'static str, text: &str, limit: usize) -> Result<T> {
        read(what, &self.opened(what, &self.keys, text, limit)?)
    }

    /// Seals to the current key what [`Parcels::to_own`] wrote; nothing when it is sealed to that one already.
    pub(crate) fn renewed(&self, what: &'static str, text: &str, limit: usize) -> Result<Option<String>> {
        if self.opened(what, std::slice::from_ref(self.own_key()?), text, limit).is_ok() {
            return Ok(None);
        }
        self.sealed(&self.opened(what, &self.keys, text, limit)?).map(Some)
    }

    fn sealed(&self, content: &[u8]) -> Result<String> {
        Ok(STANDARD.encode(packhorse_keys::seal(&[self.own_key()?.recipient()], content)?))
    }

    fn opened(&self, what: &'static str, keys: &[SealingKey], text: &str, limit: usize) -> Result<Vec<u8>> {
        let sealed = STANDARD.decode(text).map_err(|error| stored(what, error))?;
        open_by_any(keys, &sealed, limit)
            .ok_or_else(|| stored(what, "none of the organisation's sealing keys opens it"))
    }

    pub(super) fn scanner(&self) -> Option<&Scanner> {
        self.scanner.as_ref()
    }

    /// A place to upload to, for one at a time: until the turn is dropped.
    pub(super) fn take_turn(&self, place: &Place) -> Result<Turn> {
        self.uploads.take_turn(place)
    }

    /// Tells those who wait that something changed.
    pub(crate) fn changed(&self) {
        self.news.send_modify(|news| *news += 1);
    }

    /// Wakes when something changed.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Whether an offered parcel, named by the path of its offer, is known here.
    pub(crate) async fn knows(&self, path: &str) -> bool {
        match path.trim_start_matches('/').parse() {
            Ok(id) => matches!(self.row(id, Side::Inbound).await, Ok(Some(_))),
            Err(_) => false,
        }
    }

    pub(crate) async fn row(&self, id: ExchangeId, side: Side) -> Result<Option<Parcel>> {
        Ok(self.rows().get(&id.to_string(), side).await?)
    }

    /// The offer of an arriving parcel.
    pub(super) async fn offer(&self, id: ExchangeId) -> Result<Arc<Offer>> {
        if let Some(offer) = self.at_hand().get(&id) {
            return Ok(Arc::clone(offer));
        }
        let bytes = self.objects().get(&offer_path(id), packhorse_model::parcel::OFFER_LIMIT as u64).await?;
        let offer = Arc::new(Offer::parse(&bytes.ok_or(ParcelError::Gone)?)?);
        self.keep_at_hand(id, &offer);
        Ok(offer)
    }

    pub(super) fn keep_at_hand(&self, id: ExchangeId, offer: &Arc<Offer>) {
        let mut arriving = self.at_hand();
        if arriving.len() >= OFFERS_AT_HAND {
            arriving.clear();
        }
        arriving.insert(id, Arc::clone(offer));
    }

    pub(super) fn forget_offer(&self, id: ExchangeId) {
        self.at_hand().remove(&id);
    }

    /// The parcels that are opened while they arrive.
    pub(super) fn ahead(&self) -> &Ahead {
        &self.ahead
    }

    fn at_hand(&self) -> std::sync::MutexGuard<'_, HashMap<ExchangeId, Arc<Offer>>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens something short by whichever of our keys it was sealed to.
pub(super) fn open_by_any(keys: &[SealingKey], sealed: &[u8], limit: usize) -> Option<Vec<u8>> {
    keys.iter().find_map(|key| packhorse_keys::open(key, sealed, limit).ok())
}

/// Where an arriving parcel's offer lies.
pub(super) fn offer_path(id: ExchangeId) -> String {
    format!("parcels/in/{id}/offer.json")
}

/// Where the sealed objects of a taken parcel lie.
pub(super) fn taken_prefix(id: ExchangeId) -> String {
    format!("parcels/in/{id}/sealed")
}

/// Where the sealed objects of a dispatch lie.
pub(super) fn payload_prefix(dispatch: &str) -> String {
    format!("parcels/out/{dispatch}/sealed")
}

/// An object by its place; equally long names sort as numbers do.
pub(super) fn object_path(prefix: &str, index: u64) -> String {
    format!("{prefix}/{index:06}")
}

/// Something of our own cannot be read.
pub(super) fn stored(what: &'static str, why: impl std::fmt::Display) -> ParcelError {
    GatewayError::Stored { what, why: why.to_string() }.into()
}

/// Reads a row's JSON.
pub(crate) fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| stored(what, error))
}

/// Writes a row's JSON.
pub(super) fn write<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| stored(what, error))
}

/// A refusal by this gateway, as it may concern a parcel.
pub(crate) fn no(side: Side, rule: Rule, reason: impl Into<String>, remedy: &str) -> ParcelError {
    Refusal { side, rule, reason: reason.into(), remedy: remedy.into() }.into()
}

impl From<StoreError> for ParcelError {
    fn from(error: StoreError) -> Self {
        GatewayError::from(error).into()
    }
}

impl From<KeyError> for ParcelError {
    fn from(error: KeyError) -> Self {
        GatewayError::from(error).into()
    }
}

impl From<OfferError> for ParcelError {
    fn from(error: OfferError) -> Self {
        no(Side::Inbound, Rule::Parcel, error.to_string(), "see docs/protocol/parcel.md")
    }
}

impl From<ManifestError> for ParcelError {
    fn from(error: ManifestError) -> Self {
        no(Side::Outbound, Rule::Parcel, error.to_string(), "mend the parcel and send it again")
    }
}

impl From<StatementError> for ParcelError {
    fn from(error: StatementError) -> Self {
        no(Side::Outbound, Rule::Parcel, error.to_string(), "say it in fewer words")
    }
}

impl From<Stop> for ParcelError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => refusal.into(),
            Stop::Failed(fault) => GatewayError::Stored { what: "exchange", why: fault.reason }.into(),
        }
    }
}
