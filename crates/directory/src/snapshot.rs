//! Snapshots: the folded directory at one size, so that a first start or a restart need not read every entry.
//!
//! Lines of JSON: the header, the registry's signature over it, then one line for every organisation.
//! The header holds the signed head, the tree's frontier that leads to the head's root, and the Merkle
//! root over the organisations' lines. Lines are read one by one; a whole snapshot is never in memory.

use std::io::{BufRead, Read as _, Write};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use packhorse_keys::{DocumentSignature, PublicKey, Signer, sign_document, verify_document};
use packhorse_ledger::{Frontier, Hash, SignedCheckpoint, leaf_hash};
use packhorse_model::organisation::Organisation;
use serde::{Deserialize, Serialize};

use crate::anchor::{Anchor, log_origin};
use crate::error::{DirectoryError, Result};
use crate::fold::{Directory, Member};

/// Signature context of a snapshot's header.
const SNAPSHOT: &str = "directory-snapshot";
/// Format of a snapshot that this build writes and reads.
const FORMAT: u32 = 1;
/// Longest line: an organisation with many old keys.
const MAX_LINE: u64 = 1 << 20;
/// Most organisations.
const MAX_ORGANISATIONS: u64 = 1 << 20;

/// The directory and the tree it was folded from, at one signed head.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The directory.
    pub directory: Directory,
    /// The tree, to be continued.
    pub frontier: Frontier,
    /// The signed head, as served.
    pub checkpoint: Vec<u8>,
}

/// Who vouches for a snapshot that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The registry: its signature is demanded.
    Registry,
    /// Ourselves: the file was written here; damage is noticed, a signature is not demanded.
    Ourselves,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    format: u32,
    network: String,
    registry: PublicKey,
    checkpoint: String,
    frontier: String,
    latest: Timestamp,
    organisations: u64,
    organisations_root: String,
}

#[derive(Serialize)]
struct LineOut<'a> {
    version: u64,
    organisation: &'a Organisation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineIn {
    version: u64,
    organisation: Organisation,
}

impl Snapshot {
    /// Writes the snapshot, signed by the registry when its key is at hand.
    ///
    /// # Errors
    /// [`DirectoryError::Snapshot`] when it cannot be written, [`DirectoryError::Key`] when the key cannot be used.
    pub fn write(&self, registry: Option<&dyn Signer>, out: &mut dyn Write) -> Result<()> {
        let failed = |_| DirectoryError::Snapshot("it cannot be written");
        let members = self.directory.members();
        let mut root = Frontier::new();
        for member in members {
            root.append(leaf_hash(&line(member)?));
        }
        let header = serde_json::to_vec(&self.header(root.root())?).map_err(|_| unwritable())?;
        let signature = registry.map(|key| sign_document(key, SNAPSHOT, &header)).transpose()?;
        let signature = serde_json::to_vec(&signature).map_err(|_| unwritable())?;
        for part in [&header[..], b"\n", &signature, b"\n"] {
            out.write_all(part).map_err(failed)?;
        }
        for member in members {
            out.write_all(&line(member)?).and_then(|()| out.write_all(b"\n")).map_err(failed)?;
        }
        out.flush().map_err(failed)
    }

    /// Reads a snapshot and checks all that it claims against the anchor.
    ///
    /// # Errors
    /// [`DirectoryError::Snapshot`] with the rule it breaks.
    pub fn read(source: &mut dyn BufRead, anchor: &Anchor, voucher: Voucher) -> Result<Self> {
        let refused = DirectoryError::Snapshot;
        let mut lines = Lines { source, line: Vec::new() };
        let header_line = lines.next()?.ok_or(refused("it is empty"))?.to_vec();
        let header: Header = serde_json::from_slice(&header_line).map_err(|_| refused("its header is malformed"))?;
        let signature = lines.next()?.ok_or(refused("it ends after its header"))?;
        check_signature(&header_line, signature, anchor, voucher)?;
        let frontier = header.check(anchor)?;
        let mut members = Vec::new();
        let mut root = Frontier::new();
        while let Some(line) = lines.next()? {
            if members.len() as u64 == header.organisations {
                return Err(refused("it holds more organisations than its header says"));
            }
            root.append(leaf_hash(line));
            let LineIn { version, organisation } =
                serde_json::from_slice(line).map_err(|_| refused("an organisation is malformed"))?;
            members.push(Member { organisation: Arc::new(trimmed(organisation)), version });
        }
        if members.len() as u64 != header.organisations || root.root().to_string() != header.organisations_root {
            return Err(refused("its organisations are not those that its header names"));
        }
        let directory = Directory::new(&header.network, header.registry)
            .resume(frontier.size(), header.latest, members)
            .map_err(refused)?;
        Ok(Self { directory, frontier, checkpoint: header.checkpoint.into_bytes() })
    }

