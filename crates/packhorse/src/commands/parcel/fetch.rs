//! `packhorse parcel fetch`: writes a parcel's files, checks every byte, then says that it is collected.
//!
//! A file appears whole or not at all, never over another, and only below the folder that was named.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use packhorse_keys::{Sha256, constant_time_equal};
use packhorse_model::parcel::FileName;
use serde::Deserialize;
use serde_json::json;

use super::One;
use super::bar::Bar;
use super::desk::{Desk, strange};
use crate::api::accepted;
use crate::commands::caller::headers;
use crate::error::{Error, Result};
use crate::files;
use crate::output::Output;

/// Arguments of `parcel fetch`.
#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    #[command(flatten)]
    one: One,
    /// Write the files below this folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

/// What is in the parcel, as its mailbox shows it.
#[derive(Debug, Deserialize)]
struct Shown {
    direction: String,
    cover: Option<Cover>,
}

#[derive(Debug, Deserialize)]
struct Cover {
    files: Vec<Entry>,
}

/// A file; its name is read by the rules for names, whoever wrote it.
#[derive(Debug, Deserialize)]
struct Entry {
    name: FileName,
    size: u64,
    sha256: String,
}

/// Fetches.
pub(super) async fn run(args: &FetchArgs, output: Output) -> Result<()> {
    let desk = args.one.at.desk()?;
    let parcel = args.one.parcel;
    let shown: Shown = serde_json::from_value(desk.get(&format!("/{parcel}")).await?).map_err(|_| {
        Error::refused(
            "the parcel cannot be fetched",
            "wait until it is delivered; packhorse parcel track shows how it stands",
        )
    })?;
    let gone = || Error::refused("the parcel's content is gone", "packhorse parcel track shows what became of it");
    let entries = shown.cover.ok_or_else(gone)?.files;
    files::private_folder(&args.into)?;
    let mut bar = Bar::new(output, entries.iter().map(|entry| entry.size).sum());
    for (index, entry) in entries.iter().enumerate() {
        let place = Place::of(&args.into, entry, &format!(".{parcel}-{index}.part"))?;
        let fetched = one(&desk, &format!("/{parcel}/files/{index}"), entry, &place, &mut bar).await;
        if fetched.is_err() {
            bar.end()?;
        }
        fetched?;
    }
    bar.end()?;
    if shown.direction == "in" {
        desk.post(&format!("/{parcel}/collected"), None).await?;
    }
    let names: Vec<_> = entries.iter().map(|entry| args.into.join(entry.name.as_str())).collect();
    let lines: Vec<String> = names.iter().map(|name| crate::output::printable(&name.display().to_string())).collect();
    output.result(&json!({"parcel": parcel, "files": names}), &lines.join("\n"))?;
    output.hint("packhorse parcel acknowledge, or decline: the sender waits for your word")
}

/// Where a file goes, and where it stands until it is whole.
struct Place {
    whole: PathBuf,
    part: PathBuf,
}

impl Place {
    fn of(into: &Path, entry: &Entry, part: &str) -> Result<Self> {
        let mut folder = into.to_owned();
        let mut parts: Vec<&str> = entry.name.as_str().split('/').collect();
        parts.pop();
        for name in parts {
            folder.push(name);
            // A link here would lead out of the folder that was named.
            if std::fs::symlink_metadata(&folder).is_ok_and(|metadata| !metadata.is_dir()) {
                let what = format!("{} is no folder", folder.display());
                return Err(Error::refused(what, "move it away or fetch into another folder"));
            }
            files::private_folder(&folder)?;
        }
        Ok(Self { whole: into.join(entry.name.as_str()), part: into.join(part) })
    }
}

async fn one(desk: &Desk, path: &str, entry: &Entry, place: &Place, bar: &mut Bar) -> Result<()> {
    if std::fs::symlink_metadata(&place.whole).is_ok() {
        // An earlier run wrote it, or it is something else, which stays.
        let metadata = std::fs::symlink_metadata(&place.whole).map_err(Error::file(&place.whole, "read"))?;
        let same = metadata.is_file() && metadata.len() == entry.size && {
            let mut digest = Sha256::default();
            feed(&mut digest, &mut open(&place.whole, false)?, &place.whole)?;
            is(digest, entry)
        };
        if same {
            bar.skip(entry.size);
            return Ok(());
        }
        let what = format!("{} exists already", place.whole.display());
        return Err(Error::refused(what, "move it away or fetch into another folder"));
    }
    let mut file = open(&place.part, true)?;
    let mut digest = Sha256::default();
    let mut held = feed(&mut digest, &mut file, &place.part)?;
    bar.skip(held.min(entry.size));
    if held < entry.size {
        let range = headers([("range", (held > 0).then(|| format!("bytes={held}-")))])?;
        let mut coming = desk.content(path, range).await?;
        if !coming.status.is_success() {
            accepted(coming.whole().await?)?;
            return Err(strange());
        }
        // Without the header it would be the file from its beginning.
        if held > 0 && coming.status != http::StatusCode::PARTIAL_CONTENT {
            return Err(strange());
        }
        while let Some(bytes) = coming.next().await? {
            held += bytes.len() as u64;
            if held > entry.size {
                break;
            }
            digest.update(&bytes);
            file.write_all(&bytes).map_err(Error::file(&place.part, "written"))?;
            bar.advance(bytes.len() as u64)?;
        }
    }
    if held < entry.size {
        return Err(Error::refused(
            "the file's content broke off",
            "type the command again: it goes on where it ended",
        ));
    }
    if held != entry.size || !is(digest, entry) {
        std::fs::remove_file(&place.part).map_err(Error::file(&place.part, "removed"))?;
        return Err(Error::refused("what came is not the file that was sent", "type the command again"));
    }
    file.sync_all().map_err(Error::file(&place.part, "written"))?;
    appear(place)
}

/// It appears under its name, unless something came there meanwhile.
fn appear(place: &Place) -> Result<()> {
    let part = tempfile::TempPath::try_from_path(&place.part).map_err(Error::file(&place.part, "read"))?;
    part.persist_noclobber(&place.whole).map_err(|error| {
        // What was fetched stays, to go on with.
        let kept = error.path.keep();
        Error::file(&place.whole, "written")(kept.err().map_or(error.error, |other| other.error))
    })
}

fn open(path: &Path, write: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .append(write)
        .create(write)
        .mode(0o600)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    options.open(path).map_err(Error::file(path, if write { "written" } else { "read" }))
}

/// Reads a file to its end; bytes.
fn feed(digest: &mut Sha256, file: &mut File, path: &Path) -> Result<u64> {
    let (mut run, mut all) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut run).map_err(Error::file(path, "read"))?;
        if read == 0 {
            return Ok(all);
        }
        digest.update(&run[..read]);
        all += read as u64;
    }
}

fn is(digest: Sha256, entry: &Entry) -> bool {
    constant_time_equal(STANDARD.encode(digest.finish()).as_bytes(), entry.sha256.as_bytes())
}
