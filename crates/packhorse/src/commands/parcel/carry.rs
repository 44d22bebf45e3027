//! `packhorse parcel export`, `import` and the register of media: a parcel goes by hand when its recipient's gateway
//! cannot be reached.
//!
//! A parcel is two files: `<parcel>.age`, which the recipient's key opens with ordinary tools, and
//! `<parcel>.waybill.json`, which says who sends it to whom. Both pass piece by piece; what is right about them, the
//! gateways decide.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, Method};
use packhorse_model::id::encode_part;
use packhorse_model::parcel::{Offer, SignedWaybill, WAYBILL_LIMIT, object_bytes};
use serde_json::{Value, json};

use super::desk::{Desk, strange};
use super::{At, One};
use crate::api::accepted;
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::output::{Output, printable};

/// How the files' names end.
const SEALED: &str = ".age";
const WAYBILL: &str = ".waybill.json";

/// Arguments of `parcel export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    one: One,
    /// What stands on the medium, for example "USB 12": it is entered into the register
    #[arg(long, value_name = "LABEL")]
    medium: String,
    /// Write the parcel's two files into this folder, on the medium
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
}

/// Arguments of `parcel import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    at: At,
    /// A folder on the medium, or waybills
    #[arg(required = true, value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
}

/// One medium.
#[derive(Debug, Args)]
pub(super) struct OnMedium {
    #[command(flatten)]
    at: At,
    /// The medium's id, or the label that stands on it
    medium: String,
}

/// Arguments of `parcel handover`.
#[derive(Debug, Args)]
pub(super) struct HandoverArgs {
    #[command(flatten)]
    on: OnMedium,
    /// Who has it now
    #[arg(long, value_name = "WHO")]
    to: String,
}

/// Arguments of `parcel media`.
#[derive(Debug, Args)]
pub(super) struct MediaArgs {
    #[command(flatten)]
    at: At,
    /// One medium, by its id or label, with what was on it and who had it
    medium: Option<String>,
}

/// Writes a parcel off onto a medium.
pub(super) async fn export(args: &ExportArgs, output: Output) -> Result<()> {
    let (desk, parcel) = (args.one.at.desk()?, args.one.parcel);
    let onto = json!({"medium": args.medium});
    let answer = desk.post_raw(&format!("/{parcel}/export"), HeaderMap::new(), Some(&onto)).await?;
    let answer: Exported = serde_json::from_slice(&accepted(answer)?.body).map_err(|_| strange())?;
    let waybill = answer.waybill;
    files::private_folder(&args.into)?;
    let names = [SEALED, WAYBILL].map(|end| args.into.join(format!("{parcel}{end}")));
    write_sealed(&desk, &waybill.waybill().offer, &names[0]).await?;
    // Last: where a waybill lies, the parcel is whole.
    let text = serde_json::to_vec(&waybill).map_err(std::io::Error::other)?;
    files::write_new(&names[1], &text, Access::Owner)?;
    let medium = answer.medium.get("id").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{parcel} is on {} (medium {medium})", printable(&args.medium));
    output.result(&json!({"parcel": parcel, "medium": answer.medium, "files": names}), &text)?;
    output.hint("say who takes it with packhorse parcel handover; packhorse parcel lost if it does not arrive")
}

#[derive(serde::Deserialize)]
struct Exported {
    medium: Value,
    waybill: SignedWaybill,
}