    fn header(&self, organisations_root: Hash) -> Result<Header> {
        let checkpoint =
            String::from_utf8(self.checkpoint.clone()).map_err(|_| DirectoryError::Snapshot("its head is no text"))?;
        Ok(Header {
            format: FORMAT,
            network: self.directory.network().to_owned(),
            registry: self.directory.registry().clone(),
            checkpoint,
            frontier: STANDARD.encode(self.frontier.to_bytes()),
            latest: self.directory.latest(),
            organisations: self.directory.members().len() as u64,
            organisations_root: organisations_root.to_string(),
        })
    }
}

impl Header {
    /// Holds the header against the anchor, and the frontier against the signed head.
    fn check(&self, anchor: &Anchor) -> Result<Frontier> {
        let refused = DirectoryError::Snapshot;
        if self.format != FORMAT {
            return Err(refused("it is of another format"));
        }
        if self.network != anchor.network || self.registry != anchor.registry {
            return Err(refused("it is of another network or registry"));
        }
        if self.organisations > MAX_ORGANISATIONS {
            return Err(refused("it holds too many organisations"));
        }
        let head = SignedCheckpoint::open(self.checkpoint.as_bytes(), std::slice::from_ref(&anchor.log))
            .map_err(|_| refused("its head is badly signed"))?;
        let frontier = STANDARD.decode(&self.frontier).map_err(|_| refused("its frontier is malformed"))?;
        let frontier = Frontier::from_bytes(&frontier).map_err(|_| refused("its frontier is malformed"))?;
        let head = head.checkpoint();
        let same = head.size() == frontier.size() && *head.root() == frontier.root();
        if head.origin() != log_origin(&self.network) || !same {
            return Err(refused("its frontier does not lead to its signed head"));
        }
        Ok(frontier)
    }
}

fn check_signature(header: &[u8], signature: &[u8], anchor: &Anchor, voucher: Voucher) -> Result<()> {
    let signature: Option<DocumentSignature> =
        serde_json::from_slice(signature).map_err(|_| DirectoryError::Snapshot("its signature is malformed"))?;
    if voucher == Voucher::Ourselves {
        return Ok(());
    }
    let signature = signature.ok_or(DirectoryError::Snapshot("it is not signed"))?;
    verify_document(&anchor.registry, SNAPSHOT, header, &signature)
        .map_err(|_| DirectoryError::Snapshot("it is not signed by the registry"))
}

/// Gives back the spare room that reading leaves in lists: a tenth of a large directory.
fn trimmed(mut organisation: Organisation) -> Organisation {
    organisation.details.contacts.shrink_to_fit();
    organisation.details.systems.shrink_to_fit();
    organisation.details.gateways.shrink_to_fit();
    organisation.keys.shrink_to_fit();
    organisation
}

fn line(member: &Member) -> Result<Vec<u8>> {
    let line = LineOut { version: member.version, organisation: &member.organisation };
    serde_json::to_vec(&line).map_err(|_| unwritable())
}

fn unwritable() -> DirectoryError {
    DirectoryError::Snapshot("it cannot be written as JSON")
}

/// Lines of bounded length; each ends in a line feed, the last one too.
struct Lines<'a> {
    source: &'a mut dyn BufRead,
    line: Vec<u8>,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<&[u8]>> {
        self.line.clear();
        let mut limited = self.source.take(MAX_LINE);
        let read = limited.read_until(b'\n', &mut self.line);
        let length = read.map_err(|_| DirectoryError::Snapshot("it cannot be read"))?;
        if length == 0 {
            return Ok(None);
        }
        let line = self.line.strip_suffix(b"\n");
        line.map(Some).ok_or(DirectoryError::Snapshot("a line is too long or was cut off"))
    }
}
