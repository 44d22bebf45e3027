//! What the client keeps on disk: the newest verified state, and evidence against a registry that misbehaved.
//!
//! Files are replaced whole: written beside, synced, renamed. The snapshot goes first, then the head, so that a
//! crash between the two leaves a snapshot that is newer than the head, never older.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::blocking;
use crate::anchor::Anchor;
use crate::error::{DirectoryError, HeadRefusal, Result};
use crate::head::DirectoryHead;
use crate::snapshot::{Snapshot, Voucher};

const SNAPSHOT: &str = "snapshot";
const HEAD: &str = "head";
/// The signed head that forked. While this file is there, no head of the registry is accepted.
const FORKED: &str = "evidence/forked.note";
const FORKED_FROM: &str = "evidence/forked-from.note";

/// The folder of a client.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    folder: PathBuf,
}

impl Kept {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let evidence = folder.join("evidence");
        fs::create_dir_all(&evidence).map_err(failed(&evidence, "made"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The kept state and the newest head verified for exactly this state.
    pub(super) fn load(&self, anchor: &Anchor) -> Result<Option<(Snapshot, Option<DirectoryHead>)>> {
        let path = self.folder.join(SNAPSHOT);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.map_err(failed(&path, "read"))?,
        };
        let snapshot = Snapshot::read(&mut BufReader::with_capacity(1 << 16, file), anchor, Voucher::Ourselves)
            .map_err(damaged(&path))?;
        let own = DirectoryHead::open(&snapshot.checkpoint, anchor).ok();
        let head = match self.load_head(anchor)? {
            Some(head) if head.size() > snapshot.frontier.size() => {
                let why = "the head beside it is newer".to_owned();
                return Err(DirectoryError::Damaged { path, why });
            }
            Some(head) if *head.root() == snapshot.frontier.root() => Some(head),
            _ => own,
        };
        Ok(Some((snapshot, head)))
    }

    /// Makes a verified state durable: the snapshot when entries came, and the head.
    pub(super) async fn save(&self, snapshot: Option<Snapshot>, head: &DirectoryHead) -> Result<()> {
        let (kept, head) = (self.clone(), head.to_bytes());
        blocking(move || {
            if let Some(snapshot) = snapshot {
                kept.replace(SNAPSHOT, |file| snapshot.write(None, file))?;
            }
            kept.replace_bytes(HEAD, &head)
        })
        .await
    }

    /// Keeps a refused thing under the name of its refusal; of each name the latest.
    pub(super) async fn keep_evidence(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (kept, name, bytes) = (self.clone(), format!("evidence/{name}.note"), bytes.to_vec());
        blocking(move || kept.replace_bytes(&name, &bytes)).await
    }

    /// Keeps both heads of a fork; from now on [`Kept::check_unforked`] fails.
    pub(super) async fn keep_fork(&self, offered: Vec<u8>, known: Option<Vec<u8>>) -> Result<()> {
        let kept = self.clone();
        blocking(move || {
            if let Some(known) = known {
                kept.replace_bytes(FORKED_FROM, &known)?;
            }
            kept.replace_bytes(FORKED, &offered)
        })
        .await
    }

    /// Refuses to go on after a fork until a person has removed the evidence from its place.
    pub(super) fn check_unforked(&self) -> Result<()> {
        let path = self.folder.join(FORKED);
        if path.exists() {
            return Err(HeadRefusal::ForkedEarlier { evidence: path }.into());
        }
        Ok(())
    }

    fn load_head(&self, anchor: &Anchor) -> Result<Option<DirectoryHead>> {
        let path = self.folder.join(HEAD);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, "read")(error)),
            Ok(bytes) => DirectoryHead::open(&bytes, anchor).map(Some).map_err(|error| damaged(&path)(error.into())),
        }
    }

    fn replace_bytes(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        self.replace(name, |file| file.write_all(bytes).map_err(failed(&path, "written")))
    }

    fn replace(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
        let (path, beside) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let mut file = BufWriter::new(File::create(&beside).map_err(failed(&beside, "written"))?);
        write(&mut file)?;
        let file = file.into_inner().map_err(|error| failed(&beside, "written")(error.into_error()))?;
        file.sync_all().map_err(failed(&beside, "written"))?;
        fs::rename(&beside, &path).map_err(failed(&path, "replaced"))?;
        // The name is only durable once its folder is.
        let folder = path.parent().unwrap_or(&self.folder);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder, "synced"))
    }
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> DirectoryError {
    let path = path.to_owned();
    move |source| DirectoryError::File { path, action, source }
}

fn damaged(path: &Path) -> impl FnOnce(DirectoryError) -> DirectoryError {
    let path = path.to_owned();
    move |error| DirectoryError::Damaged { path, why: error.to_string() }
}
