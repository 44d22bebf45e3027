//! A file being dropped: a draft with one file, sent when it is closed under its own name. It goes on where it broke
//! off, in this session or a later one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use packhorse_keys::sha256;
use packhorse_model::{ExchangeId, Marking, ServiceId, SystemId};

use crate::context::Context;
use crate::inside::mesh::name::systems_of;
use crate::kinds::parcel::draft::{self, Dispatch};
use crate::kinds::parcel::say::By;
use crate::kinds::parcel::staging::{self, CONTENT_LIMIT, Place};
use crate::kinds::parcel::{Cover, CoverFile, ParcelError, close};
use crate::steps::identify::{Asked, Shown};

/// Documents that remember which draft a path of a mailbox is.
const KIND: &str = "sftp-drop";
/// Bytes gathered before they are put away.
const GATHERED: usize = 4 * 1024 * 1024;

/// An upload under way.
pub(super) struct Drop {
    key: String,
    parcel: ExchangeId,
    place: Place,
    /// Bytes that came, those gathered here included.
    end: u64,
    gathered: BytesMut,
}

/// A path of a mailbox as a document's key: bounded, whatever the names.
fn key(system: &SystemId, path: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(format!("{system} {path}").as_bytes()))
}

impl Drop {
    /// Begins an upload, or goes on with one. With `anew`, what came before is dropped.
    pub(super) async fn open(
        context: &Context,
        system: &SystemId,
        [to, workflow, name]: [&str; 3],
        anew: bool,
    ) -> Result<Self, ParcelError> {
        let key = key(system, &format!("{to}/{workflow}/{name}"));
        let (parcel, dispatch) = match known(context, &key).await? {
            Some(known) => known,
            None => begin(context, system, &key, [to, workflow, name]).await?,
        };
        let place = Place { dispatch, file: 0, part: 1 };
        if anew {
            staging::drop_part(context, &place).await?;
        }
        let end = staging::part(context, &place).await?.held();
        Ok(Self { key, parcel, place, end, gathered: BytesMut::new() })
    }

    /// How much came of an upload that broke off.
    pub(super) async fn size(
        context: &Context,
        system: &SystemId,
        names: [&str; 3],
    ) -> Result<Option<u64>, ParcelError> {
        let [to, workflow, name] = names;
        let Some((_, dispatch)) = known(context, &key(system, &format!("{to}/{workflow}/{name}"))).await? else {
            return Ok(None);
        };
        Ok(Some(staging::part(context, &Place { dispatch, file: 0, part: 1 }).await?.held()))
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// More of it, in order.
    pub(super) async fn write(&mut self, context: &Context, offset: u64, data: &[u8]) -> Result<(), ParcelError> {
        if offset != self.end {
            return Err(ParcelError::Offset { expected: self.end });
        }
        self.gathered.extend_from_slice(data);
        self.end += data.len() as u64;
        if self.gathered.len() >= GATHERED {
            self.put_away(context).await?;
        }
        Ok(())
    }

    /// What was gathered is durable from here on.
    pub(super) async fn put_away(&mut self, context: &Context) -> Result<(), ParcelError> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let bytes = self.gathered.split().freeze();
        let offset = self.end - bytes.len() as u64;
        let content = stream::iter([Ok::<Bytes, std::convert::Infallible>(bytes)]);
        staging::append(context, &self.place, offset, CONTENT_LIMIT, content).await.map(|_| ())
    }

    /// Sends it.
    pub(super) async fn send(mut self, context: &Context, by: &By) -> Result<(), ParcelError> {
        self.put_away(context).await?;
        staging::close_part(context, &self.place, self.end).await?;
        close::close(context, self.parcel, by).await?;
        context.evidence.store().documents().delete(KIND, &self.key, None).await?;
        Ok(())
    }
}

/// Sends what was uploaded under an unfinished name, under its own.
pub(super) async fn send_as(
    context: &Context,
    system: &SystemId,
    from: [&str; 3],
    name: &str,
    by: &By,
) -> Result<(), ParcelError> {
    let [to, workflow, unfinished] = from;
    let old = key(system, &format!("{to}/{workflow}/{unfinished}"));
    if known(context, &old).await?.is_none() {
        return Err(ParcelError::Missing);
    }
    let drop = Drop::open(context, system, from, false).await?;
    staging::rename_file(context, drop.parcel, 0, file_name(name)?).await?;
    drop.send(context, by).await
}

/// The draft that a path is, while it is one.
async fn known(context: &Context, key: &str) -> Result<Option<(ExchangeId, String)>, ParcelError> {
    let Some(document) = context.evidence.store().documents().get(KIND, key).await? else { return Ok(None) };
    let Some(parcel) = std::str::from_utf8(&document.body).ok().and_then(|text| text.parse().ok()) else {
        return Ok(None);
    };
    // What was sent, or is gone, is no draft: the name is free for the next file.
    match staging::draft(context, parcel).await {
        Ok((row, _)) => Ok(Some((parcel, row.payload))),
        Err(ParcelError::State { .. } | ParcelError::Missing | ParcelError::Gone) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn begin(
    context: &Context,
    system: &SystemId,
    key: &str,
    [to, workflow, name]: [&str; 3],
) -> Result<(ExchangeId, String), ParcelError> {
    let recipient = match systems_of(context, to).as_slice() {
        [only] => only.clone(),
        _ => return Err(ParcelError::Missing),
    };
    let service: ServiceId = recipient.service(workflow).map_err(|_| ParcelError::Missing)?;
    let file = CoverFile { name: file_name(name)?, size: None, media_type: None, sha256: None };
    let dispatch = Dispatch {
        shown: vec![Shown::AtTheDoor],
        from: system.clone(),
        to: vec![service],
        asked: Asked::default(),
        marking: Marking::default(),
        expires_at: None,
        cover: Cover { subject: name.chars().take(100).collect(), files: vec![file], ..Cover::default() },
        key: None,
        confirmed: true,
    };
    let opened = draft::open(context, dispatch).await?;
    let parcel = opened.parcels.first().ok_or(ParcelError::Missing)?.parcel;
    context.evidence.store().documents().put(KIND, key, 1, parcel.to_string().as_bytes(), None).await?;
    Ok((parcel, opened.dispatch.to_string()))
}

fn file_name(name: &str) -> Result<packhorse_model::parcel::FileName, ParcelError> {
    name.parse().map_err(|error: packhorse_model::parcel::FileNameError| {
        packhorse_model::Refusal {
            side: packhorse_model::Side::Outbound,
            rule: packhorse_model::Rule::Parcel,
            reason: error.to_string(),
            remedy: "rename the file".into(),
        }
        .into()
    })
}
