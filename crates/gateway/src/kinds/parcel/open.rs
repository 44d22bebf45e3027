//! Opened: a payload is held against its manifest byte for byte, and looked at for malware. Nothing is written in the
//! clear.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use packhorse_keys::{PayloadKey, SealingKey};
use packhorse_model::ExchangeId;
use packhorse_model::parcel::{Archive, MANIFEST_LIMIT, Manifest, Offer, Segment};

use super::desk::{ParcelError, Result, open_by_any};
use super::digest::FileDigest;
use super::kept::{Cover, Taken, moment};
use super::pieces::{Seal, header_of};
use super::scan::{Scan, Scanner, Verdict};
use crate::error::GatewayError;

/// A parcel to be opened, as it was offered and taken.
pub(super) struct Arrival {
    pub(super) parcel: ExchangeId,
    pub(super) taken: Taken,
    pub(super) expires_ms: i64,
    pub(super) offer: Arc<Offer>,
}

impl Arrival {
    pub(super) fn of(offer: &Arc<Offer>, taken: &Taken) -> Self {
        let expires_ms = offer.expires_at.as_millisecond();
        Self { parcel: offer.parcel, taken: taken.clone(), expires_ms, offer: Arc::clone(offer) }
    }
}

/// What was found inside.
pub(super) struct Opened {
    pub(super) cover: Cover,
    pub(super) verdict: Verdict,
}

/// Why a parcel does not get into its mailbox.
pub(super) enum Flaw {
    /// It is not what was offered: the sender's doing.
    Lies(&'static str),
    /// Something of ours broke: to be tried again.
    Broken(ParcelError),
}

impl From<ParcelError> for Flaw {
    fn from(error: ParcelError) -> Self {
        match error {
            // A piece that does not open was sealed wrongly: it is the one whose digest was offered.
            ParcelError::Gateway(GatewayError::Key(_)) => Self::Lies("it does not open"),
            other => Self::Broken(other),
        }
    }
}

/// Opens a parcel; `content` gives what is in its pieces, from the first to the last, by the payload's key.
pub(super) async fn open<S: Stream<Item = Result<Bytes>>>(
    arrival: &Arrival,
    keys: &[SealingKey],
    scanner: Option<&Scanner>,
    content: impl FnOnce(Arc<PayloadKey>, u64) -> S,
) -> std::result::Result<Opened, Flaw> {
    let sealed = arrival.offer.manifest_bytes().map_err(|_| Flaw::Lies("its manifest is not base64"))?;
    let json = open_by_any(keys, &sealed, MANIFEST_LIMIT).ok_or(Flaw::Lies("its manifest does not open"))?;
    let manifest = check(arrival, &json)?;
    let archive = Archive::new(&json, &manifest.files, manifest.sent_at);
    if archive.size() != arrival.taken.sealed.size {
        return Err(Flaw::Lies("its size is not the manifest's"));
    }
    let header = header_of(&arrival.taken.sealed.header).map_err(|_| Flaw::Lies("its header is not base64"))?;
    let seal = Seal::open(keys, &header).map_err(Flaw::from)?;
    let mut content = std::pin::pin!(content(seal.key(), archive.size()));
    let mut run = Bytes::new();
    let mut verdict = if scanner.is_some() { Verdict::Clean } else { Verdict::NotScanned };
    for segment in archive.segments() {
        let (mut expected, mut file, mut left) = match segment {
            Segment::Bytes(bytes) => (Bytes::from(bytes), None, 0),
            Segment::File { index, size } => (Bytes::new(), Some((index, File::begin(scanner).await?)), size),
        };
        left += expected.len() as u64;
        while left > 0 {
            if run.is_empty() {
                run = content.next().await.ok_or(Flaw::Lies("it is cut short"))??;
            }
            let now = run.split_to(usize::try_from(left).unwrap_or(usize::MAX).min(run.len()));
            left -= now.len() as u64;
            match &mut file {
                None if expected.split_to(now.len()) != now => {
                    return Err(Flaw::Lies("its archive is not the manifest's"));
                }
                None => {}
                Some((_, file)) => file.feed(now).await?,
            }
        }
        if let Some((index, file)) = file
            && file.end(&manifest.files[index].sha256).await? == Verdict::Found
        {
            verdict = Verdict::Found;
        }
    }
    Ok(Opened { cover: Cover::of(&manifest, &json, None), verdict })
}

fn check(arrival: &Arrival, json: &[u8]) -> std::result::Result<Manifest, Flaw> {
    let Arrival { parcel, taken, expires_ms, .. } = arrival;
    if Manifest::digest(json) != taken.sealed.manifest {
        return Err(Flaw::Lies("its manifest is another than was offered"));
    }
    let manifest = Manifest::parse(json).map_err(|_| Flaw::Lies("its manifest breaks the form"))?;
    let addressee = manifest.addressee(*parcel).ok_or(Flaw::Lies("it is for somebody else"))?;
    if addressee.service != taken.service || addressee.agreement != taken.agreement {
        return Err(Flaw::Lies("it is for another mailbox, workflow or agreement"));
    }
    if manifest.from != taken.from {
        return Err(Flaw::Lies("it names another sender"));
    }
    if manifest.marking != taken.marking || manifest.expires_at != moment(*expires_ms) {
        // An extension moves the row's end, never before it is opened: extending waits for the delivery.
        return Err(Flaw::Lies("its marking or expiry is another than was offered"));
    }
    Ok(manifest)
}

/// One file as it comes by.
struct File {
    digest: FileDigest,
    scan: Scan,
}

impl File {
    async fn begin(scanner: Option<&Scanner>) -> Result<Self> {
        Ok(Self { digest: FileDigest::default(), scan: Scan::by(scanner).await? })
    }

    async fn feed(&mut self, run: Bytes) -> Result<()> {
        self.digest.feed(run.clone()).await?;
        self.scan.feed(&run).await
    }

    async fn end(self, expected: &str) -> std::result::Result<Verdict, Flaw> {
        if self.digest.finish().await? != expected {
            return Err(Flaw::Lies("a file is not the one that the manifest describes"));
        }
        Ok(self.scan.verdict().await?)
    }
}
