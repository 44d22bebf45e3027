//! Unpacked: the parcel is opened, held against its manifest byte for byte, looked at for malware, and only then
//! listed. Nothing is written in the clear.

use futures_util::StreamExt as _;
use packhorse_model::parcel::{Archive, FileEntry, Manifest, ParcelEvent, ParcelState, Segment};
use packhorse_model::record::encode_digest;
use packhorse_model::{ExchangeId, Side};
use packhorse_store::Parcel;

use super::change::Change;
use super::deliver::Attempt;
use super::desk::{ParcelError, Result, open_by_any, read, taken_prefix, write};
use super::kept::{Cover, Taken, moment};
use super::lookout;
use super::pieces::{self, Seal, header_of};
use super::say::{self, About, By};
use super::scan::{Scan, Verdict};
use crate::context::Context;
use crate::error::GatewayError;

/// Opens a parcel that has arrived.
pub(super) async fn unpack(context: &Context, parcel: ExchangeId) -> Result<Attempt> {
    let Some(row) = context.parcels.row(parcel, Side::Inbound).await? else { return Ok(Attempt::Done) };
    if say::state(&row)? != ParcelState::Arrived {
        return Ok(Attempt::Done);
    }
    let taken: Taken = read("parcel", &row.body)?;
    let about = About::taken(parcel, &taken);
    let opened = match open(context, parcel, &row, &taken).await {
        Ok(opened) => opened,
        Err(Flaw::Lies(why)) => {
            let event = ParcelEvent::Declined { reason: format!("the parcel is not what was offered: {why}") };
            say::say(context, &about, &[ParcelState::Arrived], |step| step, event, By::default()).await?;
            return Ok(Attempt::Done);
        }
        Err(Flaw::Broken(ParcelError::Gateway(GatewayError::Scanner(why)))) => {
            tracing::warn!(%parcel, why, "a parcel waits for the scanner");
            return Ok(Attempt::Later(why.to_owned()));
        }
        Err(Flaw::Broken(error)) => return Err(error),
    };
    let private = write("cover", &opened.cover)?;
    if opened.verdict == Verdict::Found {
        let quarantine = |step: Change| step.cover(private);
        say::say(context, &about, &[ParcelState::Arrived], quarantine, ParcelEvent::Quarantined, By::default()).await?;
        return Ok(Attempt::Done);
    }
    list(context, &about, ParcelState::Arrived, private, opened.verdict == Verdict::Clean).await?;
    Ok(Attempt::Done)
}

