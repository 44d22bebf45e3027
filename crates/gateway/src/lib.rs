//! The gateway: the only room that runs the pipelines.
//!
//! An exchange is two sentences, one per side, each in one file: `outbound` (our system asks) and
//! `inbound` (we are asked). Their words are the `steps`; what differs between the kinds of exchange
//! is in `kinds`; the doors are `inside` (own staff and systems) and `outside` (other gateways).
//! The room decides nothing itself: who belongs, the directory says; who may share what, governance
//! says. It knows no HTML.

mod acts;
mod context;
mod door;
mod error;
mod evidence;
mod finder;
mod gates;
mod inbound;
pub mod inside;
mod kinds;
mod metrics;
mod notices;
mod open_id;
mod outbound;
pub mod outside;
mod profile;
mod replay;
mod services;
mod steps;
mod trail;
mod uses;
mod wire;

pub use context::{Context, Identity, Limits};
pub use door::{Door, Peer, serve};
pub use error::GatewayError;
pub use evidence::{Evidence, Tallied};
pub use finder::Finder;
pub use gates::watch_gates;
pub use kinds::parcel::{Parcels, ScannerSettings, work_parcels};
pub use metrics::Metrics;
pub use notices::{Mail, MailSecurity, MailSettings, work_notices};
pub use open_id::{OpenId, OpenIdSettings};
pub use replay::ReplayGuard;
pub use services::Services;
pub use uses::Uses;
