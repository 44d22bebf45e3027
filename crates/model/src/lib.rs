//! The words of the network: who, which service, under which agreement, what happened.
//!
//! Every other room speaks in these types. The room knows nothing of sockets, files, clocks or
//! databases: no async, no I/O. Parse, don't validate: a value of one of these types is well formed.

pub mod act;
pub mod agreement;
pub mod exchange;
pub mod id;
pub mod identifier;
pub mod incident_notice;
pub mod marking;
pub mod organisation;
pub mod parcel;
pub mod path;
pub mod record;
pub mod refusal;
pub mod service;
pub mod signed;

pub use act::{GovernanceAct, SignedAct};
pub use agreement::{Agreement, AgreementDigest};
pub use exchange::{Basis, Exchange, Kind, Side};
pub use id::{AgreementId, ClientId, ExchangeId, IdError, OrganisationId, ServiceId, SystemId};
pub use incident_notice::{INCIDENT_NOTICE_CONTEXT, INCIDENT_NOTICE_LIMIT, IncidentNotice, SignedIncidentNotice};
pub use marking::Marking;
pub use path::{CanonicalPath, PathGlob};
pub use record::{Content, Outcome, Receipt, Record};
pub use refusal::{Fault, Refusal, Rule};
