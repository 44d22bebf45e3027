//! A parcel: files sealed by one body for another, stored and forwarded.
//!
//! A mailbox is a system (`NET/CLASS/code/system`); a workflow is the service code behind it, so that an agreement
//! covers a parcel by a grant like any other, with the operation [`PARCEL_METHOD`]. Data flows the other way than
//! with a question: who calls gives, and whose service it is gets.

mod archive;
mod file_name;
mod manifest;
mod offer;
mod state;
mod statement;
mod waybill;

pub use archive::{Archive, Segment};
pub use file_name::{FileName, FileNameError, MANIFEST_NAME};
pub use manifest::{Addressee, FILE_LIMIT, FileEntry, MANIFEST_LIMIT, Manifest, ManifestError, RECIPIENT_LIMIT};
pub use offer::{
    ALONG_LIMIT, CHUNK_LIMIT, INLINE_LIMIT, OBJECT_PIECES, OFFER_LIMIT, Offer, OfferAnswer, OfferError, TakenAlong,
    object_bytes,
};
pub use state::ParcelState;
pub use statement::{
    PARCEL_STATEMENT_CONTEXT, PARCEL_STATEMENT_LIMIT, ParcelEvent, ParcelStatement, SignedStatement, StatementError,
};
pub use waybill::{SignedWaybill, WAYBILL_CONTEXT, WAYBILL_LIMIT, Waybill, WaybillError};

/// The operation by which an agreement's grant covers parcels. `*` does not stand for it: who may ask anything of a
/// service may not therefore send to it.
pub const PARCEL_METHOD: &str = "PARCEL";
