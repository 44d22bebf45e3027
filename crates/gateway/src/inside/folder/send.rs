//! What lies in `out/` is sent, once, whenever the gateway falls.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::stream;
use packhorse_keys::sha256;
use packhorse_model::parcel::{FileName, FileNameError};
use packhorse_model::{Marking, Refusal, Rule, Side};
use tokio::io::AsyncReadExt as _;

use super::control::{CONTROL_LIMIT, Control, ControlError};
use super::{Desk, Trouble, put};
use crate::context::Context;
use crate::inside::mesh::name::systems_of;
use crate::kinds::parcel::draft::{self, Dispatch};
use crate::kinds::parcel::staging::{self, CONTENT_LIMIT, Place};
use crate::kinds::parcel::{Cover, CoverFile, ParcelError, close, mesh_id};
use crate::steps::identify::{Asked, Shown};

/// How long both files must have been left alone.
const AT_REST: Duration = Duration::from_secs(1);
/// Bytes read at once.
const RUN: usize = 1024 * 1024;
/// Most pairs sent in one look.
const AT_ONCE: usize = 100;

/// Sends every pair of files that is complete.
pub(super) async fn send_all(context: &Context, desk: &Desk) -> Result<(), Trouble> {
    let mut entries = tokio::fs::read_dir(desk.below("out")).await?;
    let mut controls = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ctl")) {
            controls.push(path);
        }
    }
    controls.sort();
    for control in controls.into_iter().take(AT_ONCE) {
        let data = control.with_extension("dat");
        if at_rest(&control).await && at_rest(&data).await {
            one(context, desk, &control, &data).await?;
        }
    }
    Ok(())
}

/// A regular file, no link to somewhere else, that nobody has written to for a second.
async fn at_rest(path: &Path) -> bool {
    let Ok(metadata) = tokio::fs::symlink_metadata(path).await else { return false };
    let age = metadata.modified().ok().and_then(|at| at.elapsed().ok());
    metadata.is_file() && age.is_some_and(|age| age > AT_REST)
}

async fn one(context: &Context, desk: &Desk, control: &Path, data: &Path) -> Result<(), Trouble> {
    match sent(context, desk, control, data).await {
        Ok(said) => {
            put(&moved(desk, "sent", control), said.to_xml().as_bytes()).await?;
            tokio::fs::rename(data, moved(desk, "sent", data)).await?;
            Ok(tokio::fs::remove_file(control).await?)
        }
        Err(Trouble::Parcel(error @ (ParcelError::Refused(_) | ParcelError::TooLarge))) => {
            put(&moved(desk, "failed", &control.with_extension("err")), format!("{error}\n").as_bytes()).await?;
            tokio::fs::rename(data, moved(desk, "failed", data)).await?;
            Ok(tokio::fs::rename(control, moved(desk, "failed", control)).await?)
        }
        Err(trouble) => Err(trouble),
    }
}

fn moved(desk: &Desk, folder: &str, path: &Path) -> PathBuf {
    desk.below(folder).join(path.file_name().unwrap_or_default())
}

fn refused(reason: String, remedy: &str) -> Trouble {
    let refusal = Refusal { side: Side::Outbound, rule: Rule::Parcel, reason, remedy: remedy.into() };
    Trouble::Parcel(refusal.into())
}

/// Sends a pair; the control file with the message that it became.
async fn sent(context: &Context, desk: &Desk, control: &Path, data: &Path) -> Result<Control, Trouble> {
    let mut bytes = Vec::new();
    tokio::fs::File::open(control).await?.take(CONTROL_LIMIT as u64 + 1).read_to_end(&mut bytes).await?;
    let form = |error: ControlError| refused(error.to_string(), "mend it and put both files into out again");
    let said = Control::parse(&bytes).map_err(form)?;
    let service = match systems_of(context, &said.to.to_ascii_uppercase()).as_slice() {
        [only] => only.service(&said.workflow).ok(),
        _ => None,
    };
    let unknown =
        || refused("no mailbox of the network has this name".into(), "see packhorse's directory for its names");
    let service = service.ok_or_else(unknown)?;
    let mut file = tokio::fs::File::open(data).await?;
    let metadata = file.metadata().await?;
    let stem = data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: FileName =
        stem.parse().map_err(|error: FileNameError| refused(error.to_string(), "rename both files"))?;
    // The same pair after a fall is the same dispatch; the same names with other content are not.
    let written = (metadata.mtime(), metadata.mtime_nsec(), metadata.len());
    let identity = format!("{} {stem} {written:?} {}", desk.system, String::from_utf8_lossy(&bytes));
    let dispatch = Dispatch {
        shown: vec![Shown::AtTheDoor],
        from: desk.system.clone(),
        to: vec![service],
        asked: Asked::default(),
        marking: Marking::default(),
        expires_at: None,
        cover: Cover {
            subject: said.subject.clone(),
            reference: said.local_id.clone(),
            files: vec![CoverFile { name, size: Some(metadata.len()), media_type: None, sha256: None }],
            ..Cover::default()
        },
        key: Some(format!("folder {}", URL_SAFE_NO_PAD.encode(sha256(identity.as_bytes())))),
        confirmed: true,
    };
    let opened = draft::open(context, dispatch).await?;
    let parcel = opened.parcels.first().ok_or(ParcelError::Missing)?.parcel;
    let place = Place { dispatch: opened.dispatch.to_string(), file: 0, part: 0 };
    if staging::draft(context, parcel).await.is_ok() {
        let held = staging::part(context, &place).await?.held();
        tokio::io::AsyncSeekExt::seek(&mut file, std::io::SeekFrom::Start(held)).await?;
        staging::append(context, &place, held, metadata.len().min(CONTENT_LIMIT), content(file)).await?;
    }
    close::close(context, parcel, &desk.by()).await?;
    Ok(Control { message: mesh_id(parcel), ..said })
}

fn content(file: tokio::fs::File) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, async |mut file| {
        let mut run = vec![0; RUN];
        let read = file.read(&mut run).await?;
        run.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(run), file)))
    })
}
