//! What is kept of a parcel on either side, in the store's rows. What tells about a person is apart ([`Cover`]), so
//! that it can go when the content goes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use packhorse_model::agreement::AgreementDigest;
use packhorse_model::parcel::{Addressee, FileEntry, FileName, Manifest};
use packhorse_model::record::encode_digest;
use packhorse_model::{AgreementId, ExchangeId, Marking, ServiceId, SystemId};
use packhorse_store::Parcel;
use serde::{Deserialize, Serialize};

use super::desk::{Result, read};

/// The sender's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// Whose mailbox it is sent from.
    pub(crate) from: SystemId,
    /// This parcel's recipient.
    pub(crate) service: ServiceId,
    /// The agreement that was found to cover it.
    pub(crate) agreement: AgreementId,
    pub(crate) digest: AgreementDigest,
    /// Every recipient of the dispatch, this one among them.
    pub(crate) to: Vec<Addressee>,
    pub(crate) marking: Marking,
    pub(crate) purpose: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) trained_on: Option<jiff::civil::Date>,
    /// A named person let it go on although a scanner had stopped it.
    #[serde(default)]
    pub(crate) released: bool,
    /// Set once it is sealed.
    pub(crate) sealed: Option<SealedPayload>,
    /// Why it was not delivered so far, for who tracks it.
    #[serde(default)]
    pub(crate) waiting_for: Option<String>,
}

/// What is known of a sealed payload besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedPayload {
    /// The seal's header to ourselves, and the nonce; base64.
    pub(crate) header: String,
    /// Bytes of the archive.
    pub(crate) size: u64,
    /// Digest of the manifest.
    pub(crate) manifest: String,
    /// Whether our scanner looked at it.
    pub(crate) scanned: bool,
}

/// The recipient's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) from: SystemId,
    pub(crate) service: ServiceId,
    pub(crate) agreement: AgreementId,
    pub(crate) digest: AgreementDigest,
    pub(crate) marking: Marking,
    pub(crate) purpose: Option<String>,
    pub(crate) sealed: SealedPayload,
}

/// What tells about a person: erased with the content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cover {
    #[serde(default)]
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) reference: String,
    #[serde(default)]
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) files: Vec<CoverFile>,
    /// Who prepared it, by the sending system's user id.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// Digest of the request that began it under a caller's own key, until it is sealed.
    #[serde(default)]
    pub(crate) same: Option<String>,
    /// The whole manifest, once there is one.
    #[serde(default)]
    pub(crate) manifest: Option<String>,
    /// The payload's only object, sealed, base64, when it is small enough to lie here and not in a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
}

/// A file of a cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CoverFile {
    pub(crate) name: FileName,
    /// Bytes; none while its upload has not said.
    pub(crate) size: Option<u64>,
    pub(crate) media_type: Option<String>,
    #[serde(default)]
    pub(crate) sha256: Option<String>,
}

impl CoverFile {
    /// As it will stand in the manifest, but for its digest.
    pub(super) fn undigested(&self) -> FileEntry {
        FileEntry {
            name: self.name.clone(),
            size: self.size.unwrap_or(0),
            sha256: encode_digest(&[0; 32]),
            media_type: self.media_type.clone(),
        }
    }
}

impl Cover {
    /// A row's cover, until it is erased or is to be: with the parcel's end, unless a legal hold keeps it.
    pub(crate) fn of_row(row: &Parcel) -> Result<Option<Self>> {
        match &row.private {
            Some(private) if row.hold || !super::say::state(row)?.is_final() => read("cover", private).map(Some),
            _ => Ok(None),
        }
    }

    /// The cover of a manifest that was checked.
    pub(crate) fn of(manifest: &Manifest, json: &[u8], user: Option<String>) -> Self {
        let file = |file: &FileEntry| CoverFile {
            name: file.name.clone(),
            size: Some(file.size),
            media_type: file.media_type.clone(),
            sha256: Some(file.sha256.clone()),
        };
        Self {
            subject: manifest.subject.clone(),
            reference: manifest.reference.clone(),
            note: manifest.note.clone(),
            labels: manifest.labels.clone(),
            files: manifest.files.iter().map(file).collect(),
            user,
            same: None,
            manifest: String::from_utf8(json.to_vec()).ok(),
            payload: None,
        }
    }
}

/// The id in the spelling of MESH clients: 32 upper-case hexadecimal digits.
pub(crate) fn mesh_id(parcel: ExchangeId) -> String {
    parcel.to_string().replace('-', "").to_ascii_uppercase()
}

/// Milliseconds since 1970 as a moment.
pub(crate) fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}
