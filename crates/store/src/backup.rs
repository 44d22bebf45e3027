//! Copies of everything while it is in use, and back.
//!
//! A backup is a folder: the database as it was at one moment, the objects, and a manifest with the
//! SHA-256 of each file. The database is copied first and objects after it: tiles only ever grow, so
//! the objects cover the database's head. Parcels' objects may be deleted meanwhile: a backup may hold the
//! row of a parcel without its payload, which had ended by then. The served head itself is not copied; it
//! is in the database, and the publisher writes it out again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{ConnectOptions, Connection};

use crate::engine::{Engine, make_private_dir, now_ms};
use crate::error::{Result, StoreError};
use crate::{Objects, Store};

const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "packhorse.sqlite";
const OBJECTS: &str = "objects";
const MANIFEST_VERSION: u32 = 1;
/// The largest manifest that is read back: some hundred thousand files.
const MAX_MANIFEST_BYTES: u64 = 256 << 20;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Number of files, the manifest not counted.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is still to be done by other tools, in words: for PostgreSQL the `pg_dump` to run.
    pub remaining: Option<String>,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// Number of files, all with the digest that the manifest says.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the database is among them; with PostgreSQL it comes back through `pg_restore`.
    pub database: bool,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    made_ms: i64,
    /// By path below the backup's folder, with `/`.
    files: BTreeMap<String, FileEntry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileEntry {
    bytes: u64,
    sha256: String,
}

impl Store {
    /// Copies the store into a folder that is empty or does not exist, while it is in use.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when the folder is not empty; else as the database, the disk or the
    /// objects fail. What was copied by then is no backup: it has no manifest.
    pub async fn backup(&self, folder: &Path) -> Result<BackupReport> {
        make_empty(folder)?;
        let mut files = BTreeMap::new();
        let remaining = match self.engine() {
            Engine::Sqlite(sqlite) => {
                let copy = folder.join(DATABASE);
                let name = copy
                    .to_str()
                    .ok_or_else(|| StoreError::Backup("the backup's folder must have a name in UTF-8".to_owned()))?;
                // A connection of its own: the copy reads one moment, and writing goes on beside it.
                let mut reader = sqlite.writer.connect_options().connect().await?;
                sqlx::query("VACUUM INTO $1").bind(name).execute(&mut reader).await?;
                reader.close().await?;
                files.insert(DATABASE.to_owned(), describe_synced(copy).await?);
                None
            }
            Engine::Postgres(_) => Some(
                "the database is not in this folder: before the objects are copied, run pg_dump \
                 --format=custom --file=packhorse.pgdump with the store's url and keep the file \
                 beside them; pg_restore brings it back"
                    .to_owned(),
            ),
        };
        copy_objects(self.objects(), folder, &mut files).await?;
        let manifest = Manifest { version: MANIFEST_VERSION, made_ms: now_ms(), files };
        let text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| StoreError::Backup(format!("the manifest cannot be written: {error}")))?;
        // Last, and only when everything else is on the disk: it makes the folder a backup.
        let mut file = Copying::to(&folder.join(MANIFEST))?;
        file.write(&text)?;
        file.finish()?;
        let (files, bytes) = total(&manifest);
        Ok(BackupReport { files, bytes, remaining })
    }
}

/// Restores a backup into a data folder that is empty or does not exist. Every digest is compared
/// before anything is copied.
///
/// # Errors
/// [`StoreError::Backup`] when the target is not empty, the backup has no readable manifest, or a
/// file is not what the manifest says; [`StoreError::Unavailable`] when the disk fails.
pub async fn restore(backup: &Path, data_dir: &Path) -> Result<RestoreReport> {
    let (backup, data_dir) = (backup.to_owned(), data_dir.to_owned());
    tokio::task::spawn_blocking(move || restore_files(&backup, &data_dir))
        .await
        .map_err(|_| StoreError::Backup("the restore was interrupted".to_owned()))?
}

/// Copies every object but the served heads. One that went away since it was listed was a partial
/// tile, whose full tile has taken its place, or belonged to a parcel that has ended.
async fn copy_objects(objects: &Objects, folder: &Path, files: &mut BTreeMap<String, FileEntry>) -> Result<()> {
    for path in objects.list("").await? {
        if path.rsplit('/').next() == Some("checkpoint") {
            continue;
        }
        let Some(mut pieces) = objects.stream(&path).await? else {
            continue;
        };
        let name = format!("{OBJECTS}/{path}");
        let mut copy = Copying::to(&folder.join(checked_name(&name)?))?;
        while let Some(piece) = pieces.try_next().await? {
            copy.write(&piece)?;
        }
        files.insert(name, copy.finish()?);
    }
    Ok(())
}