/// Puts a checked parcel into its mailbox and tells the sender.
pub(super) async fn list(
    context: &Context,
    about: &About,
    from: ParcelState,
    private: Vec<u8>,
    scanned: bool,
) -> Result<()> {
    let row = context.parcels.row(about.parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
    let reminders = lookout::reminders(context, about.parcel, &row.mailbox, row.expires_ms);
    let listed = |step: Change| reminders.into_iter().fold(step.cover(private).listed(), Change::job);
    say::say(context, about, &[from], listed, ParcelEvent::Delivered { scanned }, By::default()).await?;
    Ok(())
}

/// What was found inside.
struct Opened {
    cover: Cover,
    verdict: Verdict,
}

/// Why a parcel does not get into its mailbox.
enum Flaw {
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

async fn open(context: &Context, parcel: ExchangeId, row: &Parcel, taken: &Taken) -> std::result::Result<Opened, Flaw> {
    let offer = context.parcels.offer(parcel).await?;
    let sealed = offer.manifest_bytes().map_err(|_| Flaw::Lies("its manifest is not base64"))?;
    let json = open_by_any(context.parcels.keys(), &sealed, packhorse_model::parcel::MANIFEST_LIMIT)
        .ok_or(Flaw::Lies("its manifest does not open"))?;
    let manifest = check(parcel, row, taken, &json)?;
    let archive = Archive::new(&json, &manifest.files, manifest.sent_at);
    if archive.size() != taken.sealed.size {
        return Err(Flaw::Lies("its size is not the manifest's"));
    }
    let header = header_of(&taken.sealed.header).map_err(|_| Flaw::Lies("its header is not base64"))?;
    let seal = Seal::open(context.parcels.keys(), &header)?;
    let mut reader = Reader { content: Vec::new(), at: 0 };
    let stream =
        pieces::read(context.parcels.objects(), taken_prefix(parcel), seal.key(), archive.size(), 0, archive.size());
    let mut stream = std::pin::pin!(stream);
    let mut verdict = if context.parcels.scanner().is_some() { Verdict::Clean } else { Verdict::NotScanned };
    for segment in archive.segments() {
        let mut file = match &segment {
            Segment::Bytes(_) => None,
            Segment::File { index, .. } => Some(File::begin(context, &manifest.files[*index]).await?),
        };
        let mut left = match &segment {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::File { size, .. } => *size,
        };
        let whole = left;
        while left > 0 {
            if reader.is_empty() {
                reader.fill(stream.next().await.ok_or(Flaw::Lies("it is cut short"))??.to_vec());
            }
            let run = reader.take(left);
            match (&segment, &mut file) {
                (Segment::Bytes(expected), _) => {
                    let at = (whole - left) as usize;
                    if expected[at..at + run.len()] != *run {
                        return Err(Flaw::Lies("its archive is not the manifest's"));
                    }
                }
                (Segment::File { .. }, Some(file)) => file.feed(run).await?,
                (Segment::File { .. }, None) => {}
            }
            left -= run.len() as u64;
        }
        if let Some(file) = file
            && file.end().await? == Verdict::Found
        {
            verdict = Verdict::Found;
        }
    }
    Ok(Opened { cover: Cover::of(&manifest, &json, None), verdict })
}

fn check(parcel: ExchangeId, row: &Parcel, taken: &Taken, json: &[u8]) -> std::result::Result<Manifest, Flaw> {
    if Manifest::digest(json) != taken.sealed.manifest {
        return Err(Flaw::Lies("its manifest is another than was offered"));
    }
    let manifest = Manifest::parse(json).map_err(|_| Flaw::Lies("its manifest breaks the form"))?;
    let addressee = manifest.addressee(parcel).ok_or(Flaw::Lies("it is for somebody else"))?;
    if addressee.service != taken.service || addressee.agreement != taken.agreement {
        return Err(Flaw::Lies("it is for another mailbox, workflow or agreement"));
    }
    if manifest.from != taken.from {
        return Err(Flaw::Lies("it names another sender"));
    }
    if manifest.marking != taken.marking || manifest.expires_at != moment(row.expires_ms) {
        // An extension moves the row's end, never before it is opened: extending waits for the delivery.
        return Err(Flaw::Lies("its marking or expiry is another than was offered"));
    }
    Ok(manifest)
}

/// Opened content, given out in runs.
struct Reader {
    content: Vec<u8>,
    at: usize,
}

impl Reader {
    fn is_empty(&self) -> bool {
        self.at == self.content.len()
    }

    fn fill(&mut self, content: Vec<u8>) {
        (self.content, self.at) = (content, 0);
    }

    fn take(&mut self, most: u64) -> &[u8] {
        let begin = self.at;
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(self.content.len() - begin);
        self.at += length;
        &self.content[begin..self.at]
    }
}

/// One file as it comes by.
struct File {
    expected: String,
    digest: packhorse_keys::Sha256,
    scan: Scan,
}

impl File {
    async fn begin(context: &Context, entry: &FileEntry) -> Result<Self> {
        let scan = context.parcels.scan().await?;
        Ok(Self { expected: entry.sha256.clone(), digest: packhorse_keys::Sha256::default(), scan })
    }

    async fn feed(&mut self, run: &[u8]) -> Result<()> {
        self.digest.update(run);
        self.scan.feed(run).await
    }

    async fn end(self) -> std::result::Result<Verdict, Flaw> {
        if encode_digest(&self.digest.finish()) != self.expected {
            return Err(Flaw::Lies("a file is not the one that the manifest describes"));
        }
        Ok(self.scan.verdict().await?)
    }
}