/// Header, nonce and pieces: an age file. It stays only if it is whole.
async fn write_sealed(desk: &Desk, offer: &Offer, path: &Path) -> Result<()> {
    let header = offer.header_bytes().map_err(|_| strange())?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        let exists = error.kind() == std::io::ErrorKind::AlreadyExists;
        let what = || format!("{} exists already", path.display());
        if exists { Error::refused(what(), "name another folder") } else { Error::file(path, "written")(error) }
    })?;
    let writing = async {
        file.write_all(&header).map_err(Error::file(path, "written"))?;
        for index in 0..offer.chunks.len() {
            let place = format!("/{}/sealed/{index}", offer.parcel);
            let piece = accepted(desk.call(Method::GET, &place, HeaderMap::new(), Bytes::new()).await?)?.body;
            file.write_all(&piece).map_err(Error::file(path, "written"))?;
        }
        file.sync_all().map_err(Error::file(path, "written"))
    };
    let written = writing.await;
    if written.is_err() {
        std::fs::remove_file(path).map_err(Error::file(path, "removed"))?;
    }
    written
}

/// The medium changes hands.
pub(super) async fn hand_over(args: &HandoverArgs, output: Output) -> Result<()> {
    let place = format!("/media/{}/handover", encode_part(&args.on.medium));
    let medium = args.on.at.desk()?.post(&place, Some(&json!({"to": args.to}))).await?;
    let text = format!("{} has {} now, which is said of every parcel on it", printable(&args.to), name(&medium));
    output.result(&medium, &text)
}

/// Shows the register, or one medium.
pub(super) async fn media(args: &MediaArgs, output: Output) -> Result<()> {
    let desk = args.at.desk()?;
    let Some(medium) = &args.medium else {
        let media = desk.get("/media").await?;
        let columns =
            [("medium", "/id"), ("label", "/label"), ("made", "/made_at"), ("by", "/made_by"), ("lost", "/lost/at")];
        return output.list(media.get("media").unwrap_or(&Value::Null), &columns);
    };
    let medium = desk.get(&format!("/media/{}", encode_part(medium))).await?;
    output.result(&medium, &describe(&medium))
}

/// The medium is lost.
pub(super) async fn lost(on: &OnMedium, output: Output) -> Result<()> {
    let place = format!("/media/{}/lost", encode_part(&on.medium));
    let medium = on.at.desk()?.post(&place, None).await?;
    output.result(&medium, &describe(&medium))?;
    output.hint("what was on it was sealed: nobody opens it without the recipient's key; export the parcels anew")
}

fn name(medium: &Value) -> String {
    let text = |name| medium.get(name).and_then(Value::as_str).map(printable).unwrap_or_default();
    format!("{} ({})", text("label"), text("id"))
}

/// What was on it, who had it, what became of it.
fn describe(medium: &Value) -> String {
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(printable).unwrap_or_default();
    let all = |name: &str| medium.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let by = |of: &Value, name: &str| match text(of, name) {
        nobody if nobody.is_empty() => String::new(),
        person => format!(", by {person}"),
    };
    let mut lines = vec![format!("{}, made {}{}", name(medium), text(medium, "made_at"), by(medium, "made_by"))];
    for parcel in all("parcels") {
        lines.push(format!("  parcel {} for {}", text(&parcel, "parcel"), text(&parcel, "to")));
        lines.push(format!("    sealed to {}", text(&parcel, "sealed_to")));
    }
    for hand in all("handed_over") {
        lines.push(format!("  handed over to {}, {}{}", text(&hand, "to"), text(&hand, "at"), by(&hand, "by")));
    }
    if let Some(lost) = medium.get("lost").filter(|lost| lost.is_object()) {
        lines.push(format!("  lost, {}{}", text(lost, "at"), by(lost, "by")));
    }
    lines.join("\n")
}

/// Brings parcels in from a medium; the first that is refused ends it.
pub(super) async fn import(args: &ImportArgs, output: Output) -> Result<()> {
    let desk = args.at.desk()?;
    let mut imported = Vec::new();
    for waybill in waybills(&args.paths)? {
        let parcel = import_one(&desk, &waybill).await?;
        output.progress(&format!("{parcel} is in"))?;
        imported.push(parcel);
    }
    let text = imported.join("\n");
    output.result(&json!({"parcels": imported}), &text)?;
    output.hint("it is opened and checked next; packhorse parcel list shows it then")
}