/// A file being written and digested.
struct Copying {
    file: File,
    digest: Context,
    bytes: u64,
}

impl Copying {
    /// Makes the file and the folders above it.
    fn to(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            make_private_dir(folder)?;
        }
        let file = File::create_new(path).map_err(|error| StoreError::file("writing a copy", &error))?;
        Ok(Self { file, digest: Context::new(&SHA256), bytes: 0 })
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.digest.update(piece);
        self.bytes += piece.len() as u64;
        self.file.write_all(piece).map_err(|error| StoreError::file("writing a copy", &error))
    }

    /// Syncs the file and says what it holds.
    fn finish(self) -> Result<FileEntry> {
        self.file.sync_all().map_err(|error| StoreError::file("syncing a copy", &error))?;
        Ok(FileEntry { bytes: self.bytes, sha256: hex(self.digest.finish().as_ref()) })
    }
}

/// Syncs a file that another hand wrote, and says what it holds.
async fn describe_synced(file: std::path::PathBuf) -> Result<FileEntry> {
    let described = tokio::task::spawn_blocking(move || {
        let file = File::open(&file).map_err(|error| StoreError::file("reading a copy", &error))?;
        file.sync_all().map_err(|error| StoreError::file("syncing a copy", &error))?;
        describe(file)
    });
    described.await.map_err(|_| StoreError::Backup("the backup was interrupted".to_owned()))?
}

/// Digests a file piece by piece.
fn describe(mut file: File) -> Result<FileEntry> {
    let mut digest = Context::new(&SHA256);
    let mut bytes = 0;
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(FileEntry { bytes, sha256: hex(digest.finish().as_ref()) }),
            Ok(read) => {
                digest.update(&piece[..read]);
                bytes += read as u64;
            }
            Err(error) => return Err(StoreError::file("reading a copy", &error)),
        }
    }
}

fn restore_files(backup: &Path, data_dir: &Path) -> Result<RestoreReport> {
    let manifest = read_manifest(&backup.join(MANIFEST))?;
    for (name, entry) in &manifest.files {
        let found = File::open(backup.join(checked_name(name)?)).ok().map(describe).transpose()?;
        if found.as_ref() != Some(entry) {
            return Err(StoreError::Backup(format!(
                "{name} is not what the manifest says: this backup is damaged, take another"
            )));
        }
    }
    make_empty(data_dir)?;
    for name in manifest.files.keys() {
        copy_file(&backup.join(name), &data_dir.join(name))?;
    }
    let (files, bytes) = total(&manifest);
    Ok(RestoreReport { files, bytes, database: manifest.files.contains_key(DATABASE) })
}

fn read_manifest(path: &Path) -> Result<Manifest> {
    let unreadable =
        |why: &str| StoreError::Backup(format!("{MANIFEST} {why}: name the folder that a backup was made into"));
    let file = File::open(path).map_err(|_| unreadable("is not there"))?;
    let mut text = Vec::new();
    file.take(MAX_MANIFEST_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| StoreError::file("reading the manifest", &error))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| unreadable("is not a manifest"))?;
    if manifest.version != MANIFEST_VERSION {
        return Err(unreadable("was made by a newer version of this program"));
    }
    Ok(manifest)
}

/// A manifest's name, refused when it leads out of the folder.
fn checked_name(name: &str) -> Result<&Path> {
    let path = Path::new(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || name.is_empty() {
        return Err(StoreError::Backup("the backup names a file outside of its folder".to_owned()));
    }
    Ok(path)
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let reading = |error| StoreError::file("reading the backup", &error);
    let mut source = File::open(from).map_err(reading)?;
    let mut copy = Copying::to(to)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match source.read(&mut piece).map_err(reading)? {
            0 => return copy.finish().map(|_| ()),
            read => copy.write(&piece[..read])?,
        }
    }
}

/// Makes a folder, or takes an empty one.
fn make_empty(folder: &Path) -> Result<()> {
    make_private_dir(folder)?;
    let mut inside = std::fs::read_dir(folder).map_err(|error| StoreError::file("reading a folder", &error))?;
    if inside.next().is_some() {
        return Err(StoreError::Backup("the target folder is not empty: name a new one".to_owned()));
    }
    Ok(())
}

fn total(manifest: &Manifest) -> (u64, u64) {
    let bytes = manifest.files.values().map(|entry| entry.bytes).sum();
    (manifest.files.len() as u64, bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
