//! The manifest: what is in a parcel, for whom and why. It travels inside the seal.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use packhorse_keys::sha256;
use serde::{Deserialize, Serialize};

use super::file_name::FileName;
use crate::id::{AgreementId, ExchangeId, ServiceId, SystemId};
use crate::marking::Marking;
use crate::record::{Salt, encode_digest};

/// Most files of one parcel: an archive of more belongs into a container format of its own.
pub const FILE_LIMIT: usize = 10_000;
/// Most recipients of one dispatch.
pub const RECIPIENT_LIMIT: usize = 64;
/// Most bytes of a manifest.
pub const MANIFEST_LIMIT: usize = 4 * 1024 * 1024;
/// Most bytes of one of its texts.
const TEXT_LIMIT: usize = 500;
/// Most bytes of the sender's note.
const NOTE_LIMIT: usize = 10_000;
/// Most of the sender's own fields.
const LABEL_LIMIT: usize = 32;
/// Version of the manifest's JSON that this build writes.
const VERSION: u32 = 1;

/// What is in a parcel, for whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format version, 1.
    pub version: u32,
    /// Random, so that the manifest's digest, which stands in statements, tells nothing; 16 bytes, base64.
    pub salt: String,
    /// The act of sending: one, however many the recipients.
    pub dispatch: ExchangeId,
    /// Whose mailbox it is sent from.
    pub from: SystemId,
    /// To whom, each with a parcel of its own.
    pub to: Vec<Addressee>,
    /// When it was closed.
    pub sent_at: Timestamp,
    /// When it is destroyed, collected or not.
    pub expires_at: Timestamp,
    /// Government Security Classification.
    pub marking: Marking,
    /// What it is for, one of the agreement's purposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The sender's reference.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The sender's covering note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The files, in the order in which they lie in the archive.
    pub files: Vec<FileEntry>,
    /// The sender's own fields, carried unread: those of a MESH client, for instance.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// One recipient of a dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addressee {
    /// The recipient's parcel.
    pub parcel: ExchangeId,
    /// The recipient's mailbox and the workflow.
    pub service: ServiceId,
    /// The agreement that covers it.
    pub agreement: AgreementId,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name.
    pub name: FileName,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, base64.
    pub sha256: String,
    /// Its media type, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// Why a manifest is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON of this form.
    #[error("the manifest cannot be read: {0}")]
    Form(String),
    /// Of another version.
    #[error("the manifest is of a version that this gateway does not know: update it")]
    Version,
    /// More, or longer, than may be.
    #[error("the manifest has more than {limit} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The most.
        limit: usize,
    },
    /// Too little.
    #[error("the manifest names no {0}")]
    Missing(&'static str),
    /// Two files that a case-blind system takes for one.
    #[error("two files of the parcel have the same name, or differ only in case")]
    SameName,
    /// Sizes that cannot be.
    #[error("the files' sizes do not add up")]
    Size,
    /// A salt or digest that is none.
    #[error("the manifest's salt or a file's digest is not base64 of the right length")]
    Digest,
    /// A text with control characters, where a line is expected.
    #[error("the {0} has a control character")]
    Control(&'static str),
    /// Expires before it is sent.
    #[error("the parcel expires before it is sent")]
    Expiry,
}

impl Manifest {
    /// A manifest of this version for a salt; the caller fills in the rest.
    #[must_use]
    pub fn version() -> u32 {
        VERSION
    }

    /// The salt's text.
    #[must_use]
    pub fn salt_text(salt: &Salt) -> String {
        STANDARD.encode(salt)
    }

    /// The manifest's one JSON form: what is sealed, digested and put into the archive.
    ///
    /// # Errors
    /// [`ManifestError`] when it breaks a rule.
    pub fn to_json(&self) -> Result<Vec<u8>, ManifestError> {
        self.check()?;
        let json = serde_json::to_vec(self).map_err(|error| ManifestError::Form(place(&error)))?;
        bounded("bytes", json.len(), MANIFEST_LIMIT)?;
        Ok(json)
    }

    /// Reads a stranger's manifest.
    ///
    /// # Errors
    /// [`ManifestError`] with the first rule that it breaks.
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        bounded("bytes", json.len(), MANIFEST_LIMIT)?;
        let manifest: Self = serde_json::from_slice(json).map_err(|error| ManifestError::Form(place(&error)))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The digest that statements and offers carry, base64: of the JSON, salt and all.
    #[must_use]
    pub fn digest(json: &[u8]) -> String {
        encode_digest(&sha256(json))
    }

    /// The addressee whose parcel this is.
    #[must_use]
    pub fn addressee(&self, parcel: ExchangeId) -> Option<&Addressee> {
        self.to.iter().find(|addressee| addressee.parcel == parcel)
    }

    fn check(&self) -> Result<(), ManifestError> {
        if self.version != VERSION {
            return Err(ManifestError::Version);
        }
        is_base64_of(&self.salt, 16)?;
        bounded("recipients", self.to.len(), RECIPIENT_LIMIT)?;
        bounded("files", self.files.len(), FILE_LIMIT)?;
        bounded("labels", self.labels.len(), LABEL_LIMIT)?;
        if self.to.is_empty() {
            return Err(ManifestError::Missing("recipient"));
        }
        if self.files.is_empty() {
            return Err(ManifestError::Missing("file"));
        }
        if self.expires_at <= self.sent_at {
            return Err(ManifestError::Expiry);
        }
        self.check_texts()?;
        self.check_files()
    }

    fn check_texts(&self) -> Result<(), ManifestError> {
        line("subject", &self.subject)?;
        line("reference", &self.reference)?;
        line("purpose", self.purpose.as_deref().unwrap_or_default())?;
        bounded("bytes of note", self.note.len(), NOTE_LIMIT)?;
        for (name, value) in &self.labels {
            line("name of a label", name)?;
            line("value of a label", value)?;
        }
        Ok(())
    }

    fn check_files(&self) -> Result<(), ManifestError> {
        let mut names = HashSet::with_capacity(self.files.len());
        let mut all: u64 = 0;
        for file in &self.files {
            is_base64_of(&file.sha256, 32)?;
            line("media type", file.media_type.as_deref().unwrap_or_default())?;
            if !names.insert(file.name.folded()) {
                return Err(ManifestError::SameName);
            }
            all = all.checked_add(file.size).ok_or(ManifestError::Size)?;
        }
        // A file that is also another's folder would be overwritten, or overwrite it, when unpacked.
        let below = |name: &str| name.match_indices('/').any(|(end, _)| names.contains(&name[..end]));
        if names.iter().any(|name| below(name)) {
            return Err(ManifestError::SameName);
        }
        // Room for headers and padding, so that no sum behind this can overflow.
        if all > u64::MAX / 4 { Err(ManifestError::Size) } else { Ok(()) }
    }
}

fn line(what: &'static str, text: &str) -> Result<(), ManifestError> {
    bounded("bytes in a text", text.len(), TEXT_LIMIT)?;
    if text.chars().any(char::is_control) { Err(ManifestError::Control(what)) } else { Ok(()) }
}

fn bounded(what: &'static str, count: usize, limit: usize) -> Result<(), ManifestError> {
    if count > limit { Err(ManifestError::TooMuch { what, limit }) } else { Ok(()) }
}

fn is_base64_of(text: &str, bytes: usize) -> Result<(), ManifestError> {
    let right = STANDARD.decode(text).is_ok_and(|decoded| decoded.len() == bytes);
    if right { Ok(()) } else { Err(ManifestError::Digest) }
}

/// Where JSON breaks, without what stands there.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