/// Those that were named, and all of the folders that were.
fn waybills(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).map_err(Error::file(path, "read"))? {
                found.push(entry.map_err(Error::file(path, "read"))?.path());
            }
        } else {
            found.push(path.clone());
        }
    }
    // A parcel may be named by either of its files.
    let waybill = |path: PathBuf| {
        let stem = path.to_str().and_then(|text| text.strip_suffix(SEALED).or(text.strip_suffix(WAYBILL)));
        stem.map(|stem| PathBuf::from(format!("{stem}{WAYBILL}")))
    };
    let mut waybills: Vec<PathBuf> = found.into_iter().filter_map(waybill).collect();
    waybills.sort();
    waybills.dedup();
    if waybills.is_empty() {
        return Err(Error::refused(
            "no waybill lies there",
            "name the folder on the medium that has the .waybill.json",
        ));
    }
    Ok(waybills)
}

async fn import_one(desk: &Desk, path: &Path) -> Result<String> {
    let text = files::read(path, WAYBILL_LIMIT as u64)?;
    let unreadable = |why: String| Error::refused(format!("{}: {why}", path.display()), "ask the sender for it anew");
    let waybill = SignedWaybill::of_file(&text).map_err(|error| unreadable(error.to_string()))?;
    let offer = &waybill.waybill().offer;
    let sealed = path.to_string_lossy().replace(WAYBILL, SEALED);
    let mut sealed = Sealed::open(Path::new(&sealed), offer)?;
    let headers = crate::commands::caller::headers([("content-type", Some("application/json".to_owned()))])?;
    let answer = accepted(desk.call(Method::POST, "/import", headers, text.into()).await?)?;
    let answer: Missing = serde_json::from_slice(&answer.body).map_err(|_| strange())?;
    for index in answer.missing {
        let place = format!("/import/{}/{index}", offer.parcel);
        accepted(desk.call(Method::PUT, &place, HeaderMap::new(), sealed.piece(offer, index)?).await?)?;
    }
    desk.post(&format!("/import/{}/complete", offer.parcel), None).await?;
    Ok(offer.parcel.to_string())
}

#[derive(serde::Deserialize)]
struct Missing {
    missing: Vec<u32>,
}

/// A parcel's age file.
struct Sealed {
    path: PathBuf,
    file: File,
    header: u64,
}

impl Sealed {
    /// Opens it, if it is as long, and begins, as the waybill says.
    fn open(path: &Path, offer: &Offer) -> Result<Self> {
        let other = || {
            let what = format!("{} is not the file that the waybill is for", path.display());
            Error::refused(what, "look for the right one, or ask the sender for it anew")
        };
        let expected = offer.header_bytes().map_err(|_| other())?;
        let pieces = (0..offer.chunks.len() as u64).map(|index| object_bytes(offer.size, index)).sum::<u64>();
        let mut file = File::open(path).map_err(Error::file(path, "read"))?;
        let length = file.metadata().map_err(Error::file(path, "read"))?.len();
        let mut header = vec![0; expected.len()];
        if length != header.len() as u64 + pieces {
            return Err(other());
        }
        file.read_exact(&mut header).map_err(Error::file(path, "read"))?;
        if header != expected {
            return Err(other());
        }
        Ok(Self { path: path.to_owned(), file, header: header.len() as u64 })
    }

    fn piece(&mut self, offer: &Offer, index: u32) -> Result<Bytes> {
        let index = u64::from(index);
        let from = self.header + (0..index).map(|before| object_bytes(offer.size, before)).sum::<u64>();
        let mut piece = vec![0; usize::try_from(object_bytes(offer.size, index)).map_err(|_| strange())?];
        self.file
            .seek(SeekFrom::Start(from))
            .and_then(|_| self.file.read_exact(&mut piece))
            .map_err(Error::file(&self.path, "read"))?;
        Ok(piece.into())
    }
}
